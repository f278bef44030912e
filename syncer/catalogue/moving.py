"""The catalogue's destination becomes another one: what is at the one before is out of reach."""

from __future__ import annotations

import sqlite3

from syncer.catalogue.seals import amended, unsealed

_STATEMENTS = (  # as `transitions.moved`; the tests compare the two
    amended("entry", "state = 'rejected'", path="NULL", url="''", checked_at="NULL"),
    amended("entry", "state IN ('published', 'stored', 'doomed')", state="'stored'", checked_at="NULL"),
    amended("entry", "state = 'failed'", checked_at="NULL"),
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


def move(db: sqlite3.Connection, before: str) -> None:
    """Inside the transaction that adopts the new destination. What was written `before` is remembered."""
    for table, condition in (("entry", _OURS), ("retired", "TRUE")):
        ours = f"SELECT ?1, path, seal(?1, path) FROM {table} WHERE {condition} AND NOT {unsealed(table)}"  # noqa: S608 - no value stands in it
        db.execute(f"INSERT OR REPLACE INTO wrote {ours}", (before,))
    for statement in _STATEMENTS:
        db.execute(statement)
