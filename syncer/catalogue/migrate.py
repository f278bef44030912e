"""`schema.sql` says what a catalogue is today; `MIGRATIONS` lead an older one there, one number at a time."""

from __future__ import annotations

import sqlite3
from importlib.resources import files

from syncer.errors import CatalogueError

APPLICATION_ID = 0x53594E43
"""`SYNC`: tells a catalogue from any other SQLite file."""

MIGRATIONS: tuple[str, ...] = ()
"""The first leads from version 1 to version 2. Never edited once released."""


def migrate(db: sqlite3.Connection, migrations: tuple[str, ...] = MIGRATIONS) -> None:
    """Bring the schema to today's version, in one transaction for each step."""
    today = 1 + len(migrations)
    version = _pragma(db, "user_version")
    if version and _pragma(db, "application_id") != APPLICATION_ID:
        raise _foreign(db)
    if version > today:
        raise CatalogueError(
            f"the catalogue {_file(db)} has schema version {version}, and this syncer knows up to {today}",
            code="catalogue.newer",
            hint="use the newer syncer that wrote it",
        )
    if not version:
        _create(db, today)
        return
    for number, migration in enumerate(migrations[version - 1 :], start=version + 1):
        _script(db, migration, number)


def _create(db: sqlite3.Connection, today: int) -> None:
    if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise _foreign(db)
    schema = files("syncer.catalogue").joinpath("schema.sql").read_text(encoding="utf-8")
    db.execute("PRAGMA journal_mode = WAL")
    _script(db, f"PRAGMA application_id = {APPLICATION_ID};\n{schema}", today)


def _foreign(db: sqlite3.Connection) -> CatalogueError:
    return CatalogueError(
        f"{_file(db)} is a database of another program, not a catalogue",
        code="catalogue.foreign",
        hint="let `catalogue` name a file of its own",
    )


def _file(db: sqlite3.Connection) -> str:
    return str(db.execute("PRAGMA database_list").fetchone()[2])


def _script(db: sqlite3.Connection, script: str, version: int) -> None:
    try:
        db.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {version};\nCOMMIT;")
    except sqlite3.Error:
        if db.in_transaction:
            db.rollback()
        raise


def _pragma(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])
