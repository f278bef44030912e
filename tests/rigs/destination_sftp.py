"""A folder on a real OpenSSH server, which nginx serves to the world as another user."""

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
    sshd = request.getfixturevalue("sshd")
    site = request.getfixturevalue("nginx")(root)
    yield Rig(
        config=sshd.destination(root),
        visit=site.visit,
        names=lambda: names(root),
        keeps_media_type=False,
        has_folders=True,
    )
