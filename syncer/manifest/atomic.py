"""Writes files so that other programs see all of the new file or the old one: stage
beside it, then rename. Symbolic links stay, devices are written to.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from syncer.pipes import inherited

State = tuple[int, ...]


def state(file: Path | int) -> State | None:
    """Differs after each change of the file; `None` if there is none."""
    try:
        found = os.stat(file)  # noqa: PTH116 - or a descriptor
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def followed(file: Path) -> Path:
    """The file that a symbolic link leads to, which may be missing; another file itself."""
    return Path(os.path.realpath(file)) if os.path.islink(file) else file  # noqa: PTH114 - never raises


def staged(file: Path) -> Path:
    """The staged file. It always has the same name, so killed runs leave at most one."""
    file = followed(file)
    return file.with_name(f".{file.name}.syncer-part")


@contextmanager
def stage(file: Path, mode: int) -> Iterator[IO[bytes]]:
    """Write the staged file, with `mode` whatever the umask is. Raises `OSError`."""
    if is_direct(file):
        with os.fdopen(_open(file), "wb") as stream:
            yield stream
        return
    # The old file may be a link, or belong to another user.
    discard(file)
    number = os.open(staged(file), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(number, "w+b") as stream:
        yield stream
        stream.flush()
        os.fchmod(stream.fileno(), mode)
        os.fsync(stream.fileno())


def is_direct(file: Path) -> bool:
    """Whether it is no file that may be replaced: a device, a pipe, an open file of this process."""
    return inherited(file) is not None or (os.path.exists(file) and not os.path.isfile(file))  # noqa: PTH110, PTH113 - never raise


def _open(file: Path) -> int:
    if (number := inherited(file)) is not None:
        return os.dup(number)
    if not stat.S_ISCHR(file.stat().st_mode):
        raise OSError(errno.EINVAL, "it is neither a file nor a character device")
    number = os.open(file, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    os.set_blocking(number, True)
    return number


def take(file: Path) -> None:
    """Rename the staged file to its place, and wait until this is on the disk. Raises `OSError`."""
    if is_direct(file):
        return
    staged(file).replace(followed(file))
    _flush(followed(file).parent)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems can't flush folders
            raise
    finally:
        os.close(handle)


def discard(file: Path) -> None:
    if not is_direct(file):
        staged(file).unlink(missing_ok=True)


@contextmanager
def written(file: Path, mode: int, last_look: Callable[[], None] | None = None) -> Iterator[IO[bytes]]:
    """Stage the file and rename it when the block ends without an error. Raises `OSError`, and the errors of
    `last_look`, which is called just before the rename.
    """
    try:
        with stage(file, mode) as stream:
            yield stream
        if last_look:
            last_look()
        take(file)
    except BaseException:
        with suppress(OSError):
            discard(file)
        raise


def expect_writable(file: Path) -> None:
    """Raises `OSError` if the file can't be staged."""
    with stage(file, 0o600):
        pass
    discard(file)


def hint(error: OSError) -> str:
    """What to do if a file can't be written."""
    return _HINTS.get(error.errno or 0, "name a file in a folder that this user may write to")


_HINTS = {
    errno.ENOENT: "create its folder, or name another file",
    errno.EACCES: (_ACCESS := "give this user write access to its folder"),
    errno.EPERM: _ACCESS,
    errno.EROFS: "name a file on a disk that is not read-only",
    errno.ENOSPC: (_SPACE := "free some space on its disk"),
    errno.EDQUOT: _SPACE,
}
