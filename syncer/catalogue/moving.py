"""The catalogue's destination becomes another one: what is at the one before is out of reach."""

from __future__ import annotations

import sqlite3

_STATEMENTS = (  # as `remember.moved`; the tests compare the two
    "UPDATE entry SET path = NULL, url = '', checked_at = NULL WHERE state = 'rejected'",
    "UPDATE entry SET state = 'stored', checked_at = NULL WHERE state IN ('published', 'stored', 'doomed')",
    "UPDATE entry SET checked_at = NULL WHERE state = 'failed'",
    "DELETE FROM retired",
    "UPDATE proof SET checked_at = NULL",
)

UNCONFIRMED = "state = 'stored' AND path IS NOT NULL AND checked_at IS NULL"
"""Condition: nobody has looked for it at this destination yet."""


def move(db: sqlite3.Connection) -> None:
    """Inside the transaction that adopts the new destination."""
    for statement in _STATEMENTS:
        db.execute(statement)
