"""The files of a migration: the document as it is, as it becomes, and the map of its links."""

from __future__ import annotations

import codecs
import csv
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from syncer.errors import ConfigError, SyncerError
from syncer.manifest import atomic
from syncer.migrate.documents import Document
from syncer.migrate.resolve import COLUMNS, MapRow
from syncer.spool import spooled_copy
from syncer.urls.headings import without_query


@contextmanager
def reread(document: Path | IO[bytes]) -> Iterator[IO[bytes]]:
    """The document, to be read more than once. Raises `ConfigError`."""
    if not isinstance(document, Path):
        with spooled_copy(document) as spool:
            yield spool
        return
    try:
        stream = document.open("rb")
    except OSError as error:
        raise ConfigError(
            f"{without_query(str(document))} can't be read: {error.strerror}",
            code="config.document",
            hint="name the file to migrate; `syncer urls --source-url` answers for a single link",
        ) from None
    with stream:
        yield stream


def write_document(
    document: Document, stream: IO[bytes], target: Path | IO[bytes], urls: Mapping[str, str]
) -> None:
    """The document with these links replaced. A file is written whole or not at all; it may be the same."""
    if not isinstance(target, Path):
        document.rewrite(stream, target, urls.get)
        target.flush()
        return
    with _written(target, _mode(stream)) as out:
        document.rewrite(stream, out, urls.get)


def _mode(stream: IO[bytes]) -> int:
    """As the document's own: what it held of signed links it may hold still."""
    return stat.S_IMODE(os.fstat(stream.fileno()).st_mode)


def write_map(file: Path, rows: Iterable[MapRow]) -> None:
    with _written(file, 0o600) as out:  # it holds signed links
        writer = csv.writer(codecs.getwriter("utf-8")(out))
        writer.writerow(COLUMNS)
        writer.writerows([getattr(row, name) for name in COLUMNS] for row in rows)


@contextmanager
def _written(file: Path, mode: int) -> Iterator[IO[bytes]]:
    try:
        with atomic.written(file, mode) as out:
            yield out
    except OSError as error:
        raise SyncerError(
            f"{without_query(str(file))} can't be written: {error.strerror}",
            code="migrate.output",
            hint="let this user write in its folder, and see that the disk has space",
        ) from None
