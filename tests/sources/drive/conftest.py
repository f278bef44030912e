"""A Drive, and a source of its top folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncer.connect import rate_limiter
from syncer.connect.drive import client
from syncer.connect.retry import Policy
from syncer.sources.drive import DriveSource
from tests.rigs.source_drive import config
from tests.servers.drive import Drive
from tests.servers.drive_http import serving


@pytest.fixture
def drive() -> Iterator[Drive]:
    with serving() as made:
        yield made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for transient errors are short."""
    monkeypatch.setattr(client, "POLICY", Policy(attempts=2, first_wait=0.01, longest_wait=0.01))
    monkeypatch.setattr(rate_limiter, "LONGEST_SECONDS", 0.02)


@pytest.fixture
def source(drive: Drive, tmp_path: Path) -> Iterator[DriveSource]:
    with closing(DriveSource("studio", config(drive, tmp_path))) as made:
        yield made
