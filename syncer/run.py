"""The conductor: list → decide → transfer → remember → manifest → delete.

Order is the safety: objects first, then their look at the public URL, then the manifest, deletes last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from syncer import remember
from syncer.errors import CatalogueError, DestinationError, OwnershipError, SyncerError
from syncer.exits import Exit
from syncer.model import (
    Abandoned,
    Action,
    Copy,
    Delete,
    Deleted,
    Entry,
    Failed,
    Finding,
    Inspect,
    Inspected,
    Keep,
    Outcome,
    Published,
    Recheck,
    Rejected,
    Run,
    State,
    rejects,
)
from syncer.plan import check_deletes
from syncer.seams import Catalogue, Job, Runner
from syncer.survey import Survey

Tell = Callable[[Action, Outcome], None]
"""Hears of every outcome, as it is remembered."""

_OF_ONE_ASSET = {
    f"destination.{word}"
    for word in ("path", "in_the_way", "outside", "changed", "size", "large", "refused", "corrupt")
}
"""Failures that say nothing of the next asset."""

PATIENCE = 25
"""Failures in a row, of one kind, at the destination after which nothing more is tried."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What the config asks of a run."""

    prove: Callable[[], None]
    """Raises `OwnershipError` unless the signature files are served."""
    ready: Callable[[], None]
    """Raises `DestinationError` unless the destination can be used."""
    publish: Callable[[], None]
    """Writes the manifests."""
    delete_before: datetime | None = None
    """What is gone since then or longer is deleted; `None` deletes nothing."""
    max_delete: float = 0.1


@dataclass(slots=True)
class Summary:
    """What a run did. `counts` by word: copied, stored, rechecked, kept, rejected, failed, deleted, bytes."""

    counts: Counter[str] = field(default_factory=Counter)
    errors: list[SyncerError] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    """Of the origin's manners."""
    interrupted: bool = False

    @property
    def exit(self) -> Exit:
        """The gravest that holds: without ownership every post fails, so that goes before other errors."""
        if self.interrupted:
            return Exit.INTERRUPTED
        if any(isinstance(error, OwnershipError) for error in self.errors):
            return Exit.UNPROVEN
        if self.errors:
            return Exit.ERROR
        if self.counts["failed"] or self.counts["stored"]:
            return Exit.FAILED
        return Exit.REJECTED if self.counts["rejected"] else Exit.OK


class Conductor:
    """One run. It alone writes to the catalogue."""

    def __init__(
        self,
        survey: Survey,
        runner: Runner,
        job: Job[Action, tuple[Action, Outcome]],
        orders: Orders,
        tell: Tell,
    ) -> None:
        self._survey = survey
        self._catalogue: Catalogue = survey.catalogue
        self._runner = runner
        self._job = job
        self._orders = orders
        self._tell = tell
        self._now = survey.terms.now
        self._samples: dict[str, Entry] = {}
        self._streak: Counter[str] = Counter()
        self.summary = Summary(errors=survey.errors)

    def run(self) -> Summary:
        number = self._catalogue.begin_run(self._now)
        for part in (self._prove, self._transfer, self._inspect, self._finish):
            if not self._runner.pace.stopped():
                self._guard(part)
        self.summary.interrupted = self._runner.pace.stopped()
        self._catalogue.end_run(number, self._record())
        return self.summary

    def _guard(self, part: Callable[[], None]) -> None:
        try:
            part()
        except SyncerError as error:
            self.summary.errors.append(error)

    def _record(self) -> Run:
        error = self.summary.errors[0].message if self.summary.errors else None
        return Run(self._now, datetime.now(UTC), self.summary.exit, dict(self.summary.counts), error)

    # The parts, in their order

    def _prove(self) -> None:
        self._orders.prove()

    def _transfer(self) -> None:
        for action, outcome in self._runner.map(self._job, self._work()):
            self._remember(action, outcome)

    def _inspect(self) -> None:
        """The origin's other manners, once for each media type that was published in this run."""
        samples = (Inspect(entry) for entry in list(self._samples.values()))
        for action, outcome in self._runner.map(self._job, samples):
            self._remember(action, outcome)

    def _finish(self) -> None:
        for name in self._survey.complete:
            self._catalogue.end_listing(name, self._now)
        self._guard(self._doom)
        self._orders.publish()
        for action, outcome in self._runner.map(self._job, self._doomed()):
            self._remember(action, outcome)

    # What workers get to do

    def _work(self) -> Iterator[Action]:
        ready = False
        for action, failed in self._survey.steps():
            if failed:
                self._remember(action, failed)
                continue
            if isinstance(action, Keep):
                self._keep(action.entry)
                continue
            if not ready:
                self._orders.ready()
                ready = True
            yield action
            if self._hopeless():
                return

    def _hopeless(self) -> bool:
        """A full disk would otherwise cost the download of everything there is."""
        code, times = next(iter(self._streak.most_common(1)), ("", 0))
        if times < PATIENCE:
            return False
        message = f"{times} assets in a row failed with {code}, so the rest was not tried"
        self.summary.errors.append(DestinationError(message, code=code))
        return True

    def _doom(self) -> None:
        """Take what is going to be deleted out of the manifest before any of it goes."""
        held = self._catalogue.count(State.PUBLISHED, State.STORED, State.DOOMED)
        doomed = left = 0
        for action in self._doomed():
            doomed += 1
            left += self._catalogue.owner(action.path) is None
        check_deletes(doomed, held + left, self._orders.max_delete)
        for action in self._doomed():
            entry = self._catalogue.entry(action.source, action.key)
            if entry and entry.path == action.path:
                self._catalogue.put(replace(entry, state=State.DOOMED))

    def _doomed(self) -> Iterator[Delete]:
        if self._orders.delete_before is not None:
            yield from self._survey.doomed(self._orders.delete_before)

    # What comes of it

    def _keep(self, entry: Entry) -> None:
        self.summary.counts["rejected" if entry.state is State.REJECTED else "kept"] += 1

    def _remember(self, action: Action, outcome: Outcome) -> None:
        if isinstance(outcome, Abandoned):
            return
        match action:
            case Copy(asset):
                entry = self._entry(asset.source, asset.key)
                outcome = self._after(entry, asset.version, outcome, "copied")
            case Recheck(entry):
                known = self._entry(entry.source, entry.key)
                outcome = self._after(known, known.version, outcome, "rechecked")
            case Inspect(entry) if isinstance(outcome, Inspected):
                if not outcome.findings:
                    return
                self._inspected(entry, outcome.findings)
            case Delete() if isinstance(outcome, Deleted):
                self._deleted(action)
            case _:
                self.summary.counts["failed"] += 1
        self._tell(action, outcome)

    def _after(self, entry: Entry, version: str | None, outcome: Outcome, word: str) -> Outcome:
        """What a copy or a look makes of its entry. Returns what to tell of it."""
        match outcome:
            case Published():
                return self._published(entry, version, outcome, word)
            case Rejected():
                self._catalogue.put(remember.rejected(entry, version, outcome))
                self.summary.counts["rejected"] += 1
            case Failed():
                lost = word == "rechecked" and outcome.code == "destination.changed"
                self._failed(entry, outcome, lost=lost)
        return outcome

    def _entry(self, source: str, key: str) -> Entry:
        return self._catalogue.entry(source, key) or Entry(source, key, State.FAILED)

    def _published(self, entry: Entry, version: str | None, outcome: Published, word: str) -> Outcome:
        seen = remember.published(entry, version, outcome, datetime.now(UTC))
        if taken := self._put(seen, outcome.path):
            self._failed(entry, taken, lost=False)
            return taken
        if entry.path and entry.path != outcome.path:
            self._catalogue.retire(entry.path, entry.source, entry.key, self._now)
        self._streak.clear()
        self.summary.counts[word] += 1
        self.summary.counts["bytes"] += outcome.content.size if word == "copied" else 0
        self.summary.counts["stored"] += not outcome.seen
        if outcome.seen:
            self._samples.setdefault(outcome.content.media_type, seen)
        return outcome

    def _put(self, entry: Entry, path: str) -> Failed | None:
        """Why the path, known only now that the bytes were read, can't be this asset's."""
        try:
            self._catalogue.put(entry)
        except CatalogueError:
            owner = self._catalogue.owner(path)
            if owner is None:
                raise
            if taken := self._survey.collision(owner, (entry.source, entry.key), path):
                return taken
            self._catalogue.remove(*owner)
            self._catalogue.put(entry)
        return None

    def _failed(self, entry: Entry, outcome: Failed, *, lost: bool) -> None:
        self._catalogue.put(remember.failed(entry, outcome, lost=lost))
        self.summary.counts["failed"] += 1
        if outcome.code.startswith("destination.") and outcome.code not in _OF_ONE_ASSET:
            self._streak[outcome.code] += 1

    def _inspected(self, entry: Entry, findings: tuple[Finding, ...]) -> None:
        self.summary.warnings.extend(findings)
        if rejects(findings):
            state = replace(entry, state=State.STORED, findings=entry.findings + findings)
            self._catalogue.put(state)
            self.summary.counts["stored"] += 1

    def _deleted(self, action: Delete) -> None:
        self._catalogue.forget_retired(action.path)
        entry = self._catalogue.entry(action.source, action.key)
        if entry and entry.path == action.path:
            self._catalogue.remove(action.source, action.key)
        self.summary.counts["deleted"] += 1
