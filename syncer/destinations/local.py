"""A folder on this machine that a web server serves."""

from __future__ import annotations

import errno
import logging
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pydantic import Field

from syncer.destinations import Store
from syncer.destinations.keys import check
from syncer.destinations.staging import (
    FILE_MODE,
    FOLDER_MODE,
    TRIAL,
    TRIES,
    check_size,
    folders,
    is_staged,
    last,
    outside,
    refuse_unstaged,
    staged_name,
    translate,
)
from syncer.errors import DestinationError
from syncer.fields import FilePath
from syncer.model import Content, Litter, Space, Stored
from syncer.seams import Staged

log = logging.getLogger("syncer")


class LocalDestination:
    class Config(Store):
        kind: Literal["local"]
        root: FilePath = Field(
            description="The folder that is served; made if only its last folder is missing."
        )

    def __init__(self, config: Config) -> None:
        self._tree = _Tree(config.root)

    def check(self) -> None:
        """By staging something, which leaves no trace."""
        with _Staged(self._tree, TRIAL):
            pass

    def stage(self, path: str, media_type: str, place: str | None = None) -> AbstractContextManager[Staged]:
        """The web server takes the media type from the name; a file system has no use for `place`."""
        del media_type, place
        return _Staged(self._tree, check(path))

    def stat(self, path: str) -> Stored | None:
        with self._tree.translated(check(path)):
            folder = self._tree.folder(path)
            try:
                found = os.lstat(folder / last(path)) if folder else None
            except FileNotFoundError:
                return None
        return Stored(path, found.st_size) if found and stat.S_ISREG(found.st_mode) else None

    def room(self) -> Space:
        with self._tree.translated(""):
            found = os.statvfs(self._tree.real_root() or self._tree.root.parent)
        return Space(str(self._tree.root), found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)

    def delete(self, path: str) -> None:
        with self._tree.translated(check(path)):
            self._tree.remove(path)

    def litter(self, older_than: timedelta | None = None) -> Iterator[Litter]:
        """By name, folder by folder. All that bears a staged name is ours, whoever else uses the root."""
        before = datetime.now(UTC) - (older_than or timedelta())
        with self._tree.translated(""):
            root = self._tree.real_root()
            for name in _staged_below(root, "") if root else ():
                with suppress(FileNotFoundError):  # whoever wrote it may be done by now
                    modified = datetime.fromtimestamp(os.lstat(f"{root}/{name}").st_mtime, UTC)
                    if older_than is None or modified <= before:
                        yield Litter(name, locator=name, modified=modified)

    def discard(self, litter: Litter) -> None:
        refuse_unstaged(litter.locator)
        with self._tree.translated(litter.name):
            self._tree.remove(litter.locator)

    def close(self) -> None:
        """Nothing is held between calls."""


class _Staged:
    def __init__(self, tree: _Tree, path: str) -> None:
        self._tree = tree
        self._path = path
        self._made: list[Path] = []
        self._committed = False

    def __enter__(self) -> Self:
        try:
            with self._tree.translated(self._path):
                self._file, self._descriptor = self._tree.create(self._path, self._made)
        except BaseException:
            _remove_empty(self._made)
            raise
        return self

    def write(self, chunk: bytes, /) -> None:
        rest = memoryview(chunk)
        with self._tree.translated(self._path):
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def commit(self, content: Content) -> Stored:
        with self._tree.translated(self._path):
            check_size(self._path, content.size, os.fstat(self._descriptor).st_size)
            os.fchmod(self._descriptor, FILE_MODE)
            os.fsync(self._descriptor)
            self._file.replace(self._file.with_name(last(self._path)))
            self._committed = True
            _fsync(self._file.parent)
        return Stored(self._path, content.size)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
        if not self._committed:
            with suppress(OSError):  # then `litter` finds it
                self._file.unlink()
            _remove_empty(self._made)


@dataclass(frozen=True, slots=True)
class _Tree:
    """The folders below the root. None of its methods follows a link that leaves it."""

    root: Path

    def real_root(self) -> Path | None:
        """`None` while it is missing and can still be made."""
        if self.root.is_dir():
            return Path(os.path.realpath(self.root))
        if os.path.lexists(self.root) or not self.root.parent.is_dir():
            raise DestinationError(
                f"the root {self.root} is not a folder, or its parent folder does not exist",
                code="destination.root",
                hint="create it, or mount the disk that it lies on",
            )
        return None

    def folder(self, path: str) -> Path | None:
        """Where the path lies, as it really is; `None` if there is no such folder."""
        root = folder = self.real_root()
        for segment in folders(path):
            try:
                folder = _step(path, root, folder, segment) if root and folder else None
            except NotADirectoryError:
                return None
        return folder

    def create(self, path: str, made: list[Path]) -> tuple[Path, int]:
        """A new staged file where the path lies, and its descriptor; `made` is told of every new folder."""
        for _ in range(TRIES):
            with suppress(FileNotFoundError):
                folder = self._make_folder(path, made)
                if (folder / last(path)).is_dir():
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
                file = folder / staged_name()
                return file, os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        raise FileNotFoundError(errno.ENOENT, f"its folder vanished {TRIES} times")

    def remove(self, path: str) -> None:
        """The file, if there is one, and the folders that it leaves empty."""
        folder = self.folder(path)
        if folder:
            with suppress(FileNotFoundError):
                (folder / last(path)).unlink()
                segments = folders(path)
                _remove_empty([self.root.joinpath(*segments[: i + 1]) for i in range(len(segments))])

    @contextmanager
    def translated(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise translate(error, path, str(self.root)) from error

    def _make_folder(self, path: str, made: list[Path]) -> Path:
        """Raises `FileNotFoundError` if one vanishes meanwhile."""
        root = self.real_root()
        if not root:
            _make(self.root)
            root = Path(os.path.realpath(self.root))
        folder = root
        for segment in folders(path):
            below = _step(path, root, folder, segment)
            if not below:
                below = folder / segment
                if _make(below):
                    made.append(below)
            folder = below
        return folder


def _step(path: str, root: Path, folder: Path, segment: str) -> Path | None:
    """The folder below; `None` if there is nothing of that name."""
    below = folder / segment
    try:
        mode = os.lstat(below).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(mode):
        below = Path(os.path.realpath(below))
        if not below.is_relative_to(root):
            raise outside(path, segment)
        is_folder = below.is_dir()
    else:
        is_folder = stat.S_ISDIR(mode)  # as seen: by now it may have vanished
    if not is_folder:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    return below


def _make(folder: Path) -> bool:
    """Whether it was made here, and not by somebody else meanwhile."""
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    folder.chmod(FOLDER_MODE)
    _fsync(folder.parent)
    return True


def _remove_empty(made: list[Path]) -> None:
    """From the deepest up to the first that somebody uses (or that can't be removed: it does no harm)."""
    with suppress(OSError):
        for folder in reversed(made):
            folder.rmdir()


def _fsync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _staged_below(root: Path, folder: str) -> Iterator[str]:
    """Relative names. Only what matters of a folder is held in memory; links are not followed."""
    try:
        with os.scandir(root / folder) as entries:
            found = sorted(
                (entry.name, entry.is_dir(follow_symlinks=False))
                for entry in entries
                if entry.is_dir(follow_symlinks=False) or is_staged(entry.name)
            )
    except FileNotFoundError:
        return
    except PermissionError:
        log.warning("%s can't be searched for staged files: no permission", root / folder)
        return
    for name, is_folder in found:
        if is_folder:
            yield from _staged_below(root, f"{folder}{name}/")
        else:
            yield f"{folder}{name}"
