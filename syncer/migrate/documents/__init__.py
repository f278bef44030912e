"""Documents with links: finds each link, and writes the document again with some links replaced.

`window` reads piece by piece, a format (`delimited`, `quoted`, `dump`) splits the text into places, `prose`
finds the links in a place, `forms` knows how a place escapes text, `passages` writes the new links. All other
bytes stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from syncer.errors import ConfigError
from syncer.migrate.documents import delimited, dump, other_forms, quoted
from syncer.migrate.documents.candidates import LinkKind, kind_of, reason
from syncer.migrate.documents.forms import PLAIN
from syncer.migrate.documents.passages import Passage, Replace, passages
from syncer.migrate.documents.window import ALL, DocumentWindow, Piece
from syncer.settings.masked import masked

__all__ = ["FORMATS", "Document", "LinkKind", "Occurrence", "kind_of", "open_document", "reason"]

SNIFFED = 64 * 1024
"""First bytes of a document that show its format."""

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
    """A link at one place."""

    url: str
    offset: int
    """Bytes from the start of the document."""
    line: int
    """From 1."""
    hindrance: str | None = None
    """Why it can't be replaced."""
    listed: bool = False
    """It is listed, whatever it leads to."""
    longer: str | None = None
    """The URL with the text of which it can't be told whether it belongs to it."""

    @property
    def kind(self) -> LinkKind:
        """Of the URL, or else of the longer one."""
        kind = kind_of(self.url)
        return kind_of(self.longer) if self.longer and kind is LinkKind.OTHER else kind


@dataclass(frozen=True, slots=True)
class Document:
    """A document in one format. Each call reads it from its start, piece by piece."""

    name: str
    """For messages."""
    cut: Cut
    whole: bool = True
    """All of it is searched, not only a column."""

    def links(self, stream: IO[bytes]) -> Iterator[Occurrence]:
        """In the order of the document; after them, links to media in forms that are never replaced."""
        offset, line = 0, 1
        for passage in self._passages(stream):
            at = 0
            for link in passage.links:
                place = passage.place(link)[0]
                line, at = line + passage.raw.count(b"\n", at, place), place
                why = passage.hindered(link)
                yield Occurrence(link.url, offset + place, line, why, link.listed, link.longer)
            line += passage.raw.count(b"\n", at)
            offset += len(passage.raw)
        if self.whole:
            stream.seek(0)
            for url, place, line, why in other_forms.unreplaced_forms(stream):
                yield Occurrence(url, place, line, why, listed=True)

    def rewrite(self, stream: IO[bytes], out: IO[bytes], replace: Replace) -> None:
        """`replace` returns the new URL for a link, or `None` to keep the link."""
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
    """Opens it in the given format, or in the format by its name or its first bytes.

    With a `column` (of a CSV, or a key of JSON objects), only links there count; other text is then read as
    CSV. Raises `ConfigError`.
    """
    said = format_ or ENDINGS.get(name.rpartition(".")[2].lower())
    name = masked(name)
    stream.seek(0)
    start = stream.read(SNIFFED)
    _check(name, start)
    format_ = said or _told(start, column)
    if column is not None and format_ in ("sql", "text"):
        raise ConfigError(
            f"{name} is read as {format_}, which has no columns",
            code="config.document",
            hint="give its format with --format, or leave out --column",
        )
    if format_ in ("csv", "tsv"):
        delimiter = b"\t" if format_ == "tsv" else None
        cut = delimited.csv_cutter(name, start, column, delimiter, assumed=said is None)
        return Document(name, cut, whole=column is None)
    if format_ in ("json", "jsonl"):
        return Document(name, quoted.json_cutter(name, start, column), whole=column is None)
    return Document(name, dump.sql_cutter(stream) if format_ == "sql" else _whole)


def _whole(window: DocumentWindow) -> Iterator[Piece]:
    """The whole document as one place."""
    return window.place(ALL, PLAIN, cell=False)


def _check(name: str, start: bytes) -> None:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(
            f"{name} is in UTF-16, which syncer does not read",
            code="config.document",
            hint="save it as UTF-8, for example with: iconv -f UTF-16 -t UTF-8",
        )
    _textual(name, start)


def _textual(name: str, part: bytes) -> bytes:
    """`part` itself. Raises `ConfigError` if it contains NUL bytes."""
    if b"\0" in part:
        raise ConfigError(
            f"{name} is not a text file: it contains NUL bytes",
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
    """The format by the first bytes. A dump must not be read as text: then lengths of PHP would get wrong."""
    if _JSON.match(start):
        return "json"
    if _SQL.match(start) and _STATEMENT.search(start):
        return "sql"
    return "csv" if column is not None else "text"
