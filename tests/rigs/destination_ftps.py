"""A folder on a real ProFTPD, which nginx serves to the world as another user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rigs.destination import Rig
from tests.rigs.destination_local import names


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    root: Path = request.getfixturevalue("web_root")
    proftpd = request.getfixturevalue("proftpd")
    site = request.getfixturevalue("nginx")(root)
    yield Rig(
        config=proftpd.destination(root),
        visit=site.visit,
        names=lambda: names(root),
        keeps_media_type=False,
        has_folders=True,
    )
