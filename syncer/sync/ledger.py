"""What a run writes into the catalogue: the outcomes, as they come. The one writer."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
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
    Severity,
    State,
    acceptance,
    rejects,
    unknowns,
)
from syncer.settings.spelling import counted
from syncer.sync import scope, transitions
from syncer.sync.departures import stays
from syncer.sync.scan import Scan, collision

Told = tuple[Action, Outcome]

MOST_DOUBTS = 5
"""Reasons why files can't be judged that one run names."""


@dataclass(slots=True)
class Ledger:
    """`counts` by word: copied, found, in_place, rechecked, stored, kept, unpublished, rejected, failed,
    deleted, gone, stays (gone from its source, and public all the same), bytes; and beside those words, of
    what is stored: unseen, which is in place; and of what is published: marked, which the platform would
    refuse, and unknown, which can't be judged.
    """

    scan: Scan
    known: Callable[[str, str, str], None] = lambda _source, _key, _path: None
    """Is told of each asset whose new bytes the catalogue has."""
    counts: Counter[str] = field(default_factory=Counter)
    identified: deque[Asset] = field(default_factory=deque)
    """To be decided about, now that their version is known."""
    samples: dict[str, Entry] = field(default_factory=dict)
    """By media type, something that was seen in this run."""
    streak: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Failures in a row, by source and code; those of the destination have no source."""
    last: dict[tuple[str, str], str] = field(default_factory=dict)
    """What the last one of them said."""
    good: Counter[str] = field(default_factory=Counter)
    """What went well, by source; at the destination without one."""
    orphans: Counter[str] = field(default_factory=Counter)
    """By source, what is published and can't be read at its source any more."""
    undecided: Counter[str] = field(default_factory=Counter)
    """Published files that no rule refuses and not every rule could judge, by what keeps it from that."""
    _example: dict[str, str] = field(default_factory=dict)
    _lying: Counter[str] = field(default_factory=Counter)
    """By media type, what `counts` has as `in_place`."""
    _lost: dict[str, list[str]] = field(default_factory=dict)
    """By source, keys of what the destination lost."""
    _parked: list[tuple[Copy, Published]] = field(default_factory=list)

    def keep(self, entry: Entry) -> None:
        kept = transitions.kept(entry)
        if kept != entry:
            self.scan.catalogue.put(kept)
        # What was looked at in this run already is counted as that.
        if entry.checked_at is None or not self.scan.terms.now < entry.checked_at <= self.scan.clock():
            self.counts["rejected" if entry.state is State.REJECTED else "kept"] += 1
        self._judge(entry)

    def refuse(self, action: Refuse) -> Told:
        self.scan.catalogue.put(transitions.refused(action.entry, action.findings))
        self.counts["rejected"] += 1
        return action, Rejected(action.entry.media_type or "", action.entry.size, action.findings)

    def forget(self, action: Forget) -> Told:
        entry, catalogue = action.entry, self.scan.catalogue
        catalogue.remove(entry.source, entry.key)
        if entry.path and not (entry.in_place or entry.found):  # what comes to lie there is not ours
            catalogue.forget_retired(entry.path)
        self.counts["stays" if stays(entry) else "gone"] += 1
        return action, Forgotten()

    def begin(self, action: Copy) -> None:
        """If the run dies in the middle, it is unknown which bytes are live."""
        known, name = action.known, (action.asset.source, action.asset.key)
        self.samples = {kind: each for kind, each in self.samples.items() if (each.source, each.key) != name}
        if known and known.path == action.path and (begun := transitions.begun(known)) != known:
            self.scan.catalogue.put(begun)

    def confirm(self, action: Action, outcome: Outcome) -> Told | None:
        """As `write`, of a look at a new destination before the sources are listed: writes what is surely
        there and what surely is not. The rest is looked at again after the listing.
        """
        if not isinstance(action, Recheck):
            return None
        entry = self.scan.catalogue.entry(action.entry.source, action.entry.key)
        if entry and isinstance(outcome, Published) and outcome.seen:
            return self._looked(action, entry, outcome)
        if entry and isinstance(outcome, Failed):
            self._in_a_row(entry.source, outcome.code, outcome.message)
            if outcome.code in transitions.LOST:
                self.scan.catalogue.put(transitions.unlooked(entry, outcome))
        return None

    def stand(self, action: Action, outcome: Outcome) -> None:
        """Write whether a URL still serves the old bytes, as a look found after their replacement failed."""
        if isinstance(action, Recheck) and isinstance(outcome, Published):
            entry = self.scan.catalogue.entry(action.entry.source, action.entry.key)
            if entry:
                self.scan.catalogue.put(transitions.stands(entry, outcome, self.scan.clock()))

    def write(self, action: Action, outcome: Outcome) -> Told | None:
        """What to tell of it, if anything."""
        match action, outcome:
            case Copy(), Abandoned(unsure):
                if action.known and not unsure:
                    self.scan.catalogue.put(action.known)
                return None
            case Copy(), _:
                return self._copied(action, outcome)
            case Identify(), _:
                return self._identified(action, outcome)
            case Recheck(entry), Published() | Failed():
                return self._looked(action, self.scan.catalogue.entry(entry.source, entry.key), outcome)
            case Inspect(entry), Inspected(findings) if findings:
                self._inspected(entry, findings)
            case Delete(), Deleted():
                self._deleted(action)
            case Delete(), Failed():
                self._undeleted(action, outcome)
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
                self._in_a_row(asset.source, outcome.code, outcome.message)
                return action, outcome
        return None

    def _unidentified(self, action: Identify, outcome: Failed) -> Told | None:
        """Links end; what was copied before is at its stable URL for that very reason."""
        known = self.scan.catalogue.entry(action.asset.source, action.asset.key)
        _, _, word = outcome.code.partition(".")
        if known and known.state is not State.FAILED and word in _OVER:
            self.keep(known)
            self.orphans[known.source] += 1
            return None
        self._failed(known or Entry(action.asset.source, action.asset.key, State.FAILED), outcome)
        return action, outcome

    def orphaned(self) -> Iterator[Finding]:
        for source, count in self.orphans.items():
            one = f"published file of {source} can't be read there any more; it stays"
            many = f"published files of {source} can't be read there any more; they stay"
            yield Finding(
                "source.over",
                Severity.WARN,
                f"{counted(count, one, many)} as before",
                value=str(count),
                hint="their stable URLs go on working; give new links only for files that changed",
            )

    def _judge(self, entry: Entry) -> None:
        """Unknown is not yes: what is published and refused, or can't be judged, is counted."""
        if entry.state is not State.PUBLISHED:
            return
        if any(finding.rule.startswith("media.") for finding in rejects(entry.findings)):
            self.counts["marked"] += 1
        if acceptance(entry.findings) is not None:
            return
        why = unknowns(entry.findings)[0].message
        self.counts["unknown"] += 1
        self.undecided[why] += 1
        self._example.setdefault(why, f"{entry.source}:{entry.key}")

    def doubts(self) -> Iterator[Finding]:
        """What keeps published files from being judged, each once."""
        for why, count in self.undecided.most_common(MOST_DOUBTS):
            they = "it" if count == 1 else "they"
            yield Finding(
                "media.unread",
                Severity.UNKNOWN,
                f"{count} published, and it can't be told whether {they} would be accepted: {why};"
                f" {self._example[why]} for one",
                value=str(count),
                hint="they are in the manifest with accepted: null; `syncer check` reads them again",
            )

    def settle(self) -> list[Told]:
        """The listings are complete, so it is known whose the paths are."""
        parked, self._parked = self._parked, []
        return [(action, self._published(action, outcome)) for action, outcome in parked]

    def _copied(self, action: Copy, outcome: Outcome) -> Told | None:
        known = _entry(action)
        match outcome:
            case Published():
                owner = self.scan.catalogue.owner(outcome.path)
                if owner and owner != (known.source, known.key) and self.scan.stands(owner) is None:
                    self._parked.append((action, outcome))
                    return None
                return action, self._published(action, outcome)
            case Identified():  # its path is another one
                self.identified.append(outcome.asset)
                return None
            case Rejected():
                self._rejected(self._handed_over(action), action.asset.version, outcome)
            case Failed():
                self._failed(known, outcome)
                self._in_a_row(known.source, outcome.code, outcome.message)
        return action, outcome

    def _handed_over(self, action: Copy) -> Entry:
        """The entry of what is rejected: without the path where another's file lies, or lay in place."""
        entry, in_place = _entry(action), action.asset.in_place
        if entry.in_place is in_place:
            return entry
        if entry.ours and entry.path and entry.path != action.path:
            self.scan.catalogue.retire(entry.path, entry.source, entry.key, self.scan.terms.now)
        return replace(entry, path=None, url=None, in_place=in_place, found=False)

    def _published(self, action: Copy, outcome: Published) -> Outcome:
        catalogue, entry = self.scan.catalogue, _entry(action)
        owner = catalogue.owner(outcome.path)
        found = self._is_found(action, outcome)
        if owner and owner != (entry.source, entry.key):
            if self.scan.stands(owner) is not False:
                taken = collision(owner, (entry.source, entry.key), outcome.path)
                self._failed(entry, taken)
                return taken
            catalogue.remove(*owner)
        left = action.known
        if left and left.ours and left.path and left.path != outcome.path:
            # Before the entry leaves the path: a run that is killed in between still knows of it.
            catalogue.retire(left.path, left.source, left.key, self.scan.terms.now)
        entry = replace(entry, in_place=action.asset.in_place, found=found)
        copied = transitions.copied(entry, action.asset.version, outcome, self.scan.clock())
        self._seen(copied, "in_place" if entry.in_place else "found" if outcome.found else "copied")
        self.known(entry.source, entry.key, outcome.path)
        if not (entry.in_place or outcome.found):
            self.counts["bytes"] += outcome.content.size
        return outcome

    def _is_found(self, action: Copy, outcome: Published) -> bool:
        """Whether syncer did not write what it found at the path. The worker does not know of all paths that
        are ours: where all bytes tell the path, or a run died before its file was seen.
        """
        known = action.known
        is_own = known and known.path == outcome.path and not (known.in_place or known.found)
        if known and known.doubted and known.sha256 != outcome.content.sha256:
            is_own = False  # syncer never had these bytes there
        return outcome.found and not (is_own or self.scan.catalogue.wrote(outcome.path))

    def _looked(self, action: Recheck, entry: Entry | None, outcome: Published | Failed) -> Told | None:
        if entry is None:  # another asset has taken its path meanwhile
            return None
        if isinstance(outcome, Published):
            self._seen(transitions.looked(entry, outcome, self.scan.clock()), "rechecked")
        elif action.asset and _is_lost(outcome) and entry.state is not State.REJECTED:
            self._copy_again(action.asset, entry, outcome)
            return None
        else:
            self.scan.catalogue.put(transitions.unlooked(entry, outcome))
            self.counts["failed"] += 1
            self._in_a_row(entry.source, outcome.code, outcome.message)
        return action, outcome

    def _copy_again(self, asset: Asset, entry: Entry, outcome: Failed) -> None:
        """The destination lost what the source still has: it is decided about anew, and copied."""
        lost = transitions.unlooked(entry, outcome)
        self.scan.catalogue.put(replace(lost, attempts=entry.attempts))
        self.identified.append(asset)
        self._lost.setdefault(asset.source, []).append(asset.key)

    def lost(self) -> Iterator[Finding]:
        """What the destination held no more, or not as it was stored, and this run copies again."""
        for source, keys in self._lost.items():
            one = f"published file was not at the destination any more as it was stored: '{keys[0]}'"
            many = f"published files were not at the destination any more as stored, such as '{keys[0]}'"
            yield Finding(
                "destination.changed",
                Severity.WARN,
                f"source {source}: {counted(len(keys), one, many)}",
                value=str(len(keys)),
                hint="this run copies again what the source has; look for what else changes files there",
            )

    def _seen(self, entry: Entry, word: str) -> None:
        self.scan.catalogue.put(entry)
        self._went_well(entry.source, *(() if entry.in_place else ("",)))  # which is not written
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
        if entry.in_place:
            self.counts["unseen"] += 1

    def _went_well(self, *places: str) -> None:
        """At a source, or (empty) at the destination."""
        self.good.update(places)
        for where, code in list(self.streak):
            if where in places:
                del self.streak[where, code]

    def _rejected(self, entry: Entry, version: str | None, outcome: Rejected) -> None:
        self._went_well(entry.source)  # it could be read
        self.scan.catalogue.put(transitions.rejected(entry, version, outcome))
        self.counts["rejected"] += 1

    def _failed(self, entry: Entry, outcome: Failed) -> None:
        self.scan.catalogue.put(transitions.failed(entry, outcome))
        self.counts["failed"] += 1

    def _in_a_row(self, source: str, code: str, message: str) -> None:
        """Of what was read or written; links that can't be read say nothing of other links."""
        place = scope.failure_scope(source, code)
        if place is not None:
            self.streak[place, code] += 1
            self.last[place, code] = message

    def in_a_row(self, place: str) -> int:
        """How much failed there, of whatever kind, since something went well."""
        return sum(times for (where, _), times in self.streak.items() if where == place)

    def commonest(self, place: str) -> str:
        """The code of most of those failures."""
        codes = {code: times for (where, code), times in self.streak.items() if where == place}
        return max(codes, key=codes.__getitem__)

    def _inspected(self, sample: Entry, findings: tuple[Finding, ...]) -> None:
        """What a plain GET does not get of one, it gets of none of its type: all are looked at again."""
        self.scan.remarks.extend(findings)
        if all(
            finding.rule in _UNANSWERED for finding in rejects(findings)
        ):  # which says nothing of the type
            return
        for entry in self.scan.catalogue.entries(State.PUBLISHED):
            if entry.media_type == sample.media_type:
                self.scan.catalogue.put(transitions.unserved(entry, findings))
                self._unseen(entry)
        self.counts["in_place"] -= self._lying.pop(sample.media_type or "", 0)

    def _deleted(self, action: Delete) -> None:
        catalogue = self.scan.catalogue
        catalogue.forget_retired(action.path)
        entry = catalogue.entry(action.source, action.key)
        if entry and entry.path == action.path:
            catalogue.remove(action.source, action.key)
        self._went_well("")
        self.counts["deleted"] += 1

    def _undeleted(self, action: Delete, outcome: Failed) -> None:
        """It is told with its entry; of a path that an asset left, in the summary."""
        catalogue = self.scan.catalogue
        told = replace(outcome, message=f"'{action.path}' could not be deleted: {outcome.message}")
        entry = catalogue.entry(action.source, action.key)
        if entry and entry.path == action.path:
            catalogue.put(transitions.undeleted(entry, told))
        else:
            hint = told.hint or "the next run tries again"
            self.scan.remarks.append(Finding(told.code, Severity.WARN, told.message, hint=hint))
        self.counts["failed"] += 1
        self._in_a_row("", outcome.code, outcome.message)


def _is_lost(outcome: Failed) -> bool:
    """Whether the destination surely does not hold what was stored there."""
    return outcome.code in transitions.LOST and not outcome.unsure


_UNANSWERED = ("origin.unreachable", "origin.tls", "origin.protocol", "origin.dns")
"""What keeps any URL of an origin from being looked at."""

_OVER = {"denied", "expired", "missing", "page"}
"""Failures of a link that was fine once."""


def _entry(action: Copy) -> Entry:
    """The one to write into. Until the asset is published, the file at its path stays whose it was."""
    asset = action.asset
    return action.known or Entry(asset.source, asset.key, State.FAILED, in_place=asset.in_place)
