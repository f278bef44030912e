"""SQL dumps: literals, and the rows that PostgreSQL copies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from syncer.documents.forms import COPIED, PLAIN, SQL, SQL_DOUBLE, SQL_STANDARD, Form
from syncer.documents.window import Piece, Window

_SINGLE = re.compile(rb"(?:[^'\\]|\\.|'')*+", re.DOTALL)
_DOUBLE = re.compile(rb'(?:[^"\\]|\\.|"")*+', re.DOTALL)
_SINGLE_STANDARD = re.compile(rb"(?:[^']|'')*+")
_NAME = re.compile(rb'(?:[^"]|"")*+')
_REST = re.compile(rb"(?:[^'\"\n-]|-(?!-))*+")
_LINE = re.compile(rb"[^\n]*+")
_CELL = re.compile(rb"[^\t\n]*+")
_STANDARD = re.compile(
    rb"PostgreSQL|PRAGMA foreign_keys|BEGIN TRANSACTION|standard_conforming_strings", re.IGNORECASE
)
_COPY = re.compile(rb"COPY [^;\n]{1,4000} FROM stdin;\Z", re.IGNORECASE)
COPY_END = rb"\."


def cut(start: bytes) -> Callable[[Window], Iterator[Piece]]:
    """A backslash is an escape for MySQL, and a backslash for others."""
    return _standard if _STANDARD.search(start) else _mysql


def _mysql(window: Window) -> Iterator[Piece]:
    while window.at < len(window.held) or window.more():
        byte = window.held[window.at : window.at + 1]
        if byte == b"'":
            yield from _literal(window, _SINGLE, SQL)
        elif byte == b'"':
            yield from _literal(window, _DOUBLE, SQL_DOUBLE)
        else:
            yield from _between(window)


def _standard(window: Window) -> Iterator[Piece]:
    line = b""
    while window.at < len(window.held) or window.more():
        byte = window.held[window.at : window.at + 1]
        if byte == b"'":
            yield from _literal(window, _SINGLE_STANDARD, SQL_STANDARD)
        elif byte == b'"':
            yield from _literal(window, _NAME, None)
        elif byte == b"\n":
            yield from window.passed(window.at + 1)
            if _COPY.search(line):
                yield from _copied(window)
            line = b""
        else:
            for piece in _between(window):
                line = (line + piece.raw)[-_MOST_LINE:]
                yield piece


_MOST_LINE = 8192


def _literal(window: Window, body: re.Pattern[bytes], form: Form | None) -> Iterator[Piece]:
    yield from window.passed(window.at + 1)
    yield from window.place(body, form)
    yield from window.passed(min(window.at + 1, len(window.held)))


def _between(window: Window) -> Iterator[Piece]:
    """A comment to the end of its line, or what stands between literals."""
    if window.held.startswith(b"--", window.at):
        yield from window.place(_LINE, PLAIN)
    elif window.held[window.at : window.at + 1] == b"\n":
        yield from window.passed(window.at + 1)
    elif (end := _REST.match(window.held, window.at)) and end.end() > window.at:
        yield from window.place(_REST, PLAIN)
    else:
        yield from window.passed(window.at + 1)


def _copied(window: Window) -> Iterator[Piece]:
    """Rows of cells, until the line that ends them."""
    first = True
    while window.at < len(window.held) or window.more():
        byte = window.held[window.at : window.at + 1]
        if byte in (b"\t", b"\n"):
            yield from window.passed(window.at + 1)
            first = byte == b"\n"
            continue
        pieces = list(window.place(_CELL, COPIED)) if first else window.place(_CELL, COPIED)
        yield from pieces
        if first and isinstance(pieces, list) and pieces[0].raw == COPY_END:
            return
        first = False
