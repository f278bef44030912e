"""What can still be read of a damaged catalogue goes into the one that takes its place.

The damaged file was in use last, so it knows best what syncer wrote and what is the user's own. A row counts
only if its check value fits. What is published has to be seen again before it is listed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from syncer.catalogue.connection import reading
from syncer.catalogue.moving import move
from syncer.catalogue.rows import Row, Unreadable, from_entry, from_time, to_entry
from syncer.catalogue.seals import SEALED, amended, checked_row, sealed, teach, unsealed
from syncer.errors import CatalogueError
from syncer.model import Entry, State

UNREADABLE = (sqlite3.Error, UnicodeError, Unreadable)
BOTH_ENDS = ("ASC", "DESC")
"""Orders that read a table from both ends: damaged rows lie in between."""

_KEYS: Mapping[str, tuple[str, ...]] = {
    "entry": ("source", "key"),
    "retired": ("path",),
    "wrote": ("place", "path"),
    "withdrawn": ("source", "key"),
    "proof": ("path",),
    "tenure": ("place",),
    "belongs": ("number",),
}
_UNWITHDRAW = "DELETE FROM withdrawn WHERE source = ? AND key = ?"
_AT_PATH = "SELECT 1 FROM entry WHERE path = ?"


class Wreck:
    """A damaged catalogue, open to be read."""

    def __init__(self, db: sqlite3.Connection) -> None:
        teach(db)
        self._db = db
        self.belongs: tuple[str, str] | None = next(
            ((str(row[0]), str(row[1])) for row in self.rows("belongs")), None
        )
        """Its origin and its destination; `None` if that can't be read."""

    @property
    def place(self) -> str | None:
        return self.belongs[1] if self.belongs else None

    def rows(self, table: str) -> Iterator[Row]:
        """Every row that can be read, with its check value; some of them twice."""
        columns = ", ".join(SEALED[table])
        for order in BOTH_ENDS:
            keys = ", ".join(f"{key} {order}" for key in _KEYS[table])
            try:
                for row in self._db.execute(f"SELECT {columns}, seal FROM {table} ORDER BY {keys}"):
                    with suppress(Unreadable):
                        checked_row(row)
                        yield row
            except UNREADABLE:
                continue
            return

    def entries(self) -> Iterator[Entry]:
        for row in self.rows("entry"):
            with suppress(Unreadable):
                yield to_entry(checked_row(row))

    def is_whole(self, table: str) -> bool:
        """Whether the table holds all that was written to it."""
        with suppress(*UNREADABLE):
            if self._db.execute(f"PRAGMA integrity_check({table})").fetchone()[0] != "ok":
                return False
            return not self._db.execute(f"SELECT 1 FROM {table} WHERE {unsealed(table)} LIMIT 1").fetchone()
        return False

    def is_older(self, copy: Path) -> bool:
        """Whether the copy knows of a later run, as where an old file was put in the catalogue's place."""
        with suppress(*UNREADABLE, OSError), closing(reading(copy)) as db:
            return newest_run(self._db) < newest_run(db)
        return False


def newest_run(db: sqlite3.Connection) -> int:
    """Its number; 0 if there was none."""
    return int(db.execute("SELECT ifnull(max(number), 0) FROM run").fetchone()[0])


@contextmanager
def wreck(path: Path, copy: Path | None) -> Iterator[Wreck | None]:
    """The damaged catalogue; `None` if it can't be read at all or is older than the copy."""
    db = None
    with suppress(*UNREADABLE, CatalogueError, OSError):
        db = reading(path) if path.exists() else None
    if db is None:
        yield None
        return
    with closing(db):
        found = Wreck(db)
        yield None if copy and found.is_older(copy) else found


def renew(db: sqlite3.Connection, old: Wreck) -> None:
    """Into a copy, which is older: what the damaged catalogue says holds, and a table of which nothing is
    damaged replaces that of the copy.
    """
    for table in ("entry", "retired", "wrote", "withdrawn"):
        if old.is_whole(table):
            db.execute(f"DELETE FROM {table}")
    for entry in old.entries():
        take_entry(db, entry, old.place)
    for table in ("retired", "wrote", "proof"):
        _add(db, table, old, "REPLACE")
    for row in old.rows("withdrawn"):
        withdraw(db, row)


def withdraw(db: sqlite3.Connection, row: Row) -> None:
    """The asset of this row was unpublished: it is not published again."""
    db.execute("DELETE FROM entry WHERE source = ? AND key = ?", tuple(row[:2]))
    db.execute("REPLACE INTO withdrawn VALUES (?, ?, ?, ?, ?)", tuple(row))


def belong(db: sqlite3.Connection, old: Wreck) -> None:
    """The copy becomes that of the destination to which syncer published last."""
    before = next(db.execute("SELECT destination FROM belongs"), None)
    if old.belongs:
        if before and before[0] != old.place:
            move(db, before[0])
        db.execute("REPLACE INTO belongs VALUES (1, ?, ?, ?)", sealed(*old.belongs))
    _add(db, "tenure", old, "REPLACE")


def take_entry(db: sqlite3.Connection, entry: Entry, place: str | None) -> None:
    """Enter what is newer than all that the catalogue says of this asset and of its path.

    `place` is the destination at which syncer wrote the file; `None` if that is not known.
    """
    name = (entry.source, entry.key)
    db.execute("DELETE FROM entry WHERE (source, key) = (?, ?) OR path = ?", (*name, entry.path))
    _insert(db, entry)
    if entry.path:
        db.execute("DELETE FROM retired WHERE path = ?", (entry.path,))
        db.execute(_UNWITHDRAW, name)
        tell_whose(db, entry, place)


def fill(db: sqlite3.Connection, old: Wreck, place: str) -> None:
    """Into a catalogue that was made anew: what was shown there holds, and of that the damaged one says
    whose it is. What nothing was shown of is entered as it says.
    """
    for entry in old.entries():
        if entry.path:
            _fill(db, entry, old.place, is_here=old.place == place)
    for table in ("retired", "wrote", "proof", "tenure"):
        if table != "retired" or old.place == place:
            _add(db, table, old, "INSERT OR IGNORE")
    db.execute("DELETE FROM retired WHERE path IN (SELECT path FROM entry)")
    for row in old.rows("withdrawn"):
        withdraw(db, row)


def _fill(db: sqlite3.Connection, entry: Entry, place: str | None, *, is_here: bool) -> None:
    tell_whose(db, entry, place)
    db.execute(_UNWITHDRAW, (entry.source, entry.key))
    if db.execute(_AT_PATH, (entry.path,)).fetchone():
        if entry.in_place or entry.found:
            mark(db, entry.path, found=True)
        elif is_here and entry.ours:
            mark(db, entry.path, found=False)
    elif is_here:
        name = (entry.source, entry.key)
        if not db.execute("SELECT 1 FROM entry WHERE source = ? AND key = ?", name).fetchone():
            _insert(db, _doubted(entry))
        elif entry.ours:  # it is at another path today
            left = sealed(entry.path, *name, from_time(datetime.now(UTC)))
            db.execute("REPLACE INTO retired VALUES (?, ?, ?, ?, ?)", left)


def mark(db: sqlite3.Connection, path: str | None, *, found: bool) -> None:
    """Whether the file at the path was found there; one in place is its owner's anyway."""
    db.execute(amended("entry", "path = ?1 AND NOT in_place", found=str(int(found))), (path,))


def tell_whose(db: sqlite3.Connection, entry: Entry, place: str | None) -> None:
    if entry.in_place or entry.found:
        db.execute("DELETE FROM wrote WHERE path = ? AND place = ifnull(?, place)", (entry.path, place))
        db.execute("DELETE FROM retired WHERE path = ?", (entry.path,))
    elif place and entry.ours:
        db.execute("REPLACE INTO wrote VALUES (?, ?, ?)", sealed(place, entry.path))


def _doubted(entry: Entry) -> Entry:
    """To be looked for at the destination, and seen again, before it is listed."""
    if entry.state in (State.PUBLISHED, State.STORED):
        return replace(entry, state=State.STORED, checked_at=None)
    return entry


def _insert(db: sqlite3.Connection, entry: Entry) -> None:
    row = sealed(*from_entry(entry))
    columns = ", ".join((*SEALED["entry"], "seal"))
    db.execute(f"INSERT INTO entry ({columns}) VALUES ({', '.join('?' * len(row))})", row)


def _add(db: sqlite3.Connection, table: str, old: Wreck, verb: str) -> None:
    columns = (*SEALED[table], "seal")
    statement = f"{verb} INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    for row in old.rows(table):
        db.execute(statement, tuple(row))
