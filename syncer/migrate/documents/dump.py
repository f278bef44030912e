"""SQL dumps: literals, comments, and the rows of PostgreSQL's COPY.

In MySQL a backslash begins an escape, in other dialects it is plain text. No word in a dump proves its
dialect, so `sql_cutter` reads the dump with both, and chooses the one with fewer faults. If a literal ends at
the wrong quote, code and literals change places: then words touch quotes, backslashes stand in code, or the
last literal never ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import IO

from syncer.migrate.documents.dialects import (
    BEFORE_QUOTE,
    DOLLAR_QUOTE,
    FOLLOWS,
    MYSQL,
    STANDARD,
    STANDARD_HEADER,
    WORD,
    Literal,
    SqlDialect,
)
from syncer.migrate.documents.forms import COPIED, DOLLAR_QUOTED, PLAIN
from syncer.migrate.documents.window import DocumentWindow, Piece

OUTSIDE = "it is outside the quoted values of the SQL, and syncer replaces only links in these"

_MOST_LINE = 8192
_MOST_WORD = 80
_ENOUGH_FAULTS = 1_000
_COPY = re.compile(rb"COPY [^;\n]{1,4000} FROM stdin;\r?\n", re.IGNORECASE)
_LINE = re.compile(rb"[^\n]*+")
_COMMENT = re.compile(rb"(?:[^*]++|\*(?=[^/]))*+")
_CELL = re.compile(rb"(?:[^\t\r\n\\]++|\\[^\n])*+")
_CALM_CELLS = re.compile(rb"(?:(?:[^\t\n\\:]++|:(?![/\\&])|\\[^.\n])*+[\t\n])*+")
_STRAY_LINK = re.compile(rb"\\?[A-Za-z0-9_$]{0,40}?https?:[/\\&]", re.IGNORECASE)
_STRAY = re.compile(rb"[^\s'\"`]*+")


def sql_cutter(stream: IO[bytes], start: bytes) -> Callable[[DocumentWindow], Iterator[Piece]]:
    """Reads the whole stream once or twice to choose the dialect."""
    dialect = _dialect(stream, start)
    return lambda window: _SqlReader(window, dialect).pieces()


def _dialect(stream: IO[bytes], start: bytes) -> SqlDialect:
    likely, other = (STANDARD, MYSQL) if STANDARD_HEADER.search(start) else (MYSQL, STANDARD)
    faults = _faults(stream, likely)
    return other if faults and _faults(stream, other) < faults else likely


def _faults(stream: IO[bytes], dialect: SqlDialect) -> float:
    """Faults per byte. Reading stops early after too many faults."""
    stream.seek(0)
    reader = _SqlReader(DocumentWindow(stream.read), dialect)
    read = 0
    for piece in reader.pieces():
        read += len(piece.raw)
        if reader.faults > _ENOUGH_FAULTS:
            break
    return reader.faults / max(read, 1)


class _SqlReader:
    def __init__(self, window: DocumentWindow, dialect: SqlDialect) -> None:
        self._window = window
        self._dialect = dialect
        self.faults = 0
        """Places that are not valid in the dialect, so far."""

    def pieces(self) -> Iterator[Piece]:
        window = self._window
        yield from self._line()
        while window.next():
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
        if window.next() == b"#":
            yield from window.place(_LINE, PLAIN, cell=False)
        elif window.next(5).upper() == b"COPY " and (copy := _COPY.match(window.next(_MOST_LINE))):
            window.skip(copy.end())
            yield from self._copied()
        elif window.next() == b"\\" and not _STRAY_LINK.match(window.next(_MOST_WORD)):
            window.skip()  # a command of psql

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
        if prefix in (b"e", b"E"):
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
        yield from window.place(_until(tag), DOLLAR_QUOTED, margin=len(tag))
        self.faults += window.next(len(tag)) != tag
        if window.next(len(tag)) == tag:
            window.skip(len(tag))

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
    return re.compile(rb"(?:[^$]++|\$(?!%b))*+" % rest, re.DOTALL)
