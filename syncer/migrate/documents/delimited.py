"""CSV and similar formats: cells with or without quotes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from syncer.errors import ConfigError
from syncer.migrate.documents.forms import QUOTED, Form, bare_cell
from syncer.migrate.documents.window import DocumentWindow, Piece
from syncer.settings.masked import masked
from syncer.urls import headings

DELIMITERS = (b",", b";", b"\t", b"|")
BOM = b"\xef\xbb\xbf"

_IN_QUOTES = re.compile(rb'(?:[^"]++|"")*+')
_LINE_END = re.compile(rb"\r\n?|\n")


def csv_cutter(
    name: str, start: bytes, column: str | None, delimiter: bytes | None, *, assumed: bool = False
) -> Callable[[DocumentWindow], Iterator[Piece]]:
    """Raises `ConfigError` if the column is missing. `assumed`: only `--column` makes it a CSV."""
    told = delimiter or _delimiter(start)
    wanted = None if column is None else _index(name, start, column, told, assumed=assumed)
    dialect = _dialect(told)
    return lambda window: _cells(window, dialect, wanted)


@dataclass(frozen=True, slots=True)
class _CsvDialect:
    delimiter: bytes
    form: Form
    """The form of a cell without quotes."""
    beside: Form
    """The form of text after the closing quote of a cell."""
    rest: re.Pattern[bytes]
    """A cell without quotes, or text after the closing quote."""
    dull: re.Pattern[bytes]
    """Complete records without a link."""
    dull_cell: re.Pattern[bytes]
    """A cell without a link, and the delimiter after it."""


def _dialect(delimiter: bytes) -> _CsvDialect:
    d = re.escape(delimiter)
    calm = rb":(?![/\\&])"
    rest = rb"(?:[^%b:\r\n]++|%b)*+" % (d, calm)
    cell = rb'(?:"(?:[^":]++|""|%b)*+"%b|(?!")%b)' % (calm, rest, rest)
    record = rb"%b(?:%b%b)*+(?:\r\n|\n|\r(?!\Z))" % (cell, d, cell)
    return _CsvDialect(
        delimiter,
        bare_cell(delimiter),
        replace(bare_cell(delimiter), enclose=False),
        re.compile(rb"[^%b\r\n]*+" % d),
        re.compile(rb"(?:%b)*+" % record),
        re.compile(cell + d),
    )


def _cells(window: DocumentWindow, dialect: _CsvDialect, wanted: int | None) -> Iterator[Piece]:
    if window.next(len(BOM)) == BOM:
        window.skip(len(BOM))
    column = 0
    while window.next():
        if not column:
            yield from window.skipped(dialect.dull)
        while found := dialect.dull_cell.match(window.held, window.at):
            window.at = found.end()
            column += 1
        yield from _cell(window, dialect, chosen=column == wanted, dull=wanted not in (None, column))
        column = column + 1 if window.next() == dialect.delimiter else 0
        window.skip()


def _cell(window: DocumentWindow, dialect: _CsvDialect, *, chosen: bool, dull: bool) -> Iterator[Piece]:
    if window.next() != b'"':
        return window.place(dialect.rest, None if dull else dialect.form, chosen=chosen)
    return _quoted(window, dialect, None if dull else QUOTED, chosen=chosen)


def _quoted(
    window: DocumentWindow, dialect: _CsvDialect, form: Form | None, *, chosen: bool
) -> Iterator[Piece]:
    window.skip()
    yield from window.place(_IN_QUOTES, form, chosen=chosen)
    window.skip()
    yield from window.place(dialect.rest, None if form is None else dialect.beside)


def _delimiter(start: bytes) -> bytes:
    """The most frequent delimiter in the first line, outside quotes."""
    told = re.match(rb"(?:\xef\xbb\xbf)?sep=(.)[\r\n]", start)  # Excel writes this line
    if told:
        return told[1]
    first = _LINE_END.split(re.sub(rb'"(?:[^"]|"")*"', b"", start), maxsplit=1)[0]
    return max(DELIMITERS, key=first.count)


def _index(name: str, start: bytes, column: str, delimiter: bytes, *, assumed: bool) -> int:
    """The index of the column, by its name in the first row or by its number from 1."""
    names = _header(start, delimiter)
    if column in names:
        return names.index(column)
    folded = [each.casefold() for each in names]
    if column.casefold() in folded:
        return folded.index(column.casefold())
    if column.isdecimal() and 1 <= int(column) <= len(names):
        return int(column) - 1
    raise _absent(name, column, names, assumed=assumed)


def _absent(name: str, column: str, names: list[str], *, assumed: bool) -> ConfigError:
    what = f'has no column "{masked(column)}"'
    if assumed:
        what = f"is read as CSV, because of --column, and {what}"
    hint = "give one of them, or its number"
    if headings.have_links(names):
        says = "its first line has links instead of column names"
        hint = "give the number of the column, such as --column 1"
    else:
        says = f"it has {headings.told_names(names)}"
    if assumed:
        hint += "; or leave out --column to find every link of the file"
    return ConfigError(f"{name} {what}; {says}", code="config.document", hint=hint)


def _header(start: bytes, delimiter: bytes) -> list[str]:
    text = start.removeprefix(BOM).decode("utf-8", "replace")
    if re.match(r"sep=.[\r\n]", text):
        text = text.split("\n", 1)[-1]
    row = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter.decode()), [])
    return [cell.strip() for cell in row]
