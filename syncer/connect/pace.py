"""The pace of a run, which its workers share: bandwidth, patience with the network, and the wish to stop."""

from __future__ import annotations

import threading
import time

from syncer.connect.circuit import SharedCircuitBreaker
from syncer.protocols.patience import Patience

TICK = 0.1
"""Seconds between two checks whether the run was stopped."""
MOST_CIRCUITS = 10_000
"""Endpoints that are remembered; a list of links may name many more."""


class SharedPace:
    """One for all workers of a runner."""

    def __init__(self, bandwidth: int | None = None, patience: Patience | None = None) -> None:
        """`bandwidth` in bytes per second; `None` is no limit."""
        self.patience = patience or Patience()
        self._bandwidth = bandwidth
        # Not an Event: a signal handler that interrupts `wait` would take the lock of the Event twice.
        self._stopped_at: float | None = None
        self._lock = threading.Lock()
        self._free_at = 0.0
        self._circuits: dict[str, SharedCircuitBreaker] = {}
        self.passed = 0
        """Bytes taken so far."""

    def take(self, size: int) -> None:
        self.wait(self._reserve(size))

    def _reserve(self, size: int) -> float:
        """Return the seconds to wait: each caller reserves time for its bytes, after all earlier callers."""
        with self._lock:
            self.passed += size
            if self._bandwidth is None:
                return 0.0
            now = time.monotonic()
            self._free_at = max(now, self._free_at) + size / self._bandwidth
            return self._free_at - now

    def circuit(self, endpoint: str) -> SharedCircuitBreaker:
        """The circuit breaker that all workers share for this endpoint."""
        with self._lock:
            if endpoint not in self._circuits and len(self._circuits) >= MOST_CIRCUITS:
                self._circuits.clear()
            return self._circuits.setdefault(endpoint, SharedCircuitBreaker(endpoint, self.patience))

    def stopped(self) -> bool:
        return self._stopped_at is not None

    def stopped_for(self) -> float:
        """Seconds since the run was stopped; 0 while it was not."""
        return 0.0 if self._stopped_at is None else time.monotonic() - self._stopped_at

    def wait(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not self.stopped() and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, TICK))
        return self.stopped()

    def stop(self) -> None:
        if self._stopped_at is None:
            self._stopped_at = time.monotonic()
