"""A list of links as people keep it, a file or standard input: read a piece at a time, and more than once."""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from syncer.errors import SourceError
from syncer.settings.masked import masked
from syncer.sources.links import formats
from syncer.sources.links.formats import ListRow, Shape

IN_MEMORY = 8 * 1024 * 1024
"""Bytes of standard input that are held in memory; the rest is on disk, unnamed."""
SNIFFED = 4096
"""Bytes that tell the format where the name does not."""

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
    """A list that can be read more than once; every reading gives the same rows, or raises `SourceError`."""

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
            raise formats.broken(self.name, "it is not UTF-16, though it begins so") from error
        finally:
            text.detach()
        if not self._unchanged():
            raise SourceError(
                f"{self.name} was changed while it was read",
                code="source.list",
                hint="write it elsewhere and rename it into its place",
                transient=True,
            )


@contextmanager
def list_opened(path: Path, column: str | None) -> Iterator[OpenList]:
    """The list in a file. Raises `SourceError`."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise _unreadable(str(path), error) from error
    with file:
        begun = _state(file)
        yield OpenList(
            path.name, file, _shape(file, path.name, column), column, lambda: _state(file) == begun
        )


@contextmanager
def piped(column: str | None) -> Iterator[OpenList]:
    """The list that comes on standard input, which can be read once only and so is kept."""
    name = "standard input"
    with ExitStack() as kept:
        spool = kept.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
        try:
            shutil.copyfileobj(sys.stdin.buffer, spool)
        except OSError as error:
            raise _unreadable(name, error) from error
        if not spool.tell():  # else a second reading would seem to be a list that lost all of its links
            raise SourceError(
                "nothing came on standard input, where the list should be",
                code="source.missing",
                hint="pipe the list into the command, or name a file",
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
    """What is no UTF-8 does no harm in another column: only a link that has it is a bad one."""
    encoding = _encoding(file.read(2))
    file.seek(0)
    return io.TextIOWrapper(file, encoding, "surrogateescape" if encoding == "utf-8-sig" else "strict", "")


def _unreadable(name: str, error: OSError) -> SourceError:
    missing = isinstance(error, FileNotFoundError)
    code = "missing" if missing else "denied" if isinstance(error, PermissionError) else "io"
    hint = "check `list`" if missing else "check `list`, and that this user may read it"
    what = f"the list {masked(name)} can't be read: {error.strerror}"
    return SourceError(what, code=f"source.{code}", hint=hint)
