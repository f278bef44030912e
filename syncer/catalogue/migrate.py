"""`schema.sql` is today's schema; `MIGRATIONS` bring an older catalogue there, one version at a time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator

from syncer.catalogue.rows import Unreadable
from syncer.catalogue.schema import APPLICATION_ID, sql_schema
from syncer.catalogue.seals import seal_all, teach
from syncer.errors import CatalogueError

_PUSHES = """
-- One row per draft that was sent to the platform, written before the request: what was killed in between
-- is known to be uncertain. Whoever sends holds a lock of its own, not the run's.
CREATE TABLE push (
    number     INTEGER PRIMARY KEY,
    state      TEXT NOT NULL CHECK (state IN (
        'sending',                             -- the request is on its way, or its sender was killed
        'unsure',                              -- no answer came: the platform may have taken it
        'refused',                             -- not taken: may be sent again
        'sent',                                -- taken: its status is followed
        'arrived',                             -- in the user's inbox, or posted from there
        'failed'                               -- taken, and given up by the platform
    )),
    sent_at    TEXT NOT NULL,                  -- the request was answered, or else begun
    publish_id TEXT,                           -- the platform's name for it
    status     TEXT,                           -- the platform's word for where it stands
    code       TEXT,                           -- the platform's word for why it was refused or failed
    looked_at  TEXT,                           -- its status was last asked for
    ended_at   TEXT
) STRICT;

-- What the drafts hold: one row for a video, one for each photo.
CREATE TABLE pushed (
    push       INTEGER NOT NULL REFERENCES push (number),
    position   INTEGER NOT NULL,
    identity   TEXT NOT NULL,                  -- hash of URL and bytes: never sent twice
    url        TEXT NOT NULL,                  -- without query, which may be a signature
    sha256     TEXT,
    source     TEXT,                           -- NULL of what syncer did not publish
    key        TEXT,
    PRIMARY KEY (push, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX pushed_by_identity ON pushed (identity);
"""

_WARNINGS = "ALTER TABLE run ADD COLUMN findings TEXT NOT NULL DEFAULT '[]'"

_WITHDRAWN = """
-- Assets that somebody unpublished by hand: not copied again while their version stays the same.
CREATE TABLE withdrawn (
    source  TEXT NOT NULL,
    key     TEXT NOT NULL,
    version TEXT NOT NULL,                     -- the source's version that was taken back
    since   TEXT NOT NULL,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;
"""

_VERIFIED_BY = "ALTER TABLE entry ADD COLUMN verified_by TEXT"

_SEALS = """
-- A check value beside each row: `migrate` fills it in.
ALTER TABLE entry ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE retired ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE belongs ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE proof ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE push ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pushed ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE withdrawn ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;

-- By destination, the owner mark that this catalogue left there.
CREATE TABLE tenure (
    place     TEXT PRIMARY KEY,                -- of the destination, in words: kind, host, root; no secrets
    catalogue TEXT NOT NULL,                   -- random name of this catalogue
    turn      TEXT,                            -- random name of the last run that wrote there; NULL takes any
    before    TEXT,                            -- the one before, whose mark may be there still
    seal      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
"""

_IN_PLACE = "ALTER TABLE entry ADD COLUMN in_place INTEGER NOT NULL DEFAULT 0"

_FOUND = """
ALTER TABLE entry ADD COLUMN found INTEGER NOT NULL DEFAULT 0;
CREATE TABLE wrote (
    place TEXT NOT NULL,                       -- of the destination, in words: kind, host, root; no secrets
    path  TEXT NOT NULL,
    seal  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (place, path)
) STRICT, WITHOUT ROWID;
"""

_DOUBTED = "ALTER TABLE entry ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0"

_LEFT = "ALTER TABLE wrote ADD COLUMN sha256 TEXT"

_UNDELETED = """
ALTER TABLE retired ADD COLUMN sha256 TEXT;
ALTER TABLE retired ADD COLUMN unpublished INTEGER NOT NULL DEFAULT 0;
-- Both rows of an unpublished asset have the same time.
UPDATE retired SET unpublished = 1 WHERE EXISTS (
    SELECT 1 FROM withdrawn AS by_hand
    WHERE (by_hand.source, by_hand.key, by_hand.since) = (retired.source, retired.key, retired.since)
);
"""

_RECALLED = """
CREATE TABLE recalled (
    place  TEXT NOT NULL,                      -- of the destination, in words: kind, host, root; no secrets
    path   TEXT NOT NULL,
    source TEXT NOT NULL,
    key    TEXT NOT NULL,
    since  TEXT NOT NULL,
    sha256 TEXT NOT NULL,                      -- of all bytes
    head_sha256 TEXT,                          -- of the first 64 KiB; NULL is unknown
    seal   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (place, path)
) STRICT, WITHOUT ROWID;
INSERT INTO recalled (place, path, source, key, since, sha256)
    SELECT destination, path, source, key, since, retired.sha256 FROM retired, belongs
    WHERE unpublished = 1 AND retired.sha256 IS NOT NULL;
"""

_LEFT_BY = """
ALTER TABLE wrote ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE wrote ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE wrote ADD COLUMN since TEXT NOT NULL DEFAULT '';
-- For a path that no asset has any more, nobody knows the name.
UPDATE wrote SET
    source = ifnull((SELECT source FROM entry WHERE entry.path = wrote.path), ''),
    key = ifnull((SELECT key FROM entry WHERE entry.path = wrote.path), path);
"""

_SUPERSEDED = """
CREATE TABLE superseded (
    path   TEXT NOT NULL,
    sha256 TEXT NOT NULL,                      -- of all bytes
    source TEXT NOT NULL,
    key    TEXT NOT NULL,
    since  TEXT NOT NULL,
    seal   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (path, sha256)
) STRICT, WITHOUT ROWID;
-- The mark of the run before the last one shows an older state of the destination.
UPDATE tenure SET before = substr(before, instr(before || ' ', ' '));
"""

_BYTES = """
ALTER TABLE withdrawn RENAME TO withdrawn_before;
CREATE TABLE withdrawn (
    source  TEXT NOT NULL,
    key     TEXT NOT NULL,
    sha256  TEXT NOT NULL,                     -- of the bytes that were unpublished; empty is unknown
    version TEXT NOT NULL,                     -- the source's newest version with them; empty is unknown
    since   TEXT NOT NULL,
    seal    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source, key, sha256)
) STRICT, WITHOUT ROWID;
INSERT INTO withdrawn (source, key, sha256, version, since)
    SELECT source, key, ifnull((
        SELECT sha256 FROM recalled WHERE recalled.source = old.source AND recalled.key = old.key
        AND recalled.since = old.since LIMIT 1
    ), ''), version, since FROM withdrawn_before AS old;
DROP TABLE withdrawn_before;
CREATE INDEX withdrawn_by_bytes ON withdrawn (sha256);
"""

MIGRATIONS: tuple[str, ...] = (
    _PUSHES,
    _WARNINGS,
    _WITHDRAWN,
    _VERIFIED_BY,
    _SEALS,
    _IN_PLACE,
    _FOUND,
    _DOUBTED,
    _LEFT,
    _UNDELETED,
    _RECALLED,
    _LEFT_BY,
    _SUPERSEDED,
    _BYTES,
)
"""The first one leads from version 1 to version 2. Never edit one after its release."""
TODAY = 1 + len(MIGRATIONS)
"""The version of `schema.sql`."""

WAIT = 10.0
"""Seconds to wait for another process that creates the same catalogue."""


def migrate(db: sqlite3.Connection, migrations: tuple[str, ...] = MIGRATIONS) -> None:
    """Bring the schema to today's version, completely or not at all. If it is up to date, this only reads.

    `db` is in autocommit mode. Several processes may do this at the same time.
    """
    today = 1 + len(migrations)
    with db:
        db.execute("BEGIN")  # one snapshot for all queries
        version = _version(db, today)
    if version == today:
        return
    if not version:
        _use_wal(db)
    teach(db)
    with db:
        db.execute("BEGIN IMMEDIATE")
        version = _version(db, today)  # another process may have migrated it meanwhile
        for script in [*migrations[version - 1 :]] if version else [sql_schema()]:
            for statement in _statements(script):
                db.execute(statement)
        if 0 < version < today:
            seal_all(db)
        db.execute(f"PRAGMA user_version = {today}")


def is_outdated(db: sqlite3.Connection) -> bool:
    """Whether it is a catalogue of an older version."""
    return 0 < _version(db, TODAY) < TODAY


def is_empty(db: sqlite3.Connection) -> bool:
    """Whether nothing has ever been written to it."""
    return not _pragma(db, "user_version") and not _tables(db)


def _version(db: sqlite3.Connection, today: int) -> int:
    """0 for an empty database."""
    version = _pragma(db, "user_version")
    if version < 0:
        raise Unreadable(f"its version is {version}")
    if version and _pragma(db, "application_id") != APPLICATION_ID:
        raise _foreign(db)
    if version > today:
        raise CatalogueError(
            f"the catalogue {_file(db)} has schema version {version}, and this syncer knows up to {today}",
            code="catalogue.newer",
            hint="use the newer syncer that wrote it",
        )
    if not version and _tables(db):
        raise _foreign(db)
    return version


def _tables(db: sqlite3.Connection) -> set[str]:
    return {name for (name,) in db.execute("SELECT name FROM sqlite_master")}


def _use_wal(db: sqlite3.Connection) -> None:
    """This can't be part of a transaction, and SQLite does not wait for another process here."""
    deadline = time.monotonic() + WAIT
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _statements(script: str) -> Iterator[str]:
    """The single statements, as `executescript` would commit first."""
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    yield statement


def _foreign(db: sqlite3.Connection) -> CatalogueError:
    """Raises `Unreadable` if it has our tables: then its version or application number is damaged."""
    if _tables(db) >= {"entry", "belongs", "retired", "proof"}:
        raise Unreadable("its version or application number is not a catalogue's")
    return CatalogueError(
        f"{_file(db)} is a database of another program, not a catalogue",
        code="catalogue.foreign",
        hint="let `catalogue` name a file of its own",
    )


def _file(db: sqlite3.Connection) -> str:
    return str(db.execute("PRAGMA database_list").fetchone()[2])


def _pragma(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])
