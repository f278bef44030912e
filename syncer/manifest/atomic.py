"""Files that other programs see whole or not at all: staged beside their place, then moved there."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


def staged(file: Path) -> Path:
    """Where it is written before it takes its place: one name, so a killed run leaves one at most."""
    return file.with_name(f".{file.name}.syncer-part")


@contextmanager
def stage(file: Path, mode: int) -> Iterator[IO[bytes]]:
    """Write what `take` moves to its place. `mode` counts whatever the umask. Raises `OSError`."""
    # Made anew: what lies there may be a link, or another user's.
    discard(file)
    number = os.open(staged(file), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(number, "wb") as stream:
        yield stream
        stream.flush()
        os.fchmod(stream.fileno(), mode)
        os.fsync(stream.fileno())


def take(file: Path) -> None:
    """Its new name is on the disk when this returns. Raises `OSError`."""
    staged(file).replace(file)
    _flush(file.parent)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems flush no folders
            raise
    finally:
        os.close(handle)


def discard(file: Path) -> None:
    staged(file).unlink(missing_ok=True)


@contextmanager
def written(file: Path, mode: int) -> Iterator[IO[bytes]]:
    """It takes its place when the block ends well; otherwise nothing is left of it. Raises `OSError`."""
    try:
        with stage(file, mode) as stream:
            yield stream
        take(file)
    except BaseException:
        with suppress(OSError):
            discard(file)
        raise
