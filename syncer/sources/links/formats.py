"""The formats of a list: a function for each, from text to rows."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO
from urllib.parse import urlsplit

from syncer.connect.reasons import reason_of
from syncer.errors import SourceError
from syncer.settings.masked import is_misplaced, masked
from syncer.urls import headings
from syncer.urls.links import LONGEST

LONGEST_LINE = 1024 * 1024
"""Characters: longer than any row of a list of links."""
LONGEST_DOCUMENT = 16 * 1024 * 1024
"""Characters of a JSON object with a list in it, which is read as a whole."""
CHUNK = 64 * 1024
NAMES = frozenset({"url", "link", "href", "uri", "video_url", "media_url", "download_url", "source_url"})
"""Names of the column or key of links, if `column` is not set."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """One entry of a list."""

    url: str
    """Empty if there is none."""
    where: str
    """`line 12 of links.txt`."""
    flaw: str | None = None


Shape = Callable[[TextIO, str, str | None], Iterator[ListRow]]


def text_rows(text: TextIO, name: str, _column: str | None) -> Iterator[ListRow]:
    """One link in each line. Empty lines, and lines that start with `#`, are skipped."""
    for number, line in _lines(text, name):
        link = line.strip()
        if link and not link.startswith("#"):
            yield row(link, f"line {number} of {name}")


def objects(text: TextIO, name: str, column: str | None) -> Iterator[ListRow]:
    """One JSON value in each line. A broken line does not affect the others."""
    named = _LinkField(column, name)
    for number, line in _lines(text, name):
        if not line.strip():
            continue
        where = f"line {number} of {name}"
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            yield ListRow("", where, f"{where} is not JSON")
        else:
            yield _of_value(value, where, named)


def array(text: TextIO, name: str, column: str | None) -> Iterator[ListRow]:
    """A JSON array, or an object with one array in it."""
    named = _LinkField(column, name)
    for number, value in enumerate(_values(text, name), start=1):
        yield _of_value(value, f"item {number} of {name}", named)


def table(text: TextIO, name: str, column: str | None) -> Iterator[ListRow]:
    """CSV with any separator. Without `column`, the column with a usual name or a link is used."""
    numbered = _lines(text, name)
    first = next(numbered, (1, ""))[1]
    told = re.fullmatch(r"sep=(.)\s*", first)  # as Excel writes it
    head = next(numbered, (2, ""))[1] if told else first
    following = (line for _, line in numbered)
    rows = csv.reader(_with(head, following), delimiter=told[1] if told else _delimiter(head), strict=True)
    skipped = 1 if told else 0
    try:
        header = next(rows, [])
        index = _index(header, column, name)
        if column is None and is_link(header[index] if header else ""):
            yield row(header[index], f"line {1 + skipped} of {name}")
        for cells in rows:
            if any(cells):
                link = cells[index].strip() if index < len(cells) else ""
                yield row(link, f"line {rows.line_num + skipped} of {name}")
    except csv.Error as error:
        raise broken(name, f"line {rows.line_num + skipped} is not CSV: {reason_of(error)}") from error


def row(link: str, where: str) -> ListRow:
    """A row with a link, and its flaw."""
    wrapped = _WRAPPED.fullmatch(link)
    link = wrapped[1] if wrapped else link
    flaw = _flaw(link) if link else None
    return ListRow("" if flaw else link, where, flaw and f"{where} {flaw}")


_WRAPPED = re.compile(r"""[<"'`*_~]+(https?://.*?)[>"'`*_~]+[,;]?""", re.IGNORECASE)
"""A link in angle brackets, quotes or Markdown emphasis."""


def is_link(text: str) -> bool:
    try:
        parts = urlsplit(text.strip())
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def broken(name: str, what: str) -> SourceError:
    return SourceError(
        f"the list {name}: {what}", code="source.list", hint="the rest of the list was not read"
    )


_SEVERAL = re.compile(r"[\s,;|]https?://[^/\s]", re.IGNORECASE)


def _flaw(link: str) -> str | None:
    if any("\ud800" <= c <= "\udfff" for c in link):
        return "is not UTF-8"
    if len(link) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if is_misplaced(link):
        return "has a slash, ? or # in its user name or password: write it as %2F, %3F or %23"
    if not is_link(link):
        return "is not an http or https URL"
    if _SEVERAL.search(link):
        return "holds several URLs: write each into a row of its own"
    return "has control characters in its URL" if re.search(r"[\x00-\x1f\x7f]", link) else None


def _lines(text: TextIO, name: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers. Raises `SourceError` for one that is too long."""
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise broken(name, f"line {number} is longer than {LONGEST_LINE} characters")
        yield number, line


def _with(head: str, following: Iterable[str]) -> Iterator[str]:
    yield head
    yield from following


def _delimiter(head: str) -> str:
    bare = re.sub('"[^"]*"', "", head)
    return max(",;\t|", key=bare.count)


def _index(header: list[str], column: str | None, name: str) -> int:
    names = [cell.strip() for cell in header]
    if column is None:
        linked = [index for index, cell in enumerate(names) if is_link(cell)]
        if linked or not names:
            return linked[0] if linked else 0
    return names.index(_column(names, column, name))


def _column(names: list[str], column: str | None, name: str) -> str:
    """The name of the column with links. Raises `SourceError` with all names."""
    if column in names:
        return str(column)
    wanted = {column.strip().lower()} if column else NAMES
    found = [each for each in names if each.lower() in wanted]
    if len(found) == 1 or (found and column):
        return found[0]
    if column is None and len(names) == 1:
        return names[0]
    what = "has more than one column that may contain the links"
    if column:
        what = f'has no column "{masked(column)}"'
    elif not found:
        what = "has no column named url"
    raise SourceError(
        f"the list {name} {what}; it has {headings.told_names(names)}",
        code="source.list",
        hint="set column to one of them",
    )


@dataclass(slots=True)
class _LinkField:
    """The key of the link in JSON objects: set by the user, or found in the first object."""

    key: str | None
    name: str
    _sure: bool = False

    def of(self, value: dict[str, object]) -> object:
        if not self._sure:
            self.key = _column(list(value), self.key, self.name)
            self._sure = True
        return value.get(self.key or "")


def _of_value(value: object, where: str, named: _LinkField) -> ListRow:
    found = named.of(value) if isinstance(value, dict) else value
    if found is None or isinstance(found, str):
        return row((found or "").strip(), where)
    return ListRow("", where, f"{where} is not an http or https URL")


def _values(text: TextIO, name: str) -> Iterator[object]:
    """The items of an array, one at a time, so that a million of them need no memory."""
    decoder, stream = json.JSONDecoder(), _TextStream(text)
    first = stream.skip()
    if first == "{":
        yield from _inside(text, stream.rest, name)
        return
    if first != "[":
        if first:
            raise broken(name, "it is neither a JSON array nor an object")
        return
    stream.take(1)
    closing = stream.skip() == "]"
    while not closing:
        yield stream.value(decoder, name)
        mark = stream.skip()
        if mark not in (",", "]"):
            raise broken(name, f"line {stream.line} is not JSON: a comma or ] is missing")
        stream.take(1)
        closing = mark == "]"


_NO_SPACE = re.compile(r"\S")


class _TextStream:
    """Text of which only a window is in memory."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.rest = ""
        self._place = 0
        self.line = 1

    def skip(self) -> str:
        """The next character that is not a space; empty at the end."""
        while True:
            found = _NO_SPACE.search(self.rest, self._place)
            self.take((found.start() if found else len(self.rest)) - self._place)
            if found:
                return found[0]
            if not self._more():
                return ""

    def take(self, count: int) -> None:
        self.line += self.rest.count("\n", self._place, self._place + count)
        self._place += count

    def value(self, decoder: json.JSONDecoder, name: str) -> object:
        self.skip()
        while True:
            try:
                found, end = decoder.raw_decode(self.rest, self._place)
            except (ValueError, RecursionError) as error:
                if isinstance(error, RecursionError) or len(self.rest) > LONGEST_LINE or not self._more():
                    at = self.line + self.rest.count("\n", self._place, getattr(error, "pos", self._place))
                    raise broken(name, f"line {at} is not JSON") from None
                continue
            if end == len(self.rest) and self._more():
                continue  # a number may continue
            self.take(end - self._place)
            value: object = found
            return value

    def _more(self) -> bool:
        chunk = self._text.read(CHUNK)
        self.rest = self.rest[self._place :] + chunk
        self._place = 0
        return bool(chunk)


def _inside(text: TextIO, begun: str, name: str) -> Iterator[object]:
    whole = begun + text.read(LONGEST_DOCUMENT)
    if len(whole) >= LONGEST_DOCUMENT:
        raise broken(
            name, "it is a JSON object of more than 16 million characters; write an array, or JSON lines"
        )
    try:
        found = json.loads(whole)
    except json.JSONDecodeError as error:
        raise broken(name, f"line {error.lineno} is not JSON") from None
    except RecursionError:
        raise broken(name, "it is nested too deep") from None
    held = [value for value in found.values() if isinstance(value, list)]
    if len(held) != 1:
        raise broken(name, f"it is a JSON object with {len(held)} lists, but must contain exactly one list")
    yield from held[0]
