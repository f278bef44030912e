"""When the next call may be made. Pure: the clock and the earlier calls are passed in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many calls in any so many seconds."""

    calls: int
    seconds: float

    def wait(self, earlier: Iterable[datetime], now: datetime) -> float:
        """Seconds until one more call fits; at most a whole window, even after a clock was set back."""
        begun = now - timedelta(seconds=self.seconds)
        recent = sorted(call for call in earlier if call > begun)
        if len(recent) < self.calls:
            return 0.0
        return min(self.seconds, (recent[-self.calls] - begun).total_seconds())


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What TikTok documents for each user, and a second more: not every call is as long on its way."""

    sends: Rate = Rate(6, 61.0)
    looks: Rate = Rate(1, 2.05)
    """30 a minute, evenly: then one remembered time is enough to keep the rate across runs."""
    pending: Rate = Rate(5, 86_400.0)
    """Drafts that wait in the inbox, and those on their way there."""


@dataclass(frozen=True, slots=True)
class PollIntervals:
    """Seconds between two looks at one draft: it takes seconds for a photo, minutes for gigabytes."""

    first: float = 2.0
    growth: float = 1.5
    longest: float = 30.0

    def next(self, last: float | None) -> float:
        return self.first if last is None else min(self.longest, last * self.growth)


LIMITS = RateLimits()
PATIENCE = PollIntervals()
