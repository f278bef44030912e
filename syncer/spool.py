"""Temporary files for bytes: in memory while they are few, then on disk without a name."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from syncer.errors import SyncerError

IN_MEMORY = 8 * 1024 * 1024
"""Bytes of one file that are held in memory."""
CHUNK = 1024 * 1024
"""Bytes that are copied at once."""


@contextmanager
def spooled() -> Iterator[IO[bytes]]:
    """An empty file. An `OSError` in the block becomes a `SyncerError`, `disk`."""
    with _disk_errors(), tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
        yield spool


@contextmanager
def spooled_copy(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    """A file with the rest of a stream that can be read only once.

    Raises the `OSError` of reading the stream, and a `SyncerError`, `disk`, if the file can't be written.
    """
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
        while chunk := stream.read(CHUNK):
            with _disk_errors():
                spool.write(chunk)
        yield spool


def no_room(why: str) -> SyncerError:
    try:
        where = f" in {tempfile.gettempdir()}"
    except OSError:  # it finds a folder by writing into it
        where = ""
    return SyncerError(
        f"no room for a temporary file{where}: {why}",
        code="disk",
        hint="free some space, or set TMPDIR to a folder on a larger disk",
    )


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise no_room(str(error.strerror)) from None
