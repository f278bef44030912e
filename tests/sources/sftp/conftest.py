"""A folder on a real OpenSSH server as a source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncer.sources.sftp import SftpSource
from tests.servers.sshd import Sshd, running


@pytest.fixture
def root(web_root: Path) -> Path:
    """A folder that every user of the server may enter."""
    made = web_root / "root"
    made.mkdir()
    return made


@pytest.fixture
def source(sshd: Sshd, root: Path) -> Iterator[SftpSource]:
    with closing(SftpSource("clips", sshd.source(root))) as opened:
        yield opened


@pytest.fixture
def own_sshd() -> Iterator[Sshd]:
    """An sshd for tests that stop it."""
    with running() as server:
        yield server
