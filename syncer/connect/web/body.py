"""The body of an answer, up to a limit, and how fast it came."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator

from syncer.model import HEAD_SIZE
from syncer.settings.spelling import counted

STEP = 0.02
"""Seconds between two measurements of the size."""


class Late(TimeoutError):  # noqa: N818 - reads as what happened
    """The body came too slowly."""


class Body:
    """The bytes read so far; they stay if reading fails."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._sha256 = hashlib.sha256()
        self._start = bytearray()
        self.size = 0
        self.ended = False
        """Whether the sender said that this is all of it."""
        self.more = False
        """Whether bytes came beyond the limit."""
        self.waited = 0.0
        """Seconds of waiting for the network."""
        self.elapsed = 0.0
        """Seconds in all, waits for our own bandwidth limit included."""
        self._marks = [(0.0, 0)]

    def read(
        self, chunks: Iterator[bytes], patience: float, enough: float, meter: Callable[[int], None]
    ) -> None:
        """Read at most `limit` bytes, and stop after `enough` seconds if `HEAD_SIZE` bytes are there.

        Raises `Late` after `patience` seconds of waiting, and the errors of `chunks`.
        """
        begun = time.monotonic()
        while (chunk := self._next(chunks, patience)) is not None:
            wanted = chunk[: self._limit - self.size]
            self._take(wanted)
            meter(len(wanted))
            self.elapsed = time.monotonic() - begun
            # A sample shorter than the head can't be compared.
            self.more = len(wanted) < len(chunk)
            if self.more or (self.elapsed > enough and self.size >= HEAD_SIZE):
                return
        self.ended = True

    def _next(self, chunks: Iterator[bytes], patience: float) -> bytes | None:
        """The next chunk. The connection's timeout is for one chunk only, so the total is checked here."""
        asked = time.monotonic()
        try:
            chunk = next(chunks, None)
        finally:
            self.waited += time.monotonic() - asked
        if chunk is not None and self.waited > patience:
            raise Late(f"only {counted(self.size, 'byte')} came in {self.waited:.1f} s")
        return chunk

    def _take(self, chunk: bytes) -> None:
        self._sha256.update(chunk)
        self._start += chunk[: HEAD_SIZE - len(self._start)]
        self.size += len(chunk)
        if self.waited - self._marks[-1][0] >= STEP:
            self._marks.append((self.waited, self.size))

    @property
    def sha256(self) -> str:
        """Hex."""
        return self._sha256.hexdigest()

    @property
    def start(self) -> bytes:
        return bytes(self._start)

    @property
    def rate(self) -> float | None:
        """Bytes a second in the second half of the time, as the first half may be a short burst.

        `None` if it is unknown, for example because our own limit was slower.
        """
        if self.elapsed > 2 * self.waited or not self.size:
            return None
        since, had = next(mark for mark in reversed(self._marks) if mark[0] <= self.waited / 2)
        return (self.size - had) / (self.waited - since) if self.waited > since else None
