"""The conductor: list → decide → transfer → remember → manifest → delete.

Order is the safety: objects first, then their look at the public URL, then the manifest, deletes last.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain

from syncer.errors import CatalogueError, ConfigError, Exit, OwnershipError, SyncerError
from syncer.model import (
    Action,
    Copy,
    Delete,
    Entry,
    Finding,
    Identify,
    Inspect,
    Keep,
    Leave,
    Outcome,
    Refuse,
    Run,
    Severity,
    State,
    only_reads,
)
from syncer.process import Overdue
from syncer.protocols import Job, Runner, Stopped
from syncer.sync import departures, transitions
from syncer.sync.ledger import Ledger, Told
from syncer.sync.sample import EMPTIED
from syncer.sync.scan import Scan, Step
from syncer.sync.trials import Trials

Tell = Callable[[Action, Outcome], None]
"""Hears of every outcome, as it is remembered."""
Write = Callable[[Action, Outcome], Told | None]
"""Remembers an outcome, and gives what to tell of it."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What the config asks of a run."""

    prove: Callable[[], None]
    """Raises `OwnershipError` unless the signature files are served."""
    ready: Callable[[], None]
    """Raises `DestinationError` unless the destination can be used."""
    publish: Callable[[], int]
    """Writes the manifests; returns how many URLs they list."""
    claim: Callable[[], None] = lambda: None
    """Raises `DestinationError` where another catalogue publishes there, or may."""
    known: Callable[[str, str, str], None] = lambda _source, _key, _path: None
    """Is told of each asset, and its path, whose new bytes the catalogue has."""
    writes: bool = True
    """Whether any source copies to the destination; where all are in place, only a delete needs `ready`."""
    reach: Callable[[], SyncerError | None] = lambda: None
    """Why no URL of the origin can be seen; asked once, and only where some are to be looked at."""
    leads: Callable[[str], None] = lambda _path: None
    """Raises `SyncerError` unless the public URL surely leads to what lies beside a path at the destination.
    Asked once, and only where files are there whose owner is in doubt.
    """
    heard: Callable[[SyncerError], None] = lambda _error: None
    """Hears of each error as it comes: what ails the whole run is said before its assets are."""


@dataclass(slots=True)
class Summary:
    """What a run did."""

    counts: Counter[str]
    """By word, as `Ledger.counts`."""
    remarks: list[Finding]
    errors: list[SyncerError] = field(default_factory=list)
    interrupted: bool = False
    listed: int | None = None
    """URLs in the manifests; `None` if they were not written."""

    @property
    def exit(self) -> Exit:
        """The gravest that holds: without ownership every post fails, so that goes before other errors."""
        if self.interrupted:
            return Exit.INTERRUPTED
        for kind, code in (
            (ConfigError, Exit.USAGE),
            (OwnershipError, Exit.UNPROVEN),
            (SyncerError, Exit.ERROR),
        ):
            if any(isinstance(error, kind) for error in self.errors):
                return code
        if self.counts["failed"] or self.counts["stored"]:
            return Exit.FAILED
        return Exit.REJECTED if self.counts["rejected"] or self.counts["marked"] else Exit.OK


class Conductor:
    """One run."""

    def __init__(
        self,
        scan: Scan,
        runner: Runner,
        job: Job[Action, tuple[Action, Outcome]],
        orders: Orders,
        tell: Tell,
    ) -> None:
        self._scan = scan
        self._catalogue = scan.catalogue
        self._runner = runner
        self._job = job
        self._orders = orders
        self._tell = tell
        self._ledger = Ledger(scan, orders.known)
        self._trials = Trials(self._ledger, self._give_up, runner.pace.patience.give_up)
        self._reached = False
        self._is_led = True
        """Whether the public URL leads to the destination, as far as is known."""
        self.summary = Summary(self._ledger.counts, scan.remarks, scan.errors)

    def run(self) -> Summary:
        number = self._catalogue.begin_run(self._scan.terms.now)
        parts = (self._orders.prove, self._transfer, self._restore, self._inspect, self._finish)
        # What is known is in the catalogue already, or is not worth to be waited for any longer.
        with suppress(Overdue):
            self._guard(self._orders.claim)
            if any(error.code == EMPTIED for error in self.summary.errors):
                self._guard(self._relist)
            for part in () if self.summary.errors else parts:
                if not self._runner.pace.stopped() and not self._is_over():
                    self._guard(part)
        self._catalogue.returned()
        self.summary.interrupted = self._runner.pace.stopped()
        self._catalogue.end_run(number, self._record())
        return self.summary

    def _is_over(self) -> bool:
        """Whether the destination is another's, or what became public may not be known: then no manifest is
        written and nothing is deleted.
        """
        errors = self.summary.errors
        return any(isinstance(each, CatalogueError) or each.code == "destination.owner" for each in errors)

    def _guard(self, part: Callable[[], None]) -> None:
        try:
            part()
        except SyncerError as error:
            self.summary.errors.append(error)
            self._orders.heard(error)

    def _record(self) -> Run:
        error = self.summary.errors[0].message if self.summary.errors else None
        counts, findings = dict(self.summary.counts), tuple(self.summary.remarks)
        begun, ended = self._scan.terms.now, self._scan.clock()
        return Run(begun, ended, self.summary.exit, counts, error, findings)

    def _relist(self) -> None:
        """The destination seems to be empty: of what was there, only what its URL still serves is listed."""
        self._catalogue.doubt()
        # What may be another's file is only listed once the destination was asked, too.
        known = (each for each in self._scan.unconfirmed() if not each.entry.doubted)
        self._map((replace(each, stat=False) for each in known), self._ledger.stand)
        self.summary.listed = self._orders.publish()

    # The parts, in their order

    def _confirm(self) -> None:
        """After the destination changed or a run died: what is there is listed at once, before the rest is
        copied.
        """
        doubted = self._doubted()
        if doubted is None and next(self._scan.unconfirmed(), None) is None:
            return
        if doubted or (self._orders.writes and not all(map(only_reads, self._scan.unconfirmed()))):
            self._orders.ready()
        if doubted:
            self._is_led = False
            self._orders.leads(doubted)
            self._is_led = True
        self._reach()
        self._do(self._scan.unconfirmed(), self._ledger.confirm)
        self._restore()
        self.summary.listed = self._orders.publish()

    def _doubted(self) -> str | None:
        """A path whose file may be another's, and ours."""
        entries = self._catalogue.entries(State.STORED, State.FAILED)
        return next((each.path for each in entries if each.doubted and not each.in_place), None)

    def _transfer(self) -> None:
        self._confirm()
        self._turn()
        while self._scan.late and not self._runner.pace.stopped():
            # A source that is slow to list, or that never ends, keeps no URL out of the manifest.
            self._restore()
            self.summary.listed = self._orders.publish()
            self._turn()
        for action, outcome in self._ledger.settle():
            self._tell(action, outcome)

    def _turn(self) -> None:
        self._do(self._work(self._steps()))
        while self._ledger.identified and not self._runner.pace.stopped():
            self._do(self._work(self._identified()))

    def _restore(self) -> None:
        """A failed replacement takes no URL out of the manifest that still serves the old bytes."""
        if self._is_led:
            self._map(self._scan.unsettled(), self._ledger.stand)

    def _inspect(self) -> None:
        """The origin's other manners, once for each media type that was seen in this run."""
        self._map(Inspect(entry) for entry in list(self._ledger.samples.values()))

    def _finish(self) -> None:
        for name in self._scan.complete:
            self._catalogue.end_listing(name, self._scan.terms.now)
        self._scan.remarks.extend([*self._ledger.lost(), *self._ledger.orphaned(), *self._ledger.doubts()])
        staying: list[Entry] = []
        for action in departures.forgotten(self._scan):
            self._tell(*self._ledger.forget(action))
            staying += [action.entry] if departures.stays(action.entry) else []
        self._scan.remarks.extend(departures.staying(staying))
        self._guard(self._doom)
        self.summary.listed = self._orders.publish()
        self._do(self._deletes())
        if not self._scan.partial:
            for entry in departures.unconfigured(self._scan):
                self._catalogue.remove(entry.source, entry.key)
            self._scan.remarks.extend(departures.exposed(self._scan))

    def _do(self, actions: Iterator[Action], write: Write | None = None) -> None:
        """All of them. Where nothing works, some of the rest, and the others only if one of these does."""
        held: deque[Action] = deque()
        while not self._runner.pace.stopped():
            aside: list[Action] = []
            self._map(self._trials.sifted(chain(_drained(held), actions), aside), write)
            if not aside or self._trials.lost() or self._runner.pace.stopped():
                return
            sample = self._trials.sample(aside)
            self._map(self._trials.tries(aside, sample), write)
            if not self._runner.pace.stopped():
                held.extendleft(reversed(self._trials.left(aside, sample)))

    def _map(self, actions: Iterator[Action], write: Write | None = None) -> None:
        for action, outcome in self._runner.map(self._job, self._begun(actions)):
            if told := (write or self._ledger.write)(action, outcome):
                self._tell(*told)

    def _begun(self, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if self._runner.pace.stopped():
                return
            if isinstance(action, Copy):
                self._ledger.begin(action)
            yield action

    def _give_up(self, place: str, error: SyncerError) -> None:
        self.summary.errors.append(error)
        self._orders.heard(error)
        if place:
            self._scan.given_up.add(place)

    # What workers get to do

    def _steps(self) -> Iterator[Step]:
        for step in self._scan.turn():
            yield from self._identified()
            yield step

    def _identified(self) -> Iterator[Step]:
        """What workers have identified so far, as decided now."""
        while self._ledger.identified:
            yield from self._scan.identified(self._ledger.identified.popleft())

    def _work(self, steps: Iterator[Step]) -> Iterator[Action]:
        ready = not self._orders.writes
        for action, failed in steps:
            if self._runner.pace.stopped():
                return
            if failed:
                self._ledger.write(action, failed)
                self._tell(action, failed)
            elif isinstance(action, Keep):
                self._ledger.keep(action.entry)
            elif isinstance(action, Leave):
                self._ledger.counts["unpublished"] += 1
            elif isinstance(action, Refuse):
                self._tell(*self._ledger.refuse(action))
            else:
                if not ready and not only_reads(action):
                    self._orders.ready()
                    ready = True
                if not isinstance(action, Identify):
                    self._reach()
                yield action

    def _reach(self) -> None:
        """What ails the whole origin is said once, before its files are copied: they are all the same."""
        if self._reached:
            return
        self._reached = True
        with suppress(Stopped):
            if error := self._orders.reach():
                found = Finding(error.code, Severity.WARN, error.message, hint=error.hint)
                self._scan.remarks.append(found)
                self._orders.heard(error)

    def _deletes(self) -> Iterator[Delete]:
        """Hours may have passed since the destination was seen to be ours."""
        for number, action in enumerate(departures.deletes(self._scan)):
            if self._trials.lost():
                return
            if not number:
                self._orders.ready()
            yield action

    def _doom(self) -> None:
        """Take what is going to be deleted out of the manifest before any of it goes."""
        departures.check_doomed(self._scan)
        for action in departures.deletable(self._scan):
            entry = self._catalogue.entry(action.source, action.key)
            if entry and entry.path == action.path:
                self._catalogue.put(transitions.doomed(entry))


def _drained(held: deque[Action]) -> Iterator[Action]:
    while held:
        yield held.popleft()
