"""Fail the Nth operation: N = 1, 2, … until a run has no such operation, several cases at a time."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from queue import SimpleQueue
from typing import Any, Protocol
from zlib import crc32

import pytest

from tests.faults.laws import FAILED, Verdict, judge
from tests.faults.proxy import Fault
from tests.faults.runs import Ran
from tests.faults.stage import IMPATIENCE, MORE_PATIENCE, Stage

AT_ONCE = 3
"""Cases that run at the same time: many only wait."""


class Wire(Protocol):
    """A connection of a run to the outside that can be made to fail."""

    def sort(self, kind: str) -> str:
        """The sort of a kind. Kinds of one sort hit the same operations."""

    def count(self) -> int:
        """Operations of the last run."""

    def arm(self, fault: Fault | None) -> None: ...

    def run(self, stage: Stage) -> Ran: ...

    def fired(self) -> bool:
        """Whether the fault happened."""


@dataclass
class Bench:
    """The stages for the cases of one wire."""

    name: str
    pairs: list[tuple[Stage, Wire]]
    codes: tuple[int, ...] = FAILED
    """The exit codes of a run in which something failed."""
    more_codes: Mapping[str, int] = field(default_factory=dict)
    """A number that differs by kind."""
    most: int = 6
    """Operations that are tried of each kind by `--thorough`, evenly spread; a third where all that follow
    fail too. Without it, half as many.
    """
    operations: dict[tuple[str, int], int] = field(default_factory=dict)
    """The operations of a run without faults, by sort of the kind and number of workers."""

    def __post_init__(self) -> None:
        self._free: SimpleQueue[tuple[Stage, Wire]] = SimpleQueue()
        for pair in self.pairs:
            self._free.put(pair)

    @classmethod
    def of(
        cls, name: str, make: Callable[[], tuple[Stage, Wire]], at_once: int = AT_ONCE, **others: Any
    ) -> Bench:
        """A bench with a stage for each case at once."""
        with ThreadPoolExecutor(at_once) as pool:
            pairs = [made.result() for made in [pool.submit(make) for _ in range(at_once)]]
        return cls(name, pairs, **others)

    @contextmanager
    def lent(self) -> Iterator[tuple[Stage, Wire]]:
        pair = self._free.get()
        try:
            yield pair
        finally:
            self._free.put(pair)

    def count(self, kind: str, workers: int) -> int:
        with self.lent() as (stage, wire):
            asked = wire.sort(kind), workers
            if asked not in self.operations:
                stage.configure(workers=workers)
                stage.reset()
                wire.arm(Fault(kind, 0))
                ran = wire.run(stage)
                assert ran.code == 0, ran.out + ran.err
                self.operations[asked] = wire.count()
                wire.arm(None)
        return self.operations[asked]

    def case(self, fault: Fault, workers: int) -> Verdict | None:
        """The result of a case; `None` if the fault did not happen, as there was nothing to damage."""
        with self.lent() as (stage, wire):
            ran = _met(stage, wire, fault, workers)
            stage.configure()
            return judge(stage, ran, (*self.codes, self.more_codes.get(fault.kind, 0))) if ran else None


def _met(stage: Stage, wire: Wire, fault: Fault, workers: int) -> Ran | None:
    """A run with the fault. On a busy machine an impatient run may end before it."""
    for waits in (IMPATIENCE, MORE_PATIENCE):
        stage.configure(workers=workers, **waits)
        stage.reset()
        wire.arm(fault)
        ran = wire.run(stage)
        fired = wire.fired()
        wire.arm(None)
        if fired or not ran.code:
            break
    return ran if fired else None


@dataclass
class Tally:
    """The line of one test in the final report."""

    wire: str
    kind: str
    cases: int
    left_out: int
    """Operations of a run without a test."""
    seconds: float


Record = Callable[[str, object], None]


def each(  # noqa: PLR0913 - what the options of the command line say
    bench: Bench, kind: str, *, always: bool, record: Record, thorough: bool, only: int | None = None
) -> None:
    """Run all cases of one kind. Fails with all their faults."""
    workers = 3 if always else 1
    total = bench.count(kind, workers)
    assert total, f"{bench.name} has no operation that could fail so"
    most = bench.most if thorough else (bench.most + 1) // 2
    most = (most + 2) // 3 if always else most
    numbers = [only] if only else sample(total, most, kind)
    what = f"{kind}, one operation{' and all after it' if always else ''}"
    settle(
        bench,
        kind,
        what,
        numbers,
        total,
        lambda number: bench.case(Fault(kind, number, always), workers),
        record,
    )


def settle(  # noqa: PLR0913 - what to do, and what to tell of it
    bench: Bench,
    kind: str,
    what: str,
    numbers: Sequence[int],
    total: int,
    case: Callable[[int], Verdict | None],
    record: Record,
) -> None:
    """Run the cases with these numbers, several at a time. Fails with all their faults."""
    begun = time.monotonic()
    with ThreadPoolExecutor(len(bench.pairs)) as pool:
        verdicts = list(zip(numbers, pool.map(case, numbers), strict=True))
    met = [(number, verdict) for number, verdict in verdicts if verdict]
    tally = Tally(bench.name, kind, len(met), total - len(numbers), time.monotonic() - begun)
    record("faults", asdict(tally))
    if wrong := by_what(met):
        told = "\n".join(f"  {each}: {said}" for said, each in wrong.items())
        pytest.fail(
            f"{bench.name}, {what}; {len(met)} cases, what is wrong by operation:\n{told}", pytrace=False
        )


def sample(total: int, most: int, kind: str) -> list[int]:
    """At most so many numbers from 1 to `total`, evenly spread; different for each kind."""
    count, first = min(most, total), crc32(kind.encode())
    return sorted((first + each * total // count) % total + 1 for each in range(count))


_CHANCE = re.compile(r"[0-9a-f]{16,}|\S*\d\d:\d\d:\d\dZ\S*")


def by_what(verdicts: list[tuple[int, Verdict]]) -> dict[str, str]:
    """Numbers of operations, by their fault."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, verdict in verdicts:
        for said in dict.fromkeys(_CHANCE.sub("…", said) for said in verdict.wrong):
            found[said].append(number)
    return {said: ", ".join(map(str, numbers)) for said, numbers in found.items()}
