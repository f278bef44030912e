"""How much of an asset may come, and how much of it may be written."""

from __future__ import annotations

import time
from collections.abc import Callable

from syncer.errors import DestinationError, SyncerError
from syncer.model import Finding, Severity, Space
from syncer.protocols import Reader

RESERVE, RESERVE_SHARE = 100_000_000, 0.05
"""Bytes that stay free on a disk, and their share of a small one: a web server writes its logs there too."""
STEP = 8 * 1024 * 1024
"""Bytes that one worker writes before it asks the disk again: eight of them get 64 MiB into the reserve at
most."""
FRESH_SECONDS = 10.0
"""How long an answer about the disk counts."""


class TooLarge(Exception):  # noqa: N818 - reads as what happened
    """More came than is taken. `size` is what came until then, so the whole has at least as much."""

    def __init__(self, size: int, findings: tuple[Finding, ...]) -> None:
        super().__init__(size)
        self.size = size
        self.findings = findings


class LimitedReader:
    """A `Reader` that gives so many bytes at most, and raises what `beyond` makes of a longer one."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._bounds: list[tuple[int, Callable[[int], Exception]]] = []
        self._given = 0

    def limit(self, most: int, beyond: Callable[[int], Exception]) -> None:
        """`beyond` is given the number of bytes that came, of which the last were not given on."""
        self._bounds = sorted([*self._bounds, (most, beyond)], key=lambda bound: bound[0])
        self._check(self._given)

    def read(self, size: int, /) -> bytes:
        if self._bounds:
            size = min(size, self._bounds[0][0] - self._given + 1)  # one more, to see whether that is the end
        chunk = self._reader.read(size)
        self._check(self._given + len(chunk))
        self._given += len(chunk)
        return chunk

    def _check(self, came: int) -> None:
        if self._bounds and came > self._bounds[0][0]:
            raise self._bounds[0][1](came)


class Room:
    """A disk that is filled up to its reserve, and no further. One worker's."""

    def __init__(self, ask: Callable[[], Space | None], full: Callable[[Space, str], SyncerError]) -> None:
        """`full` says that something is not written there."""
        self._ask = ask
        self._full = full
        self._space: Space | None = None
        self._asked = 0.0
        self._written = STEP
        """Since the disk was asked."""

    def expect(self, size: int, what: str) -> None:
        """Raises unless so many bytes (of `what`, for messages) can be written."""
        if self._lacks(size):
            self._look()
            space = self._space
            if space is not None and self._lacks(size):
                raise self._full(space, what)

    def guarded(self, write: Callable[[bytes], object], what: str, free: int = 0) -> Callable[[bytes], None]:
        """The same `write`, which raises in place of writing into the reserve; `free` bytes need no room."""
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
        """The same `write`, of what waits elsewhere: it raises as soon as all that came would not fit."""
        came = 0

        def fitting(chunk: bytes) -> None:
            nonlocal came
            came += len(chunk)
            self.expect(came, what)
            write(chunk)

        return fitting

    def _lacks(self, size: int) -> bool:
        """By what is known, which is nothing where the last answer is old or much was written since."""
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
        hint="raise max_size of that source if it is wanted",
    )


def destination_full(space: Space, what: str) -> DestinationError:
    return DestinationError(
        f"{space.place} is full: {what} can't be written ({space.free} bytes are free there, and"
        f" {reserve(space)} of them stay so)",
        code="destination.full",
        hint="free some space there, or raise the quota",
    )
