"""A folder that nginx serves to the world as another user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.destinations.local import LocalDestination
from tests.rigs.destination import Rig


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    root: Path = request.getfixturevalue("web_root")
    site = request.getfixturevalue("nginx")(root)
    yield Rig(
        config=LocalDestination.Config(kind="local", root=root),
        visit=site.visit,
        names=lambda: names(root),
        keeps_media_type=False,
        has_folders=True,
    )


def names(root: Path) -> list[str]:
    return sorted(
        str(path.relative_to(root)) + ("/" if path.is_dir() and not path.is_symlink() else "")
        for path in root.rglob("*")
    )
