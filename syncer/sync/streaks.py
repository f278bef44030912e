"""Failures in a row and successes, by place: a source, or (empty) the destination."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from syncer.sync import scope


@dataclass(slots=True)
class Streaks:
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Failures in a row, by place and code."""
    last: dict[tuple[str, str], str] = field(default_factory=dict)
    """The message of the last failure, by place and code."""
    good: Counter[str] = field(default_factory=Counter)
    """Successes, by place."""

    def failed(self, source: str, code: str, message: str) -> None:
        """Count the failure of one file. A link that can't be read says nothing about other links."""
        place = scope.failure_scope(source, code)
        if place is not None:
            self.failures[place, code] += 1
            self.last[place, code] = message

    def succeeded(self, *places: str) -> None:
        self.good.update(places)
        for where, code in list(self.failures):
            if where in places:
                del self.failures[where, code]

    def in_a_row(self, place: str) -> int:
        """Failures of every code since the last success."""
        return sum(times for (where, _), times in self.failures.items() if where == place)

    def commonest(self, place: str) -> str:
        """The code of most of those failures."""
        codes = {code: times for (where, code), times in self.failures.items() if where == place}
        return max(codes, key=codes.__getitem__)
