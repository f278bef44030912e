"""The catalogue's destination becomes another one: what is at the one before is out of reach."""

from __future__ import annotations

import sqlite3

from syncer.catalogue.seals import amended

_STATEMENTS = (  # as `transitions.moved`; the tests compare the two
    amended("entry", "state = 'rejected'", path="NULL", url="''", checked_at="NULL"),
    amended("entry", "state IN ('published', 'stored', 'doomed')", state="'stored'", checked_at="NULL"),
    amended("entry", "state = 'failed'", checked_at="NULL"),
    "DELETE FROM retired",
    amended("proof", "TRUE", checked_at="NULL"),
)

UNCONFIRMED = "state = 'stored' AND path IS NOT NULL AND checked_at IS NULL"
"""Condition: nobody has looked for it at this destination yet."""


def move(db: sqlite3.Connection) -> None:
    """Inside the transaction that adopts the new destination."""
    for statement in _STATEMENTS:
        db.execute(statement)
