"""The files and folders below the root on an SFTP server.

Raises `Refused` if the server refuses a request, and paramiko's errors if the connection is lost. No method
follows a link that leaves the root.
"""

from __future__ import annotations

import errno
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from logging import getLogger

from paramiko import SFTPAttributes

from syncer.connect.refusal import asking
from syncer.connect.ssh.sftp import FSYNC, Client, Refused, wire
from syncer.connect.ssh.sftp_optional import is_file, stat_or_lstat
from syncer.destinations.sftp import replace
from syncer.destinations.sftp.folders import Folders, hides, unreadable
from syncer.destinations.sftp.replace import Habits
from syncer.destinations.staging import (
    FILE_MODE,
    TRIES,
    endless_folder,
    files_below,
    is_staged,
    last_part,
    not_done,
    parents,
    staged_below,
    staged_name,
    thing,
)
from syncer.destinations.steps import create_file, delete_file, list_folder, rename_file
from syncer.model import Stored

log = getLogger("syncer")


class SftpDestinationTree:
    def __init__(self, client: Client, root: str, habits: Habits) -> None:
        """Raises `DestinationError` if the root is no folder."""
        self.client = client
        self._habits = habits
        self._folders = Folders(client, root)
        self.root = self._folders.root
        """Absolute, without links; empty for `/`."""
        self.flushes = self.flushes_names = client.offers(FSYNC)
        """Whether the server can flush files, and the names of files, to its disk."""
        self._flushed = False

    def look(self, path: str) -> SFTPAttributes | None:
        folder = self._folders.known(path)
        folder = self._folders.find(path) if folder is None else folder
        return None if folder is None else self._folders.look(f"{folder}/{last_part(path)}")

    def create(self, path: str, made: list[str], begun: Callable[[str], None], name: str = "") -> bytes:
        """The handle of a new staged file in the folder of the path. New folders are added to `made`; `begun`
        gets the file before it is created. With a `name`, an existing file is opened.
        """
        for _ in range(TRIES):
            try:
                folder = self._folders.make(path, made)
                if not replace.replaces_in_one_request(self.client, self._habits):
                    replace.restore_old_file(self.client, f"{folder}/{last_part(path)}")
                begun(file := f"{folder}/{name or staged_name()}")
                return self._opened(file, again=bool(name))
            except Refused as error:
                if error.errno != errno.ENOENT:
                    raise
                self._folders.forget()
        raise Refused(errno.ENOENT, f"its folder vanished {TRIES} times")

    def _opened(self, file: str, *, again: bool) -> bytes:
        try:
            with asking(create_file(self._inside(file))):
                handle = self.client.create(file, FILE_MODE)
        except Refused:
            if not again or self._folders.look(file) is None:
                raise
            handle = self.client.reopen(file)
        if not self._flushed:
            self.flush(handle)
        return handle

    def _inside(self, file: str) -> str:
        """The folder of a file, below the root; empty for the root itself."""
        return self.locator(file).rpartition("/")[0]

    def kept(self, path: str, locator: str) -> tuple[str, int] | None:
        """The staged file `locator` and its size, if it is in the folder of the path."""
        folder = self._folders.find(path)
        file = f"{folder}/{last_part(locator)}"
        if folder is None or not is_staged(last_part(locator)) or self.locator(file) != locator:
            return None
        found = self._folders.look(file)
        return (file, found.st_size or 0) if found and is_file(found) else None

    def say(self, what: str) -> None:
        """Warn about this server, once in a run."""
        self._habits.say(what)

    def flush(self, handle: bytes, size: int = 0) -> None:
        """Flush a file of `size` bytes to the disk. The first refusal over a connection means that the server
        can't flush; a later one means that its disk failed.
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
        """Bytes of a file that is open for writing, as far as the server says."""
        try:
            return self.client.handle_stat(handle).st_size or 0
        except Refused:
            return stat_or_lstat(self.client, file).st_size or 0

    def finish(self, handle: bytes, file: str, size: int) -> SFTPAttributes | None:
        """Close a staged file that should have `size` bytes, and let any user read it. Returns its
        attributes; `None` if it does not exist.
        """
        found = None
        with suppress(Refused):  # the mode is checked below
            self.client.handle_chmod(handle, FILE_MODE)
        with suppress(Refused):
            found = self.client.handle_stat(handle)
        self.client.close_handle(handle)
        if found and found.st_size == size and not hides(found):
            return found
        # In front of a bucket, a file appears, or gets its size, only when it is closed.
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
        """The path below the root, as in `staged_below`."""
        return file.removeprefix(f"{self.root}/")

    def publish(self, staged: str, path: str) -> None:
        """Rename the staged file to the path, replacing an existing file, and flush the name to the disk."""
        folder = staged.rpartition("/")[0]
        with asking(rename_file(self._inside(staged))):
            replace.publish(self.client, self._habits, staged, f"{folder}/{last_part(path)}")
        if self._folders.look(staged) is not None:
            raise not_done(path, "renamed a new file to")
        if self.flushes_names:
            self._flush_folder(folder)

    def restore(self, path: str) -> None:
        """Restore the old file after a replacement that failed halfway."""
        folder = self._folders.find(path)
        if folder is not None and not replace.replaces_in_one_request(self.client, self._habits):
            replace.restore_old_file(self.client, f"{folder}/{last_part(path)}")

    def remove(self, path: str) -> None:
        """Remove the file, if it exists, and the folders that become empty."""
        folder = self._folders.find(path)
        if folder is None:
            return
        file = f"{folder}/{last_part(path)}"
        if not self.drop(file):
            return
        if self._folders.look(file) is not None:
            raise not_done(path, "deleted")
        if self.flushes_names:  # before the catalogue forgets it
            self._flush_folder(folder)
        self.remove_empty([f"{self.root}/{each}" for each in parents(path)])

    def drop(self, file: str) -> bool:
        """Remove a file by its absolute path. Returns whether it existed."""
        try:
            with asking(delete_file(self.locator(file))):
                self.client.remove(wire(file))
        except Refused as error:
            if error.errno != errno.ENOENT:
                raise
            return False
        return True

    def remove_empty(self, made: list[str]) -> None:
        """Remove folders from the deepest up to the first that is in use."""
        self._folders.forget()
        with suppress(Refused):
            for folder in reversed(made):
                self.client.rmdir(wire(folder))

    def staged_below(self) -> Iterator[tuple[str, datetime]]:
        """Paths below the root and times, sorted. Only the relevant names of a folder are held in memory."""
        for path, modified in staged_below(self._matters):
            yield path, datetime.fromtimestamp(modified, UTC)

    def _matters(self, folder: str) -> Iterator[tuple[str, bool, int]]:
        for name, attributes in self._entries(folder, "searched for staged files", whole=True):
            is_folder = stat.S_ISDIR(attributes.st_mode or 0)
            if is_folder or is_staged(name):
                yield name, is_folder, attributes.st_mtime or 0

    def _listed(self, folder: str) -> Iterator[tuple[str, bool, int]]:
        for name, attributes in self._entries(folder, "listed"):
            is_folder = stat.S_ISDIR(attributes.st_mode or 0)
            if is_folder or stat.S_ISREG(attributes.st_mode or 0):
                yield name, is_folder, attributes.st_size or 0

    def _entries(
        self, folder: str, doing: str, *, whole: bool = False
    ) -> Iterator[tuple[str, SFTPAttributes]]:
        try:
            for raw, attributes in self.client.names(wire(f"{self.root}/{folder}")):
                name = raw.decode("utf-8", "surrogateescape")
                told = attributes.st_mode is not None
                found = attributes if told else self._folders.look(f"{self.root}/{folder}{name}")
                if found:
                    yield name, found
        except Refused as error:
            if error.errno == errno.E2BIG:
                raise endless_folder(f"{self.root}/{folder}", str(error)) from error
            if error.errno in (errno.EACCES, errno.EOPNOTSUPP) and (folder or not whole):
                log.warning("%s/%s can't be %s: %s", self.root, folder[:-1], doing, error)
            elif error.errno != errno.ENOENT:  # else the folder was removed meanwhile
                error.doing = error.doing or list_folder(folder[:-1])
                raise

    def files(self) -> Iterator[Stored]:
        """Regular files without staged ones."""
        return files_below(lambda folder: list(self._listed(folder)))

    def read(self, path: str, most: int) -> bytes | None:
        """The first bytes of a small file; `None` if it does not exist. A link is not followed."""
        found = self.look(path)
        if found is None:
            return None
        if not is_file(found):
            number = errno.EISDIR if stat.S_ISDIR(found.st_mode or 0) else errno.ELOOP
            raise Refused(number, thing(found.st_mode or 0))
        return self.client.start(f"{self.root}/{path}", most)

    def write(self, path: str, content: bytes, begun: list[str], *, new: bool) -> bool:
        """Write a small file in one step; with `new` only if it does not exist. Returns whether it was
        written.

        The staged file is added to `begun`; the caller removes it if this raises.
        """
        handle = self.create(path, [], begun.append)
        staged = begun[-1]
        self.client.fill(handle, content)
        with suppress(Refused):  # another user's run must be able to read it
            self.client.handle_chmod(handle, FILE_MODE)
        self.flush(handle)
        self.client.close_handle(handle)
        if new:
            return self._claim(staged, path)
        self.publish(staged, path)
        return True

    def _claim(self, staged: str, path: str) -> bool:
        """Rename, but not over an existing file: OpenSSH refuses that. Returns whether it worked."""
        folder = staged.rpartition("/")[0]
        try:
            with asking(rename_file(self._inside(staged))):
                self.client.rename(staged, f"{folder}/{last_part(path)}")
        except Refused:
            if not self.look(path):
                raise
            self.drop(staged)
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
