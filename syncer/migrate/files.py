"""The files of a migration: the document, the new document, and the map of its links."""

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
from syncer.settings.masked import masked
from syncer.spool import spooled_copy


@contextmanager
def reread(document: Path | IO[bytes]) -> Iterator[IO[bytes]]:
    """The document as a stream that can be read more than once. Raises `ConfigError`."""
    if not isinstance(document, Path):
        with spooled_copy(document) as spool:
            yield spool
        return
    try:
        stream = document.open("rb")
    except OSError as error:
        raise ConfigError(
            f"{masked(str(document))} can't be read: {error.strerror}",
            code="config.document",
            hint="give the file to migrate; for a single link, use `syncer urls --source-url`",
        ) from None
    with stream:
        yield stream


def write_document(
    document: Document, stream: IO[bytes], target: Path | IO[bytes], urls: Mapping[str, str]
) -> None:
    """Writes the document with these links replaced. A file is written whole or not at all. `target` may be
    the document itself.
    """
    if not isinstance(target, Path):
        document.rewrite(stream, target, urls.get)
        target.flush()
        return
    with _written(target, _mode(stream)) as out:
        document.rewrite(stream, out, urls.get)


def _mode(stream: IO[bytes]) -> int:
    """The mode of the document: the new one may still contain signed links."""
    return stat.S_IMODE(os.fstat(stream.fileno()).st_mode)


def write_map(file: Path, rows: Iterable[MapRow]) -> None:
    with _written(file, 0o600) as out:  # it contains signed links
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
            f"{masked(str(file))} can't be written: {error.strerror}",
            code="migrate.output",
            hint="give this user write access to its folder, and check that the disk has space",
        ) from None
