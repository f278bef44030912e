"""One upload to an SFTP server: a staged file, renamed at the commit.

With a `Resume` it survives lost connections: bytes that may not be on the server's disk yet (about `PART`)
are held in memory, and written again over the next connection.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from syncer.connect.circuit import WRITING
from syncer.destinations import staging
from syncer.errors import SyncerError
from syncer.model import PART, Content, Stored
from syncer.protocols import Resume

if TYPE_CHECKING:
    from syncer.connect.ssh.pipelining import Writes
    from syncer.destinations.sftp.tree import SftpDestinationTree
MOST_BREAKS = 100
"""The most lost connections of one upload; else one that always breaks early would be reopened for ever."""


class SftpRemote(Protocol):
    """The server, with a connection that opens at first use, and again after it was lost."""

    def session(
        self, path: str, doing: str = "", *, proof: bool = True
    ) -> AbstractContextManager[SftpDestinationTree]: ...

    def guard(
        self, tree: SftpDestinationTree, path: str, doing: str = "", *, proof: bool = True
    ) -> AbstractContextManager[None]: ...

    def warn_unflushed(self) -> None: ...

    def close(self) -> None: ...


class _Gone(Exception):  # noqa: N818 - reads as what happened
    """The staged file is missing, or is not as it was written."""


class SftpStaged:
    _tree: SftpDestinationTree
    _file = ""
    """Its absolute path; empty before it is created."""
    _handle: bytes
    _writes: Writes

    def __init__(self, remote: SftpRemote, path: str, resume: Resume | None = None) -> None:
        self._remote = remote
        self._path = path
        self._resume = resume
        self._made: list[str] = []
        self._kept: _Prefix | None = None
        """The part of an earlier attempt while it is compared; nothing is written meanwhile."""
        self._asks = True
        """Whether to try a command for the hash."""
        self._remembered = False
        self._lost = False
        self._safe = 0
        """All bytes before this position are safe in the file; `_unsafe` holds the later ones."""
        self._unsafe: deque[bytes] = deque()
        self._next = 0
        """The index in `_unsafe` of the next chunk to send over this connection."""
        self._breaks = 0
        self._asked = 0
        """A flush was requested for all bytes before this position."""
        self._closed = self._committed = False

    def __enter__(self) -> Self:
        try:
            with self._remote.session(self._path, WRITING, proof=False) as tree:
                self._tree = tree
                if not self._find_kept():
                    self._begin(tree.create(self._path, self._made, self._named), 0)
        except BaseException:
            self._remove(self._file)
            raise
        return self

    def _named(self, file: str) -> None:
        self._file = file

    def write(self, chunk: bytes, /) -> None:
        if self._kept:
            chunk = self._kept.compare(chunk)
            if self._kept.left:
                return
            self._again(self._prove)
        self._unsafe.append(chunk)
        while self._next < len(self._unsafe):
            self._again(self._send)
        if self._writes.position > PART and not self._remembered:
            self._remember()

    def commit(self, content: Content) -> Stored:
        if self._kept:
            raise staging.kept_differs(self._path)  # it is longer than what was written
        self._again(self._settle)
        with self._remote.guard(self._tree, self._path, WRITING):
            self._check(content)
            self._tree.publish(self._file, self._path)
            self._committed = True
        if self._resume:
            self._resume.forget()
        if not self._tree.flushes_names:
            self._remote.warn_unflushed()
        return Stored(self._path, content.size)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._committed:
            return
        if kind and not issubclass(kind, Exception):
            self._remote.close()  # an interruption may leave half an answer unread
        if not self._kept and not self._lost and not self._closed:
            with suppress(SyncerError), self._remote.guard(self._tree, self._path, WRITING, proof=False):
                self._tree.client.close_handle(self._handle)
        if self._remembered and (staging.interrupted(error) or self._breaks > MOST_BREAKS):
            return
        self._remove(self._file)
        if self._resume:
            self._resume.forget()

    # Writing, over several connections

    def _begin(self, handle: bytes, start: int) -> None:
        from syncer.connect.ssh.pipelining import Writes

        self._handle, self._lost = handle, False
        self._writes = Writes(self._tree.client, handle, start)
        self._asked, self._next = start, 0

    def _again(self, call: Callable[[], None]) -> None:
        try:
            self._resume.again(call) if self._resume else call()
        except _Gone:
            raise staging.kept_differs(self._path) from None

    @contextmanager
    def _working(self) -> Iterator[None]:
        try:
            with self._remote.guard(self._tree, self._path, WRITING, proof=False):
                yield
        except SyncerError as error:
            self._lost = error.transient
            self._breaks += 1
            error.transient = error.transient and self._breaks <= MOST_BREAKS
            raise

    def _send(self) -> None:
        """Send the next chunk. After a lost connection, all unsafe bytes are sent again."""
        if self._lost:
            self._reopen()
        with self._working():
            if self._resume and self._tree.flushes and self._writes.position - self._asked >= PART:
                self._writes.flush()
                self._asked = self._writes.position
            self._writes.write(self._unsafe[self._next])
        self._next += 1
        self._let_go()

    def _let_go(self) -> None:
        """Drop the chunks that are safe; without a `Resume` all are, as nothing is sent again."""
        safe = self._writes.flushed if self._resume and self._tree.flushes else self._writes.accepted
        while self._unsafe and (not self._resume or self._safe + len(self._unsafe[0]) <= safe):
            self._safe += len(self._unsafe.popleft())
            self._next -= 1

    def _settle(self) -> None:
        if self._lost:
            self._reopen()
        while self._next < len(self._unsafe):
            self._send()
        with self._working():
            self._writes.settle()
            self._tree.flush(self._handle, self._writes.position)

    def _reopen(self) -> None:
        """Continue over a new connection."""
        with self._remote.session(self._path, WRITING, proof=False) as tree:
            self._tree = tree
            self._begin(self._opened(self._safe), self._safe)

    def _opened(self, size: int) -> bytes:
        """The handle of the staged file. Raises `_Gone` if it has fewer than `size` bytes."""
        from syncer.connect.ssh.sftp import Refused

        client = self._tree.client
        with suppress(Refused):  # the file is gone, or the server can't continue a file
            handle = client.reopen(self._file)
            if self._tree.size(handle, self._file) >= size:
                return handle
            client.close_handle(handle)
        raise _Gone

    # The part of an earlier attempt

    def _remember(self) -> None:
        if self._resume:
            self._resume.keep(self._tree.locator(self._file))
            self._remembered = True

    def _find_kept(self) -> bool:
        locator = self._resume.kept() if self._resume else None
        found = self._tree.kept(self._path, locator) if locator else None
        if not found:
            return False
        self._file, size = found
        self._kept = _Prefix(size)
        self._remembered = True
        return True

    def _prove(self) -> None:
        """Check that the server has the compared bytes on its disk. New bytes are written after them."""
        from syncer.connect.ssh.digest import sha256_by_command, sha256_by_reading

        if not self._kept or not self._resume:
            return
        # A server may hang up at a command, so it is tried once.
        asks, self._asks = self._asks, False
        size, stopped = self._kept.size, self._resume.stopped
        with self._remote.session(self._path) as tree:
            self._tree = tree
            handle = self._opened(size)
            tree.flush(handle, size)
            theirs = sha256_by_command(tree.client, self._file, size, stopped) if asks else None
            theirs = theirs or sha256_by_reading(tree.client, self._file, size, stopped)
        if theirs != self._kept.sha256.hexdigest():
            raise _Gone
        self._safe, self._kept = size, None
        self._begin(handle, self._safe)
        self._remember()  # as of now

    # The end

    def _check(self, content: Content) -> None:
        """Close the file, and check that it is complete and that any user may read it."""
        found = self._tree.finish(self._handle, self._file, content.size)
        self._closed = True
        staging.check_size(self._path, content.size, (found.st_size or 0) if found else 0)
        if found:
            self._tree.refuse_hidden(self._path, found)

    def _remove(self, file: str) -> None:
        """Remove the file and new folders; `litter` finds what can't be removed now."""
        with suppress(SyncerError), self._remote.session(self._path) as tree:
            if file and self._remembered:
                tree.remove(tree.locator(file))  # with the folders of an earlier attempt
            elif file:
                tree.drop(file)
            tree.restore(self._path)
            tree.remove_empty(self._made)


class _Prefix:
    """The hash of the bytes that the kept part should have."""

    def __init__(self, size: int) -> None:
        self.size = self.left = size
        self.sha256 = hashlib.sha256()

    def compare(self, chunk: bytes) -> bytes:
        """Hash the bytes within the kept part. Returns the bytes after it."""
        part = chunk[: self.left]
        self.sha256.update(part)
        self.left -= len(part)
        return chunk[len(part) :]
