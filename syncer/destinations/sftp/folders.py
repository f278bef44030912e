"""Finds and makes the folder of a public path on an SFTP server. It follows no link that leaves the root.

Raises `Refused`, and paramiko's errors if the connection is lost. Import this inside a function.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from syncer.connect.reasons import reason_of
from syncer.connect.refusal import asking
from syncer.connect.ssh.sftp import Client, Refused
from syncer.connect.ssh.sftp_optional import is_folder, real, real_folder, sees_links, stat_or_lstat
from syncer.destinations.keys import printable
from syncer.destinations.staging import FILE_MODE, FOLDER_MODE, TRIES, folders, outside
from syncer.destinations.steps import create_folder
from syncer.errors import DestinationError
from syncer.settings.masked import masked

if TYPE_CHECKING:
    from paramiko import SFTPAttributes

ENTER = 0o001
"""The mode that lets any user enter a folder."""

MANY = 4096
"""Folders that are remembered: for a file in one of them, the parents are not checked again."""


class Folders:
    def __init__(self, client: Client, root: str) -> None:
        """Raises `DestinationError` if the root is no folder."""
        self.client = client
        try:
            self.root = real_folder(client, root)
            """Absolute, without links; empty for `/`."""
        except Refused as error:
            raise _no_root(root, error) from error
        self._seen: dict[str, str] = {}

    def forget(self) -> None:
        """Forget all folders, as one was removed."""
        self._seen.clear()

    def known(self, path: str) -> str | None:
        """The remembered folder of this path: enough to look at a file, not to delete one."""
        return self._seen.get(path.rpartition("/")[0])

    def find(self, path: str) -> str | None:
        """The folder of the path, without links; `None` if there is no such folder."""
        folder: str | None = self.root
        for segment in folders(path):
            try:
                folder = None if folder is None else self._step(path, folder, segment)
            except Refused as error:
                if error.errno == errno.ENOTDIR:
                    return None
                raise
        return folder

    def make(self, path: str, made: list[str]) -> str:
        relative = path.rpartition("/")[0]
        if relative in self._seen:
            return self._seen[relative]
        folder = self.root
        for segment in folders(path):
            below = self._step(path, folder, segment)
            if below is None:
                below = f"{folder}/{segment}"
                if self._made(below):
                    made.append(below)
                    self._let_in(below)
            folder = below
        if len(self._seen) >= MANY:
            self._seen.clear()
        self._seen[relative] = folder
        return folder

    def _step(self, path: str, folder: str, segment: str) -> str | None:
        """The folder below; `None` if nothing has that name. Raises `Refused` with `ENOTDIR` if it is no
        folder.
        """
        below = f"{folder}/{segment}"
        found = self.look(below)
        if not found:
            return None
        if stat.S_ISLNK(found.st_mode or 0) or not sees_links(self.client):
            below = self._follow(below)
            if not f"{below}/".startswith(f"{self.root}/"):
                raise outside(path, segment)
            found = self.look(below)
        if not found or not is_folder(found):
            raise Refused(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return below

    def _follow(self, link: str) -> str:
        """The target of the link; the link itself if it has none."""
        try:
            return real(self.client, link)
        except Refused as error:
            if error.errno == errno.ENOENT:
                return link
            raise

    def _made(self, folder: str, tries: int = TRIES) -> bool:
        """Whether this call made it, and not another worker meanwhile."""
        try:
            with asking(create_folder(folder.removeprefix(f"{self.root}/"))):
                self.client.mkdir(folder, FOLDER_MODE)
        except Refused as error:
            if self.look(folder):
                return False
            if error.errno is None and tries > 1:  # it may have existed, and be gone now
                return self._made(folder, tries - 1)
            raise
        return True

    def _let_in(self, folder: str) -> None:
        """Let any user enter the folder, whatever the server's umask is."""
        try:
            self.client.chmod(folder, FOLDER_MODE)
        except Refused as error:
            found = self.look(folder)
            if found and found.st_mode is not None and ~found.st_mode & ENTER:
                raise unreadable(folder, found.st_mode) from error

    def look(self, path: str) -> SFTPAttributes | None:
        try:
            return stat_or_lstat(self.client, path)
        except Refused as error:
            if error.errno == errno.ENOENT:
                return None
            raise


def hides(found: SFTPAttributes) -> bool:
    return found.st_mode is not None and bool(~found.st_mode & FILE_MODE & 0o444)


def unreadable(path: str, mode: int) -> DestinationError:
    return DestinationError(
        f"the web server could not read {printable(path)}: its mode is {mode & 0o777:o}, and the SFTP server"
        " does not let us change it",
        code="destination.denied",
        hint="let this user change modes there, or set a umask of 022 for uploads; a folder that you make"
        " by hand needs the mode 755",
    )


def _no_root(root: str, error: Refused) -> DestinationError:
    reason = reason_of(error)
    if error.errno not in (errno.ENOENT, errno.ENOTDIR):
        return DestinationError(
            f"the server does not let us look at the root {root}: {reason}",
            code="destination.root",
            hint="check that it exists, and that this user may enter it: syncer needs the requests stat and"
            " lstat, which a server may deny (sftp-server: -p and -P)",
        )
    return DestinationError(
        f"the root {masked(root)} is not a folder on the server: {reason}",
        code="destination.root",
        hint="create it there, or correct `root`: without a leading / it is relative to the user's home",
    )
