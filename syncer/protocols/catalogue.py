"""The contract of the catalogue, which knows every asset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from syncer.model import Asset, Entry, Proof, Recalled, Run, State, Undeleted
from syncer.protocols.tenure import Tenures


class Entries(Protocol):
    """The entries: one for each asset."""

    def entry(self, source: str, key: str) -> Entry | None: ...

    def owner(self, path: str) -> tuple[str, str] | None:
        """(source, key) of the asset whose entry has this path."""

    def put(self, entry: Entry) -> None:
        """Write an entry. Its path is then not retired any more.

        Raises `CatalogueError` (`catalogue.path`) if another asset's entry has that path.
        """

    def remove(self, source: str, key: str) -> None: ...

    def entries(self, *states: State) -> Iterator[Entry]:
        """Entries in these states, or all; sorted by URL (code points), those without a URL first."""

    def count(self, *states: State) -> int: ...

    def troubled(self) -> Iterator[Entry]:
        """Entries with a problem, in the same order."""

    def unconfirmed(self) -> Iterator[Entry]:
        """Stored entries that are `Entry.unconfirmed`, in the same order."""

    def lying(self) -> int:
        """The number of files in place that are published, or were and may be again."""


class Listed(Protocol):
    """What the sources have listed so far in this run, and which entries are missing there."""

    def begin_listing(self) -> None:
        """Forget the listings of an earlier run."""

    def note(self, asset: Asset, path: str | None) -> Asset | None:
        """A listing of this run has the asset, for `path`, so it is not missing.

        If this run has already noted an asset with the same source and key, or else with the same path,
        returns that one, which keeps the path. Only its source, key and locator are set.
        """

    def claim(self, asset: Asset, path: str | None) -> Asset | None:
        """Set the path of an asset that was noted without one. If another asset of this run has the path
        already, returns that one; only its source, key and locator are set.
        """

    def noted(self, source: str, key: str) -> bool:
        """Whether this run has noted the asset."""

    def claimed(self, path: str, by: tuple[str, str] | None = None) -> bool:
        """Whether this run has noted an asset for this path: any one, or that with this source and key."""

    def missing(self, source: str | None = None) -> Iterator[Entry]:
        """Entries (of `source`) that this run has not noted. It only reads."""

    def returned(self) -> None:
        """No asset that this run has noted is gone, even if its listing was incomplete."""

    def end_listing(self, source: str, now: datetime) -> None:
        """The listing of `source` is complete. An asset that it lacks is gone, since `now` unless it was gone
        before; if nothing of it is public, its entry is removed. An asset that it has is not gone.
        """


class Paths(Protocol):
    """Paths that syncer wrote: those of entries, and retired paths, which an asset left or a user
    unpublished.
    """

    def paths(self) -> Iterator[tuple[str, str, str]]:
        """(path, source, key) of all our paths: those of entries, then retired ones, unless their files are
        absent.
        """

    def held(self, source: str | None = None) -> int:
        """The number of our paths (of `source`): those of entries that are not in place, and retired ones."""

    def wrote(self, path: str) -> bool:
        """Whether syncer wrote the file at this path of today's destination. That is so for the path of an
        entry that is `Entry.ours` and for a retired path, unless a user unpublished its file: then `left`
        knows its bytes.
        """

    def left(self, path: str) -> str | None:
        """The sha256 of the file that syncer left at this path when the config named another destination, or
        when a user unpublished it; `None` if that is unknown, and if nothing shows that syncer left it at
        today's destination. Somebody may have changed the file since.
        """

    def retire(self, path: str, source: str, key: str, now: datetime, sha256: str | None = None) -> None:
        """An asset left this path for another one, and its file is still there, with these bytes."""

    def retired(self, before: datetime) -> Iterator[tuple[str, str, str]]:
        """(path, source, key) of paths that were retired at `before` or earlier, without `undeleted` ones."""

    def undeleted(self) -> Iterator[Undeleted]:
        """The files that a user unpublished and that are not known to be gone, by path; and those that syncer
        left here before the destination changed, if their assets are gone since (`Undeleted.earlier`).
        """

    def orders(self) -> Iterator[Undeleted]:
        """These, those that were not there when they were to be deleted (`Undeleted.absent`), and all
        `Undeleted.earlier` ones.
        """

    def earlier(self, before: datetime) -> Iterator[Undeleted]:
        """The files that syncer left here before the destination changed. Since `before` or earlier, their
        assets are gone or have other paths.
        """

    def recalled(self) -> Iterator[Recalled]:
        """Every file that a user unpublished, deleted or not, the latest first, until a file is published at
        its path again.
        """

    def once_unpublished(self) -> Iterator[Recalled]:
        """The latest file of syncer's own that a user unpublished at each path that no entry has and that is
        not retired.
        """

    def versions(self, path: str) -> frozenset[str]:
        """The sha256 of each file that syncer is known to have published at this path and to publish no more:
        a user unpublished it, or a newer version replaced it.
        """

    def expect(self, path: str) -> None:
        """An unpublished file was not there. If syncer had left it there, it stays one of `orders`."""

    def unpublish(self, path: str) -> None:
        """A user unpublished the file at a retired path."""

    def forget_retired(self, path: str) -> None: ...

    def withdraw(self, entry: Entry, now: datetime) -> None:
        """Remove the entry, retire its path as one that a user unpublished, and remember the version and its
        bytes: all of it or nothing.

        The path of an entry in place is not retired, as its file is not ours to delete.
        """

    def withhold(self, source: str, key: str, version: str | None, sha256: str) -> None:
        """This version of an asset has bytes that were unpublished: the asset stays as it is. If nothing of
        it is public, its entry is removed.
        """

    def withdrawn(self, source: str, key: str) -> dict[str, str]:
        """What was unpublished of an asset by hand, until it is published again: its newest version, by the
        sha256 of its bytes. Both are empty if they are unknown.
        """

    def withdrawn_as(self, sha256: str) -> list[tuple[str, str]]:
        """(source, key) of the assets of which somebody unpublished these bytes."""

    def withdrawals(self) -> Iterator[tuple[str, str]]:
        """(source, key) of all assets of which something was unpublished by hand."""

    def readmit(self, source: str, key: str) -> None:
        """Forget that the asset, and any of its files, was unpublished."""


class Proofs(Protocol):
    """Signature files that were placed."""

    def put_proof(self, proof: Proof) -> None: ...

    def proofs(self) -> list[Proof]: ...


class Runs(Protocol):
    """What each `sync` did."""

    def begin_run(self, now: datetime) -> int:
        """Returns the number of the run. Only the last 1000 are kept.

        If the clock was set back since the last run, or was ahead in an earlier one, all waiting times
        (`gone_since`, retired paths) start again at `now`: a wrong clock must not lead to an early delete.
        """

    def end_run(self, number: int, run: Run) -> None: ...

    def last_run(self) -> Run | None: ...


class Catalogue(Entries, Listed, Paths, Proofs, Runs, Tenures, Protocol):
    """All five subjects, the owner marks, and what concerns the catalogue as a whole.

    * There is one writer: workers return outcomes, and only the conductor writes.
    * Every write is kept when it returns, so a killed run loses at most the outcomes in flight. A power cut
      may lose the last writes, but never one that comes before bytes are replaced or deleted (a stored or
      doomed entry).
    * Entries may be written while an iterator is in use.
    * Damaged data is never returned: every method raises `CatalogueError` (`catalogue.broken`) instead.
    """

    def lock(self) -> AbstractContextManager[None]:
        """Hold the right to run. Raises `Locked`, with the holder and the time since when."""

    def adopt(self, origin: str, destination: str) -> str | None:
        """Assign the catalogue to an origin and a destination. One of them may change; both only if nothing
        was published, proven or sent, otherwise `CatalogueError`.

        If the destination changes, no file is known to be there. In the same transaction, every entry changes
        as in `transitions.moved`, proofs count as unseen, and the retired paths of the old destination are
        forgotten. Returns the old destination then, otherwise `None`. `disown` does the same for an unchanged
        destination.
        """

    def rename(self, before: str, destination: str) -> None:
        """The destination has another identity now. Does nothing unless the catalogue's destination is
        `before`.
        """

    def recognise(self, origin: str, destination: str) -> tuple[str, str] | None:
        """The recorded origin and destination; `None` if there are none, or both may change. Raises the same
        error. It only reads.
        """

    def holder(self) -> str | None:
        """A text about the process that holds the right to run; `None` without one. Changes nothing."""

    def set_aside(self) -> None:
        """From now on, use a private copy: nothing is written to the catalogue itself any more."""

    def check(self) -> None:
        """Raises `CatalogueError` if anything is damaged. It reads everything and writes nothing."""

    def copy(self, today: date, keep: int, stopped: Callable[[], bool]) -> bool:
        """Copy the catalogue once a day, and keep the newest `keep` copies; 0 makes none. Returns whether a
        copy was made.

        Every row of a copy was read and is undamaged. Raises `CatalogueError` (`catalogue.copy`), which says
        nothing about the catalogue itself. It gives up if `stopped`.
        """

    def close(self) -> None: ...
