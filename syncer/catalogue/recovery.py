"""Another file in the place of a damaged catalogue: a copy of it, or one that was made anew.

The damaged one is kept beside it. Until the new one is complete, nothing is changed.
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
from syncer.catalogue.rows import Unreadable
from syncer.catalogue.salvage import BOTH_ENDS, UNREADABLE, Wreck, belong, fill, renew, withdraw, wreck
from syncer.catalogue.seals import SEALED, checked_row
from syncer.catalogue.sqlite import SqliteCatalogue
from syncer.errors import CatalogueError
from syncer.manifest.records import Record

Name = tuple[str, str]
"""Source and key."""
Records = Mapping[Name, Record]
"""What the manifest lists."""

_LOST = ("catalogue.broken", "catalogue.lost", "catalogue.missing")
"""Another program's database is none: it is not moved."""


@dataclass(frozen=True, slots=True)
class Recovered:
    kept: tuple[Path, ...]
    """Where the damaged file lies now, and what SQLite keeps beside it."""
    pushes: int
    """Drafts that could be read in the damaged file or in its newest copy: they are not sent again."""
    withdrawn: int
    """Unpublished assets that could be read there or in its newest copy: they stay unpublished."""


@dataclass(slots=True)
class Recovery:
    """Used while `hold` is held, so that nobody reads or writes the catalogue meanwhile."""

    path: Path

    @contextmanager
    def hold(self) -> Iterator[None]:
        """The right to run and the right to push. Raises `Locked`."""
        with lock(self._beside(".lock")), lock(self._beside(".push.lock")):
            yield

    def trouble(self) -> CatalogueError | None:
        """What is wrong with the catalogue; `None` if nothing is. Raises what another file can't mend."""
        try:
            with closing(SqliteCatalogue(self.path, read_only=True)) as catalogue:
                catalogue.check()
                return None if catalogue.count() else CatalogueError(f"the catalogue {self.path} is empty")
        except CatalogueError as error:
            if error.code not in _LOST:
                raise
            return error

    def newest(self) -> Path:
        """The newest copy of which every row is right."""
        if copy := self._good_copy():
            return copy
        raise CatalogueError(
            f"there is no good copy of the catalogue in {copies_folder(self.path)}"
            f" ({len(daily_copies(self.path))} found)",
            code="catalogue.copy",
            hint="`syncer catalogue rebuild` makes a new catalogue from the destination, the manifest and the"
            " sources",
        )

    def put_back(self, copy: Path, records: Records, place: str) -> Recovered:
        """A copy becomes the catalogue, with what the damaged file and the manifest's `records` tell of later
        runs. What is published has to be seen again before it is listed. `place` is the config's destination.
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
                if not (old and old.is_whole("entry")):
                    enter(db, records, place, is_known=bool(old and old.place))
                if old:
                    renew(db, old)
        with closing(SqliteCatalogue(staged)) as catalogue:
            catalogue.doubt()
            for tenure in catalogue.tenures():
                catalogue.put_tenure(replace(tenure, turn=None, before=None))
        return self._settle(staged)

    def anew(self) -> Path:
        """Where a new catalogue may be made."""
        with sqlite_errors(self.path):
            return self._new()

    def settle(self, staged: Path, records: Records, place: str) -> Recovered:
        """Put a catalogue that was made anew in its place. It keeps the drafts, the unpublished assets and
        the owners of files that the old one tells.
        """
        with sqlite_errors(self.path), self._open(staged) as (db, old):
            if (copy := self._good_copy()) and not (old and old.is_whole("withdrawn")):
                _withdraw(db, copy, records)
            if old:
                fill(db, old, place)
        return self._settle(staged)

    def lies_at(self) -> str | None:
        """The destination to which the damaged catalogue belongs; `None` if that can't be read."""
        with wreck(self.path, self._good_copy()) as old:
            return old.place if old else None

    @contextmanager
    def _open(self, staged: Path) -> Iterator[tuple[sqlite3.Connection, Wreck | None]]:
        """The new file, in one transaction, and the damaged one."""
        with wreck(self.path, self._good_copy()) as old, closing(open_database(staged)) as db, db:
            db.execute("BEGIN IMMEDIATE")
            yield db, old

    def _settle(self, staged: Path) -> Recovered:
        with sqlite_errors(self.path):
            pushes = max([0, *(_kept_pushes(known, staged) for known in self._known())])
            with closing(open_database(staged)) as db:
                withdrawn = int(db.execute("SELECT count(*) FROM withdrawn").fetchone()[0])
                db.execute("PRAGMA journal_mode = WAL")
            kept = tuple(self._set_aside())
            settle(staged, self.path)
        return Recovered(kept, pushes, withdrawn)

    def _known(self) -> Iterator[Path]:
        """Files that know what was sent, the newest last."""
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

    def _set_aside(self) -> Iterator[Path]:
        """The file first."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
        name = f"{self.path.name}.damaged-{now}"
        for file in list(database_files(self.path)):
            aside = file.with_name(name + file.name.removeprefix(self.path.name))
            file.rename(aside)
            yield aside

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(f"{self.path.name}{suffix}")


def _kept_pushes(old: Path, new: Path) -> int:
    """Copy each draft that can be read in full: what was sent must not be sent again. How many these are."""
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
    (row,) = db.execute(f"SELECT {', '.join(SEALED['push'])}, seal FROM push WHERE number = ?", (number,))
    checked_row(row)
    columns = ", ".join(SEALED["pushed"])
    assets = db.execute(f"SELECT {columns}, seal FROM pushed WHERE push = ?", (number,)).fetchall()
    for asset in assets:
        checked_row(asset)
    if not assets:
        raise Unreadable("a draft without assets")
    return [("push", (number, *row)), *(("pushed", tuple(asset)) for asset in assets)]


def _withdraw(db: sqlite3.Connection, copy: Path, published: Container[Name]) -> None:
    """What a copy knows as unpublished stays so, unless it was published since."""
    with suppress(*UNREADABLE, CatalogueError, OSError), closing(reading(copy)) as old:
        for row in Wreck(old).rows("withdrawn"):
            if (row[0], row[1]) not in published:
                withdraw(db, row)
