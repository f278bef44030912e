"""A stream of which a part is held, and the pieces that a format cuts it into."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from syncer.migrate.documents.forms import Form

STEP = 256 << 10
"""Bytes that are read at a time."""
MOST = 1 << 20
"""Bytes of a cell, string or literal that is looked at as a whole."""
ALL = re.compile(rb".*+", re.DOTALL)
_ESCAPE = 2
"""Bytes of an escape that a body must not be cut in."""
_LINK = re.compile(rb":(?=[/\\&])")
"""What is in every link: `://`, `:\\/\\/`, `:\\u002f`, `:&#x2F;`."""


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
    hindrance: str | None = None
    """Why no link in it can be replaced."""


class DocumentWindow:
    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self.held = b""
        self.at = 0
        """Where in what is held the next piece begins."""
        self._sent = 0
        """Up to where in what is held all was given away; from there to `at`, nothing is to be looked for."""
        self.ended = False

    def more(self) -> bool:
        """Hold more; `False` when the stream is at its end."""
        new = b"" if self.ended else self._read(STEP)
        self.ended = not new
        self.held = self.held[self._sent :] + new
        self.at -= self._sent
        self._sent = 0
        return bool(new)

    def next(self, length: int = 1) -> bytes:
        """The next bytes, fewer at the end of the stream."""
        while len(self.held) - self.at < length and not self.ended:
            self.more()
        return self.held[self.at : self.at + length]

    def skip(self, length: int = 1) -> None:
        """Pass over so many bytes, or as many as there are of them."""
        self.at += len(self.next(length))

    def skipped(self, pattern: re.Pattern[bytes]) -> Iterator[Piece]:
        """Pass over as much as the pattern takes of what is held."""
        found = pattern.match(self.held, self.at)
        self.at = found.end() if found else self.at
        if self.at - self._sent >= STEP:
            yield from self.passed()

    def passed(self) -> Iterator[Piece]:
        """All that nothing is to be looked for in, so far."""
        if self.at > self._sent:
            raw = self.held[self._sent : self.at]
            self._sent = self.at
            yield Piece(raw)

    @property
    def full(self) -> bool:
        """Whether no more is to be held at once."""
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
    ) -> Iterator[Piece]:
        """All that the body takes, which has no end where the stream has none yet: whole if it can be held.

        The body takes an escape whole or not at all, and gives nothing back. Its end is known when `margin`
        bytes after it are.
        """
        begins = True
        while True:
            end = self._end(body, margin)
            while end is None and not self.full:
                self.more()
                end = self._end(body, margin)
            cut = self._cut(body) if end is None else end
            if form is None or (begins and end is not None and not _LINK.search(self.held, self.at, cut)):
                self.at = cut
                if self.at - self._sent >= STEP:
                    yield from self.passed()
            else:
                yield from self.passed()
                raw = self.held[self.at : cut]
                self.at = self._sent = cut
                yield Piece(raw, form, begins, end is not None, cell, chosen, hindrance)
            if end is not None:
                return
            begins = False
            self.more()

    def _end(self, body: re.Pattern[bytes], margin: int) -> int | None:
        """`None` while more of the stream could change it."""
        end = self._cut(body)
        return end if self.ended or end + margin <= len(self.held) else None

    def _cut(self, body: re.Pattern[bytes]) -> int:
        found = body.match(self.held, self.at)
        return found.end() if found else self.at
