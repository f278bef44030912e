"""The folders below the root on an SFTP server.

Raises `Refused` for what the server refuses, and whatever paramiko raises when the connection is lost.
No method follows a link that leaves the root.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from logging import getLogger

from paramiko import SFTPAttributes

from syncer.connect.sftp_client import FSYNC, POSIX_RENAME, Client, Refused, wire
from syncer.destinations.staging import (
    FILE_MODE,
    FOLDER_MODE,
    TRIES,
    endless,
    files_below,
    folders,
    is_staged,
    last,
    outside,
    staged_below,
    staged_name,
)
from syncer.errors import DestinationError
from syncer.model import Stored

log = getLogger("syncer")

MANY = 4096
"""Folders that are remembered as seen: a file in one of them costs no look at its parents."""


class Tree:
    def __init__(self, client: Client, root: str) -> None:
        """Raises `DestinationError` if the root is no folder."""
        self.client = client
        try:
            self.root = client.real_folder(root)
            """Absolute, without links; empty for `/`."""
        except Refused as error:
            raise _no_root(root, error.strerror or str(error)) from error
        self._seen: dict[str, str] = {}
        self.flushes = self.flushes_names = FSYNC in client.extensions
        """Whether the server can be asked to bring files, and the names of files, to its disk."""

    def look(self, path: str) -> SFTPAttributes | None:
        folder = self._folder(path)
        return None if folder is None else self._lstat(f"{folder}/{last(path)}")

    def create(self, path: str, made: list[str]) -> tuple[str, bytes]:
        """A new staged file where the path lies, and its handle; `made` is told of every new folder."""
        for _ in range(TRIES):
            try:
                file = f"{self._make_folder(path, made)}/{staged_name()}"
                return file, self.client.create(file, FILE_MODE)
            except Refused as error:
                if error.errno != errno.ENOENT:
                    raise
                self._seen.clear()
        raise Refused(errno.ENOENT, f"its folder vanished {TRIES} times")

    def kept(self, path: str, locator: str) -> tuple[str, int] | None:
        """The staged file of that name, where it lies beside the path, and its size."""
        folder = self._folder(path)
        file = f"{folder}/{last(locator)}"
        if folder is None or not is_staged(last(locator)) or self.locator(file) != locator:
            return None
        found = self._lstat(file)
        return (file, found.st_size or 0) if found and stat.S_ISREG(found.st_mode or 0) else None

    def locator(self, file: str) -> str:
        """As `staged_below` names it."""
        return file.removeprefix(f"{self.root}/")

    def publish(self, staged: str, path: str) -> None:
        """Rename in place, over what is there, and make the name last."""
        folder = staged.rpartition("/")[0]
        final = f"{folder}/{last(path)}"
        if POSIX_RENAME in self.client.extensions:
            self.client.posix_rename(staged, final)
        else:
            self._plain_rename(staged, final)
        if self.flushes_names:
            self._flush_folder(folder)

    def remove(self, path: str) -> None:
        """The file, if there is one, and the folders that it leaves empty."""
        folder = self._folder(path)
        if folder is None:
            return
        try:
            self.client.remove(wire(f"{folder}/{last(path)}"))
        except Refused as error:
            if error.errno != errno.ENOENT:
                raise
            return
        if self.flushes_names:  # before the catalogue forgets it
            self._flush_folder(folder)
        segments = folders(path)
        self.remove_empty([f"{self.root}/{'/'.join(segments[: i + 1])}" for i in range(len(segments))])

    def remove_empty(self, made: list[str]) -> None:
        """From the deepest up to the first that somebody uses."""
        self._seen.clear()
        with suppress(Refused):
            for folder in reversed(made):
                self.client.rmdir(wire(folder))

    def staged_below(self) -> Iterator[tuple[str, datetime]]:
        """Relative names and times, by name. Only what matters of a folder is held in memory."""
        for path, modified in staged_below(self._matters):
            yield path, datetime.fromtimestamp(modified, UTC)

    def _matters(self, folder: str) -> Iterator[tuple[str, bool, int]]:
        for name, attributes in self._entries(folder, "searched for staged files"):
            is_folder = stat.S_ISDIR(attributes.st_mode or 0)
            if is_folder or is_staged(name):
                yield name, is_folder, attributes.st_mtime or 0

    def _listed(self, folder: str) -> Iterator[tuple[str, bool, int]]:
        for name, attributes in self._entries(folder, "listed"):
            is_folder = stat.S_ISDIR(attributes.st_mode or 0)
            if is_folder or stat.S_ISREG(attributes.st_mode or 0):
                yield name, is_folder, attributes.st_size or 0

    def _entries(self, folder: str, doing: str) -> Iterator[tuple[str, SFTPAttributes]]:
        try:
            for name, attributes in self.client.names(wire(f"{self.root}/{folder}")):
                yield name.decode("utf-8", "surrogateescape"), attributes
        except Refused as error:
            if error.errno == errno.E2BIG:
                raise endless(f"{self.root}/{folder}", error.strerror or "") from error
            if error.errno == errno.EACCES:
                log.warning("%s/%s can't be %s: no permission", self.root, folder[:-1], doing)
            elif error.errno != errno.ENOENT:  # somebody took the folder away
                raise

    def files(self) -> Iterator[Stored]:
        """Regular files, and nothing that is staged."""
        return files_below(lambda folder: list(self._listed(folder)))

    def read(self, path: str, most: int) -> bytes | None:
        """The first bytes of a small file; `None` if there is none. A link is not followed."""
        found = self.look(path)
        if found is None:
            return None
        if not stat.S_ISREG(found.st_mode or 0):
            number = errno.EISDIR if stat.S_ISDIR(found.st_mode or 0) else errno.ELOOP
            raise Refused(number, os.strerror(number))
        return self.client.start(f"{self.root}/{path}", most)

    def write(self, path: str, content: bytes, *, new: bool) -> bool:
        """Write a small file as a whole; with `new` only if there is none. Whether it was written."""
        staged, handle = self.create(path, [])
        try:
            self.client.fill(handle, content)
            with suppress(Refused):  # another user's run is to be able to read it
                self.client.handle_chmod(handle, FILE_MODE)
            if self.flushes:
                self.client.fsync(handle)
            self.client.close_handle(handle)
            if new:
                return self._claim(staged, path)
            self.publish(staged, path)
        except Refused:
            with suppress(Refused):
                self.client.remove(wire(staged))
            raise
        return True

    def _claim(self, staged: str, path: str) -> bool:
        """Rename where nothing is there: OpenSSH refuses to replace. Whether it was done."""
        folder = staged.rpartition("/")[0]
        try:
            self.client.rename(staged, f"{folder}/{last(path)}")
        except Refused:
            if not self.look(path):
                raise
            self.client.remove(wire(staged))
            return False
        if self.flushes_names:
            self._flush_folder(folder)
        return True

    def _plain_rename(self, staged: str, final: str) -> None:
        try:
            self.client.rename(staged, final)
        except Refused as error:
            if not self._lstat(final):
                raise
            raise DestinationError(
                f"the server can't replace {final} in one step: it lacks {POSIX_RENAME} ({error})",
                code="destination.replace",
                hint="use OpenSSH there, or a `path` with {sha256}, so that no file is ever replaced",
            ) from error

    def _flush_folder(self, folder: str) -> None:
        try:
            handle = self.client.open_handle(folder)
        except Refused:
            self.flushes_names = False
            return
        try:
            self.client.fsync(handle)
        finally:
            self.client.close_handle(handle)

    def _folder(self, path: str) -> str | None:
        """Where the path lies, as it really is; `None` if there is no such folder."""
        folder: str | None = self.root
        for segment in folders(path):
            try:
                folder = None if folder is None else self._step(path, folder, segment)
            except Refused as error:
                if error.errno == errno.ENOTDIR:
                    return None
                raise
        return folder

    def _make_folder(self, path: str, made: list[str]) -> str:
        relative = path.rpartition("/")[0]
        if relative in self._seen:
            return self._seen[relative]
        folder = self.root
        for segment in folders(path):
            below = self._step(path, folder, segment)
            if below is None:
                below = f"{folder}/{segment}"
                if self._make(below):
                    made.append(below)
            folder = below
        if len(self._seen) >= MANY:
            self._seen.clear()
        self._seen[relative] = folder
        return folder

    def _step(self, path: str, folder: str, segment: str) -> str | None:
        """The folder below; `None` if there is nothing of that name, `ENOTDIR` if it is something else."""
        below = f"{folder}/{segment}"
        found = self._lstat(below)
        if not found:
            return None
        if stat.S_ISLNK(found.st_mode or 0):
            below = self._follow(below)
            if not f"{below}/".startswith(f"{self.root}/"):
                raise outside(path, segment)
            found = self._lstat(below)
        if not found or not stat.S_ISDIR(found.st_mode or 0):
            raise Refused(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return below

    def _follow(self, link: str) -> str:
        """Where it leads; to itself if it leads nowhere."""
        try:
            return self.client.real(link)
        except Refused as error:
            if error.errno == errno.ENOENT:
                return link
            raise

    def _make(self, folder: str, tries: int = TRIES) -> bool:
        """Whether it was made here, and not by somebody else meanwhile."""
        try:
            self.client.mkdir(folder, FOLDER_MODE)
        except Refused as error:
            if self._lstat(folder):
                return False
            if error.errno is None and tries > 1:  # maybe refused because there was one, and now it is gone
                return self._make(folder, tries - 1)
            raise
        self.client.chmod(folder, FOLDER_MODE)  # the server's umask took its part
        return True

    def _lstat(self, path: str) -> SFTPAttributes | None:
        try:
            return self.client.lstat(wire(path))
        except Refused as error:
            if error.errno == errno.ENOENT:
                return None
            raise


def _no_root(root: str, reason: str) -> DestinationError:
    return DestinationError(
        f"the root {root} is no folder on the server: {reason}",
        code="destination.root",
        hint="create it there, or correct `root`: without a leading / it is relative to the user's home",
    )
