"""What the sources of this run have listed, and which entries are missing there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from syncer.catalogue.connection import sqlite_errors
from syncer.catalogue.file import PAGE, CatalogueFile
from syncer.catalogue.rows import Row, from_time
from syncer.catalogue.seals import amended, selected
from syncer.model import Asset, Entry

# The assets of this run. The table is temporary: it ends with the connection, and SQLite moves it to disk.
_LISTED = """
CREATE TEMP TABLE listed (
    source TEXT NOT NULL, key TEXT NOT NULL, path TEXT UNIQUE, locator TEXT NOT NULL,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID
"""

_NOTE = "INSERT OR IGNORE INTO listed VALUES (?, ?, ?, ?) RETURNING TRUE"
_UNLISTED = "NOT EXISTS (SELECT 1 FROM listed WHERE listed.source = entry.source AND listed.key = entry.key)"


class ListingTable(CatalogueFile):
    """Implements `protocols.catalogue.Listed`."""

    def _prepare(self) -> None:
        with sqlite_errors(self._path):
            self._db.execute("PRAGMA temp.journal_mode = OFF")  # nothing is ever rolled back there
            self._db.execute(_LISTED)

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

    def claimed(self, path: str, by: tuple[str, str] | None = None) -> bool:
        source, key = by or (None, None)
        named = "ifnull(source = ?, TRUE) AND ifnull(key = ?, TRUE)"
        return bool(self._run(f"SELECT 1 FROM listed WHERE path = ? AND {named}", path, source, key))

    def missing(self, source: str | None = None) -> Iterator[Entry]:
        after: Row = ("", "")
        while True:
            rows = self._run(
                f"{selected('entry')} WHERE ifnull(source = ?, TRUE) AND {_UNLISTED}"
                f" AND (source, key) > (?, ?) ORDER BY source, key LIMIT {PAGE}",
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


def _storable(locator: str) -> str:
    """The locator without surrogates, which a file name that is not UTF-8 has and no database accepts."""
    return locator.encode("utf-8", "backslashreplace").decode("utf-8")
