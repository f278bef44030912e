"""The catalogue in one SQLite file (WAL), for one machine."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

from syncer.catalogue.connection import connect, translated
from syncer.catalogue.lock import holder, lock
from syncer.catalogue.rows import COLUMNS, Row, from_entry, from_time, to_entry, to_time
from syncer.errors import CatalogueError
from syncer.model import Asset, Entry, Proof, Run, State

PAGE = 500
"""Rows read at a time. No cursor stays open between pages, so entries may be written while one iterates."""

_COLUMNS = ", ".join(COLUMNS)
_SELECT = f"SELECT {_COLUMNS} FROM entry"
_PUT = (
    f"INSERT INTO entry ({_COLUMNS}) VALUES ({', '.join('?' * len(COLUMNS))})"
    f" ON CONFLICT (source, key) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in COLUMNS[2:])}"
)
_UNWITHDRAW = "DELETE FROM withdrawn WHERE source = ? AND key = ?"
_NOTE = "INSERT OR IGNORE INTO listed VALUES (?, ?, ?, ?) RETURNING TRUE"

# What this run listed. Temporary: it dies with the connection, and SQLite spills it to disk.
_LISTED = """
CREATE TEMP TABLE listed (
    source TEXT NOT NULL, key TEXT NOT NULL, path TEXT UNIQUE, locator TEXT NOT NULL,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID
"""

_TROUBLED = "(error IS NOT NULL OR state IN ('rejected', 'stored'))"
_MOVE = "move it away: syncer copies everything once more, and nothing else is lost"
_UNLISTED = "NOT EXISTS (SELECT 1 FROM listed WHERE listed.source = entry.source AND listed.key = entry.key)"


class SqliteCatalogue:
    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Made if missing, unless it is only read."""
        self._path = path
        self._db = connect(path, read_only=read_only)
        with translated(path):
            self._db.execute("PRAGMA temp.journal_mode = OFF")  # nothing is ever taken back there
            self._db.execute(_LISTED)

    def lock(self) -> AbstractContextManager[None]:
        return lock(self._path.with_name(f"{self._path.name}.lock"))

    def holder(self) -> str | None:
        return holder(self._path.with_name(f"{self._path.name}.lock"))

    def check(self) -> None:
        found = self._run("PRAGMA quick_check(1)")[0][0]
        if found != "ok":
            raise CatalogueError(f"{self._path} is damaged: {found}", code="catalogue.broken", hint=_MOVE)

    def close(self) -> None:
        self._db.close()

    # Entries

    def entry(self, source: str, key: str) -> Entry | None:
        rows = self._run(f"{_SELECT} WHERE source = ? AND key = ?", source, key)
        return to_entry(rows[0]) if rows else None

    def owner(self, path: str) -> tuple[str, str] | None:
        rows = self._run("SELECT source, key FROM entry WHERE path = ?", path)
        return (rows[0][0], rows[0][1]) if rows else None

    def put(self, entry: Entry) -> None:
        with translated(self._path):
            try:
                with self._db:
                    self._db.execute("BEGIN IMMEDIATE")
                    self._db.execute(_PUT, from_entry(entry))
                    if entry.path:
                        self._db.execute("DELETE FROM retired WHERE path = ?", (entry.path,))
                        self._db.execute(_UNWITHDRAW, (entry.source, entry.key))
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

    def count_troubled(self) -> int:
        return int(self._run(f"SELECT count(*) FROM entry WHERE {_TROUBLED}")[0][0])

    def count(self, *states: State) -> int:
        condition, values = _among(states)
        return int(self._run(f"SELECT count(*) FROM entry WHERE {condition}", *values)[0][0])

    def held(self) -> int:
        entries = "SELECT count(*) FROM entry WHERE path IS NOT NULL"
        return int(self._run(f"SELECT ({entries}) + (SELECT count(*) FROM retired)")[0][0])

    def _by_url(self, condition: str, values: list[str]) -> Iterator[Entry]:
        after: Row = ("", "", "")
        while True:
            rows = self._run(
                f"{_SELECT} WHERE {condition} AND (url, source, key) > (?, ?, ?)"
                f" ORDER BY url, source, key LIMIT {PAGE}",
                *values,
                *after,
            )
            yield from map(to_entry, rows)
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

    def missing(self, source: str | None = None) -> Iterator[Entry]:
        after: Row = ("", "")
        while True:
            rows = self._run(
                f"{_SELECT} WHERE ifnull(source = ?, TRUE) AND {_UNLISTED} AND (source, key) > (?, ?)"
                f" ORDER BY source, key LIMIT {PAGE}",
                source,
                *after,
            )
            yield from map(to_entry, rows)
            if len(rows) < PAGE:
                return
            after = rows[-1][:2]

    def end_listing(self, source: str, now: datetime) -> None:
        self._run(f"DELETE FROM entry WHERE source = ? AND path IS NULL AND {_UNLISTED}", source)
        self._run(
            f"UPDATE entry SET gone_since = ? WHERE source = ? AND gone_since IS NULL AND {_UNLISTED}",
            from_time(now),
            source,
        )
        self._run(
            "UPDATE entry SET gone_since = NULL"
            f" WHERE gone_since IS NOT NULL AND source = ? AND NOT {_UNLISTED}",
            source,
        )

    def retire(self, path: str, source: str, key: str, now: datetime) -> None:
        self._run("REPLACE INTO retired VALUES (?, ?, ?, ?)", path, source, key, from_time(now))

    def retired(self, before: datetime) -> Iterator[tuple[str, str, str]]:
        return self._by_path("retired", "since <= ?", from_time(before))

    def forget_retired(self, path: str) -> None:
        self._run("DELETE FROM retired WHERE path = ?", path)

    # What was unpublished by hand

    def paths(self) -> Iterator[tuple[str, str, str]]:
        yield from self._by_path("entry")
        yield from self._by_path("retired")

    def _by_path(
        self, table: str, condition: str = "TRUE", *values: object
    ) -> Iterator[tuple[str, str, str]]:
        after = ""
        while True:
            rows = self._run(
                f"SELECT path, source, key FROM {table} WHERE {condition} AND path > ?"
                f" ORDER BY path LIMIT {PAGE}",
                *values,
                after,
            )
            yield from rows
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def withdraw(self, entry: Entry, now: datetime) -> None:
        name = (entry.source, entry.key)
        with translated(self._path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            values = (*name, entry.version or "", from_time(now))
            self._db.execute("REPLACE INTO withdrawn VALUES (?, ?, ?, ?)", values)
            self._db.execute("REPLACE INTO retired VALUES (?, ?, ?, ?)", (entry.path, *name, from_time(now)))
            self._db.execute("DELETE FROM entry WHERE source = ? AND key = ?", name)

    def withdrawn(self, source: str, key: str) -> str | None:
        rows = self._run("SELECT version FROM withdrawn WHERE source = ? AND key = ?", source, key)
        return rows[0][0] if rows else None

    def withdrawals(self) -> Iterator[tuple[str, str]]:
        return iter(self._run("SELECT source, key FROM withdrawn ORDER BY source, key"))

    def readmit(self, source: str, key: str) -> None:
        self._run(_UNWITHDRAW, source, key)

    # Whose it is, proofs and runs

    def adopt(self, origin: str, destination: str) -> None:
        if self.recognise(origin, destination) != (origin, destination):
            self._run("REPLACE INTO belongs VALUES (1, ?, ?)", origin, destination)

    def recognise(self, origin: str, destination: str) -> tuple[str, str] | None:
        known = self._run("SELECT origin, destination FROM belongs")
        if known and origin != known[0][0] and destination != known[0][1]:
            raise CatalogueError(
                f"the catalogue {self._path} belongs to {known[0][0]} at {known[0][1]}",
                code="catalogue.foreign",
                hint="give each config a `catalogue` and a `manifest` of its own",
            )
        return known[0] if known else None

    def put_proof(self, proof: Proof) -> None:
        self._run(
            "REPLACE INTO proof VALUES (?, ?, ?, ?, ?)",
            proof.path,
            proof.url,
            proof.sha256,
            from_time(proof.placed_at),
            from_time(proof.checked_at),
        )

    def proofs(self) -> list[Proof]:
        rows = self._run("SELECT path, url, sha256, placed_at, checked_at FROM proof ORDER BY path")
        return [
            Proof(path, url, sha256, datetime.fromisoformat(placed_at), to_time(checked_at))
            for path, url, sha256, placed_at, checked_at in rows
        ]

    def begin_run(self, now: datetime) -> int:
        return int(
            self._run("INSERT INTO run (started_at) VALUES (?) RETURNING number", from_time(now))[0][0]
        )

    def end_run(self, number: int, run: Run) -> None:
        self._run(
            "UPDATE run SET ended_at = ?, exit_code = ?, counts = ?, error = ? WHERE number = ?",
            from_time(run.ended_at),
            run.exit_code,
            json.dumps(run.counts),
            run.error,
            number,
        )

    def last_run(self) -> Run | None:
        rows = self._run(
            "SELECT started_at, ended_at, exit_code, counts, error FROM run ORDER BY number DESC LIMIT 1"
        )
        return _run_of(rows[0]) if rows else None

    def _run(self, statement: str, *values: object) -> list[Any]:
        with translated(self._path):
            return self._db.execute(statement, values).fetchall()


def _run_of(row: Row) -> Run:
    started_at, ended_at, exit_code, counts, error = row
    return Run(datetime.fromisoformat(started_at), to_time(ended_at), exit_code, json.loads(counts), error)


def _among(states: tuple[State, ...]) -> tuple[str, list[str]]:
    return f"state IN ({', '.join('?' * len(states))})" if states else "TRUE", [s.value for s in states]


def _storable(locator: str) -> str:
    """A file name that is not UTF-8 comes as surrogates, which no database takes."""
    return locator.encode("utf-8", "backslashreplace").decode("utf-8")
