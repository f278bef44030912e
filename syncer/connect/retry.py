"""The retry loop: transient errors are tried again, with full jitter, within a total time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from syncer.errors import SyncerError
from syncer.protocols import Pace
from syncer.protocols.patience import Policy

__all__ = ["Breaks", "Policy", "persist", "retry"]

R = TypeVar("R")


def retry(call: Callable[[], R], pace: Pace, policy: Policy) -> R:
    """Return what `call` returns. The last `SyncerError` has the number of attempts in `attempts`."""
    begun = time.monotonic()
    attempt = 1
    while True:
        try:
            return call()
        except SyncerError as error:
            wait = _wait(error, attempt, policy)
            late = time.monotonic() + wait - begun > policy.total
            late = late or (error.retry_after or 0.0) > policy.longest_asked
            if not error.transient or attempt >= policy.attempts or late or pace.wait(wait):
                error.attempts = attempt
                raise
        attempt += 1


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
