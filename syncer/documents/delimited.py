"""CSV and its kin: cells, in quotes or without."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator

from syncer.documents.forms import QUOTED, bare
from syncer.documents.window import Piece, Window
from syncer.errors import ConfigError

DELIMITERS = (b",", b";", b"\t", b"|")
BOM = b"\xef\xbb\xbf"
MOST_NAMES = 12
"""Columns that a message names."""

_IN_QUOTES = re.compile(rb'(?:[^"]|"")*+')
_LINE_END = re.compile(rb"\r\n?|\n")


def cut(
    name: str, start: bytes, column: str | None, delimiter: bytes | None
) -> Callable[[Window], Iterator[Piece]]:
    """Raises `ConfigError` where there is no such column."""
    told = delimiter or _delimiter(start)
    wanted = None if column is None else _index(name, start, column, told)
    return lambda window: _cells(window, told, wanted)


def _cells(window: Window, delimiter: bytes, wanted: int | None) -> Iterator[Piece]:
    form = bare(delimiter)
    without_quotes = re.compile(rb"[^\r\n" + re.escape(delimiter) + rb"]*+")
    # Rows in which nothing can be: neither a quote, which may span lines, nor the colon of a link.
    dull = re.compile(rb'(?:[^":\r\n]*+(?:\r\n|\n|\r(?!\Z)))*+')
    column, begins = 0, True
    while window.at < len(window.held) or window.more():
        if begins and wanted is None and not column:
            yield from window.skipped(dull)
            if window.at == len(window.held):
                continue
        byte = window.held[window.at : window.at + 1]
        chosen = wanted is not None and column == wanted
        if byte == delimiter:
            yield from window.passed(window.at + 1)
            column, begins = column + 1, True
        elif byte in (b"\r", b"\n"):
            yield from window.passed(window.at + 1)
            column, begins = 0, True
        elif byte == b'"' and begins:
            yield from window.passed(window.at + 1)
            yield from window.place(_IN_QUOTES, QUOTED if wanted in (None, column) else None, chosen=chosen)
            yield from window.passed(min(window.at + 1, len(window.held)))
            begins = False
        else:
            yield from window.place(without_quotes, form if wanted in (None, column) else None, chosen=chosen)
            begins = False


def _delimiter(start: bytes) -> bytes:
    """The one that the first line has most of, outside quotes."""
    told = re.match(rb"(?:\xef\xbb\xbf)?sep=(.)[\r\n]", start)  # as Excel writes it
    if told:
        return told[1]
    first = _LINE_END.split(re.sub(rb'"(?:[^"]|"")*"', b"", start), maxsplit=1)[0]
    return max(DELIMITERS, key=first.count)


def _index(name: str, start: bytes, column: str, delimiter: bytes) -> int:
    """By the name in the first row, or counted from 1."""
    names = _header(start, delimiter)
    if column in names:
        return names.index(column)
    folded = [each.casefold() for each in names]
    if column.casefold() in folded:
        return folded.index(column.casefold())
    if column.isdecimal() and 1 <= int(column) <= len(names):
        return int(column) - 1
    shown = ", ".join(each if each.isprintable() else ascii(each)[1:-1] for each in names[:MOST_NAMES])
    raise ConfigError(
        f'{name} has no column "{column}"; it has {shown or "none"}',
        code="config.document",
        hint="name one of them, or its number",
    )


def _header(start: bytes, delimiter: bytes) -> list[str]:
    text = start.removeprefix(BOM).decode("utf-8", "replace")
    if re.match(r"sep=.[\r\n]", text):
        text = text.split("\n", 1)[-1]
    row = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter.decode()), [])
    return [cell.strip() for cell in row]
