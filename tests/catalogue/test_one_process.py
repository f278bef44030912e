"""Several handles of one catalogue in one process: SQLite's locks are the process's, and stay."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue, open_pushes
from syncer.model import Entry, State


def locks(file: Path) -> int:
    """The number of locks that this process holds on the file."""
    inode = file.stat().st_ino
    rows = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return sum(row[-4] == str(os.getpid()) and row[-3].endswith(f":{inode}") for row in rows)


def read(url: str) -> None:
    with closing(open_catalogue(url, read_only=True)) as catalogue:
        assert catalogue.count(State.REJECTED) == 1


def write(url: str) -> None:
    with closing(open_catalogue(url)) as catalogue:
        catalogue.put(Entry("clips", "b", State.FAILED))


def look_at_pushes(url: str) -> None:
    with closing(open_pushes(url)) as pushes:
        assert not pushes.standing()


@pytest.mark.parametrize("again", [read, write, look_at_pushes])
def test_another_handle_takes_no_lock_from_the_first(tmp_path: Path, again: Callable[[str], None]) -> None:
    url = f"sqlite:///{tmp_path}/syncer.db"
    with closing(open_catalogue(url)) as catalogue:
        catalogue.put(Entry("clips", "a", State.REJECTED))
        index = tmp_path / "syncer.db-shm"
        held = locks(index)
        assert held
        again(url)
        assert locks(index) == held
    again(url)
