"""A folder on an SSH server that a web server serves from there."""

from __future__ import annotations

import errno
import logging
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field

from syncer.connect.ssh import SshSettings, translated
from syncer.connect.ssh_session import Session
from syncer.destinations import Store, staging
from syncer.destinations.keys import check, printable
from syncer.errors import DestinationError, SyncerError
from syncer.model import Content, Litter, Space, Stored
from syncer.seams import Staged

if TYPE_CHECKING:
    from syncer.connect.sftp_client import Client
    from syncer.destinations.sftp_tree import Tree

log = logging.getLogger("syncer")


class SftpDestination:
    """The connection is opened when first used, and again after it was lost."""

    class Config(Store, SshSettings):
        kind: Literal["sftp"]
        root: str = Field(
            min_length=1, description="Folder on the server; relative to the user's home there."
        )

    def __init__(self, config: Config) -> None:
        self._remote = _Remote(config)

    def check(self) -> None:
        """By staging something, which leaves no trace."""
        with _Staged(self._remote, staging.TRIAL):
            pass

    def stage(self, path: str, media_type: str, place: str | None = None) -> AbstractContextManager[Staged]:
        """The web server takes the media type from the name; SFTP has no use for `place`."""
        del media_type, place
        return _Staged(self._remote, check(path))

    def stat(self, path: str) -> Stored | None:
        with self._remote.session(check(path)) as tree:
            found = tree.look(path)
        if found is None or not stat.S_ISREG(found.st_mode or 0):
            return None
        return Stored(path, found.st_size or 0)

    def room(self) -> Space | None:
        """`None` where the server lacks statvfs@openssh.com."""
        from syncer.connect.sftp_client import STATVFS

        with self._remote.session("") as tree:
            if STATVFS not in tree.client.extensions:
                return None
            system = tree.client.file_system(tree.root or "/")
        return Space(self._remote.place, system.free, system.whole)

    def delete(self, path: str) -> None:
        with self._remote.session(check(path)) as tree:
            tree.remove(path)

    def litter(self, older_than: timedelta | None = None) -> Iterator[Litter]:
        """By name, folder by folder. All that bears a staged name is ours, whoever else uses the root."""
        before = datetime.now(UTC) - (older_than or timedelta())
        with self._remote.session("") as tree:
            for name, modified in tree.staged_below():
                if older_than is None or modified <= before:
                    yield Litter(name, locator=name, modified=modified)

    def discard(self, litter: Litter) -> None:
        staging.refuse_unstaged(litter.locator)
        with self._remote.session(litter.name) as tree:
            tree.remove(litter.locator)

    def close(self) -> None:
        self._remote.close()


class _Staged:
    def __init__(self, remote: _Remote, path: str) -> None:
        self._remote = remote
        self._path = path
        self._made: list[str] = []
        self._committed = False

    def __enter__(self) -> Self:
        from syncer.connect.sftp_flow import Writes

        try:
            with self._remote.session(self._path) as tree:
                self._tree = tree
                self._file, self._handle = tree.create(self._path, self._made)
                self._writes = Writes(tree.client, self._handle)
        except BaseException:
            self._remove("")
            raise
        return self

    def write(self, chunk: bytes, /) -> None:
        with self._remote.guard(self._tree, self._path):
            self._writes.write(chunk)

    def commit(self, content: Content) -> Stored:
        client = self._tree.client
        with self._remote.guard(self._tree, self._path):
            self._writes.settle()
            self._check(content)
            if self._tree.flushes:
                client.fsync(self._handle)
            client.close_handle(self._handle)
            self._tree.publish(self._file, self._path)
            self._committed = True
        if not self._tree.flushes_names:
            _warn_unflushed(self._remote.place)
        return Stored(self._path, content.size)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._committed:
            return
        if kind and not issubclass(kind, Exception):
            self._remote.close()  # interrupted in the middle of an answer, maybe: it can't be used any more
        with suppress(SyncerError), self._remote.guard(self._tree, self._path):
            self._tree.client.close_handle(self._handle)
        self._remove(self._file)

    def _check(self, content: Content) -> None:
        """All bytes are there, and a visitor may read them whatever the server's umask is."""
        with suppress(OSError):  # a server may fix the modes itself: what counts is what it says afterwards
            self._tree.client.handle_chmod(self._handle, staging.FILE_MODE)
        found = self._tree.client.handle_stat(self._handle)
        staging.check_size(self._path, content.size, found.st_size or 0)
        if found.st_mode is not None and ~found.st_mode & staging.FILE_MODE & 0o444:
            raise DestinationError(
                f"the web server could not read {printable(self._path)}: its mode is "
                f"{found.st_mode & 0o777:o}, and the SFTP server does not let us change it",
                code="destination.denied",
                hint="set a umask of 022 for uploads there",
            )

    def _remove(self, file: str) -> None:
        """Leave no trace; what can't be removed now is found by `litter` later."""
        with suppress(SyncerError), self._remote.session(self._path) as tree:
            if file:
                tree.client.remove(file)
            tree.remove_empty(self._made)


class _Remote:
    """The session, and what the server refuses as an error of ours."""

    def __init__(self, config: SftpDestination.Config) -> None:
        self._config = config
        self._session = Session(config, DestinationError, self._tree)
        self.place = f"{config.address}:{config.root}"

    def _tree(self, client: Client) -> Tree:
        from syncer.destinations.sftp_tree import Tree

        return Tree(client, self._config.root)

    @contextmanager
    def session(self, path: str) -> Iterator[Tree]:
        """The tree, for work on a path (named in errors)."""
        tree = self._session.opened()
        with self.guard(tree, path):
            yield tree

    @contextmanager
    def guard(self, tree: Tree, path: str) -> Iterator[None]:
        from syncer.connect.sftp_client import Refused

        with self._session.guard(tree):
            try:
                yield
            except Refused as error:
                raise staging.translate(self._explained(error, tree, path), path, self.place) from error

    def close(self) -> None:
        self._session.close()

    def _explained(self, error: OSError, tree: Tree, path: str) -> OSError:
        """OpenSSH calls most things a failure, so look for the reason: a folder in the way, a full disk."""
        if error.errno is not None:
            return error
        with suppress(SyncerError), translated(self._config, DestinationError):
            found = tree.look(path) if path else None
            if found and stat.S_ISDIR(found.st_mode or 0):
                return OSError(errno.EISDIR, os.strerror(errno.EISDIR))
            system = tree.client.file_system(tree.root or "/")
            if system.read_only:
                return OSError(errno.EROFS, os.strerror(errno.EROFS))
            if system.full:
                return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return error


@cache
def _warn_unflushed(place: str) -> None:
    """Once for each place, not for each file and worker."""
    log.warning(
        "%s can't be asked to bring all to its disk at once (fsync@openssh.com): "
        "should it lose power, what was published last may be lost",
        place,
    )
