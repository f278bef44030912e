"""The files below a folder of this machine, and its owner mark."""

from __future__ import annotations

import errno
import logging
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from syncer.destinations.keys import MAX_MARK, OWNER_MARK
from syncer.destinations.reading import StoredReader, changed_meanwhile, no_file, not_stored
from syncer.destinations.staging import FILE_MODE, endless_folder, files_below, thing
from syncer.model import MOST_NAMES, Stored
from syncer.protocols import Reader

log = logging.getLogger("syncer")

_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
"""The errors of file systems without hard links."""


def files(root: Path) -> Iterator[Stored]:
    """Regular files without staged ones; links are not followed. Raises `OSError`."""
    return files_below(lambda folder: _listed(root / folder))


def _listed(folder: Path) -> list[tuple[str, bool, int]]:
    """Name, whether it is a folder, and size."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= MOST_NAMES:
                    raise endless_folder(str(folder), f"it has more than {MOST_NAMES:,} names")
                with suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode):
                        found.append((entry.name, stat.S_ISDIR(status.st_mode), status.st_size))
    except FileNotFoundError:
        return []  # it was removed meanwhile
    except PermissionError:
        log.warning("%s can't be listed: no permission", folder)
        return []
    return found


def file_version(found: os.stat_result) -> str:
    """Of a file: writing into it changes its times, also where somebody sets them back."""
    return f"{found.st_mtime_ns}-{found.st_ctime_ns}-{found.st_size}"


@contextmanager
def reading_file(
    file: Path, stored: Stored, guard: Callable[[], AbstractContextManager[None]]
) -> Iterator[Reader]:
    """Raises what `Destination.open` does. Whatever touches the disk is done inside `guard`."""
    with guard():
        number = _opened(file, stored.path)

    def read(size: int) -> bytes:
        with guard():
            return os.read(number, size)

    def check() -> None:
        with guard():
            found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            raise no_file(stored.path)
        if file_version(found) != stored.version:
            raise changed_meanwhile(stored.path)

    try:
        check()
        yield StoredReader(stored, read, check)
    finally:
        os.close(number)


def _opened(file: Path, path: str) -> int:
    try:
        return os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise not_stored(path) from None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, or what is not opened as files are
            raise no_file(path) from error
        raise


def read_mark(root: Path) -> bytes | None:
    """Raises `OSError`."""
    try:
        number = os.open(root / OWNER_MARK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(number, "rb") as file:
        mode = os.fstat(number).st_mode
        if not stat.S_ISREG(mode):
            flaw = errno.EISDIR if stat.S_ISDIR(mode) else errno.ELOOP  # as SFTP has it
            raise OSError(flaw, thing(mode))
        return file.read(MAX_MARK)


def write_mark(staged: Path, number: int, content: bytes, *, new: bool) -> bool:
    """Write the staged file, open as `number`, and make it the mark; with `new` only if there is none.

    Returns whether it became the mark. Raises `OSError`.
    """
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(number, FILE_MODE)  # another user's run must be able to read it
            os.fsync(number)
        return _placed(staged, staged.with_name(OWNER_MARK), new=new)
    finally:
        staged.unlink(missing_ok=True)


def _placed(staged: Path, mark: Path, *, new: bool) -> bool:
    if not new:
        staged.replace(mark)
        return True
    try:
        mark.hardlink_to(staged)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _created(mark, staged.read_bytes())
    return True


def _created(mark: Path, content: bytes) -> bool:
    """Create the mark in place. A run that reads it half-written takes it for another's mark, and stops."""
    try:
        with mark.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        return False
    return True
