"""The tables of the paths that syncer wrote, and of what a user unpublished."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from syncer.catalogue.connection import sqlite_errors
from syncer.catalogue.file import PAGE
from syncer.catalogue.listing import ListingTable
from syncer.catalogue.moving import LATER, RECALLED, REMOVE, RETIRE, Left, look_again, withdraw
from syncer.catalogue.rows import Row, from_time, parsing
from syncer.catalogue.seals import SEALED, amended, sealed, selected, unsealed
from syncer.model import Entry, Recalled, Undeleted

WROTE = "path = ? AND place = (SELECT destination FROM belongs)"
_WITHDRAW_OLD = (
    "INSERT OR IGNORE INTO withdrawn (source, key, sha256, version, since, seal)"
    " SELECT ?1, ?2, ?3, '', ?4, seal(?1, ?2, ?3, '', ?4)"
    " WHERE ?1 <> '' AND NOT EXISTS (SELECT 1 FROM entry WHERE source = ?1 AND key = ?2 AND sha256 = ?3)"
)
"""An old version of an asset was unpublished: unless the asset has its bytes today at another path."""
_ENTRY = "EXISTS (SELECT 1 FROM entry WHERE entry.source = retired.source AND entry.key = retired.key{})"
"""Condition: the asset of a retired path has such an entry."""


class PathTables(ListingTable):
    def _retired(self, path: str) -> Row | None:
        rows = self._opened(self._run(f"{selected('retired')} WHERE path = ?", path))
        return rows[0] if rows else None

    def retire(self, path: str, source: str, key: str, now: datetime, sha256: str | None = None) -> None:
        self._run(RETIRE, *sealed(path, source, key, from_time(now), sha256, Left.ASIDE.value))

    def retired(self, before: datetime) -> Iterator[tuple[str, str, str]]:
        return self._by_path("retired", "since <= ? AND NOT unpublished", from_time(before))

    def undeleted(self) -> Iterator[Undeleted]:
        its_asset_is_gone = f"unpublished <> {Left.EARLIER:d} OR NOT {_ENTRY.format('')}"
        return self._undeleted(f"unpublished AND unpublished <> {Left.ABSENT:d} AND ({its_asset_is_gone})")

    def orders(self) -> Iterator[Undeleted]:
        return self._undeleted("unpublished")

    def earlier(self, before: datetime) -> Iterator[Undeleted]:
        due = f"unpublished = {Left.EARLIER:d} AND since <= ?"
        return self._undeleted(f"{due} AND NOT {_ENTRY.format(' AND entry.path IS NULL')}", from_time(before))

    def _undeleted(self, condition: str, *values: object) -> Iterator[Undeleted]:
        for said in self._pages("retired", f"({condition} OR {unsealed('retired')})", *values):
            states = (Left.PROVEN, Left.UNPROVEN, Left.ABSENT, Left.EARLIER)
            now = (said["unpublished"] == state for state in states)
            yield Undeleted(said["source"], said["key"], said["path"], said["sha256"], *now)

    def unpublish(self, path: str) -> None:
        row = self._retired(path)
        with self._lasting(), self._transaction():
            retired = f"path = ? AND unpublished IN ({Left.ASIDE:d}, {Left.ABSENT:d}, {Left.EARLIER:d})"
            self._db.execute(amended("retired", retired, unpublished=f"{Left.HERE:d}"), (path,))
            if row and row[-2] and not row[-1]:
                self._db.execute(RECALLED, (*row[:-1], None, False))
            if row and row[-2]:
                self._db.execute(_WITHDRAW_OLD, (*row[1:3], row[4], row[3]))

    def expect(self, path: str) -> None:
        here = f"path = ? AND unpublished = {Left.HERE:d}"
        self._run(amended("retired", here, unpublished=f"{Left.ABSENT:d}"), path)
        self._run(f"DELETE FROM retired WHERE path = ? AND unpublished <> {Left.ABSENT:d}", path)  # noqa: S608 - no value stands in it

    def look_again(self, path: str | None = None) -> None:
        with self._transaction():
            look_again(self._db, path)

    def recalled(self) -> Iterator[Recalled]:
        rows = self._run(f"{selected('recalled')} ORDER BY since DESC, path")
        with parsing():
            for place, path, source, key, since, sha256, head in self._opened(rows):
                yield Recalled(source, key, path, datetime.fromisoformat(since), sha256, head, not place)

    def once_unpublished(self) -> Iterator[Recalled]:
        used = "SELECT path FROM entry WHERE path IS NOT NULL UNION SELECT path FROM retired"
        found: dict[str, Recalled] = {}
        for table, is_ours in (("recalled", "place <> ''"), ("superseded", "TRUE")):
            unused = f"{is_ours} AND path NOT IN ({used})"
            for row in self._opened(self._run(f"{selected(table)} WHERE {unused} ORDER BY since DESC")):
                said = dict(zip(SEALED[table], row, strict=True))
                since = datetime.fromisoformat(said["since"])
                told = Recalled(said["source"], said["key"], said["path"], since, said["sha256"], None)
                found.setdefault(told.path, told)
        return iter(found.values())

    def versions(self, path: str) -> frozenset[str]:
        found: set[str | None] = set()
        for table in ("recalled", "superseded", "wrote"):
            rows = self._opened(self._run(f"{selected(table)} WHERE path = ?", path))
            found.update(row[SEALED[table].index("sha256")] for row in rows)
        return frozenset(filter(None, found))

    def forget_retired(self, path: str) -> None:
        self._run("DELETE FROM retired WHERE path = ?", path)
        self._run(f"DELETE FROM wrote WHERE {WROTE}", path)  # noqa: S608 - no value stands in it

    # Paths, and what was unpublished by hand

    def paths(self) -> Iterator[tuple[str, str, str]]:
        yield from self._by_path("entry")
        yield from self._by_path("retired", f"unpublished <> {Left.ABSENT:d}")

    def _by_path(
        self, table: str, condition: str = "TRUE", *values: object
    ) -> Iterator[tuple[str, str, str]]:
        for said in self._pages(table, condition, *values):
            yield said["path"], said["source"], said["key"]

    def _pages(self, table: str, condition: str, *values: object) -> Iterator[dict[str, Any]]:
        """Rows by path. They may be written while the iterator is in use."""
        columns, after = SEALED[table], ""
        page = f"{selected(table)} WHERE {condition} AND path > ? ORDER BY path LIMIT {PAGE}"
        while True:
            rows = self._run(page, *values, after)
            for row in self._opened(rows):
                yield dict(zip(columns, row, strict=True))
            if len(rows) < PAGE:
                return
            after = rows[-1][columns.index("path")]

    def withdraw(self, entry: Entry, now: datetime) -> None:
        name = (entry.source, entry.key)
        if entry.sha256 is None:  # its newest version was rejected
            rows = self._opened(self._run(f"{selected('wrote')} WHERE {WROTE}", entry.path))
            entry = replace(entry, sha256=rows[0][2] if rows else None)
        with self._lasting(), self._transaction():
            if not (entry.in_place or entry.found):
                row = (entry.path, *name, from_time(now), entry.sha256, Left.HERE.value)
                self._db.execute(RETIRE, sealed(*row))
            if entry.sha256 and not entry.in_place:
                hashes = (entry.sha256, entry.head_sha256, entry.found)
                self._db.execute(RECALLED, (entry.path, *name, from_time(now), *hashes))
            self._db.execute(REMOVE, name)
            bytes_and_version = (entry.sha256 or "", entry.version or "")
            withdraw(self._db, sealed(*name, *bytes_and_version, from_time(now)))

    def withhold(self, source: str, key: str, version: str | None, sha256: str) -> None:
        its = "source = ?1 AND key = ?2 AND"
        with self._transaction():
            self._db.execute(f"DELETE FROM entry WHERE {its} path IS NULL", (source, key))  # noqa: S608 - no value stands in it
            newer = amended("withdrawn", f"{its} sha256 = ?3", version="?4")
            self._db.execute(newer, (source, key, sha256, version or ""))

    def withdrawn(self, source: str, key: str) -> dict[str, str]:
        rows = self._run(f"{selected('withdrawn')} WHERE source = ? AND key = ?", source, key)
        return {sha256: version for _, _, sha256, version, _ in self._opened(rows)}

    def withdrawn_as(self, sha256: str) -> list[tuple[str, str]]:
        rows = self._run(f"{selected('withdrawn')} WHERE sha256 = ? ORDER BY source, key", sha256)
        return [(source, key) for source, key, *_ in self._opened(rows)]

    def withdrawals(self) -> Iterator[tuple[str, str]]:
        rows = self._run(f"{selected('withdrawn')} ORDER BY source, key")
        return iter(dict.fromkeys((row[0], row[1]) for row in self._opened(rows)))

    def readmit(self, source: str, key: str) -> None:
        with self._transaction():
            its = "source = ? AND key = ?"
            for table in ("withdrawn", "recalled", "superseded", "retired"):
                condition = LATER if table == "retired" else "TRUE"
                forget = f"DELETE FROM {table} WHERE {its} AND {condition}"  # noqa: S608 - no value stands in it
                self._db.execute(forget, (source, key))
            here = f"{its} AND unpublished = {Left.HERE:d}"
            self._db.execute(amended("retired", here, unpublished=f"{Left.ASIDE:d}"), (source, key))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All writes inside or none, however the process ends."""
        with sqlite_errors(self._path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield
