"""A source of some links, and what comes of asking it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.connect.pace import SharedPace
from syncer.errors import SourceError
from syncer.model import Asset
from syncer.sources.links import Config, LinksSource


def source(*urls: str, pace: SharedPace | None = None, **others: Any) -> LinksSource:
    return LinksSource("linked", config(*urls, **others), pace)


def config(*urls: str, **others: Any) -> Config:
    return Config.model_validate({"kind": "links", "urls": urls, "allow_private": True} | others)


def listed(file: Path, **others: Any) -> list[Asset]:
    with closing(
        LinksSource("linked", Config.model_validate({"kind": "links", "list": file} | others))
    ) as made:
        return list(made.assets())


def looked(*urls: str, **others: Any) -> Asset:
    with closing(source(*urls, **others)) as made:
        (asset,) = made.assets()
        return made.look(asset)


def read(*urls: str, start: int = 0, **others: Any) -> bytes:
    """What is behind the links to one object now, looked at first."""
    with closing(source(*urls, **others)) as made:
        (asset,) = made.assets()
        with made.open(made.look(asset), start) as reader:
            return b"".join(iter(lambda: reader.read(70_000), b""))


def refusal(url: str, *more: str, **others: Any) -> SourceError:
    """Why it can't be read; nothing of its query is told."""
    with pytest.raises(SourceError) as caught:
        read(url, *more, **others)
    said = f"{caught.value} {caught.value.hint}"
    assert all(part not in said for part in url.partition("?")[2].split("&") if part)
    return caught.value
