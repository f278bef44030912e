"""Whether a catalogue's file is whole: its structure, and the seal of each of its rows."""

from __future__ import annotations

import re
import sqlite3

from syncer.catalogue.rows import Unreadable
from syncer.catalogue.schema import sql_schema
from syncer.catalogue.seals import SEALED, checked_row
from syncer.model import State
from syncer.push.model import PushState


def examine_database(db: sqlite3.Connection) -> None:
    """Raises `Unreadable`. Tables against their indexes too: 0.2 s for 100,000 entries."""
    _examine_structure(db)
    there = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    for name in re.findall(r"^CREATE (?:TABLE|INDEX) (\w+)", sql_schema(), re.MULTILINE):
        if name not in there:
            raise Unreadable(f"it lacks {name}")
    for table, states in (("entry", State), ("push", PushState)):
        # Such a row would be passed over by who asks for a state, and `integrity_check` does not see it.
        marks = ", ".join("?" * len(states))
        odd = f"SELECT count(*) FROM {table} WHERE state NOT IN ({marks})"
        if db.execute(odd, [state.value for state in states]).fetchone()[0]:
            raise Unreadable(f"a row of {table} has no state")


def examine_copy(db: sqlite3.Connection, today: int, *, rows: bool) -> None:
    """As the next two. Of one that an older syncer made, only SQLite's own structure. Raises `Unreadable`."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if not 0 < version <= today:
        raise Unreadable(f"its version is {version}")
    if version < today:
        _examine_structure(db)
        return
    examine_database(db)
    if rows:
        examine_rows(db)


def examine_rows(db: sqlite3.Connection) -> None:
    """Raises `Unreadable`. Reads every row: a second for 100,000 entries."""
    for table, columns in SEALED.items():
        for row in db.execute(f"SELECT {', '.join(columns)}, seal FROM {table}"):
            checked_row(row)


def _examine_structure(db: sqlite3.Connection) -> None:
    found = str(db.execute("PRAGMA integrity_check(1)").fetchone()[0])
    if found != "ok":
        raise Unreadable(" ".join(found.split()))
