"""A signal at the Nth operation of a wire, with a visitor at all public URLs meanwhile."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from tests.faults.laws import Verdict, after, judge
from tests.faults.proxy import Fault
from tests.faults.runs import Ran
from tests.faults.stage import Stage
from tests.faults.suite import Bench, Wire, sample
from tests.faults.wires import Calls
from tests.servers.nginx import Site

PROMISED = 8.0
"""Seconds until a stopped run must have ended."""
LOOKING = 0.03
"""The least seconds between two looks at all that is public."""
RESTING = 2
"""How much longer than a look the rest after it is: a visitor must not slow down the run that it watches."""
WATCHING = 0.01
"""Seconds between two looks for the fault."""


@dataclass
class Watcher:
    """Requests every public URL repeatedly."""

    stage: Stage
    site: Site
    looks: int = 0
    wrong: set[str] = field(default_factory=set)

    def look(self) -> None:
        stage = self.stage
        for name in stage.old | stage.new:
            try:
                answer = self.site.fetch(stage.place.url + name)
            except httpx.HTTPError:  # Ceph cuts the download of an object that is replaced meanwhile
                continue
            right = [held.get(name) for held in (stage.old, stage.new)]
            # In a bucket that may not be listed, a missing object is a 403.
            found = answer.content if answer.status_code == 200 else None
            if found not in right or answer.status_code not in (200, 403, 404):
                self.wrong.add(
                    f"a visitor gets {answer.status_code} and {len(answer.content)} bytes of {name}"
                )
            self.looks += 1

    @contextmanager
    def looking(self) -> Iterator[None]:
        over = threading.Event()

        def go_on() -> None:
            rest = LOOKING
            while not over.wait(rest):
                begun = time.monotonic()
                self.look()
                rest = max(LOOKING, RESTING * (time.monotonic() - begun))

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def strike(stage: Stage, wire: Wire, number: int, which: signal.Signals) -> tuple[Ran, float]:
    """Run with a signal. Returns the run, and the seconds from the signal to its end.

    On a disk the signal comes before the operation; elsewhere while its answer is awaited, for odd
    numbers after its execution.
    """
    if isinstance(wire, Calls):
        wire.arm(Fault(which.name, number))
        begun = time.monotonic()
        return wire.run(stage), time.monotonic() - begun
    wire.arm(Fault("hold" if number % 2 else "stall", number))
    running = stage.start("sync", "--json", "--log-format", "json")
    while not wire.fired() and not running.ended():
        time.sleep(WATCHING)
    begun = time.monotonic()
    running.send(which)
    ran = running.wait()
    wire.arm(None)
    return ran, time.monotonic() - begun


def case(bench: Bench, number: int, which: signal.Signals, site: Site) -> Verdict | None:
    """A killed run is followed by a second killed one, which had to recover."""
    with bench.lent() as (stage, wire):
        stage.configure(workers=1 + number % 3)
        stage.reset()
        watcher = Watcher(stage, site)
        with watcher.looking():
            ran, seconds = strike(stage, wire, number, which)
            if not wire.fired() and isinstance(wire, Calls):
                return None
            wire.arm(None)
            codes = (-which if which is signal.SIGKILL else 130,)
            first = list(after(stage, ran, codes))
            if which is signal.SIGKILL:
                ran, _ = strike(stage, wire, 1 + number // 2, which)
                wire.arm(None)
            verdict = judge(stage, ran, codes)
        verdict.wrong.extend(sorted({*watcher.wrong, *first} - {*verdict.wrong}))
        if which is not signal.SIGKILL and seconds > PROMISED:
            verdict.wrong.append(f"it ends {seconds:.0f} s after the signal")
        return verdict


def numbers(bench: Bench, which: signal.Signals, most: int) -> tuple[list[int], int]:
    """The numbers of the operations with a signal, and the number of all."""
    kind = which.name if isinstance(bench.pairs[0][1], Calls) else "stall"
    total = bench.count(kind, 1)
    return sample(total, most, which.name), total
