"""A catalogue as an earlier syncer would have left it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from syncer.catalogue import migrate

UNDONE = {
    "_BYTES": (
        "ALTER TABLE withdrawn RENAME TO newer",
        "CREATE TABLE withdrawn AS SELECT source, key, version, since, 0 AS seal FROM newer",
        "DROP TABLE newer",
    ),
    "_SUPERSEDED": ("DROP TABLE superseded",),
    "_LEFT_BY": tuple(f"ALTER TABLE wrote DROP COLUMN {column}" for column in ("source", "key", "since")),
    "_RECALLED": ("DROP TABLE recalled",),
    "_UNDELETED": tuple(f"ALTER TABLE retired DROP COLUMN {column}" for column in ("sha256", "unpublished")),
}
"""How to undo each migration, the newest first."""


def downgrade(file: Path, first: str) -> None:
    """Undo the migration of this name and all newer ones."""
    names = [*UNDONE][: [*UNDONE].index(first) + 1]
    assert [getattr(migrate, name) for name in reversed(names)] == [*migrate.MIGRATIONS[-len(names) :]]
    with closing(sqlite3.connect(file)) as db, db:
        for name in names:
            for statement in UNDONE[name]:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {migrate.TODAY - len(names)}")
