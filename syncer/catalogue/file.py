"""The catalogue's file: each row is checked when it is read, and the file is copied once a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from syncer.catalogue import copies
from syncer.catalogue.connection import doubt, open_database, private_copy, sqlite_errors
from syncer.catalogue.faults import FAULTS, fault
from syncer.catalogue.integrity import examine_database, examine_rows
from syncer.catalogue.rows import Row, to_entry
from syncer.catalogue.seals import checked_row, inserted, sealed, selected
from syncer.errors import CatalogueError
from syncer.model import Entry
from syncer.protocols.tenure import Tenure

PAGE = 500
"""Rows read at a time. No cursor stays open between pages, so that entries may be written in between."""


class CatalogueFile:
    """The base class of `SqliteCatalogue`: what concerns the file as a whole."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Creates the file if it is missing, unless `read_only`."""
        self._path = path
        self._db = open_database(path, read_only=read_only)
        self._prepare()

    def set_aside(self) -> None:
        with sqlite_errors(self._path):
            copy = private_copy(self._db)
        self._db.close()
        self._db = copy
        self._prepare()

    def _prepare(self) -> None:
        """Prepare a new connection."""

    def check(self) -> None:
        with sqlite_errors(self._path):
            examine_database(self._db)
            examine_rows(self._db)

    def close(self) -> None:
        self._db.close()

    def doubt(self) -> None:
        with sqlite_errors(self._path):
            doubt(self._db)

    def copy(self, today: date, keep: int, stopped: Callable[[], bool]) -> bool:
        if not keep or stopped():
            return False
        try:
            if not copies.is_due(self._path, today):
                return False
            copies.make(self._db, self._path, today, keep, stopped)
        except (*FAULTS, copies.NoRoom) as error:
            if stopped():
                return False
            raise self._uncopied(error) from None
        return True

    def _uncopied(self, error: Exception) -> CatalogueError:
        place = copies.copies_folder(self._path)
        if isinstance(error, (copies.NoRoom, OSError)):
            reason = error.strerror if isinstance(error, OSError) else str(error)
            hint = f"free some space, let this user write {place}, or set `catalogue_copies: 0`"
        else:
            told = fault(error, self._path)
            reason, hint = told.message, told.hint or ""
        return CatalogueError(
            f"the daily copy of the catalogue could not be made in {place}: {reason}",
            code="catalogue.copy",
            hint=hint,
        )

    def tenures(self) -> list[Tenure]:
        rows = self._run(f"{selected('tenure')} ORDER BY place")
        return [_tenure(*row) for row in self._opened(rows)]

    def put_tenure(self, tenure: Tenure) -> None:
        before = " ".join((tenure.before or "", *tenure.written)) or None
        row = sealed(tenure.place, tenure.catalogue, tenure.turn, before)
        with sqlite_errors(self._path), self._lasting():
            self._db.execute(inserted("tenure", "REPLACE"), row)

    def _run(self, statement: str, *values: object) -> list[Any]:
        with sqlite_errors(self._path):
            return self._db.execute(statement, values).fetchall()

    def _entries(self, rows: list[Row]) -> list[Entry]:
        with sqlite_errors(self._path):
            return [to_entry(checked_row(row)) for row in rows]

    def _opened(self, rows: list[Row]) -> list[Row]:
        with sqlite_errors(self._path):
            return [*map(checked_row, rows)]

    @contextmanager
    def _lasting(self, wanted: bool = True) -> Iterator[None]:  # noqa: FBT001, FBT002 - private
        """Writes inside survive a power cut; other writes of the last moments may be lost."""
        if wanted:
            self._db.execute("PRAGMA synchronous = FULL")
        try:
            yield
        finally:
            if wanted:
                self._db.execute("PRAGMA synchronous = NORMAL")


def _tenure(place: str, catalogue: str, turn: str | None, turns: str | None) -> Tenure:
    before, *written = (turns or "").split(" ")
    return Tenure(place, catalogue, turn, before or None, tuple(written))
