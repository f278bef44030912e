"""The verbs that others implement, with their laws. `tests/contracts` holds every implementation to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from syncer.model import (
    Asset,
    Content,
    Digest,
    Entry,
    Finding,
    Litter,
    Proof,
    Run,
    Space,
    State,
    Stored,
)
from syncer.protocols.pace import Circuit as Circuit
from syncer.protocols.pace import Pace as Pace
from syncer.protocols.tenure import Marked, Tenures

T = TypeVar("T")
R = TypeVar("R")
T_contra = TypeVar("T_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)


class Reader(Protocol):
    """An open object. `read(n)` gives between 1 and `n` bytes, and `b""` only at the end.

    A stream that ends early or of another version raises, it never just ends.
    """

    def read(self, size: int, /) -> bytes: ...


class Opened(Reader, Protocol):
    """An object of a source, open at some place."""

    def digests(self) -> tuple[Digest, ...]:
        """What the source says of all bytes of this version, whatever place it was opened at. May ask it."""


class Source(Protocol):
    """Where media comes from.

    * `assets()` is lazy; keys are NFC and unique as far as the source's own names are once normalised.
      An error while listing is raised, never a short list. What can't be taken is yielded with its `flaw`.
    * What `look` completed, and all that was listed with a version, can be opened.
    * `open(asset, start)` reads exactly the bytes of `asset.version` from `start`. A change or a deletion
      since the listing raises `SourceChanged`. Leaving early frees the connection.
    * One instance is used by one worker at a time.
    """

    def assets(self) -> Iterator[Asset]: ...

    def look(self, asset: Asset) -> Asset:
        """The asset with its size and version as they are now, where the listing left the version `None`."""

    def remarks(self) -> tuple[Finding, ...]:
        """What the last complete listing met and could not list as an asset, as warnings; few, if need be by
        their number only.
        """

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Opened]: ...

    def place(self, asset: Asset) -> str | None:
        """Where this very version lies in an S3 API, as `HOST[:PORT]/BUCKET/ETAG/KEY` (`connect.s3.client`:
        bucket and ETag percent-encoded, the ETag without quotes); `None` if it lies in no S3, or can't be
        copied there in one request.

        A destination on the same endpoint may copy from there instead of being sent the bytes.
        """

    def close(self) -> None: ...


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
    `destinations.keys.check` first, so its name stands for media and no web server acts on it; what is looked
    at or deleted only has to lie below the root.

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


class Addresses(Protocol):
    """Asset → public path → stable URL. Pure and picklable: the same asset keeps the same URL."""

    def path(self, asset: Asset, sha256: str | None = None, media_type: str | None = None) -> str | None:
        """`None` while the path depends on bytes not read yet.

        It ends as media do, and nothing in it makes a web server act. Raises `SyncerError` where nothing may
        be published there: a bad name, a place that the verified property does not cover, the name of a
        signature file, bytes that are no media.
        """

    def fitting(self, asset: Asset, media_type: str) -> Asset:
        """With the ending of its bytes (`Asset.ending`), where its path would have that of another type."""

    def needs_head(self, asset: Asset) -> bool:
        """Whether the first bytes tell the path, and nobody has looked at them (`Asset.ending`)."""

    def url(self, path: str) -> str: ...

    def serves(self, entry: Entry) -> bool:
        """Whether the entry's URL is one of today's origin, and covered."""


class View(Protocol):
    """The public URL as the platform would see it. What is wrong comes back as findings, never as an error;
    those with the severity `reject` mean that the URL does not serve the content. A look that is broken off
    tells nothing: it raises `Stopped`.
    """

    def look(self, url: str, content: Content) -> tuple[Finding, ...]:
        """One ranged GET: status, type, total length and the first `HEAD_SIZE` bytes."""

    def compare(self, url: str, content: Content) -> tuple[Finding, ...]:
        """Download all of it and compare size and sha256."""

    def inspect(self, url: str, content: Content) -> tuple[Finding, ...]:
        """The other manners: a plain GET, HEAD."""

    def close(self) -> None: ...


class Catalogue(Tenures, Protocol):
    """What is known of every asset. One writer: workers return outcomes, only the conductor writes.

    * Every write is kept when it returns, so a killed run loses at most the outcomes in flight. A power cut
      may take the last writes, but none that is written before bytes are replaced or deleted (an entry
      that is stored or doomed).
    * Iterators may be left standing while entries are written.
    * What was damaged is never read as something else: every method raises `CatalogueError`
      (`catalogue.broken`) instead.
    """

    def lock(self) -> AbstractContextManager[None]:
        """Hold the right to run. Raises `Locked`, saying who holds it and since when."""

    def entry(self, source: str, key: str) -> Entry | None: ...

    def owner(self, path: str) -> tuple[str, str] | None:
        """(source, key) of the asset whose entry bears this path."""

    def wrote(self, path: str) -> bool:
        """Whether syncer wrote what lies at this path of today's destination: it is that of an entry that is
        `Entry.ours`, or a retired one, or was when this was the catalogue's destination before.
        """

    def put(self, entry: Entry) -> None:
        """The path that the entry bears is not a retired one any more.

        Raises `CatalogueError` (`catalogue.path`) where another asset's entry bears it.
        """

    def remove(self, source: str, key: str) -> None: ...

    def entries(self, *states: State) -> Iterator[Entry]:
        """In order of url (code points), those without one first; all states if none is named."""

    def count(self, *states: State) -> int: ...

    def troubled(self) -> Iterator[Entry]:
        """In the same order: those that something is wrong with."""

    def count_troubled(self) -> int: ...

    def held(self, source: str | None = None) -> int:
        """How many paths (of `source`) are ours: those of entries that are not in place, and retired ones."""

    def lying(self) -> int:
        """How many files in place are published, or were and may be again."""

    def adopt(self, origin: str, destination: str) -> str | None:
        """Remember whose it is. Either may change; both only while nothing was published, proven or sent,
        else `CatalogueError`.

        Where the destination changed, nothing is known to be there: in the same transaction every entry
        becomes what `transitions.moved` makes of it, proofs count as unseen, and retired paths, which lie at
        the destination before, are forgotten. Returns that destination then, else `None`.
        """

    def recognise(self, origin: str, destination: str) -> tuple[str, str] | None:
        """Whose it is by now, if anybody's: nobody's where both may change. The same error; reads only."""

    def holder(self) -> str | None:
        """Who holds the right to run, in words; `None` if nobody does. Changes nothing."""

    def set_aside(self) -> None:
        """Go on with a private copy: the catalogue itself is not written any more, and what is written to the
        copy ends with it.
        """

    def check(self) -> None:
        """Raises `CatalogueError` where what is kept is damaged. Reads all of it, and only that."""

    def copy(self, today: date, keep: int, stopped: Callable[[], bool]) -> bool:
        """Copy all of it, once a day, and keep that many copies; 0 makes none. Whether one was made.

        Every row of a copy was read and is right. Raises `CatalogueError` (`catalogue.copy`), which says
        nothing about the catalogue itself; gives up where `stopped`.
        """

    def begin_listing(self) -> None:
        """Forget what an earlier run listed."""

    def note(self, asset: Asset, path: str | None) -> Asset | None:
        """A listing of this run holds the asset, to be published at `path`: so it is not missing.

        Returns the asset, already noted in this run, of the same source and key, or else of the same path,
        which then stays that one's. Of the returned one only source, key and locator are known.
        """

    def claim(self, asset: Asset, path: str | None) -> Asset | None:
        """An asset noted without a path is to be published at this one. Returns another asset, noted in this
        run, that has it already; of that one only source, key and locator are known.
        """

    def noted(self, source: str, key: str) -> bool:
        """Whether this run has noted the asset."""

    def claimed(self, path: str) -> bool:
        """Whether an asset that this run has noted is to be published at this path."""

    def missing(self, source: str | None = None) -> Iterator[Entry]:
        """Entries (of `source`) that this run has not noted. Reads only."""

    def unconfirmed(self) -> Iterator[Entry]:
        """Entries that are `Entry.unconfirmed` and stored, in the order of `entries`."""

    def returned(self) -> None:
        """What this run has noted is not gone, whether its listing was complete or not."""

    def end_listing(self, source: str, now: datetime) -> None:
        """The listing of `source` is complete: what it lacked is gone since `now` or since before (and is
        forgotten where nothing of it is public), what it held is not gone.
        """

    def retire(self, path: str, source: str, key: str, now: datetime) -> None:
        """An asset left this path for another one, and the bytes are still there."""

    def retired(self, before: datetime) -> Iterator[tuple[str, str, str]]:
        """(path, source, key) of paths that were left at `before` or earlier."""

    def forget_retired(self, path: str) -> None: ...

    def paths(self) -> Iterator[tuple[str, str, str]]:
        """(path, source, key) of all paths that are ours: those of entries, then retired ones."""

    def withdraw(self, entry: Entry, now: datetime) -> None:
        """Forget the entry, retire its path, and remember the version that was unpublished: all or none.

        The path of an entry in place is not retired: the file there is not ours to delete.
        """

    def withdrawn(self, source: str, key: str) -> str | None:
        """The version that was unpublished by hand, until an entry of the asset bears a path again."""

    def withdrawals(self) -> Iterator[tuple[str, str]]:
        """(source, key) of all that was unpublished by hand."""

    def readmit(self, source: str, key: str) -> None:
        """Forget that it was unpublished."""

    def put_proof(self, proof: Proof) -> None: ...

    def proofs(self) -> list[Proof]: ...

    def begin_run(self, now: datetime) -> int:
        """Its number. Only the last 1000 are kept.

        Where the clock went back since the last run, or is back from there, all waiting times (`gone_since`,
        retired paths) start anew at `now`: nothing is deleted early because a clock was wrong.
        """

    def end_run(self, number: int, run: Run) -> None: ...

    def last_run(self) -> Run | None: ...

    def close(self) -> None: ...


class Stopped(Exception):  # noqa: N818 - reads as what happened
    """The run is being stopped; what was staged is left behind."""


class Job(Protocol[T_contra, R_co]):
    """What a worker does. Plain, picklable data; `open` makes the handles, once per worker."""

    def open(self, pace: Pace) -> AbstractContextManager[Callable[[T_contra], R_co]]: ...


class Runner(Protocol):
    """Does a job for many items.

    * Results come as they finish. Items are pulled in the caller's thread, never more than a window ahead.
    * An error from opening the job or from the job reaches the caller at once, one from `items` after the
      results of what was begun.
    * `stop` may be called from a signal handler: no more items are pulled, what runs may finish or give up,
      and the results end. A runner that was stopped stays stopped. Closing the iterator early drops what
      has not begun and waits for the rest. What hangs some seconds after a stop is left alone.
    """

    @property
    def pace(self) -> Pace: ...

    def map(self, job: Job[T, R], items: Iterable[T]) -> Iterator[R]: ...

    def stop(self) -> None: ...


class OwnershipProof(Protocol):
    """One way to prove that the host is ours. Some a program can place: `PlacedProof`."""

    def warnings(self) -> list[str]:
        """What does not look as the platform is known to want it. It may still be right."""

    def steps(self) -> list[str]:
        """What a person still does, in order."""

    def check(self, pace: Pace | None = None) -> None:
        """Raise `OwnershipError` unless the platform would find the proof now, as far as can be known."""


class PlacedProof(OwnershipProof, Protocol):
    """A proof that lies at the destination."""

    def place(self, destination: Destination) -> Proof:
        """Put it where the platform looks for it. Doing it twice is harmless."""


class ManifestFormat(Protocol):
    """Writes entries as text, one at a time, so that a million of them need no memory."""

    def chunks(self, entries: Iterable[Entry], heading: dict[str, object]) -> Iterator[str]: ...
