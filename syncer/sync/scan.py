"""What the sources hold, and what is to be done about it: the half of a run that changes nothing."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from unicodedata import normalize

from syncer.errors import SyncerError, UnsafePlan
from syncer.model import (
    Action,
    Asset,
    Copy,
    Entry,
    Failed,
    Finding,
    Identify,
    Keep,
    Leave,
    Recheck,
    State,
)
from syncer.probe.media_types import extension
from syncer.protocols import Addresses, Catalogue, Source
from syncer.sources.patterns import exactly
from syncer.sync import transitions
from syncer.sync.plan import MostDeletes, Terms, again, check_gone, decide
from syncer.sync.tally import Absences, Tally, fate_of_emptied, fate_of_gone
from syncer.sync.turns import LONGEST, TURN, SourceListing
from syncer.urls import safe_names
from syncer.urls.links import shown_url

Name = tuple[str, str]
"""Source and key."""

Step = tuple[Action, Failed | None]
"""An action, and why it can't be done where that is known before anything is read."""

Note = Callable[[Asset, str | None], Asset | None]
"""Remembers that an asset is listed, to be published at a path; returns another one that is in its way."""

Clock = Callable[[], datetime]
"""The time, in UTC."""


def utc() -> datetime:
    return datetime.now(UTC)


MOST_WAITING = 10_000
"""Assets held in memory until it is known whether their path is free."""


@dataclass(slots=True)
class Scan:
    """One listing of all sources. The last fields grow while `steps` is read."""

    catalogue: Catalogue
    sources: Mapping[str, Source]
    left_out: Callable[[Asset], str | None]
    """The setting of its source that keeps an asset out, or `junk`; `None` of what is wanted."""
    addresses: Addresses
    terms: Terms
    spared: Callable[[str], bool]
    """Whether a path is never deleted: signature files, and all that lies in place."""
    delete_before: datetime | None = None
    """What is gone since then or longer is to be deleted; `None` is nothing."""
    partial: bool = False
    """Only some of what there is is listed: what is not says nothing, and is left alone."""
    clock: Clock = utc
    """For what happens while the run goes on; what it decides by is `terms.now`."""
    overlooked: Callable[[Asset], str | None] = lambda _: None
    """An `exclude` that leaves out nothing, and names the folder of this asset."""
    included: Callable[[str], Mapping[str, re.Pattern[str]]] = lambda _: {}
    """The globs of a source's `include`, and what each matches."""
    limit: MostDeletes = field(default_factory=MostDeletes)
    """How many files one run may delete, and how many in place may leave the manifest."""
    moved: bool = False
    """Whether what the catalogue knows speaks of another destination than today's."""
    errors: list[SyncerError] = field(default_factory=list)
    emptied: dict[str, int] = field(default_factory=dict)
    """Sources that list nothing, and how many of their paths are ours."""
    complete: list[str] = field(default_factory=list)
    """Sources that were listed to their end."""
    remarks: list[Finding] = field(default_factory=list)
    """What they met and could not list, and what else the run has to say."""
    failed: list[str] = field(default_factory=list)
    junk: Callable[[Asset], str | None] = lambda _asset: None
    """Which kind of a system's own files an asset is that is left out for that."""
    held_back: bool = False
    """Whether more files in place are gone than `limit` allows: none of them is forgotten in this run."""
    given_up: set[str] = field(default_factory=set)
    """Sources whose rest is not to be listed; whoever reads `steps` may add to it, and to `errors`."""
    stopped: Callable[[], bool] = lambda: False
    """Whether the run is to end: no source is waited for any longer."""
    seconds: float = TURN
    """How long a source is waited for before the next one has its turn."""
    late: deque[SourceListing] = field(default_factory=deque)
    """Sources that are not listed to their end yet, after each of them had a turn."""
    _rounds: int = 0
    _unlistable: set[str] = field(default_factory=set)
    """Sources whose listing failed for good: another attempt would not help."""
    _empty: set[str] = field(default_factory=set)
    """Sources that list nothing."""
    _lying: int = 0
    """Files in place that were published when the run began."""
    _waiting: list[Asset] = field(default_factory=list)
    _crowded: bool = False
    """Whether some could not wait: the paths that they were refused are not to be deleted in this run."""

    def steps(self) -> Iterator[Step]:
        """Lazily: what the sources list, in their order, and then what is published and no source lists.

        A source that fails ends there, and the next one follows.
        """
        yield from self.turn()
        while self.late and not self.stopped():
            yield from self.turn()

    def turn(self) -> Iterator[Step]:
        """The same, as far as it goes without waiting long for one source: those are in `late`, and another
        turn goes on with them. What no source lists comes in the last one.
        """
        seconds, listings = self._turns()
        for listing in listings:
            yield from self._listed(listing, seconds)
            if self.stopped():
                return
            if not listing.is_over:
                self.late.append(listing)
        if not self.late:
            yield from self._last()

    def _turns(self) -> tuple[float, Iterator[SourceListing]]:
        """How long each may keep us waiting, and whose turn it is."""
        self._rounds += 1
        if self._rounds > 1:
            late, self.late = self.late, deque()
            return self.seconds * min(2.0 ** (self._rounds - 1), LONGEST), iter(late)
        self.catalogue.begin_listing()
        self._lying = self.catalogue.lying()
        return self.seconds, (
            SourceListing(Tally(name, dead=dict(self.included(name))), source, self.stopped)
            for name, source in self.sources.items()
        )

    def _last(self) -> Iterator[Step]:
        waiting, self._waiting = self._waiting, []
        for asset in waiting:
            yield from self._step(asset, self._entry(asset), _noted)
        if not self.partial:
            yield from self._unlisted()

    def identified(self, asset: Asset) -> Iterator[Step]:
        """What is to be done about an asset whose version is known by now."""
        entry = self._entry(asset)
        if self.left_out(asset):
            yield from self._again(entry)
        else:
            yield from self._step(asset, entry, self.catalogue.claim)

    def unconfirmed(self) -> Iterator[Recheck]:
        """What was stored at another destination, to be looked for at this one before anything is copied."""
        for entry in self.catalogue.unconfirmed():
            action = again(entry, self.terms)
            if isinstance(action, Recheck):
                yield action

    def unsettled(self) -> Iterator[Recheck]:
        """What no look in this run has seen, though its URL may still serve it: its replacement failed, was
        not tried, or a run died in the middle of it.
        """
        for entry in self.catalogue.entries(State.STORED, State.FAILED):
            action = again(entry, self.terms)
            lost = entry.error is not None and entry.error.code in transitions.LOST
            if isinstance(action, Recheck) and not (lost or self._is_settled(entry)):
                yield replace(action, first=False)

    def _is_settled(self, entry: Entry) -> bool:
        """Whether it has no bytes at a URL of today, or was looked at in this run.

        The old bytes of a file in place are gone as soon as it has new ones.
        """
        if entry.in_place or entry.unconfirmed or not entry.sha256 or not self.addresses.serves(entry):
            return True
        return entry.checked_at is not None and self.terms.now <= entry.checked_at <= self.clock()

    def deletes(self) -> datetime | None:
        """What is gone since then or longer is deleted; `None` is nothing."""
        return None if self.errors or self._crowded or self.moved else self.delete_before

    def _keeps(self) -> timedelta | None:
        """How long a copy stays whose file is gone; `None` is for ever."""
        return None if self.delete_before is None else self.terms.now - self.delete_before

    def is_expired(self, entry: Entry) -> bool:
        """Whether it is gone from its source for long enough."""
        before = self.deletes() if entry.source in self.complete else None
        return before is not None and (entry.gone_since or self.terms.now) <= before

    def stands(self, owner: Name) -> bool | None:
        """Whether an asset that has a path is still at its source; `None` while that can't be told."""
        source, key = owner
        if self.partial:
            return True
        if source not in self.sources:
            return False
        if self.catalogue.noted(source, key) or source in self.failed:
            return True
        return False if source in self.complete else None

    def _entry(self, asset: Asset) -> Entry | None:
        entry = self.catalogue.entry(asset.source, asset.key)
        return transitions.moved(entry) if entry and self.moved else entry

    def _listed(self, listing: SourceListing, seconds: float) -> Iterator[Step]:
        name, assets = listing.name, listing.turn(seconds)
        while True:
            try:
                asset = next(assets)
            except StopIteration:
                break
            except SyncerError as error:
                error.message = f"source {name}: {error.message}"
                self.errors.append(error)
                self.failed.append(name)
                self._unlistable |= set() if error.transient else {name}
                return
            if name in self.given_up:
                self.failed.append(name)
                listing.leave()
                return
            yield from self._met(asset, listing.tally)
        if listing.is_over:
            self._end(name, listing.source, listing.tally)

    def _met(self, asset: Asset, tally: Tally) -> Iterator[Step]:
        entry = self._entry(asset)
        tally.meet(asset.key)
        if reason := self.left_out(asset):
            tally.leave_out(reason, asset, self.junk(asset))
            if entry and entry.state in (State.PUBLISHED, State.STORED):
                tally.stay(reason, asset.key)
            yield from self._unwanted(asset, entry)
            return
        tally.listed += 1
        if glob := self.overlooked(asset):
            tally.overlooked[glob] += 1
        if asset.version is None and not asset.flaw:
            yield from self._unidentified(asset, entry)
        else:
            yield from self._step(asset, entry, self.catalogue.note)

    def _end(self, name: str, source: Source, tally: Tally) -> None:
        """The listing of a source is complete."""
        if not self.partial:
            self.complete.append(name)
            self.remarks.extend(tally.findings() if tally.listed else self._emptied(name, tally))
        self.remarks.extend(tally.left_as_junk())
        self.remarks.extend(source.remarks())

    def _emptied(self, name: str, tally: Tally) -> Iterator[Finding]:
        self._empty.add(name)
        held = self.catalogue.held(name)
        if held:
            self.emptied[name] = held
        missing = [entry.in_place for entry in self.catalogue.missing(name) if _was_published(entry)]
        fate = fate_of_emptied(self._keeps(), held_back=not self.limit.is_off)
        if self.limit.is_off and all(missing):
            fate = "`max_delete` is 100%, so its files leave the manifest"
        yield tally.empty(len(missing), fate)

    def _unidentified(self, asset: Asset, entry: Entry | None) -> Iterator[Step]:
        twin = self.catalogue.note(asset, None)
        if twin is None:
            yield Identify(asset, entry), None
        else:
            yield Copy(asset, None, "refused", entry), _twins(twin, asset, None)

    def _step(self, asset: Asset, entry: Entry | None, note: Note) -> Iterator[Step]:
        if self._is_withdrawn(asset, entry):
            note(asset, None)
            yield Leave(asset), None
            return
        asset, path, failed = self._path(asset, entry)
        # Whoever has the path keeps it, also where it is listed later: so it is not noted for another one.
        owner = self.catalogue.owner(path) if path and (entry is None or entry.path != path) else None
        other = note(asset, None if owner else path)
        if other is not None and path and asset.in_place and _is_misspelt(other):
            other = self.catalogue.claim(asset, path)  # this one has the name that the URL has
        if other is not None:
            failed = failed or _twins(other, asset, path)
        elif path is None and not failed and self._needs_head(asset, entry):
            yield Identify(asset, entry), None
            return
        elif owner and path:
            stands = self.stands(owner)
            if stands is None and len(self._waiting) < MOST_WAITING:
                self._waiting.append(asset)
                return
            self._crowded = self._crowded or stands is None
            failed = self._taken(asset, path, owner, gone=stands is False)
        if failed:
            yield Copy(asset, path, "refused", entry), failed
        else:
            yield self._equipped(decide(asset, entry, path, self.terms), asset), None

    def _equipped(self, action: Action, asset: Asset) -> Action:
        """A copy learns whether what lies at its path is ours, so that it may replace it. A look learns from
        what to copy the file again if the destination lost it.
        """
        if isinstance(action, Recheck) and not asset.in_place:
            return replace(action, asset=asset)
        if not isinstance(action, Copy) or action.path is None or action.asset.in_place or self.moved:
            return action
        return replace(action, ours=self.catalogue.wrote(action.path))

    def _taken(self, asset: Asset, path: str, owner: Name, *, gone: bool) -> Failed | None:
        """Why the path is not free. If its owner is gone, the first asset that asks for it gets it."""
        if not gone:
            return collision(owner, (asset.source, asset.key), path)
        other = self.catalogue.claim(asset, path)
        return _twins(other, asset, path) if other else None

    def _unwanted(self, asset: Asset, entry: Entry | None) -> Iterator[Step]:
        """A filter says what is copied. What it leaves out is not gone."""
        self.catalogue.note(asset, None)
        yield from self._again(entry)

    def _unlisted(self) -> Iterator[Step]:
        self._check_gone()
        absences = Absences()
        for entry in self.catalogue.missing():
            if self.catalogue.claimed(entry.path or ""):
                continue  # another asset is about to take its path
            gone, why = entry.in_place and entry.source in self.complete, None
            nothing = leaves_nothing(entry) and self.is_expired(entry)
            if self._is_news(entry) and not nothing:
                absences.add(entry)
            if entry.in_place and (gone or entry.source in self._unlistable):
                why = "not listed any more"
            if (self.held_back or not gone) and not nothing:
                yield from self._again(transitions.moved(entry) if self.moved else entry, why)
        fate = fate_of_gone(self._keeps(), deletes=self.deletes() is not None)
        self.remarks.extend(absences.findings(fate))

    def _check_gone(self) -> None:
        """Hold back files in place that are gone, where they are more than the limit allows."""
        gone = Counter(
            entry.source
            for name in (self.complete if self._lying else ())
            for entry in self.catalogue.missing(name)
            if entry.in_place and _was_published(entry) and not self.catalogue.claimed(entry.path or "")
        )
        try:
            check_gone(gone, self._lying, self.limit, self._empty)
        except UnsafePlan as error:
            self.held_back = True
            self.errors.append(error)

    def _is_news(self, entry: Entry) -> bool:
        """Whether this run is the first one to find it gone, or forgets it, and no error says so."""
        if entry.source not in self.complete or entry.source in self._empty:
            return False
        known = self.held_back if entry.in_place else entry.gone_since is not None
        return not known and _was_published(entry)

    def _again(self, entry: Entry | None, why: str | None = None) -> Iterator[Step]:
        """What was published is looked at, whoever still has it; also what was lost, as it may be back.

        With `why`, at once.
        """
        live = _LIVE if self.delete_before else (*_LIVE, State.DOOMED)
        if entry and entry.path and entry.state in live:
            action = again(entry, self.terms)
            if why and isinstance(action, Keep):
                action = Recheck(entry, why)
            if not isinstance(action, Keep):
                yield action, None

    def _is_withdrawn(self, asset: Asset, entry: Entry | None) -> bool:
        """Whether somebody unpublished this very version."""
        if asset.version is None or (entry and entry.path):
            return False
        return self.catalogue.withdrawn(asset.source, asset.key) == asset.version

    def _needs_head(self, asset: Asset, entry: Entry | None) -> bool:
        """Whether it is to be copied, and its first bytes tell its path: that has to be free before."""
        return self.addresses.needs_head(asset) and isinstance(decide(asset, entry, None, self.terms), Copy)

    def _path(self, asset: Asset, entry: Entry | None) -> tuple[Asset, str | None, Failed | None]:
        """With the asset, as it may have got an ending before."""
        if asset.flaw:
            return asset, None, Failed("source.name", asset.flaw, _mend(asset))
        same = entry if entry and entry.version == asset.version else None
        sha256 = same.sha256 if same else None
        try:
            path = self.addresses.path(asset, sha256)
            if path is None and asset.ending is None and (ending := self._ending(asset, entry, same)):
                asset = replace(asset, ending=ending)
                path = self.addresses.path(asset, sha256)
            if entry and entry.path and path != entry.path:
                for before in _as_before(asset, entry.path):
                    if self.addresses.path(before, entry.sha256) == entry.path:
                        asset, path = before, self.addresses.path(before, sha256)
                        break
        except SyncerError as error:
            return asset, None, Failed(error.code, error.message, error.hint)
        return asset, path, None

    def _ending(self, asset: Asset, entry: Entry | None, same: Entry | None) -> str:
        """The one that its public path has or would have; empty if that is not known. A name stays, also
        where new bytes are of another type.
        """
        if entry and entry.path and self.addresses.needs_head(asset) and safe_names.is_media(entry.path):
            return "." + entry.path.rpartition(".")[2]
        return extension(same.media_type or "") if same else ""


def _as_before(asset: Asset, path: str) -> Iterator[Asset]:
    """Ways in which it may have got this path: with the ending of its bytes, or by an earlier syncer."""
    ended = replace(asset, ending="." + path.rpartition(".")[2]) if safe_names.is_media(path) else asset
    yield replace(asset, plain_slug=True)
    yield ended
    yield replace(ended, plain_slug=True)


_LIVE = (State.PUBLISHED, State.STORED, State.FAILED)
"""Where nothing is deleted any more, what was about to be is looked at like the rest."""


def _was_published(entry: Entry) -> bool:
    return entry.path is not None and entry.state in _LIVE


def is_absent(entry: Entry) -> bool:
    """Whether it was looked for at a new destination, and is not there."""
    return entry.unconfirmed and entry.state is State.FAILED


def leaves_nothing(entry: Entry) -> bool:
    """Whether nothing of ours is at the destination, so that its entry goes without a delete."""
    return entry.found or is_absent(entry)


def _noted(asset: Asset, path: str | None) -> None:
    """It was, when it was met first."""
    del asset, path


def _is_misspelt(asset: Asset) -> bool:
    """Whether a file is not named as its key, and so as its URL: another file may be."""
    return not asset.locator.endswith(asset.key)


def _mend(asset: Asset) -> str:
    """What to do about a name that can't be published."""
    if not asset.locator:  # a row of a list is excluded by no name: the next row that is added moves it
        return "correct that row of the list, or remove it"
    if asset.in_place and _is_misspelt(asset) and normalize("NFC", asset.locator).endswith(asset.key):
        # A glob would leave out the file of the right name, too.
        return "rename it there: to the same name in form C (`convmv --nfc` does so), or to another one"
    return f"replace or rename it there, or write exclude: [{exactly(asset.key)}]"


def _twins(other: Asset, asset: Asset, path: str | None) -> Failed:
    """Two assets of one name, or on one public path: an error that names both."""
    if (other.source, other.key) != (asset.source, asset.key):
        return collision((other.source, other.key), (asset.source, asset.key), path)
    spelt = " and ".join(map(ascii, dict.fromkeys(_spelling(each) for each in (other, asset))))
    message = f"{spelt} in {asset.source} are the same name, written in two ways"
    return Failed("plan.name", message, "rename one of them")


def _spelling(asset: Asset) -> str:
    """A locator that is a URL may be signed."""
    return shown_url(asset.locator) if "://" in asset.locator else asset.locator


def collision(owner: Name, other: Name, path: str | None) -> Failed:
    return Failed(
        "plan.collision",
        f"{':'.join(owner)} and {':'.join(other)} would have one public path, '{path}'",
        "rename one of them, or put {sha256:12} into the source's `path`"
        if owner[0] == other[0]
        else "give their sources different `path` templates, such as {source}/{key}",
    )
