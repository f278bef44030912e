"""Daily copies of the catalogue, in the folder `NAME.copies` beside it."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import date
from pathlib import Path

from syncer.catalogue.integrity import examine_copy
from syncer.catalogue.migrate import TODAY
from syncer.catalogue.rows import Unreadable

ROOM = 64 * 1024**2
"""Free bytes that a copy leaves on the disk: a run needs some, too."""
STEPS = 10_000
"""SQLite steps, some milliseconds, after which a copy checks whether it must stop."""

_NAME = re.compile(r"\d{4}-\d\d-\d\d[.]db")


class NoRoom(Exception):  # noqa: N818 - reads as what happened
    """A copy would almost fill the disk."""


def copies_folder(path: Path) -> Path:
    return path.with_name(f"{path.name}.copies")


def daily_copies(path: Path, today: date | None = None) -> list[Path]:
    """The newest first. A copy with a date after `today` was made while the clock
    was wrong, and comes last.
    """
    found: list[Path] = []
    with suppress(OSError):
        found = [
            file for file in copies_folder(path).iterdir() if _NAME.fullmatch(file.name) and file.is_file()
        ]
    return sorted(found, key=lambda file: (today is None or file.stem <= str(today), file.stem), reverse=True)


def newest(path: Path) -> Path | None:
    """The newest copy with an undamaged structure."""
    return next(filter(is_whole_copy, daily_copies(path)), None)


def is_whole_copy(copy: Path, *, rows: bool = False) -> bool:
    """Whether its structure is undamaged, and with `rows` each row."""
    try:
        with closing(_reading(copy)) as db:
            examine_copy(db, TODAY, rows=rows)
    except (sqlite3.Error, MemoryError, UnicodeError, Unreadable, OSError):
        return False
    return True


def is_due(path: Path, today: date) -> bool:
    return not (copies_folder(path) / f"{today}.db").exists()


def make(db: sqlite3.Connection, path: Path, today: date, keep: int, stopped: Callable[[], bool]) -> Path:
    """Copy the catalogue at `path`, open as `db`, and remove the oldest copies beyond `keep`.

    The copy appears when it is complete, and only if no row is damaged. Raises `sqlite3.Error` (with the code
    `SQLITE_INTERRUPT` if it was stopped), `OSError`, `NoRoom` and `Unreadable`.
    """
    place = copies_folder(path)
    place.mkdir(exist_ok=True)
    size, free = path.stat().st_size, shutil.disk_usage(place).free
    if free < size + ROOM:
        raise NoRoom(f"it needs {size} bytes and {ROOM} to spare, and {free} are free below {place}")
    copy, staged = place / f"{today}.db", place / f".{today}.db.part"
    staged.unlink(missing_ok=True)
    db.set_progress_handler(stopped, STEPS)
    try:
        db.execute("VACUUM INTO CAST(? AS TEXT)", (os.fsencode(staged),))  # the name may not be UTF-8
        with closing(_reading(staged)) as made:
            made.set_progress_handler(stopped, STEPS)
            examine_copy(made, TODAY, rows=True)
        staged.chmod(path.stat().st_mode & 0o777)
        settle(staged, copy)
    finally:
        db.set_progress_handler(None, STEPS)
        with suppress(OSError):
            staged.unlink(missing_ok=True)
    for old in daily_copies(path, today)[keep:]:
        old.unlink(missing_ok=True)
    return copy


def settle(staged: Path, file: Path) -> None:
    """Rename a written file to its place, so that it survives a power cut. Raises `OSError`."""
    for place in (staged, file.parent):
        number = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(number)
        finally:
            os.close(number)
        if place is staged:
            staged.replace(file)


def database_files(path: Path) -> Iterator[Path]:
    """The existing files of the catalogue: its own, and SQLite's beside it."""
    for suffix in ("", "-wal", "-shm"):
        file = path.with_name(path.name + suffix)
        if file.exists():
            yield file


def _reading(copy: Path) -> sqlite3.Connection:
    """Read-only and immutable: nobody writes a copy, and SQLite must not write beside it."""
    return sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
