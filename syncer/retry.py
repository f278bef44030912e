"""One policy, one loop: what is transient is tried again, with full jitter and within a total time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from syncer.errors import SyncerError
from syncer.patience import Policy
from syncer.seams import Pace

__all__ = ["Policy", "retry"]

R = TypeVar("R")


def retry(call: Callable[[], R], pace: Pace, policy: Policy) -> R:
    """What `call` returns. Its last `SyncerError` bears the number of attempts as `attempts`."""
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


def _wait(error: SyncerError, attempt: int, policy: Policy) -> float:
    ceiling = min(policy.longest_wait, policy.first_wait * 2.0 ** (attempt - 1))
    jittered = random.uniform(0, ceiling)  # noqa: S311 - spreads load, guards nothing
    return max(jittered, error.retry_after or 0.0)
