"""The contract of what the workers of a run share. `connect.pace` implements it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from syncer.errors import SyncerError
from syncer.protocols.patience import Patience


class CircuitBreaker(Protocol):
    """Stops calls to an endpoint whose calls have only failed for a while."""

    def asking(
        self, failure: type[SyncerError], code: str = ..., *, proof: bool = True, rests: bool = False
    ) -> AbstractContextManager[None]:
        """For the time of one call. Raises `failure`, with `code` as its code's second word, if the circuit
        is open.

        An error that is not transient is an answer. Without `proof`, a call without an error is no answer
        yet. With `rests`, no more calls are made for a while after an endpoint can't be reached several times
        in a row.
        """

    def answered(self) -> None: ...

    def moved(self, size: int) -> None:
        """One read gave so many bytes; 0 means the end. Only a few bytes do not count as an answer."""

    def rest(self, seconds: float) -> None:
        """Make no calls for so long, unless the endpoint answers another worker."""

    @property
    def rests(self) -> bool: ...

    @property
    def last(self) -> SyncerError | None:
        """The last failure."""

    @property
    def why(self) -> str:
        """The message of the last failure."""


class Pace(Protocol):
    """Shared by the workers of a run: the bandwidth, the patience with the network, the wish to stop."""

    @property
    def patience(self) -> Patience: ...

    def circuit(self, endpoint: str) -> CircuitBreaker:
        """The circuit breaker that all workers share for this endpoint."""

    def take(self, size: int) -> None:
        """Count `size` bytes, and wait as long as the bandwidth limit requires."""

    def stopped(self) -> bool: ...

    def stopped_for(self) -> float:
        """Seconds since the run was stopped; 0 if it was not."""

    def wait(self, seconds: float) -> bool:
        """Sleep, at most until the run is stopped. Returns whether it was stopped."""
