"""A folder on an FTP server with TLS, as web hosts offer it, that a web server serves."""

from __future__ import annotations

import logging
import posixpath
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from syncer import protocols
from syncer.connect.circuit import READING, WRITING
from syncer.connect.ftp.connection import FtpSettings
from syncer.connect.ftp.session import FtpSession
from syncer.connect.ssh.places import checked_root
from syncer.destinations import Store, staging
from syncer.destinations.ftps.reading import ftp_version, reading_over_ftp
from syncer.destinations.ftps.staged import FtpsStaged
from syncer.destinations.keys import MAX_MARK, OWNER_MARK, path_below_root, to_publish
from syncer.errors import DestinationError, SyncerError
from syncer.model import Litter, Stored
from syncer.protocols import Pace, Reader, Resume

if TYPE_CHECKING:
    from syncer.connect.ftp.facts import FileFacts
    from syncer.destinations.ftps.tree import Tree

log = logging.getLogger("syncer")

TRIAL = b"trial"
"""The content of a test file."""


class FtpsDestination:
    """Connections open at first use, and again after they were lost."""

    class Config(Store, FtpSettings):
        kind: Literal["ftps"]
        root: str = Field(
            min_length=1,
            description="Folder on the server; without a leading / it is relative to the login folder.",
            examples=["public_html/media"],
        )

        @field_validator("root")
        @classmethod
        def _is_a_folder(cls, value: str) -> str:
            if not value.isprintable():
                raise ValueError("must not hold line breaks or control characters")
            return checked_root(value)

        def identity(self) -> str:
            """With the user, as each account has its own login folder, and often sees nothing else."""
            root = posixpath.normpath(self.root).replace("//", "/")
            return f"{self.kind} {self.user}@{self.host.lower().rstrip('.')}:{self.port} {root}"

    mark_lasts = (2.0, 0.0)

    def __init__(self, config: Config, pace: Pace | None = None) -> None:
        self._remote = _FtpsRemote(config, pace)

    def check(self, folder: str = "") -> None:
        """Create, rename, replace and remove a file: every run replaces its owner mark."""
        from syncer.destinations.ftps.trial import drop_trial, expect_kept

        path, made = staging.trial(folder), list[str]()
        files = [posixpath.join(folder, staging.staged_name())]
        try:
            with self._remote.session(path, WRITING, proof=False) as tree:
                tree.make(path, made)
                staged = tree.write(path, TRIAL, files.append)
                if not tree.shows(staged):
                    _warn_hidden(self._remote.place)
                tree.publish(staged, files[0])
                tree.publish(tree.write(path, TRIAL, files.append), files[0])
                expect_kept(tree, files[0], TRIAL)
                drop_trial(tree, files, self._remote.place)
        except BaseException:
            self._sweep(path, files, made)
            raise
        self._sweep(path, [], made)

    def _sweep(self, path: str, files: list[str], made: list[str]) -> None:
        if not files and not made:
            return
        with suppress(SyncerError), self._remote.session(path) as tree:
            for file in files:
                tree.drop(file)
            tree.remove_empty(made)

    def stage(
        self,
        path: str,
        media_type: str,
        place: str | None = None,
        resume: Resume | None = None,
        *,
        proof: bool = False,
    ) -> AbstractContextManager[protocols.Staged]:
        """The web server derives the media type from the name; FTP can't use `place`."""
        del media_type, place
        return FtpsStaged(self._remote, to_publish(path, proof=proof), resume)

    def stat(self, path: str) -> Stored | None:
        path_below_root(path)
        found = self._remote.look(path)
        if found is None or found.is_folder:
            return None
        return Stored(path, found.size or 0, version=ftp_version(found), modified=found.modified)

    def open(self, stored: Stored) -> AbstractContextManager[Reader]:
        path_below_root(stored.path)
        return self._remote.reading(stored)

    def room(self) -> None:
        """`None`: FTP has no request for the free space."""

    def delete(self, path: str) -> None:
        with self._remote.session(path_below_root(path)) as tree:
            tree.remove(path)

    def litter(self, older_than: timedelta | None = None) -> Iterator[Litter]:
        """Sorted by name, one folder after another. Every file with a staged name is ours."""
        from syncer.destinations.ftps.listed import staged_files

        before = datetime.now(UTC) - (older_than or timedelta())
        with self._remote.session("") as tree:
            for name, facts in staged_files(tree):
                if older_than is None or (facts.modified and facts.modified <= before):
                    yield Litter(name, locator=name, modified=facts.modified)

    def discard(self, litter: Litter) -> None:
        staging.refuse_unstaged(litter.locator)
        with self._remote.session(litter.name) as tree:
            tree.remove(litter.locator)

    def listing(self) -> Iterator[Stored]:
        from syncer.destinations.ftps.listed import all_files

        with self._remote.session("") as tree:
            yield from all_files(tree)

    def mark(self) -> bytes | None:
        with self._remote.session(OWNER_MARK) as tree:
            return tree.read(OWNER_MARK, MAX_MARK)

    def put_mark(self, content: bytes, *, new: bool) -> bool:
        from syncer.destinations.ftps.lock import locked
        from syncer.destinations.ftps.refusals import in_the_way
        from syncer.destinations.ftps.trial import expect_kept

        begun: list[str] = []
        if new and (found := self._remote.look(OWNER_MARK)):
            if found.is_file:
                return False
            raise in_the_way(OWNER_MARK, is_folder=found.is_folder)
        try:
            with self._remote.session(OWNER_MARK, WRITING) as tree:
                staged = tree.write(OWNER_MARK, content, begun.append)
                expect_kept(tree, staged, content)
                if not new:
                    tree.publish(staged, OWNER_MARK)
                    return True
                with locked(tree, self._remote.pace):
                    if tree.look(OWNER_MARK):
                        tree.drop(staged)
                        return False
                    tree.publish(staged, OWNER_MARK)
        except DestinationError:
            self._sweep(OWNER_MARK, begun, [])
            raise
        return True

    def close(self) -> None:
        self._remote.close()


class _FtpsRemote:
    """The connections. Refusals of the server are raised as our errors."""

    def __init__(self, config: FtpsDestination.Config, pace: Pace | None) -> None:
        self._config = config
        self._session = FtpSession(config, DestinationError, pace)
        self._seen: set[str] = set()
        self._rename_tells: bool | None = None
        """Whether RNFR shows that a name exists; `None` before it was tried."""
        self.pace = self._session.pace
        self.place = f"{config.address}:{config.root}"

    def take(self, path: str, doing: str = "") -> Tree:
        from syncer.destinations.ftps.tree import Tree

        client = self._session.take(doing)
        try:
            with self._session.guard(client, doing, proof=False), self._explaining(path):
                return Tree(client, self._config.root, self._seen)
        except BaseException:
            self._session.give_back(client)
            raise

    def give_back(self, tree: Tree) -> None:
        self._session.give_back(tree.client)

    @contextmanager
    def session(self, path: str, doing: str = "", *, proof: bool = True) -> Iterator[Tree]:
        """The tree, for work on a path, which errors name."""
        tree = self.take(path, doing)
        try:
            with self.guard(tree, path, doing, proof=proof):
                yield tree
        finally:
            self.give_back(tree)

    @contextmanager
    def guard(self, tree: Tree, path: str, doing: str = "", *, proof: bool = True) -> Iterator[None]:
        with self._session.guard(tree.client, doing, proof=proof), self._explaining(path):
            yield

    @contextmanager
    def reading(self, stored: Stored) -> Iterator[Reader]:
        tree, circuit = self.take(stored.path, READING), self._session.circuit(READING)
        guard = partial(self.guard, tree, stored.path, READING, proof=False)
        try:
            with reading_over_ftp(tree, stored, guard, circuit.moved) as reader:
                yield reader
        finally:
            self.give_back(tree)

    def look(self, path: str) -> FileFacts | None:
        """The facts of whatever has this name, even of a link to nothing."""
        from syncer.destinations.ftps.hidden import look_closely, look_listed

        with self.session(path) as tree:
            if self._rename_tells is False:
                return look_listed(tree, path)
            found = look_closely(tree, path)
        if tree.client.usable or self._rename_tells:
            return found
        with self.session("") as tree:  # some servers accept any name for RNFR
            self._rename_tells = not tree.client.holds(tree.at(staging.staged_name()))
        return found if self._rename_tells else self.look(path)

    @contextmanager
    def _explaining(self, path: str) -> Iterator[None]:
        from syncer.connect.ftp.control import FtpRefused
        from syncer.destinations.ftps.refusals import ftps_error

        try:
            yield
        except FtpRefused as error:
            raise ftps_error(error, path, self.place) from error

    def close(self) -> None:
        self._session.close()


@cache
def _warn_hidden(place: str) -> None:
    """Once in a run."""
    log.warning(
        "%s does not list names with a leading dot, so unfinished uploads can't be found there;"
        " ask your host to show them (Pure-FTPd: DisplayDotFiles yes)",
        place,
    )


Config = FtpsDestination.Config
