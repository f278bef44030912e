"""What a run writes into the catalogue: the outcomes, as they come. The one writer."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from syncer import remember
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
    rejects,
)
from syncer.survey import Survey, collision

Told = tuple[Action, Outcome]


@dataclass(slots=True)
class Ledger:
    """`counts` by word: copied, rechecked, stored, kept, unpublished, rejected, failed, deleted, bytes."""

    survey: Survey
    counts: Counter[str] = field(default_factory=Counter)
    identified: deque[Asset] = field(default_factory=deque)
    """To be decided about, now that their version is known."""
    samples: dict[str, Entry] = field(default_factory=dict)
    """By media type, something that was seen in this run."""
    streak: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Failures in a row, by source and code; those of the destination have no source."""
    orphans: Counter[str] = field(default_factory=Counter)
    """By source, what is published and can't be read at its source any more."""
    _parked: list[tuple[Copy, Published]] = field(default_factory=list)

    def keep(self, entry: Entry) -> None:
        if entry.error:
            self.survey.catalogue.put(replace(entry, error=None, attempts=0))
        self.counts["rejected" if entry.state is State.REJECTED else "kept"] += 1

    def refuse(self, action: Refuse) -> Told:
        self.survey.catalogue.put(remember.refused(action.entry, action.findings))
        self.counts["rejected"] += 1
        return action, Rejected(action.entry.media_type or "", action.entry.size, action.findings)

    def begin(self, action: Copy) -> None:
        """Who is killed while new bytes replace old ones does not know which of them are there."""
        known = action.known
        if known and known.state is State.PUBLISHED and known.path == action.path:
            self.survey.catalogue.put(replace(known, state=State.STORED))

    def write(self, action: Action, outcome: Outcome) -> Told | None:
        """What to tell of it, if anything."""
        match action, outcome:
            case Copy(), Abandoned(unsure):
                if action.known and not unsure:
                    self.survey.catalogue.put(action.known)
                return None
            case Copy(), _:
                return self._copied(action, outcome)
            case Identify(), _:
                return self._identified(action, outcome)
            case Recheck(entry), Published() | Failed():
                return self._looked(action, self.survey.catalogue.entry(entry.source, entry.key), outcome)
            case Inspect(entry), Inspected(findings) if findings:
                self._inspected(entry, findings)
            case Delete(), Deleted():
                self._deleted(action)
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
                self._failed(entry, outcome, lost=False)
                self._in_a_row(asset.source, outcome.code)
                return action, outcome
        return None

    def _unidentified(self, action: Identify, outcome: Failed) -> Told | None:
        """Links end; what was copied before is at its stable URL for that very reason."""
        known = self.survey.catalogue.entry(action.asset.source, action.asset.key)
        _, _, word = outcome.code.partition(".")
        if known and known.state is not State.FAILED and word in _OVER:
            self.keep(known)
            self.orphans[known.source] += 1
            return None
        self._failed(known or Entry(action.asset.source, action.asset.key, State.FAILED), outcome, lost=False)
        return action, outcome

    def orphaned(self) -> Iterator[Finding]:
        for source, count in self.orphans.items():
            yield Finding(
                "source.over",
                Severity.WARN,
                f"{count} published files of {source} can't be read there any more; they stay as they are",
                value=str(count),
                hint="their stable URLs go on working; give new links only for files that changed",
            )

    def settle(self) -> list[Told]:
        """The listings are complete, so it is known whose the paths are."""
        parked, self._parked = self._parked, []
        return [(action, self._published(action, outcome)) for action, outcome in parked]

    def _copied(self, action: Copy, outcome: Outcome) -> Told | None:
        known = _entry(action)
        match outcome:
            case Published():
                owner = self.survey.catalogue.owner(outcome.path)
                if owner and owner != (known.source, known.key) and self.survey.stands(owner) is None:
                    self._parked.append((action, outcome))
                    return None
                return action, self._published(action, outcome)
            case Rejected():
                self._rejected(known, action.asset.version, outcome)
            case Failed():
                self._failed(known, outcome, lost=False)
                self._in_a_row(known.source, outcome.code)
        return action, outcome

    def _published(self, action: Copy, outcome: Published) -> Outcome:
        catalogue, entry = self.survey.catalogue, _entry(action)
        owner = catalogue.owner(outcome.path)
        if owner and owner != (entry.source, entry.key):
            if self.survey.stands(owner) is not False:
                taken = collision(owner, (entry.source, entry.key), outcome.path)
                self._failed(entry, taken, lost=False)
                return taken
            catalogue.remove(*owner)
        if entry.path and entry.path != outcome.path:
            # Before the entry leaves the path: a run that is killed in between still knows of it.
            catalogue.retire(entry.path, entry.source, entry.key, self.survey.terms.now)
        self._seen(remember.published(entry, action.asset.version, outcome, datetime.now(UTC)), "copied")
        self.counts["bytes"] += outcome.content.size
        return outcome

    def _looked(self, action: Recheck, entry: Entry | None, outcome: Published | Failed) -> Told | None:
        if entry is None:  # another asset has taken its path meanwhile
            return None
        if isinstance(outcome, Published):
            self._seen(remember.published(entry, entry.version, outcome, datetime.now(UTC)), "rechecked")
        else:
            self._failed(entry, outcome, lost=outcome.code == "destination.changed")
            self._in_a_row(entry.source, outcome.code)
        return action, outcome

    def _seen(self, entry: Entry, word: str) -> None:
        self.survey.catalogue.put(entry)
        for source, code in list(self.streak):
            if source in ("", entry.source):
                del self.streak[source, code]
        self.counts[word] += 1
        if entry.state is State.PUBLISHED:
            self.samples.setdefault(entry.media_type or "", entry)
        else:
            self.counts["stored"] += 1

    def _rejected(self, entry: Entry, version: str | None, outcome: Rejected) -> None:
        self.survey.catalogue.put(remember.rejected(entry, version, outcome))
        self.counts["rejected"] += 1

    def _failed(self, entry: Entry, outcome: Failed, *, lost: bool) -> None:
        self.survey.catalogue.put(remember.failed(entry, outcome, lost=lost))
        self.counts["failed"] += 1

    def _in_a_row(self, source: str, code: str) -> None:
        """Of what was read or written; links that can't be read say nothing of other links."""
        where, _, word = code.partition(".")
        if where in ("source", "destination") and word not in _OF_ONE_ASSET:
            self.streak["" if where == "destination" else source, code] += 1

    def _inspected(self, sample: Entry, findings: tuple[Finding, ...]) -> None:
        """What a plain GET does not get of one, it gets of none of its type: all are looked at again."""
        self.survey.remarks.extend(findings)
        if not rejects(findings):
            return
        for entry in self.survey.catalogue.entries(State.PUBLISHED):
            if entry.media_type == sample.media_type:
                stored = replace(entry, state=State.STORED, findings=entry.findings + findings)
                self.survey.catalogue.put(stored)
                self.counts["stored"] += 1

    def _deleted(self, action: Delete) -> None:
        catalogue = self.survey.catalogue
        catalogue.forget_retired(action.path)
        entry = catalogue.entry(action.source, action.key)
        if entry and entry.path == action.path:
            catalogue.remove(action.source, action.key)
        self.counts["deleted"] += 1


_OVER = {"denied", "expired", "missing", "page"}
"""Failures of a link that was fine once."""

_OF_ONE_ASSET = {
    *("abusive", "archived", "changed", "corrupt", "document", "in_the_way", "large", "missing"),
    *("name", "outside", "page", "path", "private", "quota", "range", "redirect", "refused"),
    *("signature", "size"),
}
"""Failures that say nothing of the next asset."""


def _entry(action: Copy) -> Entry:
    return action.known or Entry(action.asset.source, action.asset.key, State.FAILED)
