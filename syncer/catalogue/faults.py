"""The meaning of SQLite's errors, in one table by primary result code.

The functions here ask the disk for the reason. It may fail again, so none of them raises.
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
"""With fewer free bytes, the disk counts as full after a failed write."""

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
"""Every other error means that the file is damaged, as our statements are right."""

_OF_THE_FILE = (sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS)
"""Disk errors by their name, but they mean that the file is damaged: it ends too early."""


FAULTS = (sqlite3.Error, MemoryError, UnicodeError, Unreadable, OSError)
"""Everything that reading or writing a catalogue may raise. `UnicodeError`: SQLite's
messages quote the file.
"""


def fault(error: Exception, path: Path) -> CatalogueError:
    """The error with its file, its reason, and a hint."""
    kind = _kind(error, path)
    if kind in ("full", "failed", "denied") and (folder := _full(path, kind)):
        return CatalogueError(
            f"the disk below {folder} is full, and the catalogue {path} can't be written",
            code="catalogue.full",
            hint="free some space there and run syncer again: it repeats what could not be recorded",
        )
    match kind:
        case "denied":
            return _denied(error, path)
        case "busy":
            return CatalogueError(
                f"the catalogue {path} is in use by another program ({error})",
                code="catalogue.busy",
                hint="wait until it ends, and run syncer again",
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
                hint="look for disk errors in the system's log, then run syncer again: it repeats what could"
                " not be recorded",
            )


def _kind(error: Exception, path: Path) -> str | None:
    """`None` if the file is damaged."""
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
    """Whether a run has ever used the file as its catalogue; otherwise the config may name a wrong file."""
    return os.path.exists(f"{path}.lock") or newest(path) is not None  # noqa: PTH110 - as above


def damaged(path: Path, detail: str) -> CatalogueError:
    copy = newest(path)
    back = f"`syncer catalogue restore` restores the copy {copy}, " if copy else ""
    return CatalogueError(
        f"the catalogue {path} is damaged: {detail}",
        code="catalogue.broken",
        hint=f"the published files stay; {back}`syncer catalogue rebuild` makes a new catalogue from"
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
    """The reason that the system gives for the file or its folder, found without changing anything."""
    try:
        if not stat.S_ISDIR(path.parent.stat().st_mode):
            return f"{path.parent} is not a folder"
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
    except OSError:  # `gettempdir` writes into a folder to choose it
        return Path("/tmp")  # noqa: S108 - only its free space is read


def _detail(error: Exception) -> str:
    """The text of the error, without the values of a damaged row."""
    if isinstance(error, UnicodeError):
        return "a text is not UTF-8"
    text = str(error) or type(error).__name__
    return "a text is not UTF-8" if text.startswith("Could not decode") else text.splitlines()[0]
