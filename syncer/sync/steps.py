"""Lists the sources and decides what to do with each asset: the half of a run that changes nothing."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from syncer.errors import SyncerError, UnsafePlan
from syncer.model import Action, Asset, Copy, Entry, Failed, Finding, Identify, Keep, Leave, Recheck, State
from syncer.protocols import Source
from syncer.sync import transitions
from syncer.sync.handover import not_free
from syncer.sync.leaving import MOST_WAITING, Leaving
from syncer.sync.placing import Name, is_misspelt, public_path, twins
from syncer.sync.plan import again, check_gone, decide
from syncer.sync.scan import LIVE, Scan, leaves_nothing, was_published
from syncer.sync.tally import Absences, Tally, fate_of_emptied, fate_of_gone
from syncer.sync.turns import LONGEST, SourceListing

Step = tuple[Action, Failed | None]
"""An action, and the error if it is known before reading anything that the action can't be done."""

Note = Callable[[Asset, str | None], Asset | None]
"""Remembers that an asset is listed for a path; returns the asset that already has that path."""


@dataclass(slots=True)
class Steps:
    """The steps of one scan. `late` and the private fields grow while they are read."""

    scan: Scan
    late: deque[SourceListing] = field(default_factory=deque)
    """Sources that have had a turn and are not listed to their end."""
    _rounds: int = 0
    _unlistable: set[str] = field(default_factory=set)
    """Sources whose listing failed permanently: a retry would not help."""
    _empty: set[str] = field(default_factory=set)
    """Sources that list nothing."""
    _lying: int = 0
    """Files in place that were published when the run began."""
    _waiting: list[Asset] = field(default_factory=list)
    leaving: Leaving = field(init=False)

    def __post_init__(self) -> None:
        self.leaving = Leaving(self.scan)

    def every(self) -> Iterator[Step]:
        """Lazily: first what the sources list, in their order, then what is published but not listed.

        If a source fails, the next one follows.
        """
        yield from self.turn()
        while (self.late or self.leaving) and not self.scan.stopped():
            yield from self.again() if self.leaving else self.turn()

    def turn(self) -> Iterator[Step]:
        """The same, but a slow source goes into `late`, and the next turn continues with it. The last turn
        adds what no source lists.
        """
        seconds, listings = self._turns()
        for listing in listings:
            yield from self._listed(listing, seconds)
            if self.scan.stopped():
                return
            if not listing.is_over:
                self.late.append(listing)
        if not self.late:
            yield from self._last()

    def _turns(self) -> tuple[float, Iterator[SourceListing]]:
        """How many seconds each source may take, and the sources that have a turn."""
        scan = self.scan
        self._rounds += 1
        if self._rounds > 1:
            late, self.late = self.late, deque()
            return scan.seconds * min(2.0 ** (self._rounds - 1), LONGEST), iter(late)
        scan.catalogue.begin_listing()
        self._lying = scan.catalogue.lying()
        return scan.seconds, (
            SourceListing(Tally(name, dead=dict(scan.included(name))), source, scan.stopped)
            for name, source in scan.sources.items()
        )

    def _last(self) -> Iterator[Step]:
        waiting, self._waiting = self._waiting, []
        for asset in waiting:
            yield from self._step(asset, self.scan.entry(asset), _already_noted)
        if not self.scan.partial:
            yield from self._unlisted()

    def again(self) -> Iterator[Step]:
        """The next steps for the assets that wait for a path: its owner may have left it by now."""
        for asset in self.leaving.taken():
            yield from self._step(asset, self.scan.entry(asset), self.scan.catalogue.claim)

    def identified(self, asset: Asset) -> Iterator[Step]:
        """What to do with an asset whose version is now known."""
        entry = self.scan.entry(asset)
        if self.scan.left_out(asset):
            yield from self._again(entry)
        else:
            yield from self._step(asset, entry, self.scan.catalogue.claim)

    # What the sources list

    def _listed(self, listing: SourceListing, seconds: float) -> Iterator[Step]:
        name, assets, scan = listing.name, listing.turn(seconds), self.scan
        while True:
            try:
                asset = next(assets)
            except StopIteration:
                break
            except SyncerError as error:
                error.message = f"source {name}: {error.message}"
                scan.errors.append(error)
                scan.failed.append(name)
                self._unlistable |= set() if error.transient else {name}
                return
            if name in scan.given_up:
                scan.failed.append(name)
                listing.leave()
                return
            yield from self._met(asset, listing.tally)
        if listing.is_over:
            self._end(name, listing.source, listing.tally)

    def _met(self, asset: Asset, tally: Tally) -> Iterator[Step]:
        scan, entry = self.scan, self.scan.entry(asset)
        tally.meet(asset.key)
        if reason := scan.left_out(asset):
            tally.leave_out(reason, asset, scan.junk(asset))
            if entry and entry.state in (State.PUBLISHED, State.STORED):
                tally.stay(reason, asset.key)
            # A filter decides what is copied. An asset that it leaves out is not gone, and keeps its path.
            scan.catalogue.note(asset, entry.path if entry else None)
            yield from self._again(entry)
            return
        tally.listed += 1
        if glob := scan.overlooked(asset):
            tally.overlooked[glob] += 1
        if asset.version is None and not asset.flaw:
            yield from self._unidentified(asset, entry)
        else:
            yield from self._step(asset, entry, scan.catalogue.note)

    def _end(self, name: str, source: Source, tally: Tally) -> None:
        """The listing of a source is complete."""
        if not self.scan.partial:
            self.scan.complete.append(name)
            self.scan.remarks.extend(tally.findings() if tally.listed else self._emptied(name, tally))
        self.scan.remarks.extend(tally.left_as_junk())
        self.scan.remarks.extend(source.remarks())

    def _emptied(self, name: str, tally: Tally) -> Iterator[Finding]:
        scan = self.scan
        self._empty.add(name)
        held = scan.catalogue.held(name)
        if held:
            scan.emptied[name] = held
        missing = [entry.in_place for entry in scan.catalogue.missing(name) if was_published(entry)]
        fate = fate_of_emptied(scan.keeps(), held_back=not scan.limit.is_off)
        if scan.limit.is_off and all(missing):
            fate = "`max_delete` is 100%, so its files leave the manifest"
        yield tally.empty(len(missing), fate)

    # What to do with one asset

    def _unidentified(self, asset: Asset, entry: Entry | None) -> Iterator[Step]:
        twin = self.scan.catalogue.note(asset, entry.path if entry else None)
        if twin is None:
            yield Identify(asset, entry), None
        else:
            yield Copy(asset, None, "refused", entry), twins(twin, asset, None)

    def _step(self, asset: Asset, entry: Entry | None, note: Note) -> Iterator[Step]:
        scan = self.scan
        withdrawn = self._withdrawn(asset, entry)
        if asset.version and asset.version in withdrawn.values():
            note(asset, None)
            yield Leave(asset), None
            yield from self._again(entry)
            return
        asset, path, failed = public_path(scan.addresses, asset, entry)
        # The owner keeps its path even if it is listed later, so the path is not noted for another asset.
        owner = scan.catalogue.owner(path) if path and (entry is None or entry.path != path) else None
        other = note(asset, None if owner else path)
        if other is not None and path and asset.in_place and is_misspelt(other):
            other = scan.catalogue.claim(asset, path)  # this file has the very name of the URL
        if other is not None:
            failed = failed or twins(other, asset, path)
        elif path is None and not failed and self._needs_head(asset, entry):
            yield Identify(asset, entry), None
            return
        elif owner and path:
            wants = scan.wants(owner, path)
            if wants is None and len(self._waiting) < MOST_WAITING:
                self._waiting.append(asset)
                return
            scan.crowded = scan.crowded or wants is None
            if wants and self.leaving.add(asset, path, owner):
                return
            failed = self._taken(asset, path, owner, free=wants is False)
        if failed:
            yield Copy(asset, path, "refused", entry), failed
        else:
            action = decide(asset, entry, path, scan.terms)
            if isinstance(action, Copy) and withdrawn:
                action = replace(action, withheld=frozenset(filter(None, withdrawn)))
            yield self._equipped(action, asset), None

    def _equipped(self, action: Action, asset: Asset) -> Action:
        """A `Copy` with `ours`, so that it may replace what syncer wrote; a `Recheck` with the asset, so that
        the file can be copied again if the destination lost it.
        """
        if isinstance(action, Recheck) and not asset.in_place:
            return replace(action, asset=asset)
        if not isinstance(action, Copy) or action.path is None or action.asset.in_place or self.scan.moved:
            return action
        paths, path = self.scan.catalogue, action.path
        ours = paths.wrote(path)
        return replace(action, ours=ours, left=None if ours else paths.left(path))

    def _taken(self, asset: Asset, path: str, owner: Name, *, free: bool) -> Failed | None:
        """Why the path is not free. If its owner does not need it, the first asset that asks gets it."""
        if not free:
            return not_free(self.scan, owner, (asset.source, asset.key), path)
        other = self.scan.catalogue.claim(asset, path)
        return twins(other, asset, path) if other else None

    def _withdrawn(self, asset: Asset, entry: Entry | None) -> dict[str, str]:
        """What somebody unpublished of an asset whose version is not published."""
        if entry and entry.path and entry.version == asset.version:
            return {}
        return self.scan.catalogue.withdrawn(asset.source, asset.key)

    def _needs_head(self, asset: Asset, entry: Entry | None) -> bool:
        """Whether it must be copied, and its first bytes decide its path, which must be free before that."""
        needs_head = self.scan.addresses.needs_head(asset)
        return needs_head and isinstance(decide(asset, entry, None, self.scan.terms), Copy)

    # What no source lists

    def _unlisted(self) -> Iterator[Step]:
        scan = self.scan
        self._check_gone()
        absences = Absences()
        for entry in scan.catalogue.missing():
            if scan.catalogue.claimed(entry.path or ""):
                continue  # another asset is about to take its path
            gone, why = entry.in_place and entry.source in scan.complete, None
            nothing = leaves_nothing(entry) and scan.is_expired(entry)
            if self._is_news(entry) and not nothing:
                absences.add(entry)
            if entry.in_place and (gone or entry.source in self._unlistable):
                why = "not listed any more"
            if (scan.held_back or not gone) and not nothing:
                yield from self._again(transitions.moved(entry) if scan.moved else entry, why)
        fate = fate_of_gone(scan.keeps(), deletes=scan.deletes() is not None)
        scan.remarks.extend(absences.findings(fate))

    def _check_gone(self) -> None:
        """Keep the entries of files in place that are gone, if they are more than the limit allows."""
        scan = self.scan
        gone = Counter(
            entry.source
            for name in (scan.complete if self._lying else ())
            for entry in scan.catalogue.missing(name)
            if entry.in_place and was_published(entry) and not scan.catalogue.claimed(entry.path or "")
        )
        try:
            check_gone(gone, self._lying, scan.limit, self._empty)
        except UnsafePlan as error:
            scan.held_back = True
            scan.errors.append(error)

    def _is_news(self, entry: Entry) -> bool:
        """Whether this run is the first to find it gone, or forgets it, and no error reports it."""
        if entry.source not in self.scan.complete or entry.source in self._empty:
            return False
        known = self.scan.held_back if entry.in_place else entry.gone_since is not None
        return not known and was_published(entry)

    def _again(self, entry: Entry | None, why: str | None = None) -> Iterator[Step]:
        """Look again at what was published, and at what was lost, as it may be back. `why` is a reason to
        look at once, not only when the next look is due.
        """
        # If this run deletes nothing, an entry that was about to be deleted counts as the others do.
        live = LIVE if self.scan.delete_before else (*LIVE, State.DOOMED)
        if entry and entry.path and entry.state in live:
            action = again(entry, self.scan.terms)
            if why and isinstance(action, Keep):
                action = Recheck(entry, why)
            if not isinstance(action, Keep):
                yield action, None


def _already_noted(asset: Asset, path: str | None) -> None:
    """The first pass has noted the asset already."""
    del asset, path
