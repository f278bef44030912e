"""SQL dumps: literals, comments, and the rows of PostgreSQL's COPY."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from syncer.migrate.documents.forms import COPIED, PLAIN, SQL, SQL_DOUBLE, SQL_STANDARD, Form
from syncer.migrate.documents.window import DocumentWindow, Piece

_STANDARD = re.compile(
    rb"PostgreSQL|PRAGMA foreign_keys|BEGIN TRANSACTION|standard_conforming_strings", re.IGNORECASE
)
_MOST_LINE = 8192
_COPY = re.compile(rb"COPY [^;\n]{1,4000} FROM stdin;\r?\n", re.IGNORECASE)
_LINE = re.compile(rb"[^\n]*+")
_COMMENT = re.compile(rb"(?:[^*]++|\*(?=[^/]))*+")
_CELL = re.compile(rb"(?:[^\t\r\n\\]++|\\[^\n])*+")
_CALM_CELLS = re.compile(rb"(?:(?:[^\t\n\\:]++|:(?![/\\&])|\\[^.\n])*+[\t\n])*+")
_CODE = rb"[^'\"`/\n#-]++|#|\n(?=[^Cc#])|-(?=[^-])|/(?=[^*])"


@dataclass(frozen=True, slots=True)
class _SqlDialect:
    calm: re.Pattern[bytes]
    """Code, and literals without a link."""
    literals: Mapping[bytes, tuple[re.Pattern[bytes], Form | None]]
    """The content of a literal, by kind of quote."""


def sql_cutter(start: bytes) -> Callable[[DocumentWindow], Iterator[Piece]]:
    """In MySQL, a backslash begins an escape; in other dialects it is plain text."""
    dialect = STANDARD if _STANDARD.search(start) else MYSQL
    return lambda window: _pieces(window, dialect)


def _pieces(window: DocumentWindow, dialect: _SqlDialect) -> Iterator[Piece]:
    yield from _line(window)
    while window.next():
        yield from window.skipped(dialect.calm)
        byte = window.next()
        if byte in dialect.literals:
            window.skip()
            yield from window.place(*dialect.literals[byte])
            window.skip()
        elif byte == b"\n":
            window.skip()
            yield from _line(window)
        else:
            yield from _comment(window)


def _line(window: DocumentWindow) -> Iterator[Piece]:
    """A comment with `#` or a COPY: only the start of a line can begin them."""
    if window.next() == b"#":
        yield from window.place(_LINE, PLAIN, cell=False)
    elif window.next(5).upper() == b"COPY " and (copy := _COPY.match(window.next(_MOST_LINE))):
        window.skip(copy.end())
        yield from _copied(window)


def _copied(window: DocumentWindow) -> Iterator[Piece]:
    """Rows of cells, up to the line that ends the COPY."""
    while window.next():
        yield from window.skipped(_CALM_CELLS)
        if window.next(2) == b"\\.":
            return
        yield from window.place(_CELL, COPIED)
        window.skip()


def _comment(window: DocumentWindow) -> Iterator[Piece]:
    """A comment, or a byte that only looks like the start of one. `/*! … */` of MySQL is code."""
    start = window.next(3)
    if start[:2] == b"--":
        yield from window.place(_LINE, PLAIN, cell=False)
    elif start[:2] == b"/*" and start[2:] not in (b"!", b"+"):
        window.skip(2)
        yield from window.place(_COMMENT, PLAIN, cell=False)
        window.skip(2)
    else:
        window.skip()


def _dialect(escape: bytes, **forms: Form | None) -> _SqlDialect:
    literals = {}
    calm = [_CODE]
    for quote, form in zip((b"'", b'"', b"`"), forms.values(), strict=True):
        body = rb"[^%b\\]++|%b|%b" % (quote, escape, quote * 2)
        literals[quote] = re.compile(rb"(?:%b)*+" % body, re.DOTALL), form
        calm_body = rb"[^%b\\:]++|%b|%b|:(?![/\\&])" % (quote, escape, quote * 2)
        calm.append(rb"%b(?:%b)*+%b(?=[^%b])" % (quote, calm_body, quote, quote))
    return _SqlDialect(re.compile(rb"(?:%b)*+" % b"|".join(calm), re.DOTALL), literals)


MYSQL = _dialect(rb"\\.", single=SQL, double=SQL_DOUBLE, back=None)
STANDARD = _dialect(rb"\\", single=SQL_STANDARD, double=None, back=None)
