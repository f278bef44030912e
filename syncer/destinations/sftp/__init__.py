"""A folder on an SSH server that a web server serves."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from syncer import protocols
from syncer.connect.circuit import READING, WRITING
from syncer.connect.ssh.connection import SshSettings, ssh_errors
from syncer.connect.ssh.login import login_name
from syncer.connect.ssh.places import checked_root
from syncer.connect.ssh.session import Session
from syncer.destinations import Store, staging
from syncer.destinations.keys import MAX_MARK, OWNER_MARK, path_below_root, to_publish
from syncer.destinations.sftp.staged import SftpStaged
from syncer.errors import DestinationError, SyncerError
from syncer.model import Litter, Space, Stored
from syncer.protocols import Pace, Reader, Resume

if TYPE_CHECKING:
    from syncer.connect.ssh.sftp import Client
    from syncer.destinations.sftp.replace import Habits
    from syncer.destinations.sftp.tree import SftpDestinationTree


class SftpDestination:
    """The connection opens at first use, and again after it was lost."""

    class Config(Store, SshSettings):
        kind: Literal["sftp"]
        root: str = Field(
            min_length=1, description="Folder on the server; relative to the user's home there."
        )

        @field_validator("root")
        @classmethod
        def _is_a_folder(cls, value: str) -> str:
            return checked_root(value)

        def identity(self) -> str:
            """With the user, as each has a home, or a jail, of its own."""
            return self._identity(self.user or login_name())

        def formerly(self) -> str | None:
            """Earlier versions left out the local user's name, so two users had the same identity."""
            return None if self.user else self._identity(None)

        def _identity(self, user: str | None) -> str:
            root = posixpath.normpath(self.root).replace("//", "/")
            at = f"{user}@" if user else ""
            return f"{self.kind} {at}{self.host.lower().rstrip('.')}:{self.port} {root}"

    mark_lasts = (2.0, 0.0)

    def __init__(self, config: Config, pace: Pace | None = None) -> None:
        self._remote = _Remote(config, pace)

    def check(self, folder: str = "") -> None:
        """Create, rename and remove a file. Tried again at once if the server hangs up at an optional
        request.
        """
        path = staging.trial(folder)
        while True:
            strikes = self._remote.strikes
            try:
                return self._try_out(path)
            except DestinationError as error:
                if not error.transient or self._remote.strikes == strikes:
                    raise

    def _try_out(self, path: str) -> None:
        from syncer.destinations.sftp.trial import try_out

        made: list[str] = []
        try:
            with self._remote.session(path, WRITING, proof=False) as tree:
                try_out(tree, path, made)
        finally:
            if made:
                with suppress(SyncerError), self._remote.session(path) as tree:
                    tree.remove_empty(made)
        self.room()

    def stage(
        self,
        path: str,
        media_type: str,
        place: str | None = None,
        resume: Resume | None = None,
        *,
        proof: bool = False,
    ) -> AbstractContextManager[protocols.Staged]:
        """The web server derives the media type from the name; SFTP can't use `place`."""
        del media_type, place
        return SftpStaged(self._remote, to_publish(path, proof=proof), resume)

    def stat(self, path: str) -> Stored | None:
        with self._remote.session(path_below_root(path)) as tree:
            found = tree.look(path)
        from syncer.connect.ssh.sftp_optional import is_folder
        from syncer.destinations.sftp.reading import sftp_version

        if found is None or (found.st_mode is not None and is_folder(found)):
            return None
        modified = None if found.st_mtime is None else datetime.fromtimestamp(found.st_mtime, UTC)
        return Stored(path, found.st_size or 0, version=sftp_version(found), modified=modified)

    def open(self, stored: Stored) -> AbstractContextManager[Reader]:
        path_below_root(stored.path)
        return self._remote.reading(stored)

    def room(self) -> Space | None:
        """`None` if the server lacks statvfs@openssh.com."""
        from syncer.connect.ssh.sftp import Refused

        with self._remote.session("") as tree:
            try:
                system = tree.client.file_system(tree.root or "/")
            except Refused:
                return None
        return Space(self._remote.place, system.free, system.whole)

    def delete(self, path: str) -> None:
        with self._remote.session(path_below_root(path)) as tree:
            tree.remove(path)

    def litter(self, older_than: timedelta | None = None) -> Iterator[Litter]:
        """Sorted by name, one folder after another. Every file with a staged name is ours."""
        before = datetime.now(UTC) - (older_than or timedelta())
        with self._remote.session("") as tree:
            for name, modified in tree.staged_below():
                if older_than is None or modified <= before:
                    yield Litter(name, locator=name, modified=modified)

    def discard(self, litter: Litter) -> None:
        staging.refuse_unstaged(litter.locator)
        with self._remote.session(litter.name) as tree:
            tree.remove(litter.locator)

    def listing(self) -> Iterator[Stored]:
        with self._remote.session("") as tree:
            yield from tree.files()

    def mark(self) -> bytes | None:
        with self._remote.session(OWNER_MARK) as tree:
            return tree.read(OWNER_MARK, MAX_MARK)

    def put_mark(self, content: bytes, *, new: bool) -> bool:
        begun: list[str] = []
        try:
            with self._remote.session(OWNER_MARK) as tree:
                return tree.write(OWNER_MARK, content, begun, new=new)
        except DestinationError:
            with suppress(SyncerError), self._remote.session(OWNER_MARK) as tree:
                for file in begun:
                    tree.drop(file)
            raise

    def close(self) -> None:
        self._remote.close()


class _Remote:
    """The session. Refusals of the server are raised as our errors."""

    def __init__(self, config: SftpDestination.Config, pace: Pace | None) -> None:
        self._config = config
        self._session = Session(config, DestinationError, self._tree, pace)
        self.place = f"{config.address}:{config.root}"
        self._habits: Habits | None = None

    def _tree(self, client: Client) -> SftpDestinationTree:
        from syncer.destinations.sftp.replace import Habits
        from syncer.destinations.sftp.tree import SftpDestinationTree

        self._habits = self._habits or Habits(self.place)
        return SftpDestinationTree(client, self._config.root, self._habits)

    @contextmanager
    def session(self, path: str, doing: str = "", *, proof: bool = True) -> Iterator[SftpDestinationTree]:
        """The tree, for work on a path, which errors name."""
        tree = self._session.opened()
        with self.guard(tree, path, doing, proof=proof):
            yield tree

    @contextmanager
    def guard(
        self, tree: SftpDestinationTree, path: str, doing: str = "", *, proof: bool = True
    ) -> Iterator[None]:
        from syncer.connect.ssh.sftp import Refused
        from syncer.destinations.sftp.denied import denied

        with self._session.guard(tree, doing, proof=proof):
            try:
                yield
            except Refused as error:
                explained = self._explained(error, tree, path)
                told = denied(explained, self.place) or staging.file_error(explained, path, self.place)
                raise told from error

    @contextmanager
    def reading(self, stored: Stored) -> Iterator[Reader]:
        tree = self._session.opened()
        from syncer.destinations.sftp.reading import reading_over_sftp

        guard = partial(self.guard, tree, stored.path, READING, proof=False)
        with reading_over_sftp(tree, stored, guard, self._session.circuit(READING).moved) as reader:
            yield reader

    @property
    def strikes(self) -> int:
        """How often the server hung up at an optional request in this run."""
        return self._session.strikes

    def warn_unflushed(self) -> None:
        if self._habits:
            self._habits.say(
                "can't flush all files to its disk at once (fsync@openssh.com): if it loses power,"
                " the files published last may be lost"
            )

    def close(self) -> None:
        self._session.close()

    def _explained(self, error: OSError, tree: SftpDestinationTree, path: str) -> OSError:
        """The error with its reason. OpenSSH only says "failure", also for a folder in the way or a full
        disk.
        """
        if error.errno is not None:
            return error
        with suppress(SyncerError), ssh_errors(self._config, DestinationError):
            found = tree.look(path) if path else None
            if found and stat.S_ISDIR(found.st_mode or 0):
                return OSError(errno.EISDIR, os.strerror(errno.EISDIR))
            system = tree.client.file_system(tree.root or "/")
            if system.read_only:
                return OSError(errno.EROFS, os.strerror(errno.EROFS))
            if system.full:
                return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return error
