"""What is tried where nothing works any more: a few files that are spread over all that is left.

Files that can't be read often lie together, and come first or last in a listing. So failures in a row only
put the rest aside. It is tried if one of the few works, and given up if none does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from syncer.connect.circuit import GIVEN_UP
from syncer.errors import DestinationError, SourceError, SyncerError
from syncer.ledger import Ledger
from syncer.model import Action, Copy, Delete, Identify, Recheck

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
        chosen = spread(mine, SPREAD if place else PATIENCE)
        return Sample(place, chosen, len(mine) - len(chosen), self.ledger.good[place])

    def left(self, aside: Sequence[Action], sample: Sample) -> list[Action]:
        """What is to be done of the rest, now that the sample was tried: nothing if nothing of it worked."""
        place, tried = sample.place, set(sample.chosen)
        if sample.untried and self.ledger.good[place] == sample.good:
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
    untried: int
    """Of the same place, how many are left."""
    good: int
    """What had gone well there before."""


def spread(items: Sequence[T], most: int) -> list[T]:
    """So many of them at most, evenly from the first to the last."""
    if len(items) <= most:
        return list(items)
    return [items[number * (len(items) - 1) // (most - 1)] for number in range(most)]


def _places(action: Action) -> tuple[str, ...]:
    """The source that it reads, and (empty) the destination."""
    match action:
        case Copy(asset):
            return asset.source, ""
        case Identify(asset):
            return (asset.source,)
        case Recheck() | Delete():
            return ("",)
        case _:
            return ()
