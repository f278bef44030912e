"""Streams of an archive: read from a position on, unpacked, counted and checked."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace

from syncer.connect.reasons import reason_of
from syncer.connect.retry import Breaks, retry
from syncer.errors import SourceError
from syncer.protocols import Pace, Reader
from syncer.settings.spelling import counted

CHUNK = 64 * 1024
"""Bytes of an archive that are read at once."""
NEAR = 1024 * 1024
"""A gap of so many bytes is read, not skipped by a new request."""
TRIES = 5
"""How often a broken stream is reopened at one position."""
LONGEST_WAIT = 8.0
"""Seconds before the last of these tries."""
RAW, GZIP = -15, 31
"""zlib's numbers for raw deflate and for gzip."""

Open = Callable[[int], AbstractContextManager[Reader]]
"""Opens an archive at a position."""


class Broken(Exception):  # noqa: N818 - reads as what happened
    """The bytes are damaged; the text says how."""


class Doubtful(Broken):
    """The checksum of a whole archive is wrong, so any part of it may be damaged."""


class Steady:
    """An archive for long reads: a broken stream is reopened where it broke."""

    def __init__(self, open_at: Open, size: int, pace: Pace) -> None:
        self._open_at = open_at
        self._size = size
        self._pace = pace
        self._stack = ExitStack()
        self._reader: Reader | None = None
        self._buffer = b""
        self._at = 0
        """The position of the buffer; the stream is at the buffer's end."""
        self._breaks = Breaks(pace)

    def close(self) -> None:
        self._stack.close()

    def read(self, place: int, size: int) -> bytes:
        """`size` bytes at `place`, or fewer at the end of the archive."""
        if place >= self._size:
            return b""
        ahead = place - self._at - len(self._buffer)
        if self._reader is None or place < self._at or ahead > NEAR:
            self._go(place)
        while (lacking := place + size - self._at - len(self._buffer)) > 0:
            if (spare := min(place - self._at, len(self._buffer))) > 0:
                self._buffer, self._at = self._buffer[spare:], self._at + spare
            chunk = self._next(max(lacking, CHUNK))
            if not chunk:
                break
            self._buffer += chunk
        return self._buffer[place - self._at :][:size]

    def _go(self, place: int) -> None:
        self._stack.close()
        self._reader, self._buffer, self._at = None, b"", place

    def _next(self, size: int) -> bytes:
        usual = self._pace.patience.retry
        policy = replace(usual, attempts=min(TRIES + 1, usual.attempts), longest_wait=LONGEST_WAIT)
        return retry(lambda: self._read(size), self._pace, policy)

    def _read(self, size: int) -> bytes:
        if self._pace.stopped():
            raise SourceError("the run was stopped while it was read", transient=True)
        try:
            if self._reader is None:
                end = self._at + len(self._buffer)
                self._reader = self._stack.enter_context(self._open_at(end))
            chunk = self._reader.read(size)
        except SourceError as error:
            self._stack.close()
            self._reader = None
            self._breaks.broke(error)
            raise
        self._breaks.gained(len(chunk))
        return chunk


class Onward:
    """A `Steady` as a stream from a position on."""

    def __init__(self, steady: Steady, place: int = 0, size: int | None = None) -> None:
        self._steady = steady
        self._place = place
        self._left = size

    def read(self, size: int, /) -> bytes:
        chunk = self._steady.read(self._place, size if self._left is None else min(size, self._left))
        self._place += len(chunk)
        self._left = None if self._left is None else self._left - len(chunk)
        return chunk


class SizedReader:
    """Reads exactly `left` bytes of a stream. Raises `Broken` if it ends earlier."""

    def __init__(self, reader: Reader, left: int) -> None:
        self._reader = reader
        self._left = left

    def read(self, size: int, /) -> bytes:
        if not self._left:
            return b""
        chunk = self._reader.read(min(size, self._left))
        if not chunk:
            raise Broken(f"it ends {counted(self._left, 'byte')} early")
        self._left -= len(chunk)
        return chunk


class Inflated:
    """The unpacked bytes of a stream, never more at once than requested."""

    def __init__(self, packed: Reader, form: int, state: zlib._Decompress | None = None) -> None:
        self._packed = packed
        self._form = form
        self._state = state or zlib.decompressobj(form)
        self._left = b""
        """Packed bytes that zlib has not read yet."""
        self.taken = 0
        self.given = 0
        self.mark: Callable[[int, int, zlib._Decompress], None] | None = None
        """Called with (taken, given, state) at each position where a copy of the state could continue."""

    def read(self, size: int, /) -> bytes:
        while True:
            if self._state.eof and not self._following():
                return b""
            data = self._left or self._fetch()
            try:
                out = self._state.decompress(data, size)
            except zlib.error as error:
                kind = Doubtful if "check" in str(error) and self._form == GZIP else Broken
                raise kind(f"it can't be unpacked ({reason_of(error)})") from None
            self._left = self._state.unconsumed_tail
            if out:
                self.given += len(out)
                return out
            if not data and not self._state.eof:
                raise Broken("it ends in the middle")

    def _fetch(self) -> bytes:
        if self.mark:
            self.mark(self.taken, self.given, self._state)
        data = self._packed.read(CHUNK)
        self.taken += len(data)
        return data

    def _following(self) -> bool:
        """Whether another gzip stream follows, as in concatenated files. Zeros are padding."""
        if self._form != GZIP:
            return False
        rest = self._state.unused_data.lstrip(b"\0")
        while not rest:
            data = self._packed.read(CHUNK)
            if not data:
                return False
            self.taken += len(data)
            rest = data.lstrip(b"\0")
        self._state, self._left = zlib.decompressobj(GZIP), rest
        return True


def skip(reader: Reader, size: int) -> None:
    while size:
        chunk = reader.read(min(size, 1024 * 1024))
        if not chunk:
            raise Broken("it ends in the middle")
        size -= len(chunk)
