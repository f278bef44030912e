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
    """Where every user of the server may go."""
    made = web_root / "root"
    made.mkdir()
    return made


@pytest.fixture
def source(sshd: Sshd, root: Path) -> Iterator[SftpSource]:
    with closing(SftpSource("clips", sshd.source(root))) as opened:
        yield opened


@pytest.fixture
def own_sshd() -> Iterator[Sshd]:
    """For tests that stop it."""
    with running() as server:
        yield server
