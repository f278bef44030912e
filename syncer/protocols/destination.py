"""Where media is written."""

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
    """How an upload goes on after it broke off, in this run and in the next one.

    It remembers where a part of this very upload lies (same asset and version, path and destination), never
    what is in it: a destination uses a kept part only as far as it has proven, in this run, that the part
    holds the bytes that are written now.
    """

    def kept(self) -> str | None:
        """Where the part lies (as `Litter.locator`); `None` if there is none."""

    def keep(self, locator: str) -> None:
        """Remember it, so that a process that is killed later can go on from there."""

    def forget(self) -> None:
        """There is no such part any more."""

    def again(self, call: Callable[[], T]) -> T:
        """What `call` returns, tried again while its errors are transient. The last error is not transient:
        to start over would not help.
        """

    def stopped(self) -> bool:
        """Whether the run is being stopped."""


class Staged(Protocol):
    """One object on its way. Used as a context manager: leaving without `commit` leaves no trace.

    With a `Resume`, what has more than `PART` bytes stays where it is when the block is interrupted: by a
    transient error, by `Stopped`, by an exception that ends the process, by `kill -9`. `litter` finds it, and
    the next upload of the same version goes on from it. Every other error, and leaving without one, still
    leaves no trace.

    Before `commit` nothing is public under the final name; after it, all of it.
    """

    def write(self, chunk: bytes, /) -> None: ...

    def commit(self, content: Content) -> Stored:
        """Make it public, atomically, after checking that `content.size` bytes arrived."""


class Destination(Marked, Protocol):
    """Where the origin serves from. Paths are relative to its root. What becomes public passes
    `destinations.keys.check_path` first, so its name stands for media and no web server acts on it; what is
    looked at or deleted only has to lie below the root.

    * `check` raises `DestinationError` unless the destination can be reached and entered, and something can
      be written in the folder (empty is the root), which is made for that and taken away; it is cheap.
    * What was committed can be read by the web server's user.
    * `delete` of what is missing is fine.
    * `stat` tells of a link or a device at the path as of a file, by its own size: it is in the way of one.
    * One instance is used by one worker at a time.
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
        """`place` is the source's `Source.place`, for a copy on the server's side. A `proof` is a signature
        file: its name is the user's own and is taken as it is.

        All bytes are written from the first one, also where a part was kept: what the destination has already
        is compared and not sent again. Raises `DestinationError` with the code `destination.kept` where the
        part turns out to be another file's: it is gone then, and the caller starts over at once.
        """

    def stat(self, path: str) -> Stored | None: ...

    def open(self, stored: Stored) -> AbstractContextManager[Reader]:
        """The bytes of the file that `stat` told of, from the first one, read as they are asked for.

        It gives all of them or raises `DestinationError` before the last one: with the code
        `destination.missing` where there is no file, and `destination.changed` where it is another one, or
        none of ours (a link, a device). Leaving early frees the connection.
        """

    def room(self) -> Space | None:
        """What is left there; `None` where nobody tells."""

    def delete(self, path: str) -> None: ...

    def litter(self, older_than: timedelta | None = None) -> Iterator[Litter]:
        """What dead runs left staged, also what is kept to go on from.

        With `None` the caller holds the run's lock, so all that is certainly ours is yielded whatever its
        age, and what might be somebody else's only after a day.
        """

    def discard(self, litter: Litter) -> None: ...

    def listing(self) -> Iterator[Stored]:
        """Every file below the root, in no order, with its ETag where there is one: no links, nothing that
        is staged, no owner mark. A folder that may not be searched is passed over with a warning: what is
        not listed is not known, which is not the same as gone.
        """

    def close(self) -> None: ...
