"""What is tried where nothing works any more: a few files that are spread over all that is left.

Files that can't be read often lie together, and come first or last in a listing. So failures in a row only
put the rest aside. It is tried if one of the few works, and given up if none does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

from syncer.connect.circuit import GIVEN_UP
from syncer.errors import DestinationError, SourceError, SyncerError
from syncer.model import Action, Copy, Delete, Identify, Recheck
from syncer.sync.ledger import Ledger

PATIENCE = 25
"""Failures in a row after which the rest is put aside."""
SPREAD = 100
"""Files of a source that are tried of the rest; for the destination `PATIENCE`: each may cost a download."""
MOST_ASIDE = 50_000
"""Actions that are held in memory."""

T = TypeVar("T")


@dataclass(slots=True)
class Trials:
    ledger: Ledger
    give_up: Callable[[str, SyncerError], None]
    """Is told of a source, or (empty) of the destination."""
    seconds: float
    """How long the sample may take until nothing more of it is begun."""
    over: set[str] = field(default_factory=set)
    """What was given up."""

    def sifted(self, actions: Iterator[Action], aside: list[Action]) -> Iterator[Action]:
        """What is to be tried now. Ends when all is given or put aside, or no more can be held."""
        for action in self.asked(actions):
            if any(self.doubtful(place) for place in _places(action)):
                aside.append(action)
                if len(aside) >= MOST_ASIDE:
                    return
            else:
                yield action

    def asked(self, actions: Iterator[Action]) -> Iterator[Action]:
        """Those of sources and a destination that were not given up."""
        for action in actions:
            if self.lost():
                return
            if self.over.isdisjoint(_places(action)):
                yield action

    def doubtful(self, place: str) -> bool:
        return self.ledger.in_a_row(place) >= PATIENCE

    def lost(self) -> bool:
        """Whether the destination was given up. What a circuit breaker refuses to ask is given up at once."""
        for place, code in [*self.ledger.streak]:
            if code.endswith(f".{GIVEN_UP}"):
                self._end(place, code, self.ledger.last[place, code])
        return "" in self.over

    def sample(self, aside: Sequence[Action]) -> Sample:
        """Some of what was put aside, for one place that is in doubt; the destination before any source."""
        place = min(place for action in aside for place in _places(action) if self.doubtful(place))
        mine = [index for index, action in enumerate(aside) if place in _places(action)]
        return Sample(place, spread(mine, SPREAD if place else PATIENCE), len(mine), self.ledger.good[place])

    def tries(self, aside: Sequence[Action], sample: Sample) -> Iterator[Action]:
        """The sample, as far as the patience with a dead server reaches: each may cost a timeout."""
        end = monotonic() + self.seconds
        for index in sample.chosen:
            if self.lost() or monotonic() > end:
                return
            sample.tried.append(index)
            yield aside[index]

    def left(self, aside: Sequence[Action], sample: Sample) -> list[Action]:
        """What is to be done of the rest, now that the sample was tried: nothing if nothing of it worked."""
        place, tried = sample.place, set(sample.tried)
        if len(tried) < sample.waiting and self.ledger.good[place] == sample.good:
            code = self.ledger.commonest(place)
            failed = f"{self.ledger.in_a_row(place)} assets in a row failed with {code}"
            where = f"the last {len(tried)} of them spread over all that was left"
            self._end(place, code, f"{failed}, {where}, so the rest was not tried")
        return [action for index, action in enumerate(aside) if index not in tried]

    def _end(self, place: str, code: str, told: str) -> None:
        if place in self.over:
            return
        self.over.add(place)
        error = (
            SourceError(f"source {place}: {told}", code=code) if place else DestinationError(told, code=code)
        )
        self.give_up(place, error)


@dataclass(frozen=True, slots=True)
class Sample:
    place: str
    chosen: list[int]
    """By their places in what was put aside."""
    waiting: int
    """Of the same place, how many were."""
    good: int
    """What had gone well there before."""
    tried: list[int] = field(default_factory=list)


def spread(items: Sequence[T], most: int) -> list[T]:
    """So many of them at most, evenly, in an order in which any start of them is spread too."""
    count = min(len(items), most)
    if count <= 1:
        return list(items[:count])
    evenly = [items[number * (len(items) - 1) // (count - 1)] for number in range(count)]
    halves = sorted(range(count - 1), key=lambda number: f"{number:032b}"[::-1])
    return [evenly[-1], *(evenly[number] for number in halves)]


def _places(action: Action) -> tuple[str, ...]:
    """The source that it reads, and (empty) the destination."""
    match action:
        case Copy(asset) if not asset.in_place:
            return asset.source, ""
        case Copy(asset) | Identify(asset):
            return (asset.source,)
        case Recheck(entry) if entry.in_place:
            return ()
        case Recheck() | Delete():
            return ("",)
        case _:
            return ()
