"""A folder on this machine that a web server serves."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pydantic import Field

from syncer.destinations import Store
from syncer.destinations.keys import OWNER_MARK, path_below_root, to_publish
from syncer.destinations.local import files
from syncer.destinations.local.tree import LocalTree, fsync, remove_empty, staged_names
from syncer.destinations.reading import not_stored
from syncer.destinations.staging import FILE_MODE, check_size, interrupted, last_part, refuse_unstaged, trial
from syncer.errors import SyncerError
from syncer.model import PART, Content, Litter, Space, Stored
from syncer.protocols import Pace, Reader, Resume, Staged
from syncer.settings.fields import FilePath, as_text


class LocalDestination:
    class Config(Store):
        kind: Literal["local"]
        root: FilePath = Field(description="The folder that is served. It is created if its parent exists.")

        def identity(self) -> str:
            """With links resolved: a `current` that points to another release is another folder."""
            return f"{self.kind} {as_text(Path(os.path.realpath(self.root)))}"

    mark_lasts = (0.0, 0.0)

    def __init__(self, config: Config, pace: Pace | None = None) -> None:
        del pace  # local calls need no waits
        self._tree = LocalTree(config.root)

    def check(self, folder: str = "") -> None:
        """Stage a file and remove it."""
        with _Staged(self._tree, trial(folder)):
            pass

    def stage(
        self,
        path: str,
        media_type: str,
        place: str | None = None,
        resume: Resume | None = None,
        *,
        proof: bool = False,
    ) -> AbstractContextManager[Staged]:
        """The web server derives the media type from the name; a file system can't use `place`."""
        del media_type, place
        return _Staged(self._tree, to_publish(path, proof=proof), resume)

    def stat(self, path: str) -> Stored | None:
        with self._tree.translated(path_below_root(path)):
            folder = self._tree.folder(path)
            try:
                found = os.lstat(folder / last_part(path)) if folder else None
            except FileNotFoundError:
                return None
        if found is None or stat.S_ISDIR(found.st_mode):
            return None
        modified = datetime.fromtimestamp(found.st_mtime, UTC)
        return Stored(path, found.st_size, version=files.file_version(found), modified=modified)

    def open(self, stored: Stored) -> AbstractContextManager[Reader]:
        path = path_below_root(stored.path)
        guard = partial(self._tree.translated, path)
        with guard():
            folder = self._tree.folder(path)
        if folder is None:
            raise not_stored(path)
        return files.reading_file(folder / last_part(path), stored, guard)

    def room(self) -> Space:
        with self._tree.translated(""):
            found = os.statvfs(self._tree.real_root() or self._tree.root.parent)
        return Space(str(self._tree.root), found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)

    def delete(self, path: str) -> None:
        with self._tree.translated(path_below_root(path)):
            self._tree.remove(path)

    def litter(self, older_than: timedelta | None = None) -> Iterator[Litter]:
        """Sorted by name, one folder after another. Every file with a staged name is ours."""
        before = datetime.now(UTC) - (older_than or timedelta())
        with self._tree.translated(""):
            root = self._tree.real_root()
            for name in staged_names(root) if root else ():
                with suppress(FileNotFoundError):  # another run may have published it meanwhile
                    modified = datetime.fromtimestamp(os.lstat(f"{root}/{name}").st_mtime, UTC)
                    if older_than is None or modified <= before:
                        yield Litter(name, locator=name, modified=modified)

    def discard(self, litter: Litter) -> None:
        refuse_unstaged(litter.locator)
        with self._tree.translated(litter.name):
            self._tree.remove(litter.locator)

    def listing(self) -> Iterator[Stored]:
        with self._tree.translated(""):
            root = self._tree.real_root()
            yield from files.files(root) if root else ()

    def mark(self) -> bytes | None:
        with self._tree.translated(OWNER_MARK):
            root = self._tree.real_root()
            return files.read_mark(root) if root else None

    def put_mark(self, content: bytes, *, new: bool) -> bool:
        with self._tree.translated(OWNER_MARK):
            staged, number = self._tree.create(OWNER_MARK, [])
            written = files.write_mark(staged, number, content, new=new)
            fsync(staged.parent)
            return written

    def close(self) -> None:
        """Nothing is open between calls."""


class _Staged:
    _file: Path
    _descriptor: int

    def __init__(self, tree: LocalTree, path: str, resume: Resume | None = None) -> None:
        self._tree = tree
        self._path = path
        self._resume = resume
        self._made: list[Path] = []
        self._written = 0
        self._kept = 0
        """Bytes of an earlier attempt that are still to be compared. They are not written again."""
        self._remembered = False
        self._committed = False

    def __enter__(self) -> Self:
        try:
            with self._tree.translated(self._path):
                if not self._find_kept():
                    self._file, self._descriptor = self._tree.create(self._path, self._made)
        except BaseException:
            remove_empty(self._made)
            raise
        return self

    def _find_kept(self) -> bool:
        locator = self._resume.kept() if self._resume else None
        found = self._tree.kept(self._path, locator) if locator else None
        if not found:
            return False
        self._file, self._descriptor = found
        self._kept = os.fstat(self._descriptor).st_size
        self._remember()
        return True

    def write(self, chunk: bytes, /) -> None:
        rest = memoryview(chunk)
        with self._tree.translated(self._path):
            if self._kept:
                rest = self._compared(rest)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        self._written += len(chunk)
        if self._written > PART and not self._remembered:
            self._remember()

    def _compared(self, chunk: memoryview) -> memoryview:
        """The rest of the chunk that is not in the kept part. If a chunk differs, the kept bytes from there
        are dropped.
        """
        part = chunk[: self._kept]
        same = os.pread(self._descriptor, len(part), self._written) == part
        self._kept = self._kept - len(part) if same else 0
        if not same:
            os.ftruncate(self._descriptor, self._written)
        if not self._kept:
            os.lseek(self._descriptor, 0, os.SEEK_END)
        return chunk[len(part) :] if same else chunk

    def _remember(self) -> None:
        if self._resume:
            self._resume.keep(self._tree.locator(self._file))
            self._remembered = True

    def commit(self, content: Content) -> Stored:
        with self._tree.translated(self._path):
            if self._kept:
                os.ftruncate(self._descriptor, self._written)  # the kept file is longer than the asset
            check_size(self._path, content.size, os.fstat(self._descriptor).st_size)
            os.fchmod(self._descriptor, FILE_MODE)
            os.fsync(self._descriptor)
            self._file.replace(self._file.with_name(last_part(self._path)))
            self._committed = True
            fsync(self._file.parent)
        if self._resume:
            self._resume.forget()
        return Stored(self._path, content.size)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
        if self._committed or (self._remembered and interrupted(error)):
            return
        with suppress(OSError, SyncerError):  # then `litter` finds it
            if self._remembered:
                self._tree.remove(self._tree.locator(self._file))  # with the folders of an earlier attempt
            else:
                self._file.unlink()
        remove_empty(self._made)
        if self._resume:
            self._resume.forget()
