"""Pieces of an asset that were read before the pass over all bytes: the pass must find the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from syncer.protocols import Reader


class Glimpsed:
    """The pieces, held until the pass has compared them. They are at most what a prober reads."""

    def __init__(self) -> None:
        self._pieces: list[tuple[int, bytes]] = []
        self._sorted = False

    @contextmanager
    def reading(self, opened: AbstractContextManager[Reader], start: int) -> Iterator[Reader]:
        """The same reader, but it remembers what it reads."""
        with opened as reader:
            yield _Remembered(reader, start, self._pieces)
        self._sorted = False

    def agrees(self, at: int, chunk: bytes) -> bool:
        """Whether `chunk` has the bytes that were read before at offset `at`. Offsets must ascend."""
        if not self._sorted:
            self._pieces.sort(reverse=True)
            self._sorted = True
        end, held = at + len(chunk), []
        agrees = True
        while self._pieces and self._pieces[-1][0] < end:
            start, piece = self._pieces.pop()
            low = max(start, at)
            high = max(low, min(start + len(piece), end))
            agrees = agrees and piece[low - start : high - start] == chunk[low - at : high - at]
            if start + len(piece) > end:
                held.append((start, piece))
        self._pieces += reversed(held)
        return agrees


class _Remembered:
    def __init__(self, reader: Reader, start: int, pieces: list[tuple[int, bytes]]) -> None:
        self._reader = reader
        self._at = start
        self._pieces = pieces

    def read(self, size: int, /) -> bytes:
        chunk = self._reader.read(size)
        self._pieces.append((self._at, chunk))
        self._at += len(chunk)
        return chunk
