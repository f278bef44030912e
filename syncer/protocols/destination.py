"""The contract of a destination, to which media is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol, TypeVar

from syncer.model import Content, Litter, Space, Stored
from syncer.protocols.reader import Reader
from syncer.protocols.tenure import Marked

T = TypeVar("T")


class Resume(Protocol):
    """Continues an interrupted upload, in this run and in the next one.

    It remembers where the part of this upload lies (same asset and version, path and destination), but not
    what it contains. A destination uses a kept part only as far as it has proven, in this run, that the part
    has the bytes that are written now.
    """

    def kept(self) -> str | None:
        """The place of the part (as `Litter.locator`); `None` if there is none."""

    def keep(self, locator: str) -> None:
        """Remember the part, so that the next run can continue if this one is killed."""

    def forget(self) -> None:
        """The part does not exist any more."""

    def again(self, call: Callable[[], T]) -> T:
        """The result of `call`, which is retried while its errors are transient. The last error is not
        transient, as starting over would not help.
        """

    def stopped(self) -> bool:
        """Whether the run is being stopped."""


class Staged(Protocol):
    """An object that is being uploaded, as a context manager. Leaving it without `commit` leaves no trace.

    With a `Resume`, a part of more than `PART` bytes stays when the block is interrupted: by a transient
    error, by `Stopped`, by an exception that ends the process, or by `kill -9`. `litter` finds the part, and
    the next upload of the same version continues it. After any other error, and without an error, no trace
    is left.

    Before `commit`, nothing is public under the final name; after it, the whole object is.
    """

    def write(self, chunk: bytes, /) -> None: ...

    def commit(self, content: Content) -> Stored:
        """Check that `content.size` bytes arrived, and make the object public atomically."""


class Destination(Marked, Protocol):
    """The place from which the origin serves files. Paths are relative to its root. The path of a new file
    must pass `destinations.keys.check_path`, so that its name is that of media and no web server acts on it.
    A path that is looked at or deleted only has to lie below the root.

    * `check` raises `DestinationError` unless the destination can be reached and entered, and the folder
      (empty is the root) can be written: it creates what it needs there and removes it. It is cheap.
    * The web server's user can read a committed file.
    * `delete` of a missing file is no error.
    * `stat` describes a link or a device at the path like a file, with its own size, as it is in the way.
    * One worker at a time uses an instance.
    """

    def check(self, folder: str = "") -> None: ...

    def stage(
        self,
        path: str,
        media_type: str,
        place: str | None = None,
        resume: Resume | None = None,
        *,
        proof: bool = False,
    ) -> AbstractContextManager[Staged]:
        """`place` is the source's `Source.place`, for a server-side copy. A `proof` is a signature file,
        whose name is used unchanged.

        The caller writes all bytes from the first one, even if a part was kept: the bytes that the
        destination has are compared and not sent again. Raises `DestinationError` with the code
        `destination.kept` if the part belongs to another file. The part is deleted then, and the caller
        starts over at once.
        """

    def stat(self, path: str) -> Stored | None: ...

    def open(self, stored: Stored) -> AbstractContextManager[Reader]:
        """The bytes of the file that `stat` told of, from the first one, read as they are asked for.

        It gives all of them or raises `DestinationError` before the last one: with the code
        `destination.missing` where there is no file, and `destination.changed` where it is another one, or
        none of ours (a link, a device). Leaving early frees the connection.
        """

    def room(self) -> Space | None:
        """The free space; `None` if it is unknown."""

    def delete(self, path: str) -> None: ...

    def litter(self, older_than: timedelta | None = None) -> Iterator[Litter]:
        """The staged files of killed runs, including kept parts.

        With `None` the caller holds the run's lock. Then files that are certainly ours are yielded whatever
        their age, and files that may be somebody else's only after a day.
        """

    def discard(self, litter: Litter) -> None: ...

    def listing(self) -> Iterator[Stored]:
        """Every file below the root, in any order, with its ETag if there is one: no links, no staged files,
        no owner mark. A folder without permission is skipped with a warning: a file that is not listed is
        unknown, but not gone.
        """

    def close(self) -> None: ...
