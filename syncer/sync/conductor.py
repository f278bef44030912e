"""The conductor: list → decide → transfer → remember → manifest → delete.

The order makes it safe: files first, then the look at their public URLs, then the manifest, deletes last.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain

from syncer.errors import CatalogueError, SyncerError
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
    only_reads,
)
from syncer.process import Overdue
from syncer.protocols import Job, Runner, Stopped
from syncer.sync import departures, transitions
from syncer.sync.deletes import doubted_orders, recalled_looks
from syncer.sync.ledger import Ledger, Told
from syncer.sync.orders import Orders
from syncer.sync.sample import EMPTIED
from syncer.sync.scan import Scan
from syncer.sync.steps import Step, Steps
from syncer.sync.summary import Summary
from syncer.sync.trials import Trials, drained

Tell = Callable[[Action, Outcome], None]
"""Called with every outcome after it was written."""
Write = Callable[[Action, Outcome], Told | None]
"""Writes an outcome, and returns what to report."""


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
        self._todo = Steps(scan)
        self._catalogue = scan.catalogue
        self._runner = runner
        self._job = job
        self._orders = orders
        self._tell = tell
        self._ledger = Ledger(scan, orders.known)
        self._trials = Trials(self._ledger.streaks, self._give_up, runner.pace.patience.give_up)
        self._reached = False
        self._is_led = True
        """Whether the public URL leads to the destination, as far as is known."""
        self._is_proven = False
        """Whether this run has seen that it does."""
        self.summary = Summary(self._ledger.counts, scan.remarks, scan.errors)

    def run(self) -> Summary:
        number = self._catalogue.begin_run(self._scan.terms.now)
        parts = (self._orders.prove, self._transfer, self._restore, self._inspect, self._finish)
        # Overdue: what is not yet in the catalogue is not worth waiting for any longer.
        with suppress(Overdue):
            self._guard(self._orders.claim)
            for part in () if self.summary.errors else parts:
                if not self._runner.pace.stopped() and not self._is_over():
                    self._guard(part)
            if any(error.code == EMPTIED for error in self.summary.errors):
                self._guard(self._relist)
        if not any(isinstance(error, CatalogueError) for error in self.summary.errors):
            self._guard(self._ledger.deletes.remind)
        self._catalogue.returned()
        self.summary.interrupted = self._runner.pace.stopped()
        self._catalogue.end_run(number, self._record())
        return self.summary

    def _is_over(self) -> bool:
        """Whether the destination belongs to another catalogue or lost its disk, or this catalogue may not
        know all that is public: then nothing more is copied or deleted.
        """
        over, errors = ("destination.owner", EMPTIED), self.summary.errors
        return any(isinstance(each, CatalogueError) or each.code in over for each in errors)

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
        """The destination seems to be empty: list only those entries whose URLs still serve their bytes. A
        file that may lie in another tree is not listed before a run has found it in the right one.
        """
        for path in self._orders.unproven():
            owner = self._catalogue.owner(path)
            if owner and (entry := self._catalogue.entry(*owner)):
                self._catalogue.put(transitions.moved(entry))
        self._catalogue.doubt()
        # An entry that may be somebody else's file is listed only after the destination was asked, too.
        known = (each for each in self._scan.unconfirmed() if not each.entry.doubted)
        looks = self._runner.map(self._job, (replace(each, stat=False) for each in known))
        for action, outcome in looks:
            self._ledger.stand(action, outcome)
        self.summary.listed = self._orders.publish()

    # The parts, in their order

    def _confirm(self) -> None:
        """After the destination changed or a run died: list at once what is there, then copy the rest."""
        doubted = self._scan.doubted()
        if doubted is None and next(self._scan.unconfirmed(), None) is None:
            return
        if doubted or (self._orders.writes and not all(map(only_reads, self._scan.unconfirmed()))):
            self._orders.ready()
        if doubted:
            self._is_led = False
            self._orders.leads(doubted)
            self._is_led = self._is_proven = True
        self._reach()
        self._do(self._scan.unconfirmed(), self._ledger.confirm)
        self._restore()
        self._publish()

    def _transfer(self) -> None:
        self._confirm()
        self._turn()
        while self._todo.late and not self._runner.pace.stopped():
            # A slow or endless source must not keep the other URLs out of the manifest.
            self._restore()
            self._publish()
            self._turn()
        self._orders.held()  # before any advice about URLs that answer wrongly for this reason
        for action, outcome in self._ledger.settle():
            self._tell(action, outcome)

    def _turn(self) -> None:
        self._do(self._work(self._steps()))
        while (self._ledger.identified or self._todo.leaving) and not self._runner.pace.stopped():
            self._do(self._work(self._identified()))
            self._do(self._work(self._todo.again()))

    def _restore(self) -> None:
        """If a replacement failed and the URL still serves the old bytes, the URL stays in the manifest."""
        if self._is_led:
            self._map(self._scan.unsettled(), self._ledger.stand)

    def _inspect(self) -> None:
        """Check the origin with other kinds of requests, once for each media type that this run has seen."""
        self._map(Inspect(entry) for entry in list(self._ledger.samples.values()))

    def _finish(self) -> None:
        for name in self._scan.complete:
            self._catalogue.end_listing(name, self._scan.terms.now)
        self._scan.remarks.extend(self._ledger.notices.findings())
        staying: list[Entry] = []
        for action in departures.forgotten(self._scan):
            self._tell(*self._ledger.forget(action))
            staying += [action.entry] if departures.stays(action.entry) else []
        self._scan.remarks.extend(departures.staying(staying))
        self._guard(self._doom)
        self._publish()
        self._do(self._ready(doubted_orders(self._scan)))
        self._do(recalled_looks(self._catalogue, self._scan.looks_back))
        self._do(self._ready(departures.deletes(self._scan, led=self._is_proven)))
        if not self._scan.partial:
            for entry in departures.unconfigured(self._scan):
                self._catalogue.remove(entry.source, entry.key)
            self._scan.remarks.extend(departures.exposed(self._scan))

    def _publish(self) -> None:
        """Write the manifests, if the files of this run lie in the tree that it took hold of."""
        self._orders.held()
        self.summary.listed = self._orders.publish()

    def _do(self, actions: Iterator[Action], write: Write | None = None) -> None:
        """Do all actions. If a place only fails, try a sample of its rest, and go on only if one succeeds."""
        held: deque[Action] = deque()
        while not self._runner.pace.stopped():
            aside: list[Action] = []
            self._map(self._trials.sifted(chain(drained(held), actions), aside), write)
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
            self._orders.lost()
            if isinstance(action, Copy):
                self._ledger.begin(action)
            yield action

    def _give_up(self, place: str, error: SyncerError) -> None:
        self.summary.errors.append(error)
        self._orders.heard(error)
        self._scan.given_up.add(place)

    # The actions for the workers

    def _steps(self) -> Iterator[Step]:
        for step in self._todo.turn():
            yield from self._identified()
            yield step

    def _identified(self) -> Iterator[Step]:
        """Decide about the assets that workers have identified so far."""
        while self._ledger.identified:
            yield from self._todo.identified(self._ledger.identified.popleft())

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
        """Report a fault of the whole origin once, before copying: every file would fail for this reason."""
        if self._reached:
            return
        self._reached = True
        with suppress(Stopped):
            if error := self._orders.reach():
                found = Finding(error.code, Severity.WARN, error.message, hint=error.hint)
                self._scan.remarks.append(found)
                self._orders.heard(error)

    def _ready(self, actions: Iterator[Delete]) -> Iterator[Delete]:
        """Check first that the destination is still ours, as hours may have passed since the last check, and
        that it has a mark: without any, it may lack its disk.
        """
        for number, action in enumerate(actions):
            if self._trials.lost():
                return
            if not number:
                self._orders.ready()
            yield action

    def _doom(self) -> None:
        """Take the files that will be deleted out of the manifest before the first delete."""
        self._do(self._ready(departures.earlier_looks(self._scan)))
        departures.check_doomed(self._scan)
        for action in departures.deletable(self._scan):
            entry = self._catalogue.entry(action.source, action.key)
            if entry and entry.path == action.path:
                self._catalogue.put(transitions.doomed(entry))
