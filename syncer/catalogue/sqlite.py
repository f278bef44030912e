"""The catalogue in one SQLite file (WAL), for one machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime

from syncer.catalogue import runs
from syncer.catalogue.connection import sqlite_errors
from syncer.catalogue.file import PAGE
from syncer.catalogue.lock import holder, lock
from syncer.catalogue.moving import (
    BELONG,
    IN_USE,
    REMOVE,
    REPLACED,
    SUPERSEDE,
    UNCONFIRMED,
    UNWITHDRAW,
    Left,
    disown,
    hand_over,
    look_again,
    move,
    recall,
    rename_place,
)
from syncer.catalogue.paths import WROTE, PathTables
from syncer.catalogue.rows import COLUMNS, Row, from_entry, from_time, parsing, to_time
from syncer.catalogue.seals import checked_row, inserted, sealed, selected, unsealed
from syncer.errors import CatalogueError
from syncer.model import Entry, Proof, Run, State
from syncer.protocols.tenure import Named

_SELECT = selected("entry")
_PUT = (
    f"{inserted('entry')} ON CONFLICT (source, key) DO UPDATE"
    f" SET {', '.join(f'{column} = excluded.{column}' for column in (*COLUMNS[2:], 'seal'))}"
)
_TAKEN_BACK = (State.STORED, State.DOOMED)
"""States written before bytes are replaced or deleted. If a power cut lost one, the manifest would list a URL
that is gone.
"""
_TROUBLED = (
    "(error IS NOT NULL OR state IN ('rejected', 'stored')"
    " OR (state = 'published' AND findings LIKE '%\"severity\":\"reject\"%'))"
)


class SqliteCatalogue(PathTables):
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
        row = self._retired(path)  # after `unpublish`, somebody may have put another file there
        return row is not None and (not row[-1] or (row[-1] == Left.HERE and row[-2] is None))

    def left(self, path: str) -> str | None:
        rows = self._opened(self._run(f"{selected('wrote')} WHERE {WROTE}", path))
        sha256: str | None = rows[0][2] if rows else None
        if (row := self._retired(path)) and row[-1] not in (Left.ASIDE, Left.UNPROVEN):
            sha256 = row[-2]
        return sha256

    def put(self, entry: Entry) -> None:
        with sqlite_errors(self._path), self._lasting(entry.state in _TAKEN_BACK):
            try:
                with self._db:
                    self._db.execute("BEGIN IMMEDIATE")
                    if entry.path and not (entry.in_place or entry.found):
                        self._db.execute(REPLACED, (entry.source, entry.key, entry.path, entry.sha256))
                    self._db.execute(_PUT, sealed(*from_entry(entry)))
                    if entry.path:
                        self._db.execute(SUPERSEDE, (entry.path, entry.sha256))
                        published = (entry.path, entry.sha256)
                        self._db.execute("DELETE FROM superseded WHERE path = ? AND sha256 = ?", published)
                        for table in ("retired", "recalled"):
                            self._db.execute(f"DELETE FROM {table} WHERE path = ?", (entry.path,))
                        was = (entry.source, entry.key, entry.version, entry.sha256)
                        self._db.execute(UNWITHDRAW, was)
                    if entry.in_place or entry.found:  # syncer did not write the file there
                        self._db.execute(f"DELETE FROM wrote WHERE {WROTE}", (entry.path,))
            except sqlite3.IntegrityError as error:
                if "entry.path" not in str(error):
                    raise
                raise CatalogueError(
                    f"'{entry.path}' belongs to another asset than {entry.source}:{entry.key}",
                    code="catalogue.path",
                ) from None

    def remove(self, source: str, key: str) -> None:
        self._run(REMOVE, source, key)

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
        there = f"unpublished <> {Left.ABSENT:d} AND ifnull(source = ?, TRUE)"
        retired = f"SELECT count(*) FROM retired WHERE {there}"
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

    # The origin and destination, proofs and runs

    def adopt(self, origin: str, destination: str) -> str | None:
        known = self.recognise(origin, destination)
        if known == (origin, destination):
            return None
        before = known[1] if known and known[1] != destination else None
        with self._transaction():
            if before is not None:
                move(self._db, before, destination)
            self._db.execute(BELONG, sealed(origin, destination))
        return before

    def disown(self, listed: Named | None = None) -> None:
        with self._transaction():
            disown(self._db, listed)
            known = self._belongs() if listed is not None else None
            if known:
                recall(self._db, known[1])
            else:
                look_again(self._db)

    def hand_over(self, place: str | None) -> None:
        with self._transaction():
            hand_over(self._db, place)

    def rename(self, before: str, destination: str) -> None:
        known = self._belongs()
        if known and known[1] == before:
            with self._transaction():
                rename_place(self._db, before, destination)

    def recognise(self, origin: str, destination: str) -> tuple[str, str] | None:
        known = self._belongs()
        if known and origin != known[0] and destination != known[1]:
            if not self._run(IN_USE):
                return None
            raise CatalogueError(
                f"the catalogue {self._path} belongs to {known[0]} at {known[1]}",
                code="catalogue.foreign",
                hint="give this config a `catalogue` and a `manifest` of its own, such as"
                " catalogue: sqlite:///other.db and manifest: [other.json]",
            )
        return known

    def _belongs(self) -> tuple[str, str] | None:
        known = self._opened(self._run(selected("belongs")))
        return (known[0][0], known[0][1]) if known else None

    def put_proof(self, proof: Proof) -> None:
        times = from_time(proof.placed_at), from_time(proof.checked_at)
        row = sealed(proof.path, proof.url, proof.sha256, *times)
        self._run(inserted("proof", "REPLACE"), *row)

    def proofs(self) -> list[Proof]:
        rows = self._run(f"{selected('proof')} ORDER BY path")
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


def _among(states: tuple[State, ...]) -> tuple[str, list[str]]:
    return f"state IN ({', '.join('?' * len(states))})" if states else "TRUE", [s.value for s in states]
