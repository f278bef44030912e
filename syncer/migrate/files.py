"""The files of a migration: the document, the new document, and the map of its links."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from syncer.errors import ConfigError, SyncerError
from syncer.manifest import atomic
from syncer.manifest.atomic import hint
from syncer.migrate.documents import Document
from syncer.migrate.resolve import COLUMNS, MapRow
from syncer.pipes import open_input
from syncer.settings.masked import masked
from syncer.spool import CHUNK, spooled_copy

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


@dataclass(frozen=True, slots=True)
class Original:
    """The document, as a stream that can be read more than once."""

    stream: IO[bytes]
    file: Path | None = None
    """`None` for a copy of a pipe."""
    state: atomic.State | None = None

    @property
    def mode(self) -> int:
        """For the new document, which may still contain signed links."""
        return stat.S_IMODE(os.fstat(self.stream.fileno()).st_mode)

    def expect_unchanged(self) -> None:
        """Raises `SyncerError` if somebody changed or replaced the file since it was opened."""
        if self.file:
            _expect(self.file, self.state, "so its links were not replaced")


@contextmanager
def reread(document: Path | IO[bytes]) -> Iterator[Original]:
    """Open the document. Raises `ConfigError`."""
    if not isinstance(document, Path):
        with spooled_copy(_buffered(document, "the document")) as spool:
            yield Original(spool)
        return
    name = masked(str(document))
    try:
        opened = open_input(document)
    except OSError as error:
        raise _unreadable(name, error.strerror) from None
    with opened, _buffered(opened, name) as stream:
        kind = os.fstat(opened.fileno()).st_mode
        if stat.S_ISREG(kind):
            yield Original(stream, document, atomic.state(opened.fileno()))
            return
        if stat.S_ISCHR(kind) and not opened.isatty():
            raise _unreadable(name, "it is a device, not a file")
        with spooled_copy(stream) as spool:
            yield Original(spool)


class _Readable(io.RawIOBase):
    """Reads a stream, with a sentence for each error of the system."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream, self._name = stream, name

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        try:
            read = self._stream.read(len(view))
        except OSError as error:
            raise _unreadable(self._name, error.strerror) from None
        view[: len(read)] = read
        return len(read)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._stream.seek(offset, whence)

    def fileno(self) -> int:
        return self._stream.fileno()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._stream.seekable()


def _buffered(stream: IO[bytes], name: str) -> io.BufferedReader:
    return io.BufferedReader(_Readable(stream, name), CHUNK)


def _unreadable(name: str, why: str | None) -> ConfigError:
    hint = "give the file to migrate; for a single link, use `syncer urls --source-url`"
    return ConfigError(f"{name} can't be read: {why}", code="config.document", hint=hint)


class Output:
    """A file to write at the end. It is tried out at the start, and nobody may change it meanwhile."""

    def __init__(self, file: Path, *, note: Path | None = None, named: bool = True) -> None:
        """`note` is the file that remembers what was written there. Unless the user `named` the output, it
        must be missing, or as the note says. Raises `ConfigError`.
        """
        self._file, self._is_direct = file, atomic.is_direct(file)
        self._note = None if self._is_direct else note
        try:
            self._state = atomic.state(file)
            if self._state and not named and not self._is_ours():
                raise _not_ours(file)
            atomic.expect_writable(file)
        except OSError as error:
            raise ConfigError(_unwritable(file, error), code="config.output", hint=hint(error)) from None

    @contextmanager
    def written(self, mode: int, last_look: Callable[[], None] = lambda: None) -> Iterator[IO[bytes]]:
        """Write the file whole or not at all. Raises `SyncerError`, and the errors of `last_look`, which is
        called before the file takes its place.
        """

        def look() -> None:
            last_look()
            if not self._is_direct:
                _expect(self._file, self._state, "so it was not overwritten")

        try:
            with atomic.written(self._file, mode, look) as out:
                yield out
                digest = _digest(out) if self._note else ""
        except OSError as error:
            raise SyncerError(
                _unwritable(self._file, error), code="migrate.output", hint=hint(error)
            ) from None
        if self._note:
            _remember(self._note, digest)

    def _is_ours(self) -> bool:
        """Whether its bytes are those that syncer wrote there last."""
        with suppress(OSError, UnicodeError):
            if self._note:
                with self._file.open("rb") as stream:
                    return self._note.read_text() == _digest(stream)
        return False


def _not_ours(file: Path) -> ConfigError:
    name = masked(str(file))
    return ConfigError(
        f"{name} exists, and is not what syncer wrote there last, so it is not overwritten",
        code="config.output",
        hint=f"name another file with -o; to overwrite this one, say -o {name}",
    )


def _unwritable(file: Path, error: OSError) -> str:
    return f"{masked(str(file))} can't be written: {error.strerror}"


def _expect(file: Path, state: atomic.State | None, so: str) -> None:
    try:
        is_same, why = atomic.state(file) == state, "was changed during the run"
    except OSError as error:
        is_same, why = False, f"can't be reached any more ({error.strerror})"
    if not is_same:
        raise SyncerError(
            f"{masked(str(file))} {why}, {so}",
            code="migrate.changed",
            hint="run it again: files that were copied are not downloaded again",
        )


def _digest(stream: IO[bytes]) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def _remember(note: Path, digest: str) -> None:
    with suppress(OSError):  # the next run then asks for `-o`
        note.parent.mkdir(mode=0o700, exist_ok=True)
        with atomic.written(note, 0o600) as stream:
            stream.write(digest.encode())


def write_document(
    document: Document, original: Original, target: Output | IO[bytes], urls: Mapping[str, str]
) -> None:
    """Writes the document with these links replaced. `target` may be the document itself."""
    original.expect_unchanged()
    if isinstance(target, Output):
        with target.written(original.mode, original.expect_unchanged) as out:
            document.rewrite(original.stream, out, urls.get)
        return
    document.rewrite(original.stream, target, urls.get)
    target.flush()
    original.expect_unchanged()


def write_map(target: Output, rows: Iterable[MapRow]) -> None:
    with target.written(0o600) as out:  # it contains signed links
        writer = csv.writer(codecs.getwriter("utf-8")(out))
        writer.writerow(COLUMNS)
        writer.writerows([getattr(row, name) for name in COLUMNS] for row in rows)
