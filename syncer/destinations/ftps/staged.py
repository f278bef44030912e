"""One upload to an FTP server: a staged file is compared with the sent bytes, and renamed.

The part that an earlier attempt left is not compared by itself: new bytes are appended, and at the commit the
hash of the whole file shows whether they fit together.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from syncer.connect.circuit import WRITING
from syncer.destinations import staging
from syncer.destinations.keys import printable
from syncer.errors import DestinationError, SyncerError
from syncer.model import PART, Content, Stored
from syncer.protocols import Resume

if TYPE_CHECKING:
    from syncer.connect.ftp.transfers import FtpUpload
    from syncer.destinations.ftps.tree import Tree


class Remote(Protocol):
    """The server, with connections that open when needed."""

    def take(self, path: str, doing: str = "") -> Tree:
        """A tree whose connection belongs to the caller until `give_back`."""

    def give_back(self, tree: Tree) -> None: ...

    def guard(
        self, tree: Tree, path: str, doing: str = "", *, proof: bool = True
    ) -> AbstractContextManager[None]: ...

    def session(self, path: str, doing: str = "", *, proof: bool = True) -> AbstractContextManager[Tree]: ...


class FtpsStaged:
    _tree: Tree
    _file = ""
    """Its path below the root; empty before it is created."""
    _upload: FtpUpload | None = None
    """The upload in progress."""

    def __init__(self, remote: Remote, path: str, resume: Resume | None = None) -> None:
        self._remote = remote
        self._path = path
        self._resume = resume
        self._made: list[str] = []
        self._skip = 0
        """Bytes that an earlier attempt uploaded and that `write` has not passed yet."""
        self._resumed = False
        self._size = 0
        """Bytes passed to `write`, kept ones included."""
        self._remembered = self._committed = False

    def __enter__(self) -> Self:
        self._tree = self._remote.take(self._path, WRITING)
        try:
            with self._guard():
                if not self._find_kept():
                    self._upload = self._tree.create(self._path, self._made, self._named)
        except BaseException:
            self._remote.give_back(self._tree)
            self._remove()
            raise
        return self

    def _guard(self) -> AbstractContextManager[None]:
        return self._remote.guard(self._tree, self._path, WRITING, proof=False)

    def _named(self, file: str) -> None:
        self._file = file

    def _find_kept(self) -> bool:
        """Whether an earlier attempt left a part in the folder of the path."""
        locator = self._resume.kept() if self._resume else None
        beside = locator is not None and staging.folders(locator) == staging.folders(self._path)
        if locator is None or not beside or not staging.is_staged(staging.last_part(locator)):
            return False
        found = self._tree.look(locator)
        if found is None or not found.is_file or found.size is None:
            return False
        self._file, self._skip = locator, found.size
        self._resumed = self._remembered = True
        return True

    def write(self, chunk: bytes, /) -> None:
        self._size += len(chunk)
        known = min(self._skip, len(chunk))
        self._skip -= known
        if rest := chunk[known:]:
            with self._guard():
                self._sending().send(rest)
        if self._size > PART and not self._remembered and self._resume:
            self._remember(self._resume)

    def _sending(self) -> FtpUpload:
        if self._upload is None:
            from syncer.connect.ftp.control import FtpRefused

            try:
                self._upload = self._tree.client.sending(self._tree.at(self._file), append=True)
            except FtpRefused:  # the server can't append, or the part is gone
                raise staging.kept_differs(self._path) from None
            if self._resume:
                self._remember(self._resume)  # as of now
        return self._upload

    def _remember(self, resume: Resume) -> None:
        resume.keep(self._file)
        self._remembered = True

    def commit(self, content: Content) -> Stored:
        if self._skip:
            raise staging.kept_differs(self._path)  # it is longer than what was written
        with self._remote.guard(self._tree, self._path, WRITING):
            self._finish()
            self._check(content)
            self._tree.publish(self._file, self._path)
            self._committed = True
        if self._resume:
            self._resume.forget()
        return Stored(self._path, content.size)

    def _finish(self) -> None:
        if self._upload:
            self._upload.finish()
            self._upload = None

    def _check(self, content: Content) -> None:
        """Check that all bytes arrived, and that any user may read the file."""
        staging.check_size(self._path, content.size, self._size)
        found = self._tree.let_read(self._file)
        size = found.size if found else 0
        there = size in (None, content.size)
        theirs = self._tree.client.sha256(self._tree.at(self._file), content.size) if there else ""
        if theirs == content.sha256:
            return
        if self._resumed:
            raise staging.kept_differs(self._path)
        if size is not None:
            staging.check_size(self._path, content.size, size)
        raise DestinationError(
            f"the bytes of {printable(self._path)} on the server differ from those sent (sha256 {theirs});"
            " it was not published",
            code="destination.corrupt",
            hint="if it happens again, check the disk of that server",
            transient=True,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_upload(error)
        self._remote.give_back(self._tree)
        if self._committed or (self._remembered and staging.interrupted(error)):
            return
        self._remove()
        if self._resume:
            self._resume.forget()

    def _end_upload(self, error: BaseException | None) -> None:
        """End the upload, so that the connection can be used again, unless it broke or is in doubt."""
        upload, self._upload = self._upload, None
        if upload is None:
            return
        broken = isinstance(error, DestinationError) and error.transient
        if broken or (error is not None and not isinstance(error, Exception)):
            upload.drop()
            return
        with suppress(SyncerError), self._guard():
            upload.finish()

    def _remove(self) -> None:
        """Remove the file and new folders; `litter` finds what can't be removed now."""
        with suppress(SyncerError), self._remote.session(self._path) as tree:
            if self._file and self._remembered:
                tree.remove(self._file)  # with the folders of an earlier attempt
            elif self._file:
                tree.drop(self._file)
            tree.remove_empty(self._made)
