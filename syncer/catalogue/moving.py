"""What the destination holds is not known any more: it became another one, or our owner mark is gone."""

from __future__ import annotations

import sqlite3

from syncer.catalogue.seals import amended, unsealed

_STATEMENTS = (  # as `transitions.moved`; the tests compare the two
    amended("entry", "state = 'rejected'", path="NULL", url="''"),
    amended("entry", "state IN ('published', 'stored', 'doomed')", state="'stored'"),
    amended("entry", "TRUE", checked_at="NULL"),
    amended("entry", "path IS NOT NULL", doubted="1"),
    "DELETE FROM retired",
    amended("proof", "TRUE", checked_at="NULL"),
)

UNCONFIRMED = "state = 'stored' AND path IS NOT NULL AND checked_at IS NULL"
"""Condition: nobody has looked for it at this destination yet."""

_TRACES = ("entry WHERE path IS NOT NULL", "retired", "wrote", "withdrawn", "proof", "push")
IN_USE = " UNION ALL ".join(f"SELECT * FROM (SELECT 1 FROM {table} LIMIT 1)" for table in _TRACES)  # noqa: S608 - no value stands in it
"""A row for each trace of something that was published, proven or sent. Without any, the catalogue may be of
another origin and destination from now on.
"""

_OURS = (
    "path IS NOT NULL AND NOT in_place AND NOT found"
    " AND NOT (state IN ('stored', 'failed') AND checked_at IS NULL)"
)
"""Condition: `Entry.ours`."""


_PLACES = (("wrote", "place"), ("tenure", "place"), ("belongs", "destination"))
"""Tables and columns that name a destination."""


def rename_place(db: sqlite3.Connection, before: str, now: str) -> None:
    """Inside a transaction: the same destination, under another name. Rows of the new name stay."""
    for table, column in _PLACES:
        statement = amended(table, f"{column} = ?1", **{column: "?2"})
        db.execute(statement.replace("UPDATE", "UPDATE OR IGNORE", 1), (before, now))


def move(db: sqlite3.Connection, before: str) -> None:
    """Inside the transaction that adopts the new destination. What was written `before` is remembered."""
    for table, condition in (("entry", _OURS), ("retired", "TRUE")):
        ours = f"SELECT ?1, path, seal(?1, path) FROM {table} WHERE {condition} AND NOT {unsealed(table)}"  # noqa: S608 - no value stands in it
        db.execute(f"INSERT OR REPLACE INTO wrote {ours}", (before,))
    for statement in _STATEMENTS:
        db.execute(statement)


def disown(db: sqlite3.Connection) -> None:
    """The same at the destination of today, inside a transaction. Nothing that was written there is known."""
    for statement in _STATEMENTS:
        db.execute(statement)
    db.execute("DELETE FROM wrote WHERE place = (SELECT destination FROM belongs)")
