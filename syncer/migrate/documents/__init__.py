"""Documents with links in them: finds each link, and writes the document again with some of them replaced.

`window` reads a piece at a time, a format (`delimited`, `quoted`, `dump`) cuts it into places, `prose` finds
the links in a place, `forms` knows how text stands there, `passages` puts new links in. All other bytes stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from syncer.errors import ConfigError
from syncer.migrate.documents import delimited, dump, quoted
from syncer.migrate.documents.candidates import LinkKind, kind_of, reason
from syncer.migrate.documents.forms import PLAIN
from syncer.migrate.documents.passages import Passage, Replace, passages
from syncer.migrate.documents.window import ALL, DocumentWindow, Piece
from syncer.urls import headings

__all__ = ["FORMATS", "Document", "LinkKind", "Occurrence", "kind_of", "open_document", "reason"]

SNIFFED = 64 * 1024
"""Bytes that tell what a document is."""

FORMATS = ("csv", "tsv", "json", "jsonl", "sql", "text")
ENDINGS = {
    "csv": "csv",
    "tsv": "tsv",
    "tab": "tsv",
    "json": "json",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "sql": "sql",
}

Cut = Callable[[DocumentWindow], Iterator[Piece]]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A link where it stands."""

    url: str
    offset: int
    """Bytes from the beginning of the document."""
    hindrance: str | None = None
    """Why it can't be replaced."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document in one format. It is read from its beginning each time, a piece at a time."""

    name: str
    """For messages."""
    cut: Cut

    def links(self, stream: IO[bytes]) -> Iterator[Occurrence]:
        """In their order."""
        offset = 0
        for passage in self._passages(stream):
            for link in passage.links:
                yield Occurrence(link.url, offset + passage.place(link)[0], passage.hindered(link))
            offset += len(passage.raw)

    def rewrite(self, stream: IO[bytes], out: IO[bytes], replace: Replace) -> None:
        """`replace` gives the URL that is to stand in place of one, or `None` to leave it."""
        for passage in self._passages(stream):
            out.write(passage.rewritten(replace))

    def _passages(self, stream: IO[bytes]) -> Iterator[Passage]:
        stream.seek(0)
        window = DocumentWindow(lambda size: _textual(self.name, stream.read(size)))
        yield from passages(self.cut(window))
        yield from passages(window.passed())


def open_document(
    name: str, stream: IO[bytes], format_: str | None = None, column: str | None = None
) -> Document:
    """Of the format that is told, or that its name or its beginning says.

    With a `column` (a CSV's, or a key of JSON objects) only links there count; other text is then read as
    CSV. Raises `ConfigError`.
    """
    said = format_ or ENDINGS.get(name.rpartition(".")[2].lower())
    name = headings.without_query(name)
    stream.seek(0)
    start = stream.read(SNIFFED)
    _check(name, start)
    format_ = said or _told(start, column)
    if column is not None and format_ in ("sql", "text"):
        raise ConfigError(
            f"{name} is taken for {format_}, which has no columns",
            code="config.document",
            hint="say what it is with --format, or leave out --column",
        )
    if format_ in ("csv", "tsv"):
        delimiter = b"\t" if format_ == "tsv" else None
        return Document(name, delimited.csv_cutter(name, start, column, delimiter, assumed=said is None))
    if format_ in ("json", "jsonl"):
        return Document(name, quoted.json_cutter(name, start, column))
    return Document(name, dump.sql_cutter(stream, start) if format_ == "sql" else _whole)


def _whole(window: DocumentWindow) -> Iterator[Piece]:
    """All of it is one place."""
    return window.place(ALL, PLAIN, cell=False)


def _check(name: str, start: bytes) -> None:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(
            f"{name} is in UTF-16, which is not read here",
            code="config.document",
            hint="save it as UTF-8, for one with: iconv -f UTF-16 -t UTF-8",
        )
    _textual(name, start)


def _textual(name: str, part: bytes) -> bytes:
    """Nothing that has NUL bytes in it, wherever they are."""
    if b"\0" in part:
        raise ConfigError(
            f"{name} is no text: it has NUL bytes in it",
            code="config.document",
            hint="export it as CSV, JSON or SQL first",
        )
    return part


_JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*[\[{]\s*(?:["\[{\]}0-9-]|true|false|null)')

_SQL = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:-- |--\r?\n|/\*[!M]|(?:SET|DROP|CREATE|INSERT|BEGIN|PRAGMA)\s)", re.IGNORECASE
)
_STATEMENT = re.compile(rb"^(?:CREATE TABLE|INSERT INTO|REPLACE INTO|COPY) ", re.IGNORECASE | re.MULTILINE)


def _told(start: bytes, column: str | None) -> str:
    """In a dump, lengths that PHP wrote can be followed, so it should not be taken for any text."""
    if _JSON.match(start):
        return "json"
    if _SQL.match(start) and _STATEMENT.search(start):
        return "sql"
    return "csv" if column is not None else "text"
