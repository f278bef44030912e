"""The catalogue in one SQLite file (WAL), for one machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

from syncer.catalogue import runs
from syncer.catalogue.connection import sqlite_errors
from syncer.catalogue.file import CatalogueFile
from syncer.catalogue.lock import holder, lock
from syncer.catalogue.moving import IN_USE, UNCONFIRMED, disown, move, rename_place
from syncer.catalogue.rows import COLUMNS, Row, from_entry, from_time, parsing, to_time
from syncer.catalogue.seals import SEALED, amended, checked_row, sealed, unsealed
from syncer.errors import CatalogueError
from syncer.model import Asset, Entry, Proof, Run, State

PAGE = 500
"""Rows read at a time. No cursor stays open between pages, so entries may be written while one iterates."""

_SEALED = (*COLUMNS, "seal")
_COLUMNS = ", ".join(_SEALED)
_SELECT = f"SELECT {_COLUMNS} FROM entry"
_PUT = (
    f"INSERT INTO entry ({_COLUMNS}) VALUES ({', '.join('?' * len(_SEALED))})"
    f" ON CONFLICT (source, key) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _SEALED[2:])}"
)
_TAKEN_BACK = (State.STORED, State.DOOMED)
"""Written before bytes are replaced or deleted. Lost to a power cut, a URL would be listed that is gone."""
_WROTE = "path = ? AND place = (SELECT destination FROM belongs)"
_UNWITHDRAW = "DELETE FROM withdrawn WHERE source = ? AND key = ?"
_NOTE = "INSERT OR IGNORE INTO listed VALUES (?, ?, ?, ?) RETURNING TRUE"

# What this run listed. Temporary: it dies with the connection, and SQLite spills it to disk.
_LISTED = """
CREATE TEMP TABLE listed (
    source TEXT NOT NULL, key TEXT NOT NULL, path TEXT UNIQUE, locator TEXT NOT NULL,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID
"""

_TROUBLED = (
    "(error IS NOT NULL OR state IN ('rejected', 'stored')"
    " OR (state = 'published' AND findings LIKE '%\"severity\":\"reject\"%'))"
)
_UNLISTED = "NOT EXISTS (SELECT 1 FROM listed WHERE listed.source = entry.source AND listed.key = entry.key)"


class SqliteCatalogue(CatalogueFile):
    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Made if missing, unless it is only read."""
        super().__init__(path, read_only=read_only)
        self._prepare()

    def _prepare(self) -> None:
        with sqlite_errors(self._path):
            self._db.execute("PRAGMA temp.journal_mode = OFF")  # nothing is ever taken back there
            self._db.execute(_LISTED)

    def lock(self) -> AbstractContextManager[None]:
        return lock(self._path.with_name(f"{self._path.name}.lock"))

    def holder(self) -> str | None:
        return holder(self._path.with_name(f"{self._path.name}.lock"))

    # Entries

    def entry(self, source: str, key: str) -> Entry | None:
        found = self._entries(self._run(f"{_SELECT} WHERE source = ? AND key = ?", source, key))
        return found[0] if found else None

    def owner(self, path: str) -> tuple[str, str] | None:
        found = self._entries(self._run(f"{_SELECT} WHERE path = ?", path))
        return (found[0].source, found[0].key) if found else None

    def wrote(self, path: str) -> bool:
        found = self._entries(self._run(f"{_SELECT} WHERE path = ?", path))
        if found and not found[0].unconfirmed:
            return found[0].ours
        rows = self._run("SELECT path, source, key, since, seal FROM retired WHERE path = ?", path)
        rows = rows or self._run(f"SELECT place, path, seal FROM wrote WHERE {_WROTE}", path)
        return bool(self._opened(rows))

    def put(self, entry: Entry) -> None:
        with sqlite_errors(self._path), self._lasting(entry.state in _TAKEN_BACK):
            try:
                with self._db:
                    self._db.execute("BEGIN IMMEDIATE")
                    self._db.execute(_PUT, sealed(*from_entry(entry)))
                    if entry.path:
                        self._db.execute("DELETE FROM retired WHERE path = ?", (entry.path,))
                        self._db.execute(_UNWITHDRAW, (entry.source, entry.key))
                    if entry.in_place or entry.found:  # the file there is another one than we wrote
                        self._db.execute(f"DELETE FROM wrote WHERE {_WROTE}", (entry.path,))
            except sqlite3.IntegrityError as error:
                if "entry.path" not in str(error):
                    raise
                raise CatalogueError(
                    f"'{entry.path}' belongs to another asset than {entry.source}:{entry.key}",
                    code="catalogue.path",
                ) from None

    def remove(self, source: str, key: str) -> None:
        self._run("DELETE FROM entry WHERE source = ? AND key = ?", source, key)

    def entries(self, *states: State) -> Iterator[Entry]:
        return self._by_url(*_among(states))

    def troubled(self) -> Iterator[Entry]:
        return self._by_url(_TROUBLED, [])

    def count(self, *states: State) -> int:
        condition, values = _among(states)
        return int(self._run(f"SELECT count(*) FROM entry WHERE {condition}", *values)[0][0])

    def held(self, source: str | None = None) -> int:
        entries = (
            "SELECT count(*) FROM entry WHERE path IS NOT NULL AND NOT in_place AND ifnull(source = ?, TRUE)"
        )
        retired = "SELECT count(*) FROM retired WHERE ifnull(source = ?, TRUE)"
        return int(self._run(f"SELECT ({entries}) + ({retired})", source, source)[0][0])

    def lying(self) -> int:
        condition = "path IS NOT NULL AND in_place AND state IN ('published', 'stored', 'failed')"
        return int(self._run(f"SELECT count(*) FROM entry WHERE {condition}")[0][0])

    def unconfirmed(self) -> Iterator[Entry]:
        return self._by_url(UNCONFIRMED, [])

    def _by_url(self, condition: str, values: list[str]) -> Iterator[Entry]:
        after: Row = ("", "", "")
        while True:
            rows = self._run(
                f"{_SELECT} WHERE ({condition} OR {unsealed('entry')}) AND (url, source, key) > (?, ?, ?)"
                f" ORDER BY url, source, key LIMIT {PAGE}",
                *values,
                *after,
            )
            yield from self._entries(rows)
            if len(rows) < PAGE:
                return
            after = (rows[-1][COLUMNS.index("url")], *rows[-1][:2])

    # What a listing holds, and what it lacks

    def begin_listing(self) -> None:
        self._run("DELETE FROM listed")

    def note(self, asset: Asset, path: str | None) -> Asset | None:
        row = (asset.source, asset.key, path, _storable(asset.locator))
        if self._run(_NOTE, *row):
            return None
        same = self._run(
            "SELECT source, key, locator FROM listed WHERE source = ? AND key = ?", asset.source, asset.key
        )
        if not same:
            same = self._run("SELECT source, key, locator FROM listed WHERE path = ?", path)
            self._run(_NOTE, asset.source, asset.key, None, row[-1])
        return Asset(*same[0])

    def claim(self, asset: Asset, path: str | None) -> Asset | None:
        others = self._run(
            "SELECT source, key, locator FROM listed WHERE path = ? AND (source, key) <> (?, ?)",
            path,
            asset.source,
            asset.key,
        )
        if others:
            return Asset(*others[0])
        self._run("UPDATE listed SET path = ? WHERE source = ? AND key = ?", path, asset.source, asset.key)
        return None

    def noted(self, source: str, key: str) -> bool:
        return bool(self._run("SELECT 1 FROM listed WHERE source = ? AND key = ?", source, key))

    def claimed(self, path: str) -> bool:
        return bool(self._run("SELECT 1 FROM listed WHERE path = ?", path))

    def missing(self, source: str | None = None) -> Iterator[Entry]:
        after: Row = ("", "")
        while True:
            rows = self._run(
                f"{_SELECT} WHERE ifnull(source = ?, TRUE) AND {_UNLISTED} AND (source, key) > (?, ?)"
                f" ORDER BY source, key LIMIT {PAGE}",
                source,
                *after,
            )
            yield from self._entries(rows)
            if len(rows) < PAGE:
                return
            after = rows[-1][:2]

    def returned(self) -> None:
        self._run(amended("entry", f"gone_since IS NOT NULL AND NOT {_UNLISTED}", gone_since="NULL"))

    def end_listing(self, source: str, now: datetime) -> None:
        self._run(f"DELETE FROM entry WHERE source = ? AND path IS NULL AND {_UNLISTED}", source)
        gone = f"source = ?2 AND (gone_since IS NULL OR gone_since > ?1) AND {_UNLISTED}"
        self._run(amended("entry", gone, gone_since="?1"), from_time(now), source)
        back = f"gone_since IS NOT NULL AND source = ? AND NOT {_UNLISTED}"
        self._run(amended("entry", back, gone_since="NULL"), source)

    def retire(self, path: str, source: str, key: str, now: datetime) -> None:
        self._run("REPLACE INTO retired VALUES (?, ?, ?, ?, ?)", *sealed(path, source, key, from_time(now)))

    def retired(self, before: datetime) -> Iterator[tuple[str, str, str]]:
        return self._by_path("retired", "since <= ?", from_time(before))

    def forget_retired(self, path: str) -> None:
        self._run("DELETE FROM retired WHERE path = ?", path)
        self._run(f"DELETE FROM wrote WHERE {_WROTE}", path)

    # What was unpublished by hand

    def paths(self) -> Iterator[tuple[str, str, str]]:
        yield from self._by_path("entry")
        yield from self._by_path("retired")

    def _by_path(
        self, table: str, condition: str = "TRUE", *values: object
    ) -> Iterator[tuple[str, str, str]]:
        columns, after = SEALED[table], ""
        while True:
            rows = self._run(
                f"SELECT {', '.join(columns)}, seal FROM {table} WHERE {condition} AND path > ?"
                f" ORDER BY path LIMIT {PAGE}",
                *values,
                after,
            )
            for row in self._opened(rows):
                said = dict(zip(columns, row, strict=True))
                yield said["path"], said["source"], said["key"]
            if len(rows) < PAGE:
                return
            after = rows[-1][columns.index("path")]

    def withdraw(self, entry: Entry, now: datetime) -> None:
        name = (entry.source, entry.key)
        with sqlite_errors(self._path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            withdrawn = sealed(*name, entry.version or "", from_time(now))
            self._db.execute("REPLACE INTO withdrawn VALUES (?, ?, ?, ?, ?)", withdrawn)
            if not (entry.in_place or entry.found):
                retired = sealed(entry.path, *name, from_time(now))
                self._db.execute("REPLACE INTO retired VALUES (?, ?, ?, ?, ?)", retired)
            self._db.execute("DELETE FROM entry WHERE source = ? AND key = ?", name)

    def withdrawn(self, source: str, key: str) -> str | None:
        columns = "source, key, version, since, seal"
        rows = self._run(f"SELECT {columns} FROM withdrawn WHERE source = ? AND key = ?", source, key)
        return self._opened(rows)[0][2] if rows else None

    def withdrawals(self) -> Iterator[tuple[str, str]]:
        rows = self._run("SELECT source, key, version, since, seal FROM withdrawn ORDER BY source, key")
        return iter([(row[0], row[1]) for row in self._opened(rows)])

    def readmit(self, source: str, key: str) -> None:
        self._run(_UNWITHDRAW, source, key)

    # Whose it is, proofs and runs

    def adopt(self, origin: str, destination: str) -> str | None:
        known = self.recognise(origin, destination)
        if known == (origin, destination):
            return None
        before = known[1] if known and known[1] != destination else None
        with self._transaction():
            if before is not None:
                move(self._db, before)
            self._db.execute("REPLACE INTO belongs VALUES (1, ?, ?, ?)", sealed(origin, destination))
        return before

    def disown(self) -> None:
        with self._transaction():
            disown(self._db)

    def rename(self, before: str, destination: str) -> None:
        known = self._opened(self._run("SELECT origin, destination, seal FROM belongs"))
        if known and known[0][1] == before:
            with self._transaction():
                rename_place(self._db, before, destination)

    def recognise(self, origin: str, destination: str) -> tuple[str, str] | None:
        known = self._opened(self._run("SELECT origin, destination, seal FROM belongs"))
        if known and origin != known[0][0] and destination != known[0][1]:
            if not self._run(IN_USE):
                return None
            raise CatalogueError(
                f"the catalogue {self._path} belongs to {known[0][0]} at {known[0][1]}",
                code="catalogue.foreign",
                hint="give this config a `catalogue` and a `manifest` of its own, such as"
                " catalogue: sqlite:///other.db and manifest: [other.json]",
            )
        return (known[0][0], known[0][1]) if known else None

    def put_proof(self, proof: Proof) -> None:
        times = from_time(proof.placed_at), from_time(proof.checked_at)
        row = sealed(proof.path, proof.url, proof.sha256, *times)
        self._run("REPLACE INTO proof VALUES (?, ?, ?, ?, ?, ?)", *row)

    def proofs(self) -> list[Proof]:
        rows = self._run("SELECT path, url, sha256, placed_at, checked_at, seal FROM proof ORDER BY path")
        with sqlite_errors(self._path), parsing():
            return [
                Proof(path, url, sha256, datetime.fromisoformat(placed_at), to_time(checked_at))
                for path, url, sha256, placed_at, checked_at in map(checked_row, rows)
            ]

    def begin_run(self, now: datetime) -> int:
        with self._transaction():
            return runs.begin(self._db, now)

    def end_run(self, number: int, run: Run) -> None:
        with sqlite_errors(self._path):
            runs.end(self._db, number, run)

    def last_run(self) -> Run | None:
        with sqlite_errors(self._path), parsing():
            return runs.last_run(self._db)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of it or nothing, however the process ends."""
        with sqlite_errors(self._path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield


def _among(states: tuple[State, ...]) -> tuple[str, list[str]]:
    return f"state IN ({', '.join('?' * len(states))})" if states else "TRUE", [s.value for s in states]


def _storable(locator: str) -> str:
    """A file name that is not UTF-8 comes as surrogates, which no database takes."""
    return locator.encode("utf-8", "backslashreplace").decode("utf-8")
