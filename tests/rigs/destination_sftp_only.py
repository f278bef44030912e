"""A folder on an OpenSSH server that runs no commands, only SFTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rigs.destination import Rig
from tests.rigs.destination_local import names
from tests.servers.sshd import running


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    root: Path = request.getfixturevalue("web_root")
    site = request.getfixturevalue("nginx")(root)
    with running("ForceCommand internal-sftp") as sshd:
        yield Rig(
            config=sshd.destination(root),
            visit=site.visit,
            names=lambda: names(root),
            keeps_media_type=False,
            has_folders=True,
        )
