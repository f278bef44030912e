"""Opens an SQLite file, migrates it to today's schema and examines it. Errors become `CatalogueError`."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from syncer.catalogue.copies import newest
from syncer.catalogue.faults import FAULTS, fault
from syncer.catalogue.integrity import examine_database
from syncer.catalogue.migrate import is_empty, is_outdated, migrate
from syncer.catalogue.seals import amended, teach
from syncer.catalogue.walfile import lost_tail
from syncer.errors import CatalogueError

log = logging.getLogger("syncer")

_open_files: Counter[str] = Counter()
"""The files that this process has open, and how often."""
_opening = threading.RLock()
"""Reentrant: opening a file closes it again if its index can't be written."""


class _Counted(sqlite3.Connection):
    """A connection that is counted in `_open_files` until it is closed."""

    file: str | None = None

    def close(self) -> None:
        super().close()
        with _opening:
            file, self.file = self.file, None
            if file is not None:
                _open_files[file] -= 1


def open_database(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """In autocommit mode: every write is kept when it returns. Creates the file if it is missing, unless
    `read_only`.

    Raises `CatalogueError`, also if the file is damaged.
    """
    with sqlite_errors(path):
        if not path.exists() and (read_only or newest(path)):
            raise _nothing(f"there is no catalogue {path} yet", path)
        db, lost = _examined(path, read_only=read_only)
        try:
            if read_only and is_outdated(db):  # only a connection that writes can migrate it
                db.close()
                open_database(path).close()
                db = reading(path)
            return _prepared(db, path, read_only=read_only, lost=lost)
        except BaseException:
            db.close()
            raise


def _examined(path: Path, *, read_only: bool) -> tuple[sqlite3.Connection, bool]:
    """The open file, and whether its last changes are lost.

    A file that this process has open already is not examined again: when a process closes any handle of a
    file, the system drops all locks of the process on that file, and SQLite uses such locks.
    """
    with _opening:
        lost = not _open_files[_name(path)] and lost_tail(path)
        if lost and read_only:
            raise _lost(path)
        return _open(path, read_only=read_only), lost


def _prepared(db: sqlite3.Connection, path: Path, *, read_only: bool, lost: bool) -> sqlite3.Connection:
    teach(db)
    db.execute("PRAGMA synchronous = NORMAL")
    if is_empty(db) and (read_only or newest(path)):
        raise _nothing(f"the catalogue {path} is empty", path)
    migrate(db)
    examine_database(db)
    if lost:
        log.warning(
            "the last changes of the catalogue %s were not written in full, as on a full disk or after a"
            " power cut: syncer looks at every URL again",
            path,
        )
        doubt(db)
    return db


def doubt(db: sqlite3.Connection) -> None:
    """Every published file must be found at the destination and seen again before it is listed."""
    stored = "state IN ('published', 'stored')"
    db.execute(amended("entry", stored, state="'stored'", checked_at="NULL"))


def private_copy(db: sqlite3.Connection) -> sqlite3.Connection:
    """A private copy in a file without a name, which ends with the connection or the process."""
    copy = sqlite3.connect("", isolation_level=None)
    db.backup(copy)
    teach(copy)
    return copy


def reading(path: Path) -> sqlite3.Connection:
    """The file for reading, without examining it. Raises `sqlite3.Error`."""
    with _opening:
        return _open(path, read_only=True)


def _open(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A file that nobody writes can be read even if this user can't write beside it."""
    uri = path.absolute().as_uri()
    written = path.with_name(f"{path.name}-wal").exists()
    if read_only:
        uri += f"?mode=ro{'' if written else '&immutable=1'}"
    db = _counted(uri, path)
    try:
        if read_only and written:
            db.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        db.close()
        if error.sqlite_errorcode & _PRIMARY not in _NO_INDEX:
            raise
        return _elsewhere(path)
    return db


def _counted(uri: str, path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(uri, uri=True, timeout=10, isolation_level=None, factory=_Counted)
    db.file = _name(path)
    _open_files[db.file] += 1
    return db


def _name(path: Path) -> str:
    return os.path.realpath(path)


_PRIMARY = 0xFF
_NO_INDEX = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
"""SQLite's errors if it can't create the index of a log (`NAME-shm`): the disk is full, or read-only."""


def _elsewhere(path: Path) -> sqlite3.Connection:
    """A private copy of the file that a killed run left, in the temporary folder.

    No run writes to the file now: otherwise its index would exist.
    """
    with tempfile.TemporaryDirectory(prefix="syncer-") as folder:
        for suffix in ("", "-wal"):
            shutil.copyfile(path.with_name(f"{path.name}{suffix}"), Path(folder) / f"copy{suffix}")
        with closing(sqlite3.connect(Path(folder) / "copy", isolation_level=None)) as db:
            return private_copy(db)


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FAULTS as error:
        raise fault(error, path) from None


def _nothing(what: str, path: Path) -> CatalogueError:
    copy = newest(path)
    if copy is None:
        return CatalogueError(what, code="catalogue.missing", hint="run `syncer sync` first")
    return CatalogueError(
        f"{what}, but there are copies of it: it was lost",
        code="catalogue.lost",
        hint=f"`syncer catalogue restore` restores the copy {copy}, `syncer catalogue rebuild` makes a new"
        f" catalogue; to start without them, move {copy.parent} away",
    )


def _lost(path: Path) -> CatalogueError:
    return CatalogueError(
        f"the last changes of the catalogue {path} were not written in full, as on a full disk or after a"
        " power cut",
        code="catalogue.broken",
        hint="run `syncer sync`: it looks at every published URL again, and lists what it sees",
    )
