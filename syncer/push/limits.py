"""When the next call is allowed. Pure: the clock and the earlier calls are arguments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` calls in any period of `seconds` seconds."""

    calls: int
    seconds: float

    def wait(self, earlier: Iterable[datetime], now: datetime) -> float:
        """Seconds until the next call is allowed; at most a whole period, even if the clock was set back."""
        begun = now - timedelta(seconds=self.seconds)
        recent = sorted(call for call in earlier if call > begun)
        if len(recent) < self.calls:
            return 0.0
        return min(self.seconds, (recent[-self.calls] - begun).total_seconds())


@dataclass(frozen=True, slots=True)
class RateLimits:
    """TikTok's documented limits for each user, plus a second: calls differ in their time on the network."""

    sends: Rate = Rate(6, 61.0)
    looks: Rate = Rate(1, 2.05)
    """30 a minute, evenly spaced: so the time of the last call is enough to keep the rate across runs."""
    pending: Rate = Rate(5, 86_400.0)
    """Drafts that are in the inbox, and drafts that TikTok still processes."""


@dataclass(frozen=True, slots=True)
class PollIntervals:
    """Seconds between two looks at one draft: a photo takes seconds, gigabytes take minutes."""

    first: float = 2.0
    growth: float = 1.5
    longest: float = 30.0

    def next(self, last: float | None) -> float:
        return self.first if last is None else min(self.longest, last * self.growth)


LIMITS = RateLimits()
PATIENCE = PollIntervals()
