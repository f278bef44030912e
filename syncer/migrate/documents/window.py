"""Holds a part of a stream in memory, and splits it into the pieces of a format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from syncer.migrate.documents.forms import Form

STEP = 256 << 10
"""Bytes of one read."""
MOST = 1 << 20
"""Bytes of the longest cell, string or literal that is searched as a whole."""
ALL = re.compile(rb".*+", re.DOTALL)
_ESCAPE = 2
"""Bytes of an escape, in which a body must not be split."""
_LINK = re.compile(rb":(?=[/\\&])|\\u003[aA]")
"""Every link contains this: `://`, `:\\/\\/`, `:\\u002f`, `:&#x2F;`, `\\u003a//`."""


@dataclass(frozen=True, slots=True)
class Piece:
    raw: bytes
    form: Form | None = None
    """`None`: it is not searched."""
    begins: bool = True
    """It is the start of a place; the next pieces up to `ends` are the rest of this place."""
    ends: bool = True
    cell: bool = True
    """The whole place may be one link."""
    chosen: bool = False
    """The user said that links are here."""
    hindrance: str | None = None
    """Why no link in it can be replaced."""
    cut_off: bool = False
    """The quote at its end is missing."""


class DocumentWindow:
    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self.held = b""
        self.at = 0
        """Start of the next piece in `held`."""
        self._gone = 0
        """Bytes of the stream before `held`."""
        self._sent = 0
        """`held` up to here was returned; from here to `at` it is not searched."""
        self.ended = False

    def more(self) -> bool:
        """Reads more; `False` at the end of the stream."""
        new = b"" if self.ended else self._read(STEP)
        self.ended = not new
        self.held = self.held[self._sent :] + new
        self._gone += self._sent
        self.at -= self._sent
        self._sent = 0
        return bool(new)

    @property
    def offset(self) -> int:
        """Bytes of the stream before the next piece."""
        return self._gone + self.at

    def next(self, length: int = 1) -> bytes:
        """The next bytes, fewer at the end of the stream."""
        while len(self.held) - self.at < length and not self.ended:
            self.more()
        return self.held[self.at : self.at + length]

    def skip(self, length: int = 1) -> None:
        """Skips so many bytes, or the rest of the stream."""
        self.at += len(self.next(length))

    def skipped(self, pattern: re.Pattern[bytes]) -> Iterator[Piece]:
        """Skips the bytes in memory that the pattern matches."""
        found = pattern.match(self.held, self.at)
        self.at = found.end() if found else self.at
        if self.at - self._sent >= STEP:
            yield from self.passed()

    def passed(self) -> Iterator[Piece]:
        """The skipped bytes so far, as a piece that is not searched."""
        if self.at > self._sent:
            raw = self.held[self._sent : self.at]
            self._sent = self.at
            yield Piece(raw)

    @property
    def full(self) -> bool:
        """Whether the memory limit is reached."""
        return len(self.held) - self.at >= MOST

    def place(  # noqa: PLR0913 - what may be said of a place
        self,
        body: re.Pattern[bytes],
        form: Form | None,
        *,
        cell: bool = True,
        chosen: bool = False,
        hindrance: str | None = None,
        margin: int = _ESCAPE,
        closing: bytes | None = None,
    ) -> Iterator[Piece]:
        """The text that `body` matches: as one piece if it fits into memory, or as several.

        `body` must match an escape completely or not at all, and must not backtrack. Its end is known
        if `margin` bytes after it are known. `closing` must follow it. All of a chosen place is
        returned, even if there is no link in it.
        """
        begins = True
        while True:
            end = self._end(body, margin)
            while end is None and not self.full:
                self.more()
                end = self._end(body, margin)
            cut = self._cut(body) if end is None else end
            is_searched = end is None or not begins or chosen or _LINK.search(self.held, self.at, cut)
            if form is None or not is_searched:
                self.at = cut
                if self.at - self._sent >= STEP:
                    yield from self.passed()
            else:
                yield from self.passed()
                raw = self.held[self.at : cut]
                self.at = self._sent = cut
                is_open = end is not None and closing is not None and self.held[end : end + 1] != closing
                yield Piece(raw, form, begins, end is not None, cell, chosen, hindrance, is_open)
            if end is not None:
                return
            begins = False
            self.more()

    def _end(self, body: re.Pattern[bytes], margin: int) -> int | None:
        """`None` if more bytes of the stream could change it."""
        end = self._cut(body)
        return end if self.ended or end + margin <= len(self.held) else None

    def _cut(self, body: re.Pattern[bytes]) -> int:
        found = body.match(self.held, self.at)
        return found.end() if found else self.at
