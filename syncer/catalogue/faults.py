"""What SQLite's errors mean: one table, by its primary result code.

The disk that failed is asked why. It may fail again: no such question raises anything.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from syncer.catalogue.copies import newest
from syncer.catalogue.rows import Unreadable
from syncer.errors import CatalogueError

LOW = 64 * 1024
"""Free bytes below which a failed write is blamed on a full disk."""

_KINDS: Mapping[int, str] = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "failed",
    sqlite3.SQLITE_NOLFS: "failed",
    sqlite3.SQLITE_READONLY: "denied",
    sqlite3.SQLITE_CANTOPEN: "denied",
    sqlite3.SQLITE_PERM: "denied",
    sqlite3.SQLITE_AUTH: "denied",
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_PROTOCOL: "busy",
}
"""Everything else says that the file is not as it was written: our statements are right."""

_OF_THE_FILE = (sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS)
"""Errors of the disk by their name, of the file by what they mean: it ends too early."""


FAULTS = (sqlite3.Error, MemoryError, UnicodeError, Unreadable, OSError)
"""What reading and writing a catalogue may raise: Python decodes SQLite's messages, which quote the file."""


def fault(error: Exception, path: Path) -> CatalogueError:
    """The error in our words: what happened to which file, and what to do."""
    kind = _kind(error, path)
    if kind in ("full", "failed", "denied") and (folder := _full(path, kind)):
        return CatalogueError(
            f"the disk below {folder} is full, and the catalogue {path} can't be written",
            code="catalogue.full",
            hint="free some space there and run it again: nothing is lost",
        )
    match kind:
        case "denied":
            return _denied(error, path)
        case "busy":
            return CatalogueError(
                f"the catalogue {path} is in use by another program ({error})",
                code="catalogue.busy",
                hint="wait for it to end, and run it again",
                transient=True,
            )
        case None if _is_no_database(error) and not _was_used(path):
            return CatalogueError(
                f"{path} is not a catalogue: {error}",
                code="catalogue.foreign",
                hint="let `catalogue` name a file of its own",
            )
        case None:
            return damaged(path, _detail(error))
        case _:
            return CatalogueError(
                f"the disk below {path.parent} fails on the catalogue {path} ({error})",
                code="catalogue.failed",
                hint="see the system's log for errors of that disk, then run it again: nothing is lost",
            )


def _kind(error: Exception, path: Path) -> str | None:
    """`None` of what says that the file is damaged."""
    if os.path.isdir(path):  # noqa: PTH112 - `Path.is_dir` raises
        return "denied"
    if isinstance(error, OSError):
        return {errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EIO: "failed"}.get(
            error.errno or 0, "denied"
        )
    number = getattr(error, "sqlite_errorcode", None) or 0
    return None if number in _OF_THE_FILE else _KINDS.get(number & 0xFF)


def _is_no_database(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOTADB


def _was_used(path: Path) -> bool:
    """Whether a run ever took it for its catalogue: the file may be named by mistake."""
    return os.path.exists(f"{path}.lock") or newest(path) is not None  # noqa: PTH110 - as above


def damaged(path: Path, detail: str) -> CatalogueError:
    """What is safe to do, with the newest copy that is good."""
    copy = newest(path)
    back = f"`syncer catalogue restore` takes back the copy {copy}, " if copy else ""
    return CatalogueError(
        f"the catalogue {path} is damaged: {detail}",
        code="catalogue.broken",
        hint=f"what is published stays as it is; {back}`syncer catalogue rebuild` makes a new catalogue from"
        " the destination, the manifest and the sources; the damaged file is kept",
    )


def _denied(error: Exception, path: Path) -> CatalogueError:
    if os.path.isdir(path):  # noqa: PTH112 - as above
        reason = "it is a folder"
    elif getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_DBMOVED:
        reason = "it was moved or replaced while it was used"
    else:
        reason = _why(path) or _detail(error)
    return CatalogueError(
        f"the catalogue {path} can't be used: {reason}",
        code="catalogue.denied",
        hint="let `catalogue` name a file in a folder that exists and that this user may write",
    )


def _why(path: Path) -> str | None:
    """What the system says of the file and its folder, asked without changing anything."""
    try:
        if not stat.S_ISDIR(path.parent.stat().st_mode):
            return f"{path.parent} is no folder"
        if os.statvfs(path.parent).f_flag & os.ST_RDONLY:
            return f"the disk below {path.parent} is read-only"
        for place, right in ((path, os.R_OK), (path, os.W_OK), (path.parent, os.W_OK | os.X_OK)):
            if place.exists() and not os.access(place, right, effective_ids=True):
                return f"{place} can't be {'read' if right == os.R_OK else 'written'} by this user"
    except FileNotFoundError:
        return f"there is no folder {path.parent}"
    except OSError as error:
        return error.strerror
    return None


def _full(path: Path, kind: str) -> Path | None:
    """The folder without room: the catalogue's, or that of SQLite's temporary files."""
    for folder in (path.parent, _temporary()):
        try:
            found = os.statvfs(folder)
        except OSError:
            continue
        if found.f_flag & os.ST_RDONLY:
            continue
        if found.f_bavail * found.f_frsize < LOW or (found.f_files and not found.f_favail):
            return folder
    return path.parent if kind == "full" else None


def _temporary() -> Path:
    try:
        return Path(tempfile.gettempdir())
    except OSError:  # it finds one by writing into it
        return Path("/tmp")  # noqa: S108 - only asked for its room


def _detail(error: Exception) -> str:
    """Values that a damaged row holds are not repeated."""
    if isinstance(error, UnicodeError):
        return "a text is not UTF-8"
    text = str(error) or type(error).__name__
    return "a text is not UTF-8" if text.startswith("Could not decode") else text.splitlines()[0]
