"""Writes files so that other programs see all of the new file or the old one: stage
beside it, then rename.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


def staged(file: Path) -> Path:
    """The staged file. It always has the same name, so killed runs leave at most one."""
    return file.with_name(f".{file.name}.syncer-part")


@contextmanager
def stage(file: Path, mode: int) -> Iterator[IO[bytes]]:
    """Write the staged file, with `mode` whatever the umask is. Raises `OSError`."""
    # The old file may be a link, or belong to another user.
    discard(file)
    number = os.open(staged(file), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(number, "wb") as stream:
        yield stream
        stream.flush()
        os.fchmod(stream.fileno(), mode)
        os.fsync(stream.fileno())


def take(file: Path) -> None:
    """Rename the staged file to its place, and wait until this is on the disk. Raises `OSError`."""
    staged(file).replace(file)
    _flush(file.parent)


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
    staged(file).unlink(missing_ok=True)


@contextmanager
def written(file: Path, mode: int) -> Iterator[IO[bytes]]:
    """Stage the file and rename it when the block ends without an error. Raises `OSError`."""
    try:
        with stage(file, mode) as stream:
            yield stream
        take(file)
    except BaseException:
        with suppress(OSError):
            discard(file)
        raise
