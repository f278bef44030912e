"""A list of links in a file or on standard input. It is read in pieces, and can be read several times."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from syncer.connect.reasons import reason_of
from syncer.errors import SourceError
from syncer.pipes import open_input, standard_input
from syncer.settings.masked import masked
from syncer.sources.links import formats
from syncer.sources.links.formats import ListRow, Shape
from syncer.spool import spooled_copy

SNIFFED = 4096
"""Bytes that are read to find the format, if the name has no known ending."""

ENDINGS: Mapping[str, Shape] = {
    ".txt": formats.text_rows,
    ".csv": formats.table,
    ".tsv": formats.table,
    ".json": formats.array,
    ".jsonl": formats.objects,
    ".ndjson": formats.objects,
}


@dataclass(frozen=True)
class OpenList:
    """A list that can be read several times. Each reading gives the same rows, or raises `SourceError`."""

    name: str
    _file: IO[bytes]
    _shape: Shape
    _column: str | None
    _unchanged: Callable[[], bool]

    def rows(self) -> Iterator[ListRow]:
        self._file.seek(0)
        text = _text(self._file)
        try:
            yield from self._shape(text, self.name, self._column)
        except OSError as error:
            raise _unreadable(self.name, error) from error
        except UnicodeError as error:
            raise formats.broken(self.name, "it starts like UTF-16, but is not") from error
        finally:
            text.detach()
        if not self._unchanged():
            raise SourceError(
                f"{self.name} was changed while it was read",
                code="source.list",
                hint="write it under another name, then rename it",
                transient=True,
            )


@contextmanager
def list_opened(path: Path, column: str | None) -> Iterator[OpenList]:
    """The list in a file. Raises `SourceError`."""
    try:
        file = open_input(path)
    except OSError as error:
        raise _unreadable(str(path), error) from error
    with file:
        begun = _state(file)
        yield OpenList(
            path.name, file, _shape(file, path.name, column), column, lambda: _state(file) == begun
        )


@contextmanager
def piped(column: str | None) -> Iterator[OpenList]:
    """The list on standard input, which is kept, as it can be read only once."""
    name = "standard input"
    with ExitStack() as kept:
        try:
            spool = kept.enter_context(spooled_copy(standard_input().buffer))
        except OSError as error:
            raise _unreadable(name, error) from error
        if not spool.tell():  # an empty list would look as if all its links were gone
            raise SourceError(
                "standard input is empty, but should have the list",
                code="source.missing",
                hint="pipe the list into the command, or set `list` to a file",
            )
        yield OpenList(name, spool, _shape(spool, name, column), column, lambda: True)


def _state(file: IO[bytes]) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_mtime_ns, status.st_size


def _shape(file: IO[bytes], name: str, column: str | None) -> Shape:
    ending = Path(name).suffix.lower()
    if ending in ENDINGS:
        return ENDINGS[ending]
    try:
        file.seek(0)
        start = _decoded(file.read(SNIFFED)).lstrip()
    except OSError as error:
        raise _unreadable(name, error) from error
    if start.startswith(("[", "{")):
        return formats.array if start.startswith("[") else formats.objects
    return formats.table if column else formats.text_rows


def _decoded(start: bytes) -> str:
    return start.decode(_encoding(start), "replace")


def _encoding(start: bytes) -> str:
    return "utf-16" if start.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"


def _text(file: IO[bytes]) -> io.TextIOWrapper:
    """The file as text. Bytes that are not UTF-8 are only an error in a link, not in another column."""
    encoding = _encoding(file.read(2))
    file.seek(0)
    return io.TextIOWrapper(file, encoding, "surrogateescape" if encoding == "utf-8-sig" else "strict", "")


def _unreadable(name: str, error: OSError) -> SourceError:
    missing = isinstance(error, FileNotFoundError)
    code = "missing" if missing else "denied" if isinstance(error, PermissionError) else "io"
    hint = "check `list`" if missing else "check `list`, and that this user may read it"
    what = f"the list {masked(name)} can't be read: {reason_of(error)}"
    return SourceError(what, code=f"source.{code}", hint=hint)
