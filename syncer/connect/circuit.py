"""A circuit breaker for each endpoint, shared by all workers of a run: a dead endpoint delays it once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from syncer.errors import SyncerError
from syncer.protocols import CircuitBreaker as Calls
from syncer.protocols import Pace, Reader
from syncer.protocols.patience import Patience
from syncer.urls.canonical import hosts_only

READING, WRITING = "reading from", "writing to"
"""Work with a circuit breaker of its own: an endpoint may answer, and still give or accept no bytes."""
GIVEN_UP = "given_up"
"""The second word of the error code where the endpoint was given up."""
UNREACHABLE = "unreachable"
"""The second word of the error code where no connection could be made."""
ROW = 3
"""Failed connections in a row after which an endpoint is left alone, if the caller wants that."""

_ALIVE = {"changed", "corrupt", "digest", "failed", "full", "incomplete", "io", "size", "vanished"}
"""The second words of transient errors that still show that the endpoint answers."""


class SharedCircuitBreaker:
    """Opens when every call failed for `give_up` seconds. One good answer closes it."""

    def __init__(self, endpoint: str, patience: Patience) -> None:
        """`endpoint` is for messages."""
        self._endpoint = endpoint
        self._patience = patience
        self._lock = threading.Lock()
        self._since: float | None = None
        """The start of the first failed call since the last good answer."""
        self._failed_for = 0.0
        """Seconds during which every call failed, up to the last failure."""
        self._last: SyncerError | None = None
        self._moved = 0
        """Bytes that were read since the last failure."""
        self._row = 0
        self._rests_until = 0.0

    @contextmanager
    def asking(
        self, failure: type[SyncerError], code: str = GIVEN_UP, *, proof: bool = True, rests: bool = False
    ) -> Iterator[None]:
        """Wraps one call. Raises `failure` if the circuit is open; `code` is the second word of its code.

        An error that is not transient counts as an answer. Without `proof`, a call that raises nothing does
        not close the circuit. With `rests`, an endpoint that can't be reached several times in a row is left
        alone for a while.
        """
        self._expect_closed(failure, code, rests=rests)
        begun = time.monotonic()
        try:
            yield
        except SyncerError as error:
            if error.transient and _word(error.code) not in _ALIVE:
                self.failed(error, begun)
            else:
                self.answered()
            raise
        if proof:
            self.answered()

    def answered(self) -> None:
        if self._since is not None:
            with self._lock:
                self._since, self._failed_for, self._row, self._rests_until = None, 0.0, 0, 0.0

    def moved(self, size: int) -> None:
        """One read returned `size` bytes; 0 is the end. Too slow a stream of bytes does not close the
        circuit.
        """
        if self._since is not None:
            self._moved += size
            if not size or self._moved >= self._patience.rate * self._patience.window:
                self.answered()

    def failed(self, error: SyncerError, begun: float) -> None:
        """A call that started at `begun` failed. Time beyond the limit of one wait was progress."""
        now = time.monotonic()
        with self._lock:
            begun = max(begun, now - self._patience.connect - self._patience.answer)
            self._since = begun if self._since is None else min(self._since, begun)
            self._failed_for = now - self._since
            self._last = error
            self._moved = 0
            unreachable = _word(error.code) == UNREACHABLE
            self._row = self._row + 1 if unreachable else 0
            if self._row >= ROW:
                self._rests_until = now + self._patience.give_up

    def rest(self, seconds: float) -> None:
        """Leave the endpoint alone for so many seconds, unless another call succeeds."""
        with self._lock:
            if self._since is not None:
                self._rests_until = time.monotonic() + seconds

    @property
    def is_open(self) -> bool:
        return self._failed_for >= self._patience.give_up

    @property
    def rests(self) -> bool:
        return self.is_open or time.monotonic() < self._rests_until

    @property
    def last(self) -> SyncerError | None:
        """The last failure."""
        return self._last

    @property
    def why(self) -> str:
        """The message of the last failure."""
        return self._last.message if self._last else ""

    def _expect_closed(self, failure: type[SyncerError], code: str, *, rests: bool) -> None:
        if not (self.is_open or (rests and self.rests)):
            return
        how = (
            f"failed every request for {self._failed_for:.0f} s, so this run sends it no more"
            if self.is_open
            else f"could not be reached {ROW} times in a row, so it is left alone for a while"
        )
        raise failure(
            f"{self._endpoint} {how}; the last failure: {hosts_only(self.why)}",
            code=f"{failure.default_code}.{code}",
            hint="check that it is up, and that this machine can reach it; the next run tries again",
        )


def circuit_for(pace: Pace, endpoint: str, doing: str = "") -> Calls:
    """The circuit breaker of an endpoint, or of one kind of work there."""
    return pace.circuit(f"{doing} {endpoint}" if doing else endpoint)


class Guarded:
    """A `Reader` with a circuit breaker around each read."""

    def __init__(
        self, reader: Reader, circuit: Calls, failure: type[SyncerError], code: str = GIVEN_UP
    ) -> None:
        self._reader = reader
        self._circuit = circuit
        self._failure = failure
        self._code = code

    def read(self, size: int, /) -> bytes:
        with self._circuit.asking(self._failure, self._code, proof=False):
            chunk = self._reader.read(size)
        self._circuit.moved(len(chunk))
        return chunk


def _word(code: str) -> str:
    return code.rpartition(".")[2]
