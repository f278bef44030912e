"""A stream of which a part is held, and the pieces that a format cuts it into."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from syncer.documents.forms import Form

STEP = 256 << 10
"""Bytes that are read at a time."""
MOST = 1 << 20
"""Bytes of a cell, string or literal that is looked at as a whole."""
ALL = re.compile(rb".*+", re.DOTALL)
_ESCAPE = 2
"""Bytes of an escape that a body must not be cut in."""


@dataclass(frozen=True, slots=True)
class Piece:
    raw: bytes
    form: Form | None = None
    """`None`: nothing is looked for in it."""
    begins: bool = True
    """It is the beginning of a place; what follows until `ends` is the rest of the same."""
    ends: bool = True
    cell: bool = True
    """All of it may be one link."""
    chosen: bool = False
    """The user said that links stand here."""


class Window:
    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self.held = b""
        self.at = 0
        """Where in what is held the next piece begins."""
        self.ended = False

    def more(self) -> bool:
        """Hold more; `False` when the stream is at its end."""
        new = b"" if self.ended else self._read(STEP)
        self.ended = not new
        self.held = self.held[self.at :] + new
        self.at = 0
        return bool(new)

    def passed(self, end: int) -> Iterator[Piece]:
        """What stands before `end`, and nothing is looked for in it."""
        if end > self.at:
            raw = self.held[self.at : end]
            self.at = end
            yield Piece(raw)

    def skipped(self, pattern: re.Pattern[bytes]) -> Iterator[Piece]:
        """As much as the pattern takes of what is held."""
        found = pattern.match(self.held, self.at)
        return self.passed(found.end() if found else self.at)

    @property
    def full(self) -> bool:
        """Whether no more is to be held at once."""
        return len(self.held) - self.at >= MOST

    def place(self, body: re.Pattern[bytes], form: Form | None, *, chosen: bool = False) -> Iterator[Piece]:
        """All that the body takes, which has no end where the stream has none yet: whole if it can be held.

        The body takes an escape whole or not at all, and gives nothing back.
        """
        begins = True
        while True:
            end = self._end(body)
            while end is None and not self.full:
                self.more()
                end = self._end(body)
            cut = self._cut(body) if end is None else end
            raw = self.held[self.at : cut]
            self.at = cut
            yield Piece(raw, form, begins, end is not None, chosen=chosen)
            if end is not None:
                return
            begins = False
            self.more()

    def _end(self, body: re.Pattern[bytes]) -> int | None:
        """`None` while more of the stream could change it."""
        end = self._cut(body)
        return end if self.ended or end + _ESCAPE <= len(self.held) else None

    def _cut(self, body: re.Pattern[bytes]) -> int:
        found = body.match(self.held, self.at)
        return found.end() if found else self.at
