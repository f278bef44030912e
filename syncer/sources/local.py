"""Media in a folder of this machine."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import Field

from syncer.connect.exact import Exact
from syncer.errors import SourceError
from syncer.fields import FilePath
from syncer.model import Asset, Finding
from syncer.seams import Pace, Reader
from syncer.sources import folders
from syncer.sources.listing import Listing

GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)

Identity = tuple[int, int]
"""Of a folder, whatever its names: device and inode."""


class LocalSource:
    """All files below a folder. The version of a file is its time of modification and its size.

    No inode is in it: a restored backup with the old times holds the old versions.
    """

    class Config(Listing):
        kind: Literal["local"]
        root: FilePath = Field(description="The folder; all files below it are listed.")

    def __init__(self, name: str, config: Config, pace: Pace | None = None) -> None:
        del pace  # it never waits by itself
        self._name = name
        self._root = os.fspath(config.root)

    def assets(self) -> Iterator[Asset]:
        """A folder at a time, each sorted by name. What vanishes meanwhile is left out."""
        begun = self._identity()
        yield from self._folder("", (begun,))
        if self._identity() != begun:  # unmounted: everything would have seemed to vanish
            raise SourceError(
                f"the folder {folders.text(self._root)} was replaced while it was listed", transient=True
            )

    def at(self, locator: str) -> Iterator[Asset]:
        """What is listed of one place; nothing if nothing is there."""
        return self._found(locator, ())

    def _identity(self) -> Identity:
        try:
            return _identity(Path(self._root).stat())
        except OSError as error:
            raise _failure(error, self._root) from error

    def _folder(self, inside: str, above: tuple[Identity, ...]) -> Iterator[Asset]:
        """`above` are the folders that this one lies in, and itself."""
        try:
            with os.scandir(self._path(inside)) as found:
                names = sorted(each.name for each in found)
        except OSError as error:
            if inside and error.errno in GONE:
                return
            raise _failure(error, self._path(inside)) from error
        for name in names:
            if not name.startswith(folders.STAGED_PREFIX):
                yield from self._found(f"{inside}/{name}" if inside else name, above)

    def _found(self, locator: str, above: tuple[Identity, ...]) -> Iterator[Asset]:
        path = self._path(locator)
        try:
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                flaw = self._link_flaw(path)
                if flaw:
                    yield folders.asset(self._name, locator, flaw=flaw)
                    return
                status = Path(path).stat()
        except OSError as error:
            if error.errno in GONE:
                return
            raise _failure(error, path) from error
        if stat.S_ISREG(status.st_mode):
            yield self._asset(locator, status)
        elif stat.S_ISDIR(status.st_mode) and _identity(status) not in above:
            # A link to a folder that it lies in holds nothing that is not listed already.
            yield from self._folder(locator, (*above, _identity(status)))

    def _link_flaw(self, path: str) -> str | None:
        target = os.fspath(Path(path).readlink())
        try:
            real = os.path.realpath(path, strict=True)
        except OSError:
            return folders.dangling(target)
        if _below(real, os.path.realpath(self._root)) is None:
            return folders.leaving(target)
        return None

    def _path(self, locator: str) -> str:
        return f"{self._root}/{locator}"

    def _asset(self, locator: str, status: os.stat_result) -> Asset:
        when = folders.when(status.st_mtime)
        return folders.asset(self._name, locator, status.st_size, _version(status), when)

    def look(self, asset: Asset) -> Asset:
        return asset

    def remarks(self) -> tuple[Finding, ...]:
        return ()

    @contextmanager
    def open(self, asset: Asset, start: int = 0) -> Iterator[Reader]:
        """Read from one open file, which has to have the listed version after each chunk."""
        path = self._path(asset.locator)
        try:
            number = self._open(path)
        except OSError as error:
            if error.errno in GONE:
                raise folders.changed(path) from error
            raise _failure(error, path) from error
        try:
            reader = _Unchanged(number, path, asset.version)
            reader.check()
            os.lseek(number, start, os.SEEK_SET)
            # A network file system may end a read early: what is missing must not look like a short file.
            yield Exact(reader.read, max((asset.size or 0) - start, 0), folders.text(path))
        finally:
            os.close(number)

    def _open(self, path: str) -> int:
        """Follows links only as far as they stay inside, even if somebody exchanges folders meanwhile."""
        root = os.path.realpath(self._root)
        parts = _below(os.path.realpath(path, strict=True), root)
        if not parts:
            raise FileNotFoundError(errno.ENOENT, "it is outside now")
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        for number, part in enumerate(parts, start=1):
            kind = (
                os.O_NONBLOCK if number == len(parts) else os.O_DIRECTORY
            )  # a pipe must not keep us waiting
            try:
                inner = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | kind, dir_fd=folder)
            finally:
                os.close(folder)
            folder = inner
        return folder

    def place(self, asset: Asset) -> str | None:  # noqa: ARG002 - it lies in no S3, whichever it is
        return None

    def close(self) -> None:
        """Nothing is kept open."""


Config = LocalSource.Config


class _Unchanged:
    def __init__(self, number: int, path: str, version: str | None) -> None:
        self._number = number
        self._path = path
        self._version = version

    def read(self, size: int, /) -> bytes:
        try:
            chunk = os.read(self._number, size)
        except OSError as error:
            raise _failure(error, self._path) from error
        self.check()
        return chunk

    def check(self) -> None:
        status = os.fstat(self._number)
        if not stat.S_ISREG(status.st_mode) or _version(status) != self._version:
            raise folders.changed(self._path)


def _version(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns}-{status.st_size}"


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino


def _below(real: str, root: str) -> tuple[str, ...] | None:
    """The names from `root` down to `real`; `None` if it is elsewhere. Both without links."""
    path = Path(real)
    return path.relative_to(root).parts if path.is_relative_to(root) else None


def _failure(error: OSError, path: str) -> SourceError:
    code, hint, transient = {
        errno.ENOENT: ("source.missing", "check `root`, and that its disk is mounted", False),
        errno.ENOTDIR: ("source.missing", "`root` has to be a folder", False),
        errno.EACCES: ("source.denied", "let this user read it, or leave it out of root", False),
        errno.EPERM: ("source.denied", "let this user read it, or leave it out of root", False),
    }.get(error.errno or 0, ("source.io", "check the disk or the mount", True))
    return SourceError(
        f"{folders.text(path)} can't be read: {error.strerror}", code=code, hint=hint, transient=transient
    )
