"""SQL dumps: literals, comments, and the rows of PostgreSQL's COPY.

In MySQL a backslash begins an escape, in other dialects it is plain text. No word in a dump proves its
dialect, so `sql_cutter` reads the dump with both, and chooses the one with fewer faults. If a literal ends at
the wrong quote, code and literals change places: then words touch quotes, backslashes stand in code, or the
last literal never ends. Where the first line of a dump of the other dialect stands in the code, a section
begins, and its dialect is chosen in the same way: a file may be several dumps, one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import IO

from syncer.migrate.documents.dialects import (
    BEFORE_QUOTE,
    DOLLAR_QUOTE,
    FOLLOWS,
    MYSQL,
    Q_PREFIXES,
    Q_QUOTE,
    STANDARD,
    WORD,
    Literal,
    SqlDialect,
    begins_other,
    likely_first,
    q_end,
)
from syncer.migrate.documents.forms import COPIED, DOLLAR_QUOTED, PLAIN, Q_QUOTED, Form
from syncer.migrate.documents.window import DocumentWindow, Piece

OUTSIDE = "it is outside the quoted values of the SQL, and syncer replaces only links in these"

_MOST_LINE = 8192
_MOST_WORD = 80
_Q_LONGEST = 5
"""Bytes of `'[`, with a delimiter of up to 4 bytes."""
_ENOUGH_FAULTS = 1_000
_COPY = re.compile(rb"COPY [^;\n]{1,4000} FROM stdin;\r?\n", re.IGNORECASE)
_LINE = re.compile(rb"[^\n]*+")
_COMMENT = re.compile(rb"(?:[^*]++|\*(?=[^/]))*+")
_CELL = re.compile(rb"(?:[^\t\r\n\\]++|\\[^\n])*+")
_CALM_CELLS = re.compile(rb"(?:(?:[^\t\n\\:]++|:(?![/\\&])|\\[^.\n])*+[\t\n])*+")
_STRAY_LINK = re.compile(rb"\\?[A-Za-z0-9_$]{0,40}?https?:[/\\&]", re.IGNORECASE)
_MOST_NAME = 64 * 4 + 1
"""Bytes of the longest name in MySQL, and the backtick."""
_NAME = re.compile(rb"(?![^`]*?https?:[/\\&])[^`\n]+`", re.IGNORECASE)
_STRAY = re.compile(rb"[^\s'\"`]*+")


_SNIFFED = 64 * 1024
"""First bytes of a section that show its likely dialect."""


@dataclass(frozen=True, slots=True)
class _Section:
    """A dump in one dialect."""

    start: int
    dialect: SqlDialect


def sql_cutter(stream: IO[bytes]) -> Callable[[DocumentWindow], Iterator[Piece]]:
    """Reads the whole stream once or twice to choose the dialects."""
    sections: list[_Section] = []
    start: int | None = 0
    while start is not None:
        dialect, end = _chosen(stream, start)
        sections.append(_Section(start, dialect))
        start = end
    return lambda window: _SqlReader(window, *sections).pieces()


def _chosen(stream: IO[bytes], start: int) -> tuple[SqlDialect, int | None]:
    """The dialect of the section that starts there, and the start of the next one."""
    stream.seek(start)
    likely, other = likely_first(stream.read(_SNIFFED))
    faults, end = _faults(stream, start, likely)
    if not faults:
        return likely, end
    others, _ = _faults(stream, start, other)
    dialect = other if others < faults else likely
    return dialect, _faults(stream, start, dialect, enough=inf)[1]


def _faults(
    stream: IO[bytes], start: int, dialect: SqlDialect, enough: float = _ENOUGH_FAULTS
) -> tuple[float, int | None]:
    """Faults per byte of the section, and its end, `None` for the end of the stream. Reading stops after more
    than `enough` faults; then there is no end.
    """
    stream.seek(start)
    reader = _SqlReader(DocumentWindow(stream.read), _Section(0, dialect), alone=True)
    read = 0
    for piece in reader.pieces():
        read += len(piece.raw)
        if reader.faults > enough:
            break
    return reader.faults / max(read, 1), None if reader.end is None else start + reader.end


class _SqlReader:
    def __init__(self, window: DocumentWindow, *sections: _Section, alone: bool = False) -> None:
        """Reads the sections; with `alone`, only the first one, whose end is unknown."""
        self._window = window
        self._sections = [*sections]
        self._dialect = sections[0].dialect
        self._alone = alone
        self.end: int | None = None
        """Where another section begins, with `alone`."""
        self.faults = 0
        """Places that are not valid in the dialect, so far."""

    def pieces(self) -> Iterator[Piece]:
        window = self._window
        yield from self._line()
        while window.next() and self.end is None:
            yield from window.skipped(self._dialect.calm)
            byte = window.next()
            if literal := self._dialect.literals.get(byte):
                yield from self._literal(literal)
            elif byte == b"\n":
                window.skip()
                yield from self._line()
            elif byte in (b"-", b"/"):
                yield from self._comment()
            elif byte == b"$" and self._dialect is STANDARD:
                yield from self._dollar_quoted()
            elif byte:
                yield from self._code(byte)
        yield from window.passed()

    def _line(self) -> Iterator[Piece]:
        """A comment with `#`, a COPY or a command of psql: only the start of a line can begin them."""
        window = self._window
        if self._is_next_section():
            return
        if window.next() == b"#":
            yield from window.place(_LINE, PLAIN, cell=False)
        elif window.next(5).upper() == b"COPY " and (copy := _COPY.match(window.next(_MOST_LINE))):
            window.skip(copy.end())
            yield from self._copied()
        elif window.next() == b"\\" and not _STRAY_LINK.match(window.next(_MOST_WORD)):
            window.skip()  # a command of psql

    def _is_next_section(self) -> bool:
        """Whether this line ends the reading. Without `alone`, it turns to the next dialect at its start."""
        at = self._window.offset
        if not self._alone:
            if self._sections[1:] and self._sections[1].start == at:
                del self._sections[0]
                self._dialect = self._sections[0].dialect
        elif at and begins_other(self._window.next(_MOST_WORD), self._dialect):
            self.end = at
        return self.end is not None

    def _copied(self) -> Iterator[Piece]:
        """Rows of cells, up to the line that ends the COPY."""
        window = self._window
        while window.next():
            yield from window.skipped(_CALM_CELLS)
            if window.next(2) == b"\\.":
                window.skip(2)
                return
            yield from window.place(_CELL, COPIED)
            window.skip()

    def _literal(self, literal: Literal) -> Iterator[Piece]:
        window = self._window
        quote = window.next()
        window.skip()
        if literal.hindrance and self._dialect is MYSQL:  # in backticks
            self.faults += not _NAME.match(window.next(_MOST_NAME))
        yield from window.place(literal.body, literal.form, hindrance=literal.hindrance, closing=quote)
        self.faults += window.next() != quote
        window.skip()
        if literal.hindrance is None:
            self.faults += not FOLLOWS.match(window.next(_MOST_WORD))

    def _code(self, byte: bytes) -> Iterator[Piece]:
        window = self._window
        text = window.next(_MOST_WORD)
        if _STRAY_LINK.match(text):
            self.faults += 1
            yield from window.place(_STRAY, PLAIN, cell=False, hindrance=OUTSIDE)
        elif word := WORD.match(text):
            yield from window.place(WORD, None)
            if window.next() == b"'":
                yield from self._prefixed(word[0])
        else:
            self.faults += byte in (b"\\", b":")  # a slash or its escape follows `:`
            window.skip()

    def _prefixed(self, prefix: bytes) -> Iterator[Piece]:
        """A literal directly after a word: `E'…'`, `N'…'`, `x'00'`."""
        quote = Q_QUOTE.match(self._window.next(_Q_LONGEST)) if self._dialect is STANDARD else None
        if quote and prefix.lower() in Q_PREFIXES:
            self._window.skip(len(quote[0]))
            yield from self._up_to(q_end(quote[1]), Q_QUOTED)
            self.faults += not FOLLOWS.match(self._window.next(_MOST_WORD))
        elif prefix in (b"e", b"E"):
            self.faults += self._dialect is MYSQL
            yield from self._literal(ESCAPED)
        else:
            self.faults += not BEFORE_QUOTE.fullmatch(prefix)
            yield from self._literal(self._dialect.literals[b"'"])

    def _dollar_quoted(self) -> Iterator[Piece]:
        window = self._window
        found = DOLLAR_QUOTE.match(window.next(_MOST_WORD))
        if not found:
            window.skip()
            return
        tag = found[0]
        window.skip(len(tag))
        yield from self._up_to(tag, DOLLAR_QUOTED)

    def _up_to(self, end: bytes, form: Form) -> Iterator[Piece]:
        """A literal without escapes."""
        window = self._window
        yield from window.place(_until(end), form, margin=len(end))
        is_closed = window.next(len(end)) == end
        self.faults += not is_closed
        if is_closed:
            window.skip(len(end))

    def _comment(self) -> Iterator[Piece]:
        """A comment, or a byte that only looks like the start of one. `/*! … */` of MySQL is code."""
        window = self._window
        start = window.next(3)
        if start[:2] == b"--":
            yield from window.place(_LINE, PLAIN, cell=False)
        elif start[:2] == b"/*" and start[2:] not in (b"!", b"+"):
            window.skip(2)
            yield from window.place(_COMMENT, PLAIN, cell=False)
            self.faults += window.next(2) != b"*/"
            window.skip(2)
        else:
            window.skip()


ESCAPED = MYSQL.literals[b"'"]
"""PostgreSQL's `E'…'` has the escapes of MySQL."""


@lru_cache(maxsize=64)
def _until(tag: bytes) -> re.Pattern[bytes]:
    """Matches up to the tag, or up to an incomplete tag at the end of the text."""
    rest = b""
    for byte in reversed(tag[1:]):
        rest = rb"(?:\Z|%b%b)" % (re.escape(bytes([byte])), rest)
    first = re.escape(tag[:1])
    return re.compile(rb"(?:[^%b]++|%b(?!%b))*+" % (first, first, rest), re.DOTALL)
