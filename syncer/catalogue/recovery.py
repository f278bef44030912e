"""Replaces a damaged catalogue by a copy of it, or by a rebuilt one.

The damaged file is kept beside it. Nothing changes until the new file is complete.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Container, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from syncer.catalogue.connection import open_database, reading, sqlite_errors
from syncer.catalogue.copies import copies_folder, daily_copies, database_files, is_whole_copy, settle
from syncer.catalogue.listed import enter
from syncer.catalogue.lock import lock
from syncer.catalogue.moving import IN_USE, WITHDRAWN, disown, withdraw
from syncer.catalogue.rows import Unreadable
from syncer.catalogue.salvage import BOTH_ENDS, UNREADABLE, Wreck, belong, fill, renew, wreck
from syncer.catalogue.seals import checked_row, inserted, selected
from syncer.catalogue.sqlite import SqliteCatalogue
from syncer.errors import CatalogueError
from syncer.manifest.records import Record
from syncer.protocols.tenure import Named

Name = tuple[str, str]
"""Source and key."""
Records = Mapping[Name, Record]
"""The manifest's records."""

_LOST = ("catalogue.broken", "catalogue.lost", "catalogue.missing")
"""Codes of a catalogue that may be replaced. The database of another program may not."""


@dataclass(frozen=True, slots=True)
class Recovered:
    kept: tuple[Path, ...]
    """The damaged file at its new place, and SQLite's files beside it."""
    pushes: int
    """Drafts found in the damaged file or in its newest copy: they are not sent again."""
    withdrawn: int
    """Unpublished assets found in the damaged file or in its newest copy: they stay unpublished."""
    was_empty: bool = False
    """Whether the old file had nothing in it, so that it is not kept."""


@dataclass(slots=True)
class Recovery:
    """Use it inside `hold`, so that nobody else reads or writes the catalogue."""

    path: Path

    @contextmanager
    def hold(self) -> Iterator[None]:
        """The right to run and the right to push. Raises `Locked`."""
        with lock(self._beside(".lock")), lock(self._beside(".push.lock")):
            yield

    def trouble(self) -> CatalogueError | None:
        """What is wrong with the catalogue; `None` if nothing is. Raises an error
        that a new file can't fix.
        """
        try:
            with closing(SqliteCatalogue(self.path, read_only=True)) as catalogue:
                catalogue.check()
                return None if catalogue.count() else CatalogueError(f"the catalogue {self.path} is empty")
        except CatalogueError as error:
            if error.code not in _LOST:
                raise
            return error

    def newest(self) -> Path:
        """The newest copy without a damaged row."""
        if copy := self._good_copy():
            return copy
        raise CatalogueError(
            f"there is no good copy of the catalogue in {copies_folder(self.path)}"
            f" ({len(daily_copies(self.path))} found)",
            code="catalogue.copy",
            hint="`syncer catalogue rebuild` makes a new catalogue from the destination, the manifest and the"
            " sources",
        )

    def put_back(self, copy: Path, records: Records, place: str, listed: Named = frozenset()) -> Recovered:
        """Replace the catalogue by a copy, updated from the damaged file and the manifest's `records`.
        `place` is the config's destination, `listed` what the manifest of any format lists.

        Later runs may have deleted files, so no file is syncer's until all its bytes were compared. A file
        that neither the damaged file nor the manifest names is never replaced or deleted.
        """
        with sqlite_errors(self.path):
            if not is_whole_copy(copy, rows=True):
                raise Unreadable(f"its copy {copy} is damaged too")
            staged = self._new()
            shutil.copyfile(copy, staged)
            staged.chmod(copy.stat().st_mode & 0o777)
            with self._open(staged) as (db, old):
                if (newest := self._good_copy()) and newest != copy:
                    _withdraw(db, newest, ())
                if old:
                    belong(db, old)
                is_whole = bool(old and old.is_whole("entry"))
                if not is_whole:
                    enter(db, records, place, is_known=bool(old and old.place))
                if old:
                    renew(db, old)
                disown(db, None if is_whole else {*(old.files() if old else ()), *listed})
        with closing(SqliteCatalogue(staged)) as catalogue:
            for tenure in catalogue.tenures():
                catalogue.put_tenure(replace(tenure, turn=None, before=None))
        return self._settle(staged)

    def anew(self) -> Path:
        """The path for a new catalogue."""
        with sqlite_errors(self.path):
            return self._new()

    def settle(self, staged: Path, records: Records, place: str) -> Recovered:
        """Replace the catalogue by a rebuilt one. It takes over the drafts, the unpublished assets and the
        record of which files syncer wrote.
        """
        with sqlite_errors(self.path), self._open(staged) as (db, old):
            if (copy := self._good_copy()) and not (old and old.is_whole("withdrawn")):
                _withdraw(db, copy, records)
            if old:
                fill(db, old, place)
        return self._settle(staged)

    def lies_at(self) -> str | None:
        """The destination of the damaged catalogue; `None` if it can't be read."""
        with wreck(self.path, self._good_copy()) as old:
            return old.place if old else None

    @contextmanager
    def _open(self, staged: Path) -> Iterator[tuple[sqlite3.Connection, Wreck | None]]:
        """The new file, inside a transaction, and the damaged one."""
        with wreck(self.path, self._good_copy()) as old, closing(open_database(staged)) as db, db:
            db.execute("BEGIN IMMEDIATE")
            yield db, old

    def _settle(self, staged: Path) -> Recovered:
        with sqlite_errors(self.path):
            pushes = max([0, *(_kept_pushes(known, staged) for known in self._known())])
            with closing(open_database(staged)) as db:
                withdrawn = int(db.execute(f"SELECT count(*) FROM ({WITHDRAWN})").fetchone()[0])
                db.execute("PRAGMA journal_mode = WAL")
            was_empty = self._is_empty()
            kept = tuple(self._set_aside(remove=was_empty))
            settle(staged, self.path)
        return Recovered(kept, pushes, withdrawn, was_empty)

    def _is_empty(self) -> bool:
        """Whether it has no damage and no trace of anything that was published, proven or sent, as after a
        first run that failed.
        """
        if all(file.stat().st_size == 0 for file in database_files(self.path)):
            return self.path.exists()
        with (
            suppress(CatalogueError, *UNREADABLE),
            closing(SqliteCatalogue(self.path, read_only=True)) as old,
        ):
            old.check()
            with closing(reading(self.path)) as db:
                traces = (db.execute(each).fetchone() for each in (IN_USE, "SELECT * FROM proof"))
                return not old.count() and not any(traces)
        return False

    def _known(self) -> Iterator[Path]:
        """The files that may contain drafts, the newest last."""
        if copy := self._good_copy():
            yield copy
        if self.path.exists():
            yield self.path

    def _good_copy(self) -> Path | None:
        found = daily_copies(self.path, datetime.now(UTC).date())
        return next((copy for copy in found if is_whole_copy(copy, rows=True)), None)

    def _new(self) -> Path:
        staged = self._beside(".new")
        for file in database_files(staged):
            file.unlink()
        return staged

    def _set_aside(self, *, remove: bool) -> Iterator[Path]:
        """Rename the damaged file, then SQLite's files beside it; or remove them."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
        name = f"{self.path.name}.damaged-{now}"
        for file in list(database_files(self.path)):
            if remove:
                file.unlink()
                continue
            aside = file.with_name(name + file.name.removeprefix(self.path.name))
            file.rename(aside)
            yield aside

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(f"{self.path.name}{suffix}")


def _kept_pushes(old: Path, new: Path) -> int:
    """Copy each complete draft, as it must not be sent again. Returns their number."""
    found: dict[int, list[tuple[str, tuple[object, ...]]]] = {}
    with suppress(*UNREADABLE, CatalogueError, OSError), closing(reading(old)) as db:
        for order in BOTH_ENDS:
            with suppress(*UNREADABLE):
                for (number,) in db.execute(f"SELECT number FROM push ORDER BY number {order}"):
                    if number not in found:
                        with suppress(*UNREADABLE):
                            found[number] = _draft(db, number)
    with closing(open_database(new)) as db, db:
        db.execute("BEGIN IMMEDIATE")
        for number, rows in found.items():
            db.execute("DELETE FROM pushed WHERE push = ?", (number,))
            for table, values in rows:
                db.execute(f"REPLACE INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    return len(found)


def _draft(db: sqlite3.Connection, number: int) -> list[tuple[str, tuple[object, ...]]]:
    """The rows of a draft, by table. Raises `Unreadable`."""
    (row,) = db.execute(f"{selected('push')} WHERE number = ?", (number,))
    checked_row(row)
    assets = db.execute(f"{selected('pushed')} WHERE push = ?", (number,)).fetchall()
    for asset in assets:
        checked_row(asset)
    if not assets:
        raise Unreadable("a draft without assets")
    return [("push", (number, *row)), *(("pushed", tuple(asset)) for asset in assets)]


def _withdraw(db: sqlite3.Connection, copy: Path, published: Container[Name]) -> None:
    """Assets that are unpublished in a copy stay unpublished, unless they were published since."""
    with suppress(*UNREADABLE, CatalogueError, OSError), closing(reading(copy)) as old:
        for row in Wreck(old).rows("withdrawn"):
            if (row[0], row[1]) not in published:
                withdraw(db, row)
        for row in Wreck(old).rows("recalled"):
            if (row[2], row[3]) not in published:
                db.execute(inserted("recalled", "INSERT OR IGNORE"), tuple(row))
