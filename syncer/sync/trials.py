"""If nothing works any more, a run tries a few files that are spread over all that is left.

Files that can't be read often lie together, first or last in a listing. So after failures in a row the rest
is only put aside. If one file of a sample works, the rest is tried too; if none does, it is given up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

from syncer.connect.circuit import GIVEN_UP
from syncer.errors import DestinationError, SourceError, SyncerError
from syncer.model import Action, Copy, Delete, Identify, Recheck
from syncer.sync.streaks import Streaks

PATIENCE = 25
"""Failures in a row until the rest is put aside."""
SPREAD = 100
"""Files in the sample of a source; the destination's sample has `PATIENCE`, as each may cost a download."""
MOST_ASIDE = 50_000
"""Actions that are put aside at most, as they are held in memory."""

T = TypeVar("T")


@dataclass(slots=True)
class Trials:
    streaks: Streaks
    give_up: Callable[[str, SyncerError], None]
    """Called with the source, or (empty) for the destination."""
    seconds: float
    """After so long, nothing more of the sample is begun."""
    over: set[str] = field(default_factory=set)
    """Places that were given up."""

    def sifted(self, actions: Iterator[Action], aside: list[Action]) -> Iterator[Action]:
        """The actions to do now. Ends after the last one, or when `aside` is full."""
        for action in self.asked(actions):
            if any(self.doubtful(place) for place in _places(action)):
                aside.append(action)
                if len(aside) >= MOST_ASIDE:
                    return
            else:
                yield action

    def asked(self, actions: Iterator[Action]) -> Iterator[Action]:
        """The actions whose source and destination were not given up."""
        for action in actions:
            if self.lost():
                return
            if self.over.isdisjoint(_places(action)):
                yield action

    def doubtful(self, place: str) -> bool:
        return self.streaks.in_a_row(place) >= PATIENCE

    def lost(self) -> bool:
        """Whether the destination was given up. A place whose circuit breaker is open is given up at once."""
        for place, code in [*self.streaks.failures]:
            if code.endswith(f".{GIVEN_UP}"):
                self._end(place, code, self.streaks.last[place, code])
        return "" in self.over

    def sample(self, aside: Sequence[Action]) -> Sample:
        """A sample of what was put aside for one doubtful place; the destination comes before any source."""
        place = min(place for action in aside for place in _places(action) if self.doubtful(place))
        mine = [index for index, action in enumerate(aside) if place in _places(action)]
        return Sample(place, spread(mine, SPREAD if place else PATIENCE), len(mine), self.streaks.good[place])

    def tries(self, aside: Sequence[Action], sample: Sample) -> Iterator[Action]:
        """The sample, until `seconds` have passed: each action may cost a timeout."""
        end = monotonic() + self.seconds
        for index in sample.chosen:
            if self.lost() or monotonic() > end:
                return
            sample.tried.append(index)
            yield aside[index]

    def left(self, aside: Sequence[Action], sample: Sample) -> list[Action]:
        """The rest, now that the sample was tried. If none of the sample worked, its place is given up."""
        place, tried = sample.place, set(sample.tried)
        if len(tried) < sample.waiting and self.streaks.good[place] == sample.good:
            code = self.streaks.commonest(place)
            failed = f"{self.streaks.in_a_row(place)} assets in a row failed with {code}"
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
    """Indexes into what was put aside."""
    waiting: int
    """How many actions of this place were put aside."""
    good: int
    """The successes at this place before the sample."""
    tried: list[int] = field(default_factory=list)


def spread(items: Sequence[T], most: int) -> list[T]:
    """At most `most` items, spread evenly, in an order whose every beginning is spread, too."""
    count = min(len(items), most)
    if count <= 1:
        return list(items[:count])
    evenly = [items[number * (len(items) - 1) // (count - 1)] for number in range(count)]
    halves = sorted(range(count - 1), key=lambda number: f"{number:032b}"[::-1])
    return [evenly[-1], *(evenly[number] for number in halves)]


def _places(action: Action) -> tuple[str, ...]:
    """The source that the action reads, and (empty) the destination."""
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


def drained(held: deque[Action]) -> Iterator[Action]:
    while held:
        yield held.popleft()
