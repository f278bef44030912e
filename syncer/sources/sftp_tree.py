"""The files and folders below a folder on an SFTP server. Import this inside a function.

Raises `Refused` if the server refuses a request, and paramiko's errors if the connection is lost.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from syncer.connect.ssh.pipelining import Reads
from syncer.connect.ssh.sftp import Client, Refused, wire
from syncer.connect.ssh.sftp_optional import real, real_folder, stat_or_lstat
from syncer.sources import folders

if TYPE_CHECKING:
    from paramiko import SFTPAttributes

R = TypeVar("R")


@dataclass(frozen=True, slots=True, order=True)
class SftpEntry:
    name: str
    kind: int
    """The value of `stat.S_IFMT`."""
    size: int
    modified: int
    """In whole seconds, as in the protocol."""

    @property
    def version(self) -> str | None:
        """`None` if it is no file."""
        return f"{self.modified}-{self.size}" if self.kind == stat.S_IFREG else None


class SftpSourceTree:
    """One for each connection. Raises `Refused` if the root is no folder."""

    def __init__(self, client: Client, root: str) -> None:
        self.client = client
        self.root = real_folder(client, root)
        """Absolute, without links; empty for `/`."""

    def folder(self, folder: str) -> list[SftpEntry]:
        """The entries of the folder, sorted by name, without staged files."""
        found = sorted(self._entries(folder))
        if not found:
            # OpenSSH omits entries without permission: all, in a folder that it may read and not enter.
            stat_or_lstat(self.client, f"{folder}/.")
        return found

    def folder_if_there(self, folder: str) -> list[SftpEntry]:
        """The same; empty if the folder is gone."""
        return _if_there(partial(self.folder, folder)) or []

    def follow(self, link: str) -> tuple[str, SftpEntry] | str | None:
        """The final target of a link and its entry, or the flaw of the link; `None` if the link is gone."""
        target = _if_there(partial(self._target, link))
        if target is None:
            return None
        try:
            led = real(self.client, link)
            found = self._look(led)
        except Refused:
            return folders.dangling(target)
        if found.kind == stat.S_IFLNK:  # not every server resolves links
            return folders.dangling(target)
        return (led.rstrip("/"), found) if self._has(led) else folders.leaving(target)

    def _target(self, link: str) -> str:
        """The text of the link; the link's own name if the server can't read links."""
        try:
            return self.client.target(link)
        except Refused as error:
            if error.errno == errno.ENOENT:
                raise
            return link.rpartition("/")[2]

    def open(self, locator: str, version: str | None, start: int) -> Reads:
        """Open a file. Raises `Refused` with `ENOENT` unless it has this version and is below the root.

        It is looked at first, as the server would block while it opens a pipe.
        """
        path = real(self.client, f"{self.root}/{locator}")
        found = self._look(path)
        _check(found, version if self._has(path) else None)
        reads = Reads(self.client, self.client.open_handle(path), start, found.size, path)
        try:
            self.check(reads, version)
        except Refused:
            reads.leave()
            raise
        return reads

    @staticmethod
    def check(reads: Reads, version: str | None) -> None:
        """Raises `Refused` with `ENOENT` unless the open file has this version now."""
        _check(_found("", reads.stat()), version)

    def _has(self, path: str) -> bool:
        return f"{path}/".startswith(f"{self.root}/")

    def _look(self, path: str) -> SftpEntry:
        return _found(path.rpartition("/")[2], stat_or_lstat(self.client, path))

    def _entries(self, folder: str) -> Iterator[SftpEntry]:
        for raw, attributes in self.client.names(wire(folder or "/")):
            name = raw.decode("utf-8", "surrogateescape")
            if name.startswith(folders.STAGED_PREFIX):
                continue
            found: SftpEntry | None
            if None in (attributes.st_mode, attributes.st_size, attributes.st_mtime):
                found = _if_there(partial(self._look, f"{folder}/{name}"))
            else:
                found = _found(name, attributes)
            if found:
                yield found


def _if_there(question: Callable[[], R]) -> R | None:
    """The answer; `None` if the file is gone."""
    try:
        return question()
    except Refused as error:
        if error.errno != errno.ENOENT:
            raise
        return None


def _check(found: SftpEntry, version: str | None) -> None:
    if found.version is None or found.version != version:
        raise Refused(errno.ENOENT, os.strerror(errno.ENOENT))


def _found(name: str, attributes: SFTPAttributes) -> SftpEntry:
    if attributes.st_mode is None:
        raise Refused(None, f"the server does not say what {name} is")
    return SftpEntry(name, stat.S_IFMT(attributes.st_mode), attributes.st_size or 0, attributes.st_mtime or 0)
