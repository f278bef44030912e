"""What lies below the root on an SFTP server.

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

from syncer.connect.sftp_client import FSYNC, Client, Refused, wire
from syncer.connect.sftp_optional import is_file, look
from syncer.destinations import sftp_replace
from syncer.destinations.sftp_folders import Folders, hides, unreadable
from syncer.destinations.sftp_replace import Habits
from syncer.destinations.staging import (
    FILE_MODE,
    TRIES,
    endless,
    files_below,
    folders,
    is_staged,
    last,
    staged_below,
    staged_name,
)
from syncer.model import Stored

log = getLogger("syncer")


class Tree:
    def __init__(self, client: Client, root: str, habits: Habits) -> None:
        """Raises `DestinationError` if the root is no folder."""
        self.client = client
        self._habits = habits
        self._folders = Folders(client, root)
        self.root = self._folders.root
        """Absolute, without links; empty for `/`."""
        self.flushes = self.flushes_names = FSYNC in client.extensions
        """Whether the server can be asked to bring files, and the names of files, to its disk."""
        self._flushed = False

    def look(self, path: str) -> SFTPAttributes | None:
        folder = self._folders.find(path)
        return None if folder is None else self._folders.look(f"{folder}/{last(path)}")

    def create(self, path: str, made: list[str]) -> tuple[str, bytes]:
        """A new staged file where the path lies, and its handle; `made` is told of every new folder."""
        for _ in range(TRIES):
            try:
                return self._created(path, self._folders.make(path, made))
            except Refused as error:
                if error.errno != errno.ENOENT:
                    raise
                self._folders.forget()
        raise Refused(errno.ENOENT, f"its folder vanished {TRIES} times")

    def _created(self, path: str, folder: str) -> tuple[str, bytes]:
        if not sftp_replace.replaces(self.client, self._habits):
            sftp_replace.restore(self.client, f"{folder}/{last(path)}")
        file = f"{folder}/{staged_name()}"
        handle = self.client.create(file, FILE_MODE)
        if not self._flushed:
            self.flush(handle)
        return file, handle

    def kept(self, path: str, locator: str) -> tuple[str, int] | None:
        """The staged file of that name, where it lies beside the path, and its size."""
        folder = self._folders.find(path)
        file = f"{folder}/{last(locator)}"
        if folder is None or not is_staged(last(locator)) or self.locator(file) != locator:
            return None
        found = self._folders.look(file)
        return (file, found.st_size or 0) if found and is_file(found) else None

    def flush(self, handle: bytes, size: int = 0) -> None:
        """Bring a file of so many bytes to the disk there. The first refusal over a connection says that the
        server can't, a later one that its disk failed.
        """
        if not self.flushes:
            return
        try:
            self.client.fsync(handle, size)
        except Refused:
            if self._flushed:
                raise
            self.flushes = self.flushes_names = False
        self._flushed = True

    def size(self, handle: bytes, file: str) -> int:
        """Bytes of a file that is open for writing, as far as the server tells."""
        try:
            return self.client.handle_stat(handle).st_size or 0
        except Refused:
            return look(self.client, file).st_size or 0

    def finish(self, handle: bytes, file: str, size: int) -> SFTPAttributes | None:
        """Close a staged file that should have so many bytes, and let any user read it. What it is then;
        `None` if it is not there.
        """
        found = None
        with suppress(Refused):  # what counts is what the server says afterwards
            self.client.handle_chmod(handle, FILE_MODE)
        with suppress(Refused):
            found = self.client.handle_stat(handle)
        self.client.close_handle(handle)
        if found and found.st_size == size and not hides(found):
            return found
        # In front of a bucket a file is only there, or only has its size, once it is closed.
        found = self._folders.look(file)
        if found and hides(found):
            with suppress(Refused):
                self.client.chmod(file, FILE_MODE)
            found = self._folders.look(file)
        return found

    def refuse_hidden(self, path: str, found: SFTPAttributes) -> None:
        """Raises `DestinationError` unless any user may read the file."""
        if hides(found):
            raise unreadable(path, found.st_mode or 0)

    def locator(self, file: str) -> str:
        """As `staged_below` names it."""
        return file.removeprefix(f"{self.root}/")

    def publish(self, staged: str, path: str) -> None:
        """Rename in place, over what is there, and make the name last."""
        folder = staged.rpartition("/")[0]
        sftp_replace.publish(self.client, self._habits, staged, f"{folder}/{last(path)}")
        if self.flushes_names:
            self._flush_folder(folder)

    def restore(self, path: str) -> None:
        """Put back what a replacement that broke off left aside."""
        folder = self._folders.find(path)
        if folder is not None and not sftp_replace.replaces(self.client, self._habits):
            sftp_replace.restore(self.client, f"{folder}/{last(path)}")

    def remove(self, path: str) -> None:
        """The file, if there is one, and the folders that it leaves empty."""
        folder = self._folders.find(path)
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
        self._folders.forget()
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
            for raw, attributes in self.client.names(wire(f"{self.root}/{folder}")):
                name = raw.decode("utf-8", "surrogateescape")
                told = attributes.st_mode is not None
                found = attributes if told else self._folders.look(f"{self.root}/{folder}{name}")
                if found:
                    yield name, found
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
        if not is_file(found):
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
            self.flush(handle)
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

    def _flush_folder(self, folder: str) -> None:
        try:
            handle = self.client.open_handle(folder)
        except Refused:
            self.flushes_names = False
            return
        try:
            self.client.fsync(handle)
        except Refused:
            self.flushes_names = False
        self.client.release(handle)
