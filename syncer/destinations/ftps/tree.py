"""The files and folders below the root on an FTP server.

Raises `FtpRefused` if the server refuses a request, and `OSError` if the connection breaks. FTP does not show
the target of a link, so no method enters a folder that is a link, as far as the server shows that.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from syncer.connect.ftp.client import FtpClient
from syncer.connect.ftp.control import FtpRefused
from syncer.connect.ftp.facts import FileFacts
from syncer.connect.ftp.transfers import FtpUpload
from syncer.connect.refusal import asking
from syncer.destinations import steps
from syncer.destinations.ftps import refusals
from syncer.destinations.staging import (
    FILE_MODE,
    FOLDER_MODE,
    TRIES,
    not_done,
    parents,
    staged_name,
)

T = TypeVar("T")
MANY = 4096
"""Folders that are remembered."""
ENTER, READ = 0o001, 0o004
"""The modes that let any user enter a folder, and read a file."""


class Tree:
    """`seen` holds folders that exist; all connections to one root share it."""

    def __init__(self, client: FtpClient, root: str, seen: set[str]) -> None:
        """Raises `DestinationError` if the root is no folder."""
        self.client = client
        self.root = posixpath.normpath(posixpath.join(client.home, root)).replace("//", "/").rstrip("/")
        """Absolute; empty for `/`."""
        self._seen = seen
        if "" not in seen:
            self._expect_root(root)

    def _expect_root(self, root: str) -> None:
        try:
            found = self.client.look(self.root or "/")
        except FtpRefused as error:
            if error.code in refusals.UNKNOWN_REQUEST:
                raise refusals.no_facts(root, error) from error
            raise refusals.root_missing(root, error.text) from error
        if found is None or found.is_file:
            raise refusals.root_missing(root, "it does not exist" if found is None else "it is a file")
        self._seen.add("")

    def at(self, path: str) -> str:
        """The absolute name of a path below the root."""
        return f"{self.root}/{path}"

    def look(self, path: str) -> FileFacts | None:
        """The facts of a path; `None` if nothing is there. If that is unknown, it raises."""
        return self._look(path) if self.find(path) else None

    def _look(self, path: str) -> FileFacts | None:
        """The same for a path whose folder exists."""
        try:
            return self.client.look(self.at(path))
        except FtpRefused as error:
            if error.code != refusals.NOT_TAKEN:
                raise
            return self._listed_as(path)

    def _listed_as(self, path: str) -> FileFacts | None:
        """The facts from the listing of its folder: Pure-FTPd does not say why it refuses MLST for a file."""
        folder, _, name = path.rpartition("/")
        for _ in range(TRIES):
            try:
                found = {each: facts for each, facts in self.client.names(self.at(folder)) if each == name}
                return found.get(name)
            except FtpRefused as error:
                there = self._look(folder) if folder else None
                if not folder or (there and there.is_folder and not refusals.in_motion(error)):
                    raise
                self.forget()
                if there is None:
                    return None  # the folder was removed meanwhile
        raise refusals.gone_meanwhile(path)

    def find(self, path: str) -> bool:
        """Whether the folder of the path exists. Raises `DestinationError` if a link is part of the path."""
        folder = path.rpartition("/")[0]
        if folder in self._seen:
            return True
        if not self.find(folder):
            return False
        found = self._look(folder)
        if found is None or found.is_file:
            return False
        self._expect_no_link(path, folder, found)
        self._remember(folder)
        return True

    def _expect_no_link(self, path: str, folder: str, found: FileFacts) -> None:
        """Raises `DestinationError` for a link. MLST follows links on many servers; the parent's listing
        shows them.
        """
        listed = self._listed_as(folder) if found.is_folder else found
        if listed and not listed.is_folder:
            raise refusals.linked(path, folder)

    def _remember(self, folder: str) -> None:
        if len(self._seen) >= MANY:
            self.forget()
        self._seen.add(folder)

    def forget(self) -> None:
        """Forget all folders but the root, as one was removed."""
        self._seen.intersection_update({""})

    # Writing

    def make(self, path: str, made: list[str]) -> None:
        """Create the folders of the path. New ones are added to `made`."""
        self._settled(path, lambda: self._make_each(path, made))

    def create(self, path: str, made: list[str], begun: Callable[[str], None]) -> FtpUpload:
        """A new staged file in the folder of the path. `begun` gets its path before it is created."""
        folder = path.rpartition("/")[0]

        def opened() -> FtpUpload:
            self._make_each(path, made)
            begun(file := posixpath.join(folder, staged_name()))
            with asking(steps.create_file(folder)):
                return self.client.sending(self.at(file))

        return self._settled(path, opened)

    def _settled(self, path: str, work: Callable[[], T]) -> T:
        """What `work` gives; other workers may make and remove the folders of the path meanwhile."""
        for _ in range(TRIES):
            try:
                return work()
            except FtpRefused as error:
                if not refusals.in_motion(error):
                    raise
                self.forget()
        missing = (folder for folder in parents(path) if self._look(folder) is None)
        if (hidden := next(missing, None)) and self.client.holds(self.at(hidden)):
            raise refusals.linked(path, hidden)
        raise refusals.gone_meanwhile(path)

    def _make_each(self, path: str, made: list[str]) -> None:
        for folder in parents(path):
            if folder in self._seen:
                continue
            found = self._look(folder)
            if found is None:
                self._make(folder, made)
            elif found.is_file:
                raise refusals.in_the_way(path, is_folder=False)
            else:
                self._expect_no_link(path, folder, found)
            self._remember(folder)

    def _make(self, folder: str, made: list[str]) -> None:
        try:
            with asking(steps.create_folder(folder)):
                self.client.create_folder(self.at(folder))
        except FtpRefused:
            found = self._look(folder)
            if found is None or not found.is_folder:
                raise
            return  # another worker was faster
        made.append(folder)
        self._let_in(folder, FOLDER_MODE, ENTER)

    def write(self, path: str, content: bytes, begun: Callable[[str], None]) -> str:
        """Write a staged file in the folder of the path. Returns its path."""
        staged = ""

        def named(file: str) -> None:
            nonlocal staged
            staged = file
            begun(file)

        upload = self.create(path, [], named)
        upload.send(content)
        upload.finish()
        self.let_read(staged)
        return staged

    def let_read(self, file: str) -> FileFacts | None:
        """Let any user read the file. Returns its facts; `None` if it does not exist."""
        return self._let_in(file, FILE_MODE, READ)

    def _let_in(self, path: str, mode: int, needed: int) -> FileFacts | None:
        found = self._look(path)
        if found is None or found.mode is None or found.mode & needed:
            return found
        with suppress(FtpRefused):
            self.client.set_mode(self.at(path), mode)
        found = self._look(path)
        if found and found.mode is not None and not found.mode & needed:
            raise refusals.not_readable(path, found.mode)
        return found

    def publish(self, staged: str, path: str) -> None:
        """Rename the staged file to the path, in one step. It replaces an existing file."""
        try:
            with asking(steps.rename_file(path.rpartition("/")[0])):
                self.client.rename(self.at(staged), self.at(path))
        except FtpRefused as error:
            there = self._look(path)
            if there and there.is_folder:
                raise refusals.in_the_way(path, is_folder=True) from error
            if there and self._look(staged):
                raise refusals.cannot_replace(path, error.text) from error
            raise
        if self._look(staged):
            raise not_done(path, "renamed a new file to")

    def remove(self, path: str) -> None:
        """Remove the file, if it exists, and the folders that become empty."""
        if not self.find(path) or not self.drop(path):
            return
        self.forget()
        if self.look(path):
            raise not_done(path, "deleted")
        self.remove_empty(parents(path))

    def drop(self, path: str) -> bool:
        """Remove one file. Returns whether it existed."""
        try:
            with asking(steps.delete_file(path)):
                self.client.remove(self.at(path))
        except FtpRefused:
            self.forget()
            there = self.look(path)
            if there is None:
                return False
            if there.is_folder:
                raise refusals.in_the_way(path, is_folder=True) from None
            raise
        return True

    def remove_empty(self, made: list[str]) -> None:
        """Remove folders from the deepest up to the first that is in use."""
        self.forget()
        with suppress(FtpRefused):
            for folder in reversed(made):
                self.client.remove_folder(self.at(folder))

    # Reading

    def shows(self, path: str) -> bool:
        """Whether the listing of its folder names the file."""
        folder, _, name = path.rpartition("/")
        return sum(each == name for each, _ in self.client.names(self.at(folder))) > 0  # to its end

    def read(self, path: str, most: int) -> bytes | None:
        """The first bytes of a small file; `None` if it does not exist."""
        found = self.look(path)
        if found is None:
            return None
        if not found.is_file:
            raise refusals.in_the_way(path, is_folder=found.is_folder)
        return self.client.start(self.at(path), most)
