"""The state of one listing of all sources, and what it says about assets and entries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain

from syncer.errors import SyncerError
from syncer.model import Asset, Entry, Finding, Recheck, State
from syncer.protocols import Addresses, Catalogue, Source
from syncer.sync import transitions
from syncer.sync.placing import Name
from syncer.sync.plan import MostDeletes, Terms, again, share_of
from syncer.sync.turns import TURN

Clock = Callable[[], datetime]
"""Returns the time, in UTC."""


def utc() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Scan:
    """One listing of all sources. `Steps` fills the fields from `errors` on while it lists."""

    catalogue: Catalogue
    sources: Mapping[str, Source]
    left_out: Callable[[Asset], str | None]
    """The source's setting that leaves out an asset, or `junk`; `None` if the asset is wanted."""
    addresses: Addresses
    terms: Terms
    spared: Callable[[str], bool]
    """Whether a path is never deleted: signature files, and every file in place."""
    delete_before: datetime | None = None
    """Delete what has been gone since this time or longer; `None` deletes nothing."""
    partial: bool = False
    """Only some assets are listed, so an asset that is not listed is not gone."""
    clock: Clock = utc
    """The time of events during the run; decisions use `terms.now`."""
    overlooked: Callable[[Asset], str | None] = lambda _: None
    """The `exclude` glob that matches nothing but names the folder of this asset."""
    included: Callable[[str], Mapping[str, re.Pattern[str]]] = lambda _: {}
    """The globs of a source's `include`, each with its compiled pattern."""
    limit: MostDeletes = field(default_factory=MostDeletes)
    """How many files one run may delete, and how many in place may leave the manifest."""
    moved: bool = False
    """Whether the catalogue's entries are from another destination than today's."""
    stopped: Callable[[], bool] = lambda: False
    """Whether the run must end: then it waits for no source."""
    seconds: float = TURN
    """How long a source may take before the next one has its turn."""
    junk: Callable[[Asset], str | None] = lambda _asset: None
    """The kind of system file (such as `.DS_Store`) for which an asset is left out."""
    anew: bool = False
    """Whether another tree may be at the destination than the last run left there."""
    last: datetime | None = None
    """The begin of the run before; `None` if there was none, or if the destination can't be read now."""
    errors: list[SyncerError] = field(default_factory=list)
    emptied: dict[str, int] = field(default_factory=dict)
    """Sources that list nothing, with the number of paths that syncer owns for them."""
    complete: list[str] = field(default_factory=list)
    """Sources that were listed to their end."""
    remarks: list[Finding] = field(default_factory=list)
    """Warnings of the sources, and of the run itself."""
    failed: list[str] = field(default_factory=list)
    given_up: set[str] = field(default_factory=set)
    """Sources whose rest is not listed, and (empty) the destination. The conductor adds to it."""
    held_back: bool = False
    """Whether more files in place are gone than `limit` allows: this run forgets none of them."""
    crowded: bool = False
    """Whether too many assets waited for a path: this run deletes no path, as they may need it."""

    def doubted(self) -> str | None:
        """A path whose file may be syncer's or another's; `None` if there is none."""
        entries = self.catalogue.entries(State.STORED, State.FAILED)
        known = (each.path for each in entries if each.doubted and not each.in_place)
        left = (each.path for each in self.catalogue.undeleted() if each.doubted)
        return next(chain(known, left), None)

    def unconfirmed(self) -> Iterator[Recheck]:
        """Entries from another destination: look for their files at this one before copying anything."""
        for entry in self.catalogue.unconfirmed():
            action = again(entry, self.terms)
            if isinstance(action, Recheck):
                yield action

    def unsettled(self) -> Iterator[Recheck]:
        """Entries that this run has not looked at, though their URLs may still serve the old bytes: their
        replacement failed or was not tried, or a run died in the middle of it.
        """
        for entry in self.catalogue.entries(State.STORED, State.FAILED):
            action = again(entry, self.terms)
            lost = entry.error is not None and entry.error.code in transitions.LOST
            if isinstance(action, Recheck) and not (lost or self._is_settled(entry)):
                yield replace(action, first=False)

    def _is_settled(self, entry: Entry) -> bool:
        """Whether it has no bytes at a URL of today, or this run looked at it.

        A file in place has lost its old bytes as soon as it has new ones.
        """
        if entry.in_place or entry.unconfirmed or not entry.sha256 or not self.addresses.serves(entry):
            return True
        return entry.checked_at is not None and self.terms.now <= entry.checked_at <= self.clock()

    def looks_back(self, path: str) -> bool:
        """Whether this run looks for a file that was deleted at this path. Each path has one look in the
        interval of `recheck`, spread over runs.
        """
        if self.spared(path):
            return False
        if self.anew or self.last is None or self.terms.recheck is None:
            return self.anew
        interval = max(self.terms.recheck.total_seconds(), 1)
        own = share_of(path)
        before, now = (int(at.timestamp() / interval + own) for at in (self.last, self.terms.now))
        return now != before

    def deletes(self) -> datetime | None:
        """Delete what has been gone since this time or longer; `None` deletes nothing."""
        return None if self.errors or self.crowded or self.moved else self.delete_before

    def keeps(self) -> timedelta | None:
        """How long a copy stays after its source file is gone; `None` means for ever."""
        return None if self.delete_before is None else self.terms.now - self.delete_before

    def looked_now(self, entry: Entry) -> bool:
        """Whether its last look was in this run."""
        return entry.checked_at is not None and self.terms.now < entry.checked_at <= self.clock()

    def is_expired(self, entry: Entry) -> bool:
        """Whether it has been gone from its source for long enough to be deleted."""
        before = self.deletes() if entry.source in self.complete else None
        return before is not None and (entry.gone_since or self.terms.now) <= before

    def stands(self, owner: Name) -> bool | None:
        """Whether the asset that has a path is still at its source; `None` while that is unknown."""
        source, key = owner
        if self.partial:
            return True
        if source not in self.sources:
            return False
        if self.catalogue.noted(source, key) or source in self.failed:
            return True
        return False if source in self.complete else None

    def wants(self, owner: Name, path: str) -> bool | None:
        """Whether the asset that has a path still needs it; `None` while that is unknown.

        A rejected asset that was listed needs it only if its template gives it this path today: a file of an
        earlier version at another path keeps nobody else from it.
        """
        stands = self.stands(owner)
        if not stands or self.partial or not self.may_leave(owner, path):
            return stands
        entry = self.catalogue.entry(*owner)
        return entry is None or entry.state is not State.REJECTED

    def may_leave(self, owner: Name, path: str) -> bool:
        """Whether the asset that has a path gets another one today, or one that is not known yet."""
        return self.catalogue.noted(*owner) and not self.catalogue.claimed(path, owner)

    def may_get(self, path: str, owner: Name) -> bool:
        """Whether another asset's path may be free once everything is copied."""
        wants = self.wants(owner, path)
        return wants is None or (wants and not self.partial and self.may_leave(owner, path))

    def entry(self, asset: Asset) -> Entry | None:
        """What the catalogue knows of the asset, as it counts at today's destination."""
        entry = self.catalogue.entry(asset.source, asset.key)
        return transitions.moved(entry) if entry and self.moved else entry


LIVE = (State.PUBLISHED, State.STORED, State.FAILED)
"""States of an entry whose file may be public, apart from those about to be deleted."""


def was_published(entry: Entry) -> bool:
    return entry.path is not None and entry.state in LIVE


def is_absent(entry: Entry) -> bool:
    """Whether a look at a new destination did not find it."""
    return entry.unconfirmed and entry.state is State.FAILED


def leaves_nothing(entry: Entry) -> bool:
    """Whether syncer has no file at the destination, so that the entry goes without a delete."""
    return entry.found or is_absent(entry)
