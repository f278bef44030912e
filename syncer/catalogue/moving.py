"""Changes of the destination and of paths, as statements inside a transaction."""

from __future__ import annotations

import sqlite3

from syncer.catalogue.rows import Row
from syncer.catalogue.seals import amended, inserted, unsealed

BELONG = "REPLACE INTO belongs VALUES (1, ?, ?, ?)"
"""For the sealed origin and destination."""
RETIRE = inserted("retired", "REPLACE")
REMOVE = "DELETE FROM entry WHERE source = ? AND key = ?"
UNWITHDRAW = "DELETE FROM withdrawn WHERE source = ? AND key = ?"

_STATEMENTS = (  # like `transitions.moved`; the tests compare the two
    amended("entry", "state = 'rejected'", path="NULL", url="''"),
    amended("entry", "state IN ('published', 'stored', 'doomed')", state="'stored'"),
    amended("entry", "TRUE", checked_at="NULL"),
    amended("entry", "path IS NOT NULL", doubted="1"),
    "DELETE FROM retired WHERE NOT unpublished OR sha256 IS NULL",
    amended("retired", "TRUE", unpublished="2"),
    amended("proof", "TRUE", checked_at="NULL"),
)

UNCONFIRMED = "state = 'stored' AND path IS NOT NULL AND checked_at IS NULL"
"""Condition: the file was not looked for at this destination yet."""

_TRACES = ("entry WHERE path IS NOT NULL", "retired", "wrote", "withdrawn", "proof", "push")
IN_USE = " UNION ALL ".join(f"SELECT * FROM (SELECT 1 FROM {table} LIMIT 1)" for table in _TRACES)  # noqa: S608 - no value stands in it
"""A row for each kind of trace of something that was published, proven or sent. Without any, the catalogue
may be used for another origin and destination.
"""

_OURS = (
    "path IS NOT NULL AND NOT in_place AND NOT found"
    " AND NOT (state IN ('stored', 'failed') AND checked_at IS NULL)"
)
"""Condition: `Entry.ours`."""


_PLACES = (("wrote", "place"), ("tenure", "place"), ("belongs", "destination"))
"""Tables and columns that name a destination."""


def withdraw(db: sqlite3.Connection, row: Row) -> None:
    """The asset of this sealed row of `withdrawn` was unpublished by hand."""
    db.execute(REMOVE, tuple(row[:2]))
    db.execute(inserted("withdrawn", "REPLACE"), tuple(row))


def rename_place(db: sqlite3.Connection, before: str, now: str) -> None:
    """The same destination has another name. Rows of the new name stay."""
    for table, column in _PLACES:
        statement = amended(table, f"{column} = ?1", **{column: "?2"})
        db.execute(statement.replace("UPDATE", "UPDATE OR IGNORE", 1), (before, now))


def move(db: sqlite3.Connection, before: str) -> None:
    """Another destination is adopted. The paths that syncer wrote at `before` are remembered."""
    for table, condition, left in (("retired", "TRUE", "NULL"), ("entry", _OURS, "sha256")):
        ours = f"SELECT ?1, path, {left}, seal(?1, path, {left}) FROM {table} WHERE {condition}"  # noqa: S608 - no value stands in it
        into = "INSERT OR REPLACE INTO wrote (place, path, sha256, seal)"
        db.execute(f"{into} {ours} AND NOT {unsealed(table)}", (before,))
    for statement in _STATEMENTS:
        db.execute(statement)


def disown(db: sqlite3.Connection) -> None:
    """Our mark at today's destination is gone: syncer forgets which paths it wrote there."""
    for statement in _STATEMENTS:
        db.execute(statement)
    db.execute("DELETE FROM wrote WHERE place = (SELECT destination FROM belongs)")
