"""The retry loop: transient errors are tried again, with full jitter, within a total time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from syncer.connect.rate_limiter import RateLimiter
from syncer.errors import SyncerError
from syncer.protocols import Pace
from syncer.protocols.patience import Policy

__all__ = ["Breaks", "Policy", "persist", "retry"]

R = TypeVar("R")


def retry(call: Callable[[], R], pace: Pace, policy: Policy, limiter: RateLimiter | None = None) -> R:
    """Return what `call` returns. The last `SyncerError` has the number of attempts in `attempts`.

    With a `limiter`, requests that it delays have attempts of their own: see `RateLimiter.tries`.
    """
    begun = time.monotonic()
    failed = refused = 0
    while True:
        try:
            return limiter.through(call, pace) if limiter else call()
        except SyncerError as error:
            if limiter and error.code in limiter.tries:
                refused, wait = refused + 1, 0.0  # the limiter itself delays the next attempt
                last = refused >= limiter.tries[error.code]
            else:
                failed, wait = failed + 1, _wait(error, failed + 1, policy)
                last = failed >= policy.attempts or time.monotonic() + wait - begun > policy.total
            last = last or (error.retry_after or 0.0) > policy.longest_asked
            if not error.transient or last or pace.wait(wait):
                error.attempts = failed + refused
                raise


def persist(call: Callable[[], R], pace: Pace, policy: Policy) -> R:
    """As `retry`, for one step of a longer task: once it failed for good, the task is not retried."""
    try:
        return retry(call, pace, policy)
    except SyncerError as error:
        if error.attempts > 1 and not pace.stopped():
            error.transient = False
        raise


class Breaks:
    """Counts the breaks of a stream that is reopened where it broke: any number, while enough bytes come."""

    def __init__(self, pace: Pace) -> None:
        self._patience = pace.patience
        self._since = time.monotonic()
        self._gained = 0
        self._barren = 0

    def gained(self, size: int) -> None:
        self._gained += size

    def broke(self, error: SyncerError) -> None:
        """Make the error permanent if too few bytes came between the last breaks."""
        now, patience = time.monotonic(), self._patience
        took = now - self._since
        slow = took >= min(patience.answer, patience.window) and self._gained < patience.rate * took
        self._barren = self._barren + 1 if slow else 0
        self._since, self._gained = now, 0
        if self._barren >= self._patience.retry.attempts:
            error.transient = False


def _wait(error: SyncerError, attempt: int, policy: Policy) -> float:
    ceiling = min(policy.longest_wait, policy.first_wait * 2.0 ** (attempt - 1))
    jittered = random.uniform(0, ceiling)  # noqa: S311 - spreads load, guards nothing
    return max(jittered, error.retry_after or 0.0)
