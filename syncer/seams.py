"""The verbs that others implement, with their laws. `tests/contracts` holds every implementation to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from syncer.model import Asset, Content, Entry, Finding, Litter, Proof, Run, State, Stored
from syncer.pace import Circuit as Circuit  # noqa: PLC0414 - seams are imported from here
from syncer.pace import Pace as Pace  # noqa: PLC0414 - as above

T = TypeVar("T")
R = TypeVar("R")
T_contra = TypeVar("T_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)


class Reader(Protocol):
    """An open object. `read(n)` gives between 1 and `n` bytes, and `b""` only at the end.

    A stream that ends early or of another version raises, it never just ends.
    """

    def read(self, size: int, /) -> bytes: ...


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

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Reader]: ...

    def place(self, asset: Asset) -> str | None:
        """Where this very version lies in an S3 API, as `HOST[:PORT]/BUCKET/ETAG/KEY` (`connect.aws.Place`:
        bucket and ETag percent-encoded, the ETag without quotes); `None` if it lies in no S3, or can't be
        copied there in one request.

        A destination on the same endpoint may copy from there instead of being sent the bytes.
        """

    def close(self) -> None: ...


class Staged(Protocol):
    """One object on its way. Used as a context manager: leaving without `commit` leaves no trace.

    Before `commit` nothing is public under the final name; after it, all of it.
    """

    def write(self, chunk: bytes, /) -> None: ...

    def commit(self, content: Content) -> Stored:
        """Make it public, atomically, after checking that `content.size` bytes arrived."""


class Destination(Protocol):
    """Where the origin serves from. Paths are relative to its root and pass `destinations.keys.check` first.

    * `check` raises `DestinationError` unless the destination can be reached and entered; it is cheap.
    * What was committed can be read by the web server's user.
    * `delete` of what is missing is fine.
    * One instance is used by one worker at a time.
    """

    def check(self) -> None: ...

    def stage(self, path: str, media_type: str, place: str | None = None) -> AbstractContextManager[Staged]:
        """`place` is the source's `Source.place`, for a copy on the server's side."""

    def stat(self, path: str) -> Stored | None: ...

    def delete(self, path: str) -> None: ...

    def litter(self, older_than: timedelta | None = None) -> Iterator[Litter]:
        """What dead runs left staged.

        With `None` the caller holds the run's lock, so all that is certainly ours is yielded whatever its
        age, and what might be somebody else's only after a day.
        """

    def discard(self, litter: Litter) -> None: ...

    def close(self) -> None: ...


class Addresses(Protocol):
    """Asset → public path → stable URL. Pure and picklable: the same asset keeps the same URL."""

    def path(self, asset: Asset, sha256: str | None = None, media_type: str | None = None) -> str | None:
        """`None` while the path depends on bytes not read yet.

        Raises `SyncerError` where nothing may be published there: a bad name, a place that the verified
        property does not cover, the name of a signature file.
        """

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


class Catalogue(Protocol):
    """What is known of every asset. One writer: workers return outcomes, only the conductor writes.

    Every write is kept when it returns, so a killed run loses at most the outcomes in flight.
    Iterators may be left standing while entries are written.
    """

    def lock(self) -> AbstractContextManager[None]:
        """Hold the right to run. Raises `Locked`, saying who holds it and since when."""

    def entry(self, source: str, key: str) -> Entry | None: ...

    def owner(self, path: str) -> tuple[str, str] | None:
        """(source, key) of the asset whose entry bears this path."""

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

    def held(self) -> int:
        """How many paths are ours: those of entries, and retired ones."""

    def adopt(self, origin: str, destination: str) -> None:
        """Remember whose it is. Either may change; `CatalogueError` where both are another's."""

    def recognise(self, origin: str, destination: str) -> tuple[str, str] | None:
        """Whose it is by now, if anybody's. The same error; reads only."""

    def holder(self) -> str | None:
        """Who holds the right to run, in words; `None` if nobody does. Changes nothing."""

    def check(self) -> None:
        """Raises `CatalogueError` where what is kept is damaged. Reads all of it, and only that."""

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

    def missing(self, source: str | None = None) -> Iterator[Entry]:
        """Entries (of `source`) that this run has not noted. Reads only."""

    def end_listing(self, source: str, now: datetime) -> None:
        """The listing of `source` is complete: what it lacked is gone since `now` or since before (and is
        forgotten where nothing of it is public), what it held is not gone.
        """

    def retire(self, path: str, source: str, key: str, now: datetime) -> None:
        """An asset left this path for another one, and the bytes are still there."""

    def retired(self, before: datetime) -> Iterator[tuple[str, str, str]]:
        """(path, source, key) of paths that were left at `before` or earlier."""

    def forget_retired(self, path: str) -> None: ...

    def put_proof(self, proof: Proof) -> None: ...

    def proofs(self) -> list[Proof]: ...

    def begin_run(self, now: datetime) -> int: ...

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
