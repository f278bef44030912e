"""Catalogues that an older syncer wrote."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue, open_pushes
from syncer.model import Entry, State

VERSION_1 = """
PRAGMA application_id = 1398361667;
CREATE TABLE entry (
    source TEXT NOT NULL, key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('published', 'stored', 'rejected', 'failed', 'doomed')),
    version TEXT, path TEXT UNIQUE, url TEXT NOT NULL DEFAULT '', size INTEGER, sha256 TEXT, head_sha256 TEXT,
    media_type TEXT, facts TEXT NOT NULL DEFAULT '{}', findings TEXT NOT NULL DEFAULT '[]', error TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, published_at TEXT, checked_at TEXT, gone_since TEXT,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_by_url ON entry (url, source, key);
CREATE TABLE retired (
    path TEXT PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, since TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE belongs (
    number INTEGER PRIMARY KEY CHECK (number = 1), origin TEXT NOT NULL, destination TEXT NOT NULL
) STRICT;
CREATE TABLE proof (
    path TEXT PRIMARY KEY, url TEXT NOT NULL, sha256 TEXT NOT NULL, placed_at TEXT NOT NULL, checked_at TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE run (
    number INTEGER PRIMARY KEY, started_at TEXT NOT NULL, ended_at TEXT, exit_code INTEGER,
    counts TEXT NOT NULL DEFAULT '{}', error TEXT
) STRICT;
INSERT INTO entry (source, key, state, path, url) VALUES ('clips', 'a', 'published', 'a', 'https://m.test/a');
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A catalogue as version 1 made it, with one entry."""
    file = tmp_path / "old.db"
    with closing(sqlite3.connect(file)) as db:
        db.executescript(VERSION_1)
    return file


def shape(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Columns of every table and index."""
    with closing(sqlite3.connect(file)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type <> 'trigger'")]
        return {
            name: db.execute(f"SELECT * FROM pragma_table_xinfo('{name}')").fetchall()  # noqa: S608 - own names
            + db.execute(f"SELECT * FROM pragma_index_xinfo('{name}')").fetchall()  # noqa: S608 - own names
            for name in names
        }


def test_an_old_catalogue_becomes_what_a_new_one_is_and_keeps_what_it_knows(
    old: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.db"
    for file in (old, new):
        with closing(open_catalogue(f"sqlite:///{file}")), closing(open_pushes(f"sqlite:///{file}")):
            pass
    assert shape(old) == shape(new)
    with closing(open_catalogue(f"sqlite:///{old}")) as catalogue:
        assert list(catalogue.entries()) == [
            Entry("clips", "a", State.PUBLISHED, path="a", url="https://m.test/a")
        ]


def test_an_old_catalogue_can_be_opened_to_be_read_only(old: Path) -> None:
    with closing(open_catalogue(f"sqlite:///{old}", read_only=True)) as catalogue:
        assert [entry.key for entry in catalogue.entries()] == ["a"]
