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
_SEPARATOR = re.compile(rb"(?:\xef\xbb\xbf)?sep=(.)[\r\n]")
"""Excel writes this line."""
_LINE_END = re.compile(rb"\r\n?|\n")


def csv_cutter(
    name: str, start: bytes, column: str | None, delimiter: bytes | None, *, assumed: bool = False
) -> Callable[[DocumentWindow], Iterator[Piece]]:
    """Raises `ConfigError` if the column is missing. `assumed`: only `--column` makes it a CSV."""
    told = delimiter or _delimiter(start)
    wanted = None if column is None else _index(name, start, column, told, assumed=assumed)
    dialect = _dialect(told, wanted)
    heading = _heading(start, column, told)
    return lambda window: _cells(window, dialect, wanted, heading)


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
    """Complete records without a link; of a column, complete records where it is empty."""
    dull_cell: re.Pattern[bytes]
    """A cell without a link, and the delimiter after it."""


def _dialect(delimiter: bytes, wanted: int | None) -> _CsvDialect:
    d = re.escape(delimiter)
    calm = rb":(?![/\\&])"
    rest = rb"(?:[^%b:\r\n]++|%b)*+" % (d, calm)
    cell = rb'(?:"(?:[^":]++|""|%b)*+"%b|(?!")%b)' % (calm, rest, rest)
    more = rb"(?:%b%b)*+" % (d, cell)
    if wanted is None:
        record = cell + more
    elif wanted == 0:
        record = more
    else:  # the column is empty, or the record has fewer columns
        record = rb"(?:(?:%b%b){%d}+%b|%b(?:%b%b){0,%d}+)" % (
            cell,
            d,
            wanted,
            more,
            cell,
            d,
            cell,
            wanted - 1,
        )
    record += rb"(?:\r\n|\n|\r(?!\Z))"
    return _CsvDialect(
        delimiter,
        bare_cell(delimiter),
        replace(bare_cell(delimiter), enclose=False),
        re.compile(rb"[^%b\r\n]*+" % d),
        re.compile(rb"(?:%b)*+" % record),
        re.compile(cell + d),
    )


def _cells(window: DocumentWindow, dialect: _CsvDialect, wanted: int | None, heading: int) -> Iterator[Piece]:
    if window.next(len(BOM)) == BOM:
        window.skip(len(BOM))
    column = row = 0
    while window.next():
        if not column and (wanted is None or row >= heading):
            yield from window.skipped(dialect.dull)
        while column != wanted and (found := dialect.dull_cell.match(window.held, window.at)):
            window.at = found.end()
            column += 1
        is_chosen = column == wanted and row >= heading
        yield from _cell(window, dialect, chosen=is_chosen, dull=wanted not in (None, column))
        is_last = window.next() != dialect.delimiter
        column, row = (0, row + 1) if is_last else (column + 1, row)
        window.skip(2 if is_last and window.next(2) == b"\r\n" else 1)


def _cell(window: DocumentWindow, dialect: _CsvDialect, *, chosen: bool, dull: bool) -> Iterator[Piece]:
    if window.next() != b'"':
        return window.place(dialect.rest, None if dull else dialect.form, chosen=chosen)
    return _quoted(window, dialect, None if dull else QUOTED, chosen=chosen)


def _quoted(
    window: DocumentWindow, dialect: _CsvDialect, form: Form | None, *, chosen: bool
) -> Iterator[Piece]:
    window.skip()
    yield from window.place(_IN_QUOTES, form, chosen=chosen, closing=b'"')
    window.skip()
    yield from window.place(dialect.rest, None if form is None else dialect.beside)


def _delimiter(start: bytes) -> bytes:
    """The most frequent delimiter in the first line, outside quotes."""
    told = _SEPARATOR.match(start)
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


def _heading(start: bytes, column: str | None, delimiter: bytes) -> int:
    """The number of rows with names of columns; without them, a number names the column."""
    names = _header(start, delimiter)
    is_named = column is not None and column.casefold() in [name.casefold() for name in names]
    says_delimiter = bool(_SEPARATOR.match(start))
    return says_delimiter + (is_named or not headings.have_links(names))


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
