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
from syncer.connect.reasons import reason_of
from syncer.errors import SourceError
from syncer.model import Asset, Digest, Finding
from syncer.protocols import Opened, Pace
from syncer.settings.fields import FilePath
from syncer.sources import folders
from syncer.sources.irregular import Irregular
from syncer.sources.listing import Placeable

GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
DENIED = (errno.EACCES, errno.EPERM)

TOO_LONG = "its path is longer than this system can open"

Identity = tuple[int, int]
"""The device and inode of a folder: the same for all its names."""


_Walk = folders.Walk[Identity | None, str]


class LocalSource:
    """All files below a folder. The version of a file is its time of modification and its size.

    It has no inode, so files of a restored backup keep their versions if they keep their times.
    """

    class Config(Placeable):
        kind: Literal["local"]
        root: FilePath = Field(description="The folder; all files below it are listed.")

    def __init__(self, name: str, config: Config, pace: Pace | None = None) -> None:
        del pace  # it never waits
        self._name = name
        self._root = os.fspath(config.root)
        self._config = config
        self._closed = folders.Closed(config.passes_over)
        self._irregular = Irregular(config.names)

    def assets(self) -> Iterator[Asset]:
        """One folder after another, each sorted by name. Files that vanish meanwhile are skipped.

        If folders can't be read, all others are listed before the `SourceError` that says so.
        """
        begun = self._identity()
        walk = _Walk(self._path)
        walk.enter("", begun, self._names(""))
        yield from self._walked(walk)
        if self._identity() != begun:  # it may be unmounted: then all files would seem to be gone
            raise SourceError(
                f"the folder {folders.unicode_name(self._root)} was replaced while it was listed",
                transient=True,
            )
        self._closed.check()

    def at(self, locator: str) -> Iterator[Asset]:
        """The assets at one path below the root, if any."""
        walk = _Walk(self._path)
        walk.enter("", None, [locator])
        yield from self._walked(walk)
        self._closed.check()

    def _identity(self) -> Identity:
        try:
            return _identity(Path(self._root).stat())
        except OSError as error:
            raise _failure(error, self._root) from error

    def _walked(self, walk: _Walk) -> Iterator[Asset]:
        self._closed = folders.Closed(self._config.passes_over)
        self._irregular = Irregular(self._config.names)
        for folder, name in walk:
            locator = f"{folder.inside}{name}"
            met = self._met(locator)
            if isinstance(met, Asset):
                yield met
            elif met and not walk.is_in(met):
                # A link to a folder above it adds nothing to the listing.
                walk.enter(f"{locator}/", met, self._names(locator))

    def _names(self, inside: str) -> list[str]:
        """The names in a folder, sorted, without staged files."""
        path = self._path(inside)
        try:
            with os.scandir(path) as found:
                names = folders.bounded((each.name for each in found), path)
                return sorted(name for name in names if not name.startswith(folders.STAGED_PREFIX))
        except OSError as error:
            if inside and error.errno in GONE:
                return []
            if inside and error.errno in DENIED:
                self._closed.add(inside, _failure(error, path))
                return []
            raise _failure(error, path) from error

    def _met(self, locator: str) -> Asset | Identity | None:
        """The asset of a file, or the identity of a folder; `None` for anything else, or if it is gone."""
        path = self._path(locator)
        try:
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                flaw = self._link_flaw(path)
                if flaw:
                    return folders.asset(self._name, locator, flaw=flaw)
                status = Path(path).stat()
        except OSError as error:
            if error.errno in GONE:
                return None
            folder = locator.rpartition("/")[0]
            if folder and error.errno in DENIED:  # the folder may be listed, but not entered
                self._closed.add(folder, _failure(error, path))
                return None
            if error.errno == errno.ENAMETOOLONG and not _is_folder(path):
                return folders.asset(self._name, locator, flaw=TOO_LONG)
            raise _failure(error, path) from error
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            self._irregular.add(locator, status.st_mode)
            return None
        return self._asset(locator, status) if stat.S_ISREG(status.st_mode) else _identity(status)

    def _link_flaw(self, path: str) -> str | None:
        target = os.fspath(Path(path).readlink())
        try:
            Path(path).stat()  # fails for a long chain of links; `realpath` would overflow the stack
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
        return self._irregular.findings(self._name)

    @contextmanager
    def open(self, asset: Asset, start: int = 0) -> Iterator[Opened]:
        """Read from one open file, which must have the listed version after each chunk."""
        path = self._path(asset.locator)
        try:
            number = self._open(path)
        except OSError as error:
            if error.errno in GONE:
                raise folders.file_changed(path) from error
            raise _failure(error, path) from error
        try:
            reader = _UnchangedFile(number, path, asset.version)
            reader.check()
            os.lseek(number, start, os.SEEK_SET)
            # A network file system may end a read early, which must not look like a short file.
            yield Exact(reader.read, max((asset.size or 0) - start, 0), folders.unicode_name(path))
        finally:
            os.close(number)

    def _open(self, path: str) -> int:
        """Open a file without leaving the root by a link, even if folders are replaced meanwhile."""
        root = os.path.realpath(self._root)
        parts = _below(os.path.realpath(path, strict=True), root)
        if not parts:
            raise FileNotFoundError(errno.ENOENT, "it is outside now")
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        for number, part in enumerate(parts, start=1):
            kind = os.O_NONBLOCK if number == len(parts) else os.O_DIRECTORY  # opening a pipe must not block
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


class _UnchangedFile:
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

    def digests(self) -> tuple[Digest, ...]:
        """None: file systems give no hashes."""
        return ()

    def check(self) -> None:
        status = os.fstat(self._number)
        if not stat.S_ISREG(status.st_mode) or _version(status) != self._version:
            raise folders.file_changed(self._path)


def _version(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns}-{status.st_size}"


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino


def _is_folder(path: str) -> bool:
    """Whether it is a folder. Its path is too long to open, so it is opened from its parent."""
    above, _, name = path.rpartition("/")
    folder = os.open(above, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=folder).st_mode)
    finally:
        os.close(folder)


def _below(real: str, root: str) -> tuple[str, ...] | None:
    """The names from `root` down to `real`; `None` if it is not below. Both are without links."""
    path = Path(real)
    return path.relative_to(root).parts if path.is_relative_to(root) else None


def _failure(error: OSError, path: str) -> SourceError:
    if error.errno == errno.ENOENT:  # only the root: files below it may vanish
        return folders.no_root(path, "mount its disk, or correct `root`")
    code, hint, transient = {
        errno.ENOTDIR: ("source.missing", "`root` must be a folder", False),
        errno.EACCES: ("source.denied", "let this user read it, or exclude it", False),
        errno.EPERM: ("source.denied", "let this user read it, or exclude it", False),
        errno.ENAMETOOLONG: (
            "source.endless",
            "shorten names, or set `root` to a folder further down",
            False,
        ),
    }.get(error.errno or 0, ("source.io", "check the disk or the mount", True))
    shown = folders.shortened(folders.unicode_name(path))
    return SourceError(
        f"{shown} can't be read: {reason_of(error)}", code=code, hint=hint, transient=transient
    )
