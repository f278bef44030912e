"""Makes exports as Google does, and lists them."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import SourceError
from syncer.model import Asset, Digest
from syncer.sources.takeout import Config, TakeoutSource

STAMP = "20250912T060118Z"
TAKEN = 1_690_000_000
"""A time in the summer of 2023, as in sidecars."""

Members = Mapping[str, bytes]


def part(number: int, ending: str = "zip", stamp: str = STAMP) -> str:
    return f"takeout-{stamp}-1-{number:03}.{ending}"


def said(title: str, taken: object = str(TAKEN), **others: Any) -> bytes:
    """A sidecar, also with fields that syncer ignores."""
    times = {"timestamp": taken, "formatted": "22 Jul 2023, 04:26:40 UTC"}
    return json.dumps({"title": title, "imageViews": "3", "photoTakenTime": times} | others).encode()


def make(path: Path, members: Members, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """An archive of the kind in its name."""
    if path.name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
    else:
        with tarfile.open(path, "w:gz", compresslevel=1, format=tarfile.GNU_FORMAT) as archive:
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return path


def source(*archives: Path) -> TakeoutSource:
    return TakeoutSource("photos", Config(kind="takeout", archives=archives))


def listed(*archives: Path) -> dict[str, Asset]:
    """The listing, which must be complete and have each key once."""
    assets = [*source(*archives).assets()]
    by_key = {asset.key: asset for asset in assets}
    assert len(by_key) == len(assets)
    return by_key


def lacking(*archives: Path) -> tuple[dict[str, Asset], SourceError]:
    """The listing before the error, and the error."""
    assets: dict[str, Asset] = {}

    def note_all() -> None:
        for asset in source(*archives).assets():
            assets[asset.key] = asset

    with pytest.raises(SourceError) as caught:
        note_all()
    assert caught.value.hint
    return assets, caught.value


def remarks(*archives: Path) -> dict[str, str]:
    opened = source(*archives)
    for _ in opened.assets():
        pass
    return {finding.rule: finding.message for finding in opened.remarks()}


def read(asset: Asset, *archives: Path, start: int = 0) -> bytes:
    with closing(source(*archives)) as opened, opened.open(asset, start) as reader:
        parts = []
        while chunk := reader.read(64 * 1024):
            parts.append(chunk)
    return b"".join(parts)


def digests(asset: Asset, *archives: Path) -> tuple[Digest, ...]:
    with closing(source(*archives)) as opened, opened.open(asset) as reader:
        return reader.digests()


def patched(path: Path, old: bytes, new: bytes, count: int = 1) -> None:
    data = path.read_bytes()
    assert data.count(old) >= count
    path.write_bytes(data.replace(old, new, count))


def in_directory(path: Path, name: str, offset: int, new: bytes) -> None:
    """Overwrite a field of an entry in the directory."""
    data = bytearray(path.read_bytes())
    at = data.rindex(name.encode()) - 46
    assert data[at : at + 4] == b"PK\1\2"
    data[at + offset : at + offset + len(new)] = new
    path.write_bytes(bytes(data))
