"""Reads any part of a file: the head is in memory, the rest is fetched on demand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from types import TracebackType
from typing import Self

from syncer.errors import SourceError
from syncer.model import HEAD_SIZE
from syncer.protocols import Reader

Reopen = Callable[[int], AbstractContextManager[Reader]]
"""Opens the same version of the same object at a start offset."""

BLOCK = 16 * 1024
"""Bytes of one fetch."""
SKIP = 16 * BLOCK
"""Up to this size, a gap is read and not skipped: a new request costs more."""
MAX_FETCHED = 16 * 1024 * 1024
"""Bytes to fetch besides the head; the index of a video of several hours is smaller."""
MAX_OPENED = 256
"""Streams to open; a fragmented video without an index needs one for each fragment."""


class Spent(Exception):  # noqa: N818 - reads as what happened
    """The limit of fetched bytes or opened streams for one file is reached."""


class Window:
    """At most one stream is open at a time; it is read forward if the wanted bytes are near.

    No byte is fetched twice, and the head never again. Errors of the source are passed on unchanged. If the
    source did not say the size, `size` is `None` until the end was read.
    """

    def __init__(self, head: bytes, size: int | None, reopen: Reopen) -> None:
        if size is None and len(head) < HEAD_SIZE:
            size = len(head)
        self.size = size if size is None else max(size, len(head))
        self.fetched = 0
        self.opened = 0
        self._head = head
        self._reopen = reopen
        self._blocks: dict[int, bytes] = {}
        self._stream = ExitStack()
        self._reader: Reader | None = None
        self._at = 0
        """Offset of the open stream."""
        self._ahead = 0
        """Bytes that `fetch` read ahead, and the offset where they ended."""
        self._ahead_to = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.__exit__(kind, error, trace)

    def read(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` on; fewer only at the end of the file. Raises `Spent`."""
        data = self._in_hand(offset, size)
        while len(data) < size and not self._ends(offset + len(data)):
            self._fetch((offset + len(data) - len(self._head)) // BLOCK)
            data += self._in_hand(offset + len(data), size - len(data))
        return bytes(data)

    def held(self, offset: int, size: int) -> bytes | None:
        """The same without fetching; `None` if a byte is not in memory."""
        data = self._in_hand(offset, size)
        return bytes(data) if len(data) == size or self._ends(offset + len(data)) else None

    def fetch(self, offset: int, size: int) -> bool:
        """Fetches these bytes into memory; returns whether that was possible.

        Each call that continues the last one reads one block more ahead: the caller starts again each time.
        """
        self._ahead = self._ahead + BLOCK if abs(offset - self._ahead_to) <= BLOCK else 0
        self._ahead_to = offset + size + self._ahead
        with suppress(Spent):
            self.read(offset, size + self._ahead)
        return self.held(offset, size) is not None

    def _in_hand(self, offset: int, size: int) -> bytearray:
        """The bytes in memory from `offset` on, up to the first gap."""
        data = bytearray(self._head[offset : offset + size])
        while len(data) < size:
            number, inside = divmod(offset + len(data) - len(self._head), BLOCK)
            piece = self._blocks.get(number, b"")[inside : inside + size - len(data)]
            if not piece:
                break
            data += piece
        return data

    def _ends(self, offset: int) -> bool:
        return self.size is not None and offset >= self.size

    def _fetch(self, number: int) -> None:
        """Reads the block, and the blocks between the open stream and it."""
        start = len(self._head) + number * BLOCK
        if self._reader is None or not 0 <= start - self._at <= SKIP:
            self._open(start)
        while self._at <= start and (self.size is None or self._at < self.size):
            self._fill((self._at - len(self._head)) // BLOCK)

    def _open(self, start: int) -> None:
        if self.opened >= MAX_OPENED:
            raise Spent
        self.opened += 1
        self._reader = None
        self._stream.close()
        self._reader = self._stream.enter_context(self._reopen(start))
        self._at = start

    def _fill(self, number: int) -> None:
        size = BLOCK if self.size is None else min(BLOCK, self.size - self._at)
        if self.fetched + size > MAX_FETCHED:
            raise Spent
        block = self._take(size)
        self.fetched += len(block)
        self._at += len(block)
        self._blocks[number] = block
        if len(block) == size:
            return
        if self.size is not None:
            raise SourceError(
                f"the stream ended after {self._at} of {self.size} bytes", code="source.cut", transient=True
            )
        self.size = self._at

    def _take(self, size: int) -> bytes:
        block = bytearray()
        while self._reader and len(block) < size and (chunk := self._reader.read(size - len(block))):
            block += chunk
        return bytes(block)
