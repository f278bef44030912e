"""The folders below the root on this machine. No function follows a link that leaves the root."""

from __future__ import annotations

import errno
import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from syncer.destinations import staging
from syncer.destinations.staging import (
    FILE_MODE,
    FOLDER_MODE,
    TRIES,
    file_error,
    folders,
    last_part,
    outside,
    staged_name,
)
from syncer.errors import DestinationError
from syncer.model import MOST_NAMES
from syncer.settings.masked import masked

log = logging.getLogger("syncer")


@dataclass(frozen=True, slots=True)
class LocalTree:
    """The folders below the root."""

    root: Path

    def real_root(self) -> Path | None:
        """The root without links; `None` if it is missing and can be created."""
        if self.root.is_dir():
            return Path(os.path.realpath(self.root))
        if os.path.lexists(self.root) or not self.root.parent.is_dir():
            raise DestinationError(
                f"the root {masked(str(self.root))} is not a folder, or its parent folder does not exist",
                code="destination.root",
                hint="create it, or mount its disk",
            )
        return None

    def folder(self, path: str) -> Path | None:
        """The folder of the path, without links; `None` if there is no such folder."""
        root = folder = self.real_root()
        for segment in folders(path):
            try:
                folder = _step(path, root, folder, segment) if root and folder else None
            except NotADirectoryError:
                return None
        return folder

    def create(self, path: str, made: list[Path]) -> tuple[Path, int]:
        """A new staged file in the path's folder, and its descriptor. New folders are added to `made`."""
        for _ in range(TRIES):
            with suppress(FileNotFoundError):
                folder = self._make_folder(path, made)
                if (folder / last_part(path)).is_dir():
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
                file = folder / staged_name()
                return file, os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        raise FileNotFoundError(errno.ENOENT, f"its folder vanished {TRIES} times")

    def kept(self, path: str, locator: str) -> tuple[Path, int] | None:
        """The staged file `locator` and its descriptor, if it is in the folder of the path."""
        folder = self.folder(path)
        if (
            folder is None
            or not staging.is_staged(last_part(locator))
            or self.locator(folder / last_part(locator)) != locator
        ):
            return None
        file = folder / last_part(locator)
        try:
            found = os.lstat(file)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:  # another hard link may be public
                return None
            return file, os.open(file, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:  # it can't be used
            return None

    def locator(self, file: Path) -> str:
        """The path below the root, as in `staged_names`."""
        return str(file.relative_to(os.path.realpath(self.root)))

    def remove(self, path: str) -> None:
        """Remove the file, if it exists, and the folders that become empty."""
        folder = self.folder(path)
        if folder:
            with suppress(FileNotFoundError):
                (folder / last_part(path)).unlink()
                fsync(folder)  # before the catalogue forgets it: a power cut must not bring it back
                segments = folders(path)
                remove_empty([self.root.joinpath(*segments[: i + 1]) for i in range(len(segments))])

    @contextmanager
    def translated(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise file_error(error, path, str(self.root)) from error

    def _make_folder(self, path: str, made: list[Path]) -> Path:
        """The folder of the path, created if needed. Raises `FileNotFoundError` if one vanishes meanwhile."""
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
    """The folder below; `None` if nothing has that name."""
    below = folder / segment
    try:
        mode = os.lstat(below).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(mode):
        below = _real(below)
        if not below.is_relative_to(root):
            raise outside(path, segment)
        is_folder = below.is_dir()
    else:
        is_folder = stat.S_ISDIR(mode)  # by its first look: it may vanish at any time
    if not is_folder:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    return below


def _real(link: Path) -> Path:
    try:
        return Path(os.path.realpath(link))
    except RecursionError:  # `realpath` follows a chain of links by recursion
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None


def _make(folder: Path) -> bool:
    """Whether this call made it, and not another worker meanwhile."""
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    folder.chmod(FOLDER_MODE)
    fsync(folder.parent)
    return True


def remove_empty(made: list[Path]) -> None:
    """Remove folders from the deepest up to the first that is in use, or can't be removed."""
    with suppress(OSError):
        for folder in reversed(made):
            folder.rmdir()


def fsync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def staged_names(root: Path) -> Iterator[str]:
    """Paths below `root`. Only the relevant names of a folder are held in memory; links are not followed."""
    return (path for path, _ in staging.staged_below(lambda folder: _matters(root / folder)))


def _matters(folder: Path) -> Iterator[tuple[str, bool, int]]:
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= MOST_NAMES:
                    raise staging.endless_folder(str(folder), f"it has more than {MOST_NAMES:,} names")
                is_folder = entry.is_dir(follow_symlinks=False)
                if is_folder or staging.is_staged(entry.name):
                    yield entry.name, is_folder, 0
    except FileNotFoundError:
        return
    except PermissionError:
        log.warning("%s can't be searched for staged files: no permission", folder)
