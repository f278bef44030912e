"""The lock of a catalogue's file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from syncer.catalogue.lock import lock
from syncer.errors import CatalogueError, Locked


def test_a_lock_that_can_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    """On a full disk, a file can be created but not written."""
    full = tmp_path / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", full], check=True)
    try:
        (full / "fill").write_bytes(b"x" * 4096)
        with pytest.raises(CatalogueError, match="No space left on device; let this user") as caught:
            lock(full / "lock").__enter__()
        assert caught.value.code == "catalogue.denied"
    finally:
        subprocess.run(["umount", full], check=True)


def test_a_lock_that_says_nothing_is_held_all_the_same(tmp_path: Path) -> None:
    with lock(tmp_path / "lock"):
        (tmp_path / "lock").write_text("")
        with pytest.raises(Locked, match=f"another run holds the lock {tmp_path}"):
            lock(tmp_path / "lock").__enter__()


def test_an_error_of_the_one_who_holds_the_lock_is_its_own(tmp_path: Path) -> None:
    def broken() -> None:
        with lock(tmp_path / "lock"):
            raise OSError(5, "mine")

    with pytest.raises(OSError, match="mine"):
        broken()
    with lock(tmp_path / "lock"):
        pass
