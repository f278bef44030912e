"""Copies what can still be read of a damaged catalogue into the new one.

The damaged file was in use last, so it knows best which files syncer wrote and which are the user's own. A
row counts only if its check value fits. A published file must be seen again before it is listed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from syncer.catalogue.connection import reading
from syncer.catalogue.moving import BELONG, RETIRE, UNWITHDRAW, Left, move, name_earlier, withdraw
from syncer.catalogue.rows import Row, Unreadable, from_entry, from_time, to_entry
from syncer.catalogue.seals import amended, checked_row, inserted, sealed, selected, teach, unsealed
from syncer.errors import CatalogueError
from syncer.model import Entry, State

UNREADABLE = (sqlite3.Error, UnicodeError, Unreadable)
BOTH_ENDS = ("ASC", "DESC")
"""Reads a table from both ends, up to the damaged rows in between."""

_KEYS: Mapping[str, tuple[str, ...]] = {
    "entry": ("source", "key"),
    "retired": ("path",),
    "recalled": ("place", "path"),
    "superseded": ("path", "sha256"),
    "wrote": ("place", "path"),
    "withdrawn": ("source", "key", "sha256"),
    "proof": ("path",),
    "tenure": ("place",),
    "belongs": ("number",),
}
_AT_PATH = "SELECT 1 FROM entry WHERE path = ?"


class Wreck:
    """A damaged catalogue, opened for reading."""

    def __init__(self, db: sqlite3.Connection) -> None:
        teach(db)
        self._db = db
        self.belongs: tuple[str, str] | None = next(
            ((str(row[0]), str(row[1])) for row in self.rows("belongs")), None
        )
        """Its origin and destination; `None` if they can't be read."""

    @property
    def place(self) -> str | None:
        return self.belongs[1] if self.belongs else None

    def rows(self, table: str) -> Iterator[Row]:
        """Every readable row, with its check value; some of them twice."""
        for order in BOTH_ENDS:
            keys = ", ".join(f"{key} {order}" for key in _KEYS[table])
            try:
                for row in self._db.execute(f"{selected(table)} ORDER BY {keys}"):
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

    def files(self) -> Iterator[tuple[str, str, str]]:
        """Source, key and path of each readable entry with a path."""
        for entry in self.entries():
            if entry.path:
                yield entry.source, entry.key, entry.path

    def is_whole(self, table: str) -> bool:
        """Whether the table lost no row."""
        with suppress(*UNREADABLE):
            if self._db.execute(f"PRAGMA integrity_check({table})").fetchone()[0] != "ok":
                return False
            return not self._db.execute(f"SELECT 1 FROM {table} WHERE {unsealed(table)} LIMIT 1").fetchone()
        return False

    def is_older(self, copy: Path) -> bool:
        """Whether the copy has a later run: then somebody put an old file in the catalogue's place."""
        with suppress(*UNREADABLE, OSError), closing(reading(copy)) as db:
            return newest_run(self._db) < newest_run(db)
        return False


def newest_run(db: sqlite3.Connection) -> int:
    """The number of the newest run; 0 if there was none."""
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
    """Bring a copy, which is older, up to date: rows of the damaged catalogue replace its rows, and a whole
    table replaces its table.
    """
    for table in ("entry", "retired", "recalled", "superseded", "wrote", "withdrawn"):
        if old.is_whole(table):
            db.execute(f"DELETE FROM {table}")
    for entry in old.entries():
        take_entry(db, entry, old.place)
    for table in ("retired", "recalled", "superseded", "wrote", "proof"):
        _add(db, table, old, "REPLACE")
    for row in old.rows("withdrawn"):
        withdraw(db, row)


def belong(db: sqlite3.Connection, old: Wreck) -> None:
    """Assign the copy to the destination at which syncer published last."""
    before = next(db.execute("SELECT destination FROM belongs"), None)
    if old.belongs:
        if before and before[0] != old.place:
            move(db, before[0], old.belongs[1])
        db.execute(BELONG, sealed(*old.belongs))
    _add(db, "tenure", old, "REPLACE")


def take_entry(db: sqlite3.Connection, entry: Entry, place: str | None) -> None:
    """Write an entry that is newer than all rows about its asset and its path.

    `place` is the destination at which syncer wrote the file; `None` if it is unknown.
    """
    name = (entry.source, entry.key)
    db.execute("DELETE FROM entry WHERE (source, key) = (?, ?) OR path = ?", (*name, entry.path))
    db.execute(inserted("entry"), sealed(*from_entry(entry)))
    if entry.path:
        for table in ("retired", "recalled"):
            db.execute(f"DELETE FROM {table} WHERE path = ?", (entry.path,))
        db.execute(UNWITHDRAW, (*name, entry.version, entry.sha256))
        record_writer(db, entry, place)


def fill(db: sqlite3.Connection, old: Wreck, place: str) -> None:
    """Complete a rebuilt catalogue: its proven entries stay, and the damaged catalogue says which of their
    files syncer wrote. Entries without proof are copied from the damaged catalogue.
    """
    for entry in old.entries():
        if entry.path:
            _fill(db, entry, old.place, is_here=old.place == place)
    for table in ("retired", "recalled", "superseded", "wrote", "proof", "tenure"):
        if table != "retired" or old.place == place:
            _add(db, table, old, "INSERT OR IGNORE")
    for table in ("retired", "recalled"):
        db.execute(f"DELETE FROM {table} WHERE path IN (SELECT path FROM entry)")
    name_earlier(db, place)
    for row in old.rows("withdrawn"):
        withdraw(db, row)


def _fill(db: sqlite3.Connection, entry: Entry, place: str | None, *, is_here: bool) -> None:
    record_writer(db, entry, place)
    db.execute(UNWITHDRAW, (entry.source, entry.key, entry.version, entry.sha256))
    if db.execute(_AT_PATH, (entry.path,)).fetchone():
        if entry.in_place or entry.found:
            mark(db, entry.path, found=True)
        elif is_here and entry.ours:
            mark(db, entry.path, found=False)
    elif is_here:
        name = (entry.source, entry.key)
        if not db.execute("SELECT 1 FROM entry WHERE source = ? AND key = ?", name).fetchone():
            db.execute(inserted("entry"), sealed(*from_entry(_doubted(entry))))
        elif entry.ours:  # today it has another path
            now = from_time(datetime.now(UTC))
            db.execute(RETIRE, sealed(entry.path, *name, now, entry.sha256, Left.ASIDE.value))


def mark(db: sqlite3.Connection, path: str | None, *, found: bool) -> None:
    """Set whether the file at the path was found there. An entry in place does not change."""
    db.execute(amended("entry", "path = ?1 AND NOT in_place", found=str(int(found))), (path,))


def record_writer(db: sqlite3.Connection, entry: Entry, place: str | None) -> None:
    """Remember whether syncer wrote the file at the entry's path."""
    if entry.in_place or entry.found:
        db.execute("DELETE FROM wrote WHERE path = ? AND place = ifnull(?, place)", (entry.path, place))
        db.execute("DELETE FROM retired WHERE path = ?", (entry.path,))
    elif place and entry.ours:
        row = (place, entry.path, entry.sha256, entry.source, entry.key, "")
        db.execute(inserted("wrote", "REPLACE"), sealed(*row))


def _doubted(entry: Entry) -> Entry:
    """The entry in a state in which all bytes of its file must be compared before it is listed or ours."""
    if entry.state in (State.PUBLISHED, State.STORED):
        return replace(entry, state=State.STORED, checked_at=None, doubted=not entry.in_place)
    return entry


def _add(db: sqlite3.Connection, table: str, old: Wreck, verb: str) -> None:
    for row in old.rows(table):
        db.execute(inserted(table, verb), tuple(row))
