"""A home whose catalogue is damaged after its daily copy was made, and the command that repairs it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.home import Home


def _row(file: Path) -> None:
    """One row does not match its check value; all others can be read."""
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE entry SET seal = seal + 1 WHERE key = 'first.mp4'")
        assert db.total_changes == 1


def _page(file: Path) -> None:
    """One page of the table of entries is overwritten; its indexes are intact."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'entry'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(file.read_bytes())
    content[(root - 1) * size : root * size] = b"\xa5" * size
    file.write_bytes(content)


def _garbage(file: Path) -> None:
    file.write_bytes(b"garbage" * 1000)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "row": _row,
    "page": _page,
    "garbage": _garbage,
    "lost": Path.unlink,
}
"""How much can be read afterwards: nearly all, other tables, or nothing."""


def recover(home: Home, damage: str, command: str) -> None:
    DAMAGES[damage](home.folder / "syncer.db")
    ran = home.syncer("catalogue", command)
    assert ran.code == 0, ran


def deleting(home: Home) -> None:
    home.config |= {"delete": "mirror", "max_delete": "100%"}
