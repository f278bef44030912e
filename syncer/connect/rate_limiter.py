"""A rate limiter for a service that limits requests. All workers of a process share it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from syncer.errors import SourceError
from syncer.protocols import Pace

R = TypeVar("R")

FIRST_SECONDS, LONGEST_SECONDS = 0.1, 15.0
"""The longest delay after the first refusal, and after any number of refusals in a row. Several attempts
have to fit into the time after which an endpoint is given up.
"""


class RateLimiter:
    """Delays requests. The delay has full jitter, and doubles while all requests are refused."""

    def __init__(self, tries: Mapping[str, int]) -> None:
        """`tries`: the most attempts for one request, by the code of its error."""
        self.tries = tries
        self._lock = threading.Lock()
        self._closed_at = 0.0
        self._free_at = 0.0
        self._row = 0

    def through(self, call: Callable[[], R], pace: Pace) -> R:
        """One attempt: return what `call` returns, after the delay. `retry` makes all attempts."""
        self._wait(pace)
        asked = time.monotonic()
        try:
            answer = call()
        except SourceError as error:
            usual, wait = pace.patience.retry, error.retry_after or 0.0
            if error.code in self.tries and wait <= usual.longest_asked:
                self._close(asked, wait, usual.first_wait)
            raise
        self._opened()
        return answer

    def _wait(self, pace: Pace) -> None:
        """Wait again where another worker's request was refused meanwhile."""
        while (left := self._free_at - time.monotonic()) > 0:
            if pace.wait(left):
                raise SourceError("the run was stopped", code="source.stopped", transient=True)

    def _close(self, asked: float, seconds: float, first_wait: float) -> None:
        """A request that was sent before the last refusal can only make the delay longer."""
        now = time.monotonic()
        with self._lock:
            if asked >= self._closed_at:
                self._closed_at = now
                self._row += 1
                first = min(FIRST_SECONDS, first_wait)
                longest = min(LONGEST_SECONDS, first * 2.0 ** (self._row - 1))
                seconds = max(seconds, random.uniform(0, longest))  # noqa: S311 - spreads load, guards nothing
            self._free_at = max(self._free_at, now + seconds)

    def _opened(self) -> None:
        with self._lock:
            self._row = max(0, self._row - 1)
