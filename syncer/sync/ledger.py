"""Writes the outcomes of a run into the catalogue. With the conductor, it is the only writer."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from syncer.model import (
    Abandoned,
    Action,
    Asset,
    Copy,
    Delete,
    Deleted,
    Entry,
    Failed,
    Finding,
    Forget,
    Forgotten,
    Identified,
    Identify,
    Inspect,
    Inspected,
    Outcome,
    Published,
    Recheck,
    Refuse,
    Rejected,
    State,
    Withheld,
    acceptance,
    rejects,
)
from syncer.sync import scope, transitions
from syncer.sync.deletes import Deletes
from syncer.sync.departures import stays
from syncer.sync.handover import entry_of, is_found, rejected_entry, take_path
from syncer.sync.leaving import in_turn
from syncer.sync.notices import Notices
from syncer.sync.placing import Name
from syncer.sync.scan import Scan
from syncer.sync.streaks import Streaks

Told = tuple[Action, Outcome]
"""An action and its outcome, to report to the caller of the run."""


@dataclass(slots=True)
class Ledger:
    """The keys of `counts` are copied, found, in_place, rechecked, stored, kept, unpublished, rejected,
    failed, deleted, gone, stays (gone from its source, but still public) and bytes. Three more count some of
    these again: unseen (stored in place), marked (published, but the platform would refuse it) and unknown
    (published, but can't be judged).
    """

    scan: Scan
    known: Callable[[str, str, str], None] = lambda _source, _key, _path: None
    """Called with source, key and path as soon as the catalogue knows the new bytes of an asset."""
    counts: Counter[str] = field(default_factory=Counter)
    identified: deque[Asset] = field(default_factory=deque)
    """Assets to decide about, now that their version is known."""
    samples: dict[str, Entry] = field(default_factory=dict)
    """An entry that this run has seen, by media type."""
    streaks: Streaks = field(default_factory=Streaks)
    notices: Notices = field(default_factory=Notices)
    _lying: Counter[str] = field(default_factory=Counter)
    """The count `in_place`, by media type."""
    _parked: dict[Name, tuple[Copy, Published]] = field(default_factory=dict)
    deletes: Deletes = field(init=False)

    def __post_init__(self) -> None:
        self.deletes = Deletes(self.scan, self.counts, self.streaks)

    def keep(self, entry: Entry) -> None:
        if (kept := transitions.kept(entry)) != entry:
            self.scan.catalogue.put(kept)
        if not self.scan.looked_now(entry):  # what was looked at in this run is counted as that
            self.counts["rejected" if entry.state is State.REJECTED else "kept"] += 1
        self._judge(entry)

    def refuse(self, action: Refuse) -> Told:
        self.scan.catalogue.put(transitions.refused(action.entry, action.findings))
        self.counts["rejected"] += 1
        return action, Rejected(action.entry.media_type or "", action.entry.size, action.findings)

    def forget(self, action: Forget) -> Told:
        entry, catalogue = action.entry, self.scan.catalogue
        catalogue.remove(entry.source, entry.key)
        if catalogue.left(entry.path or "") in (None, entry.sha256):  # an older version left there stays ours
            catalogue.forget_retired(entry.path or "")
        self.counts["stays" if stays(entry) else "gone"] += 1
        return action, Forgotten()

    def begin(self, action: Copy) -> None:
        """Before new bytes replace old ones: if the run dies, it is unknown which bytes are live."""
        known, name = action.known, (action.asset.source, action.asset.key)
        self.samples = {kind: each for kind, each in self.samples.items() if (each.source, each.key) != name}
        if known and known.path == action.path and (begun := transitions.begun(known)) != known:
            self.scan.catalogue.put(begun)

    def confirm(self, action: Action, outcome: Outcome) -> Told | None:
        """Like `write`, but for a look at a new destination before the sources are listed: writes only what
        is certainly there or certainly missing. The run looks at the rest again after the listing.
        """
        if not isinstance(action, Recheck):
            return None
        entry = self.scan.catalogue.entry(action.entry.source, action.entry.key)
        if entry and isinstance(outcome, Published) and outcome.seen:
            return self._looked(action, entry, outcome)
        if entry and isinstance(outcome, Failed):
            self.streaks.failed(entry.source, outcome.code, outcome.message)
            if outcome.code in transitions.LOST:
                self.scan.catalogue.put(transitions.unlooked(entry, outcome))
        return None

    def stand(self, action: Action, outcome: Outcome) -> None:
        """Write whether a URL still serves the old bytes after their replacement failed."""
        if isinstance(action, Recheck) and isinstance(outcome, Published):
            entry = self.scan.catalogue.entry(action.entry.source, action.entry.key)
            if entry:
                self.scan.catalogue.put(transitions.stands(entry, outcome, self.scan.clock()))

    def write(self, action: Action, outcome: Outcome) -> Told | None:  # noqa: PLR0911 - one for each kind
        """Returns what to report, if anything."""
        match action, outcome:
            case Copy(), Abandoned(unsure):
                if action.known and not unsure:
                    self.scan.catalogue.put(action.known)
                return None
            case Copy(), Withheld(sha256):
                self._withhold(action, sha256)
                return None
            case Copy(), _:
                return self._copied(action, outcome)
            case Identify(), _:
                return self._identified(action, outcome)
            case Recheck(entry), Published() | Failed():
                return self._looked(action, self.scan.catalogue.entry(entry.source, entry.key), outcome)
            case Inspect(entry), Inspected(findings) if findings:
                self._inspected(entry, findings)
            case Delete(), Deleted() | Forgotten() | Failed():
                is_news = self.deletes.write(action, outcome)
                return (action, outcome) if is_news else None
            case _, Failed():
                self.counts["failed"] += 1
            case _:
                return None
        return action, outcome

    def _identified(self, action: Identify, outcome: Outcome) -> Told | None:
        asset = action.asset
        match outcome:
            case Identified():
                self.identified.append(outcome.asset)
            case Rejected():
                entry = action.known or Entry(asset.source, asset.key, State.FAILED)
                self._rejected(entry, asset.version, outcome)
                return action, outcome
            case Failed() if asset.version is None:
                return self._unidentified(action, outcome)
            case Failed():
                entry = action.known or Entry(asset.source, asset.key, State.FAILED)
                self._failed(entry, outcome)
                self.streaks.failed(asset.source, outcome.code, outcome.message)
                return action, outcome
        return None

    def _unidentified(self, action: Identify, outcome: Failed) -> Told | None:
        """A link that expired is no failure if its file was copied before: stable URLs exist for that."""
        known = self.scan.catalogue.entry(action.asset.source, action.asset.key)
        if known and known.state is not State.FAILED and outcome.code in scope.DEAD_LINK:
            self.keep(known)
            self.notices.orphans[known.source] += 1
            return None
        self._failed(known or Entry(action.asset.source, action.asset.key, State.FAILED), outcome)
        return action, outcome

    def _judge(self, entry: Entry) -> None:
        """Count what is published although a rule refuses it or can't judge it: unknown is never yes."""
        if entry.state is not State.PUBLISHED:
            return
        if any(finding.rule.startswith("media.") for finding in rejects(entry.findings)):
            self.counts["marked"] += 1
        if acceptance(entry.findings) is None:
            self.counts["unknown"] += 1
            self.notices.doubt(entry)

    def settle(self) -> list[Told]:
        """The listings are complete and all is copied, so the owner of each path is known."""
        parked, self._parked = self._parked, {}
        names = in_turn(self.scan, {name: outcome.path for name, (_, outcome) in parked.items()})
        return [(parked[name][0], self._published(*parked[name])) for name in names]

    def _withhold(self, action: Copy, sha256: str) -> None:
        """A later version that is public stays so."""
        asset = action.asset
        if action.known and action.known.path:
            self.scan.catalogue.put(transitions.kept(action.known))
        self.scan.catalogue.withhold(asset.source, asset.key, asset.version, sha256)
        self.counts["unpublished"] += 1

    def _copied(self, action: Copy, outcome: Outcome) -> Told | None:
        known = entry_of(action)
        match outcome:
            case Published():
                path = outcome.path
                owner = self.scan.catalogue.owner(path)
                if owner and owner != (known.source, known.key) and self.scan.may_get(path, owner):
                    self._parked[known.source, known.key] = (action, outcome)
                    return None
                return action, self._published(action, outcome)
            case Identified():  # its bytes need another path
                self.identified.append(outcome.asset)
                return None
            case Rejected():
                self._rejected(rejected_entry(self.scan, action), action.asset.version, outcome)
            case Failed():
                self._failed(known, outcome)
                self.streaks.failed(known.source, outcome.code, outcome.message)
        return action, outcome

    def _published(self, action: Copy, outcome: Published) -> Outcome:
        entry, found = entry_of(action), is_found(self.scan.catalogue, action, outcome)
        if taken := take_path(self.scan, action, outcome, self.notices):
            self._failed(entry, taken)
            self.known(entry.source, entry.key, outcome.path)
            return taken
        entry = replace(entry, in_place=action.asset.in_place, found=found)
        copied = transitions.copied(entry, action.asset.version, outcome, self.scan.clock())
        for name in self.scan.catalogue.withdrawn_as(outcome.content.sha256):
            self.notices.again(copied, ":".join(name))
        self._seen(copied, "in_place" if entry.in_place else "found" if outcome.found else "copied")
        self.known(entry.source, entry.key, outcome.path)
        if not (entry.in_place or outcome.found):
            self.counts["bytes"] += outcome.content.size
        return outcome

    def _looked(self, action: Recheck, entry: Entry | None, outcome: Published | Failed) -> Told | None:
        if entry is None:  # another asset has taken its path meanwhile
            return None
        if isinstance(outcome, Published):
            self.notices.find(entry, outcome)
            self._seen(transitions.looked(entry, outcome, self.scan.clock()), "rechecked")
        elif action.asset and _is_lost(outcome) and entry.state is not State.REJECTED:
            self._copy_again(action.asset, entry, outcome)
            return None
        else:
            self.scan.catalogue.put(transitions.unlooked(entry, outcome))
            self.counts["failed"] += 1
            self.streaks.failed(entry.source, outcome.code, outcome.message)
        return action, outcome

    def _copy_again(self, asset: Asset, entry: Entry, outcome: Failed) -> None:
        """The destination lost the file and the source still has it: decide again, and copy."""
        self.scan.catalogue.put(replace(transitions.unlooked(entry, outcome), attempts=entry.attempts))
        self.identified.append(asset)
        self.notices.lose(asset)

    def _seen(self, entry: Entry, word: str) -> None:
        self.scan.catalogue.put(entry)
        self.streaks.succeeded(entry.source, *(() if entry.in_place else ("",)))  # nothing is written for it
        self._judge(entry)
        seen = entry.state is State.PUBLISHED
        if seen or word != "in_place":
            self.counts[word] += 1
        if seen:
            self.samples.setdefault(entry.media_type or "", entry)
            self._lying[entry.media_type or ""] += word == "in_place"
        else:
            self._unseen(entry)

    def _unseen(self, entry: Entry) -> None:
        self.counts["stored"] += 1
        self.counts["unseen"] += entry.in_place

    def _rejected(self, entry: Entry, version: str | None, outcome: Rejected) -> None:
        self.streaks.succeeded(entry.source)  # it could be read
        self.scan.catalogue.put(transitions.rejected(entry, version, outcome))
        self.counts["rejected"] += 1

    def _failed(self, entry: Entry, outcome: Failed) -> None:
        self.scan.catalogue.put(transitions.failed(entry, outcome))
        self.counts["failed"] += 1

    def _inspected(self, sample: Entry, findings: tuple[Finding, ...]) -> None:
        """If a plain GET fails for one file, it fails for all of its type: look again at all of them."""
        self.scan.remarks.extend(findings)
        if all(finding.rule in scope.NOT_OF_A_TYPE for finding in rejects(findings)):
            return  # the origin gave no answer, which says nothing about the media type
        for entry in self.scan.catalogue.entries(State.PUBLISHED):
            if entry.media_type == sample.media_type:
                self.scan.catalogue.put(transitions.unserved(entry, findings))
                self._unseen(entry)
        self.counts["in_place"] -= self._lying.pop(sample.media_type or "", 0)


def _is_lost(outcome: Failed) -> bool:
    """Whether the destination certainly does not hold what was stored there."""
    return outcome.code in transitions.LOST and not outcome.unsure
