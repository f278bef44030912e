"""Limits: how many bytes of an asset are read, and how full a disk may get."""

from __future__ import annotations

import time
from collections.abc import Callable

from syncer.errors import DestinationError, SyncerError
from syncer.model import Finding, Severity, Space
from syncer.protocols import Reader

RESERVE, RESERVE_SHARE = 100_000_000, 0.05
"""Bytes that stay free on a disk, and the share on a small disk: a web server writes its logs there too."""
STEP = 8 * 1024 * 1024
"""Bytes that a worker writes before it asks for free space again: eight workers use at most 64 MiB of the
reserve."""
FRESH_SECONDS = 10.0
"""How long the last answer about free space is valid."""


class TooLarge(Exception):  # noqa: N818 - reads as what happened
    """More bytes came than the limit allows. `size` is what came so far: the object has at least as many."""

    def __init__(self, size: int, findings: tuple[Finding, ...]) -> None:
        super().__init__(size)
        self.size = size
        self.findings = findings


class LimitedReader:
    """A `Reader` that gives at most so many bytes, and raises what `beyond` returns if there are more."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._bounds: list[tuple[int, Callable[[int], Exception]]] = []
        self._given = 0

    def limit(self, most: int, beyond: Callable[[int], Exception]) -> None:
        """`beyond` gets the number of bytes that came; the bytes over the limit are not returned."""
        self._bounds = sorted([*self._bounds, (most, beyond)], key=lambda bound: bound[0])
        self._check(self._given)

    def read(self, size: int, /) -> bytes:
        if self._bounds:
            size = min(size, self._bounds[0][0] - self._given + 1)  # one more byte shows whether it ends
        chunk = self._reader.read(size)
        self._check(self._given + len(chunk))
        self._given += len(chunk)
        return chunk

    def _check(self, came: int) -> None:
        if self._bounds and came > self._bounds[0][0]:
            raise self._bounds[0][1](came)


class Room:
    """Keeps a disk's reserve free. Each worker has its own."""

    def __init__(self, ask: Callable[[], Space | None], full: Callable[[Space, str], SyncerError]) -> None:
        """`ask` returns the free space, `full` the error."""
        self._ask = ask
        self._full = full
        self._space: Space | None = None
        self._asked = 0.0
        self._written = STEP
        """Bytes since the last answer about free space."""

    def expect(self, size: int, what: str) -> None:
        """Raises unless `size` bytes can be written; `what` is for the message."""
        if self._lacks(size):
            self._look()
            space = self._space
            if space is not None and self._lacks(size):
                raise self._full(space, what)

    def guarded(self, write: Callable[[bytes], object], what: str, free: int = 0) -> Callable[[bytes], None]:
        """The same `write`, but it raises instead of using the reserve. `free` bytes do not count."""
        left = free

        def guarded(chunk: bytes) -> None:
            nonlocal left
            left -= len(chunk)
            if left < 0:
                self.expect(len(chunk), what)
                self._written += len(chunk)
            write(chunk)

        return guarded

    def fitting(self, write: Callable[[bytes], None], what: str) -> Callable[[bytes], None]:
        """The same `write`, into a temporary file, but it raises as soon as all bytes would not fit here."""
        came = 0

        def fitting(chunk: bytes) -> None:
            nonlocal came
            came += len(chunk)
            self.expect(came, what)
            write(chunk)

        return fitting

    def _lacks(self, size: int) -> bool:
        """Whether `size` bytes may not fit; also true if the last answer is old or much was written since."""
        if self._written >= STEP or time.monotonic() - self._asked > FRESH_SECONDS:
            return True
        return self._space is not None and size > self._space.free - self._written - reserve(self._space)

    def _look(self) -> None:
        self._space, self._asked, self._written = self._ask(), time.monotonic(), 0


def reserve(space: Space) -> int:
    return min(RESERVE, int(space.whole * RESERVE_SHARE))


def over_max_size(most: int, came: int) -> Finding:
    return Finding(
        "source.max_size",
        Severity.REJECT,
        f"it has more than {most} bytes, the max_size of its source",
        limit=str(most),
        value=f"at least {came}",
        hint="raise max_size of that source if you want this file",
    )


def destination_full(space: Space, what: str) -> DestinationError:
    return DestinationError(
        f"{space.place} is full: {what} can't be written ({space.free} bytes are free, and syncer keeps"
        f" {reserve(space)} of them free)",
        code="destination.full",
        hint="free some space there, or raise the quota",
    )
