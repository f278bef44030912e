"""Destinations in folders of this machine: local, and over SFTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncer.destinations import Store, open_destination
from syncer.destinations.local import LocalDestination
from syncer.destinations.sftp import SftpDestination
from syncer.protocols import Destination
from tests.destinations.folders import Open
from tests.servers.sshd import Sshd


@pytest.fixture(params=["local", "sftp"])
def on(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a destination of the kind whose root is a folder of this machine."""
    opened: list[Destination] = []

    def opening(root: Path) -> Destination:
        config: Store = LocalDestination.Config(kind="local", root=root)
        if request.param == "sftp":
            sshd: Sshd = request.getfixturevalue("sshd")
            config = sshd.destination(root)
        opened.append(open_destination(config))
        return opened[-1]

    yield opening
    for destination in opened:
        destination.close()


@pytest.fixture
def destination(sshd: Sshd, web_root: Path) -> Iterator[SftpDestination]:
    with closing(SftpDestination(sshd.destination(web_root))) as opened:
        yield opened
