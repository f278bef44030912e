"""Media in a folder of an SSH server."""

from __future__ import annotations

import errno
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import Field, field_validator

from syncer.connect.circuit import READING
from syncer.connect.reasons import reason_of
from syncer.connect.ssh.connection import SshSettings
from syncer.connect.ssh.places import checked_root
from syncer.connect.ssh.session import Session
from syncer.errors import SourceError
from syncer.model import Asset, Digest, Finding
from syncer.protocols import Opened, Pace
from syncer.settings.spelling import counted
from syncer.sources import folders
from syncer.sources.irregular import Irregular
from syncer.sources.listing import Placeable

if TYPE_CHECKING:
    from syncer.connect.ssh.pipelining import Reads
    from syncer.connect.ssh.sftp import Client
    from syncer.sources.sftp_tree import SftpEntry, SftpSourceTree

R = TypeVar("R")


class SftpSource:
    """All files below a folder. The version of a file is its time of modification and its size.

    The connection opens at first use, and again after it was lost.
    """

    class Config(Placeable, SshSettings):
        kind: Literal["sftp"]
        root: str = Field(
            min_length=1,
            description="The folder on the server, relative to the user's home there; all files below it are"
            " listed.",
        )
        connections: int | None = Field(
            default=None,
            ge=2,
            description="The most connections at once, at least 2: one lists, the others read.",
        )

        @field_validator("root")
        @classmethod
        def _is_a_folder(cls, value: str) -> str:
            return checked_root(value)

    def __init__(self, name: str, config: Config, pace: Pace | None = None) -> None:
        self._name = name
        self._root = config.root
        self._config = config
        self._place = f"{config.address}:{config.root}"
        self._session = Session(config, SourceError, self._tree, pace)
        self._closed = folders.Closed(config.passes_over)
        self._irregular = Irregular(config.names)

    def assets(self) -> Iterator[Asset]:
        """One folder after another, each sorted by name. Files that vanish meanwhile are skipped.

        If folders can't be read, all others are listed before the `SourceError` that says so.
        """
        self._closed = folders.Closed(self._config.passes_over)
        self._irregular = Irregular(self._config.names)
        root, found = self._asked("", _root)
        yield from self._walked(root, found)
        now, found_now = self._asked("", _root)
        names = {each.name for each in found}
        if now != root or (names and names.isdisjoint(each.name for each in found_now)):
            # It may be unmounted: then all files would seem to be gone.
            raise SourceError(f"the folder {self._path()} was replaced while it was listed", transient=True)
        self._closed.check()

    def _walked(self, root: str, found: list[SftpEntry]) -> Iterator[Asset]:
        walk: folders.Walk[str, SftpEntry] = folders.Walk(self._path)
        walk.enter("", root, found)
        for folder, each in walk:
            locator = f"{folder.inside}{each.name}"
            met = self._met(locator, f"{folder.identity}/{each.name}", each)
            if isinstance(met, Asset):
                yield met
            elif met and not walk.is_in(met):
                # A link to a folder above it adds nothing to the listing.
                walk.enter(f"{locator}/", met, self._held(locator, met))

    def _held(self, locator: str, real: str) -> list[SftpEntry]:
        try:
            return self._asked(locator, partial(_below, real=real))
        except SourceError as error:
            if error.code != "source.denied":
                raise
            self._closed.add(locator, error)
            return []

    def _met(self, locator: str, real: str, found: SftpEntry) -> Asset | str | None:
        """The asset of a file, or the real path of a folder; `None` for anything else, or if it is gone."""
        if found.kind == stat.S_IFLNK:
            led = self._asked(locator, lambda tree: tree.follow(real))
            if isinstance(led, str):
                return folders.asset(self._name, locator, flaw=led)
            if led is None:
                return None
            real, found = led
        if found.version:
            modified = folders.when(found.modified)
            return folders.asset(self._name, locator, found.size, found.version, modified)
        if found.kind == stat.S_IFDIR:
            return real
        self._irregular.add(locator, found.kind)
        return None

    def look(self, asset: Asset) -> Asset:
        return asset

    def remarks(self) -> tuple[Finding, ...]:
        return self._irregular.findings(self._name)

    @contextmanager
    def open(self, asset: Asset, start: int = 0) -> Iterator[Opened]:
        """Read ahead from one open file, which must have the listed version at its start and at its end.

        SFTP can't open a file without following links, so their targets are checked just before.
        """
        tree = self._session.opened()
        guard = partial(self._guard, tree, asset.locator, READING, listed=True)
        with guard(proof=False):
            reads = tree.open(asset.locator, asset.version, start)
        try:
            yield _UnchangedSftpFile(
                reads,
                partial(tree.check, reads, asset.version),
                partial(guard, proof=False),
                self._session.circuit(READING).moved,
                self._path(asset.locator),
            )
        finally:
            with suppress(SourceError), guard(proof=False):
                reads.leave()

    def place(self, asset: Asset) -> str | None:  # noqa: ARG002 - it lies in no S3, whichever it is
        return None

    def close(self) -> None:
        self._session.close()

    def _tree(self, client: Client) -> SftpSourceTree:
        from syncer.connect.ssh.sftp import Refused
        from syncer.sources.sftp_tree import SftpSourceTree

        try:
            return SftpSourceTree(client, self._root)
        except Refused as error:
            raise _failure(error, self._path()) from error

    def _asked(self, locator: str, question: Callable[[SftpSourceTree], R]) -> R:
        """The answer to a question while listing, retried over a new connection. A folder is listed as a
        whole.
        """
        return self._session.retrying(partial(self._answer, locator, question))

    def _answer(self, locator: str, question: Callable[[SftpSourceTree], R]) -> R:
        tree = self._session.opened()
        with self._guard(tree, locator):
            return question(tree)

    @contextmanager
    def _guard(
        self, tree: SftpSourceTree, locator: str, doing: str = "", *, listed: bool = False, proof: bool = True
    ) -> Iterator[None]:
        """`listed`: the file was in the listing, so a missing one has changed."""
        from syncer.connect.ssh.sftp import Refused

        with self._session.guard(tree, doing, proof=proof):
            try:
                yield
            except Refused as error:
                if listed and error.errno == errno.ENOENT:
                    raise folders.file_changed(self._path(locator)) from error
                raise _failure(error, self._path(locator)) from error

    def _path(self, locator: str = "") -> str:
        """The path for messages."""
        return folders.unicode_name(f"{self._place.rstrip('/')}/{locator}" if locator else self._place)


Config = SftpSource.Config


class _UnchangedSftpFile:
    """The rest of an open file. Its last bytes are returned only if it still has the listed version."""

    def __init__(
        self,
        reads: Reads,
        check: Callable[[], None],
        guard: Callable[[], AbstractContextManager[None]],
        moved: Callable[[int], None],
        path: str,
    ) -> None:
        self._reads = reads
        self._check = check
        self._guard = guard
        self._moved = moved
        self._path = path
        self._left = reads.left
        self._chunk = b""
        self._given = 0

    def digests(self) -> tuple[Digest, ...]:
        """None: SFTP has no hashes, and SSH itself protects the bytes on the way."""
        return ()

    def read(self, size: int, /) -> bytes:
        if self._given == len(self._chunk) and self._left:
            self._chunk = self._next()
            self._left -= len(self._chunk)
            self._given = 0
        given = self._chunk[self._given : self._given + size]
        self._given += len(given)
        return given

    def _next(self) -> bytes:
        with self._guard():
            chunk = self._reads.read()
            if len(chunk) in (0, self._left):
                self._check()
        self._moved(len(chunk) if len(chunk) < self._left else 0)
        if not chunk:
            raise SourceError(
                f"{self._path} ended {counted(self._left, 'byte')} early", code="source.cut", transient=True
            )
        return chunk


def _root(tree: SftpSourceTree) -> tuple[str, list[SftpEntry]]:
    return tree.root, tree.folder(tree.root)


def _below(tree: SftpSourceTree, real: str) -> list[SftpEntry]:
    return tree.folder_if_there(real)


def _failure(error: OSError, path: str) -> SourceError:
    if error.errno == errno.ENOENT:  # only the root: files below it may vanish
        hint = "mount its disk there, or correct `root`: without a leading / it is below the user's home"
        return folders.no_root(path, hint)
    code, hint, transient = {
        errno.ENOTDIR: ("source.missing", "`root` must be a folder", False),
        errno.EACCES: ("source.denied", "let this user read it there, or exclude it", False),
        errno.EOPNOTSUPP: ("source.denied", "let this user list folders and read files there", False),
        errno.E2BIG: ("source.endless", "split that folder, or check the server's listing of it", False),
    }.get(error.errno or 0, ("source.io", "check the disk and the system's log there", True))
    what = f"{folders.shortened(path)} can't be read: {reason_of(error)}"
    return SourceError(what, code=code, hint=hint, transient=transient)
