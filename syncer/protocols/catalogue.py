"""What is known of every asset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from syncer.model import Asset, Entry, Proof, Run, State
from syncer.protocols.tenure import Tenures


class Entries(Protocol):
    """What is known of each asset: a row for each."""

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

    def unconfirmed(self) -> Iterator[Entry]:
        """Entries that are `Entry.unconfirmed` and stored, in the order of `entries`."""

    def lying(self) -> int:
        """How many files in place are published, or were and may be again."""


class Listed(Protocol):
    """What the sources of this run listed so far, and what of the entries is missing there."""

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

    def returned(self) -> None:
        """What this run has noted is not gone, whether its listing was complete or not."""

    def end_listing(self, source: str, now: datetime) -> None:
        """The listing of `source` is complete: what it lacked is gone since `now` or since before (and is
        forgotten where nothing of it is public), what it held is not gone.
        """


class Paths(Protocol):
    """Paths that syncer wrote: those of entries, and retired ones, which were left or unpublished by hand."""

    def paths(self) -> Iterator[tuple[str, str, str]]:
        """(path, source, key) of all paths that are ours: those of entries, then retired ones."""

    def held(self, source: str | None = None) -> int:
        """How many paths (of `source`) are ours: those of entries that are not in place, and retired ones."""

    def wrote(self, path: str) -> bool:
        """Whether syncer wrote what lies at this path of today's destination: it is that of an entry that is
        `Entry.ours`, or a retired one, or was when this was the catalogue's destination before.
        """

    def retire(self, path: str, source: str, key: str, now: datetime) -> None:
        """An asset left this path for another one, and the bytes are still there."""

    def retired(self, before: datetime) -> Iterator[tuple[str, str, str]]:
        """(path, source, key) of paths that were left at `before` or earlier."""

    def forget_retired(self, path: str) -> None: ...

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


class Proofs(Protocol):
    """Signature files that were placed."""

    def put_proof(self, proof: Proof) -> None: ...

    def proofs(self) -> list[Proof]: ...


class Runs(Protocol):
    """What each `sync` did."""

    def begin_run(self, now: datetime) -> int:
        """Its number. Only the last 1000 are kept.

        Where the clock went back since the last run, or is back from there, all waiting times (`gone_since`,
        retired paths) start anew at `now`: nothing is deleted early because a clock was wrong.
        """

    def end_run(self, number: int, run: Run) -> None: ...

    def last_run(self) -> Run | None: ...


class Catalogue(Entries, Listed, Paths, Proofs, Runs, Tenures, Protocol):
    """All five subjects, the owner marks, and what concerns the catalogue as a whole.

    * One writer: workers return outcomes, only the conductor writes.
    * Every write is kept when it returns, so a killed run loses at most the outcomes in flight. A power cut
      may take the last writes, but none that is written before bytes are replaced or deleted (an entry
      that is stored or doomed).
    * Iterators may be left standing while entries are written.
    * What was damaged is never read as something else: every method raises `CatalogueError`
      (`catalogue.broken`) instead.
    """

    def lock(self) -> AbstractContextManager[None]:
        """Hold the right to run. Raises `Locked`, saying who holds it and since when."""

    def adopt(self, origin: str, destination: str) -> str | None:
        """Remember whose it is. Either may change; both only while nothing was published, proven or sent,
        else `CatalogueError`.

        Where the destination changed, nothing is known to be there: in the same transaction every entry
        becomes what `transitions.moved` makes of it, proofs count as unseen, and retired paths, which lie at
        the destination before, are forgotten. Returns that destination then, else `None`. `disown` does the
        same where the destination stays.
        """

    def rename(self, before: str, destination: str) -> None:
        """The destination has another identity now. Does nothing unless the catalogue is of `before`."""

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

    def close(self) -> None: ...
