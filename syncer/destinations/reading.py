"""Reading a stored file back: all bytes of the file that `stat` told of, or an error."""

from __future__ import annotations

from collections.abc import Callable

from syncer.destinations.keys import printable
from syncer.errors import DestinationError
from syncer.model import Stored
from syncer.settings.spelling import counted


class StoredReader:
    """`read` gives bytes, and none at the end. `check` raises unless the file is still the one that `stat`
    told of: it is called before the last bytes are given.
    """

    def __init__(self, stored: Stored, read: Callable[[int], bytes], check: Callable[[], None]) -> None:
        self._path = stored.path
        self._left = stored.size
        self._read = read
        self._check = check

    def read(self, size: int, /) -> bytes:
        if not self._left:
            return b""
        chunk = self._read(min(size, self._left))
        left = self._left - len(chunk)
        if not chunk or not left:
            self._check()
        if not chunk:
            raise ended_early(self._path, left)
        self._left = left
        return chunk


class Sliced:
    """`read` of what comes in chunks of any size."""

    def __init__(self, following: Callable[[], bytes]) -> None:
        self._following = following
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        self._rest = self._rest or self._following()
        chunk, self._rest = self._rest[:size], self._rest[size:]
        return chunk


def not_stored(path: str) -> DestinationError:
    return DestinationError(
        f"{printable(path)} is not at the destination any more",
        code="destination.missing",
        hint="look for what else removes files there",
    )


def changed_meanwhile(path: str) -> DestinationError:
    return DestinationError(
        f"{printable(path)} changed at the destination while syncer looked at it",
        code="destination.changed",
        hint="look for what else writes there",
        transient=True,
    )


def no_file(path: str) -> DestinationError:
    return DestinationError(
        f"{printable(path)} is a link or a device at the destination, which syncer does not read",
        code="destination.changed",
        hint="replace it by a file, or choose another `path` for the source",
    )


def ended_early(path: str, left: int) -> DestinationError:
    return DestinationError(
        f"{printable(path)} ended {counted(left, 'byte')} early when syncer read it at the destination",
        code="destination.lost",
        transient=True,
    )
