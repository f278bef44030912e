"""What the workers of a run share, as verbs. `connect.pace` has the one that runs have."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from syncer.errors import SyncerError
from syncer.protocols.patience import Patience


class CircuitBreaker(Protocol):
    """A circuit breaker: opens for an endpoint whose calls only failed for a while."""

    def asking(
        self, failure: type[SyncerError], code: str = ..., *, proof: bool = True, rests: bool = False
    ) -> AbstractContextManager[None]:
        """Around one call. Raises `failure`, with `code` as its code's second word, if the circuit is open.

        An error that is not transient is an answer. Without `proof`, that nothing is raised proves nothing
        yet. With `rests`, an endpoint that can't be reached several times in a row is left alone for a while.
        """

    def answered(self) -> None: ...

    def moved(self, size: int) -> None:
        """One read gave so many bytes; none is the end of all there is. A drip of bytes proves nothing."""

    def rest(self, seconds: float) -> None:
        """Leave it alone for so long, unless it answers somebody."""

    @property
    def rests(self) -> bool: ...

    @property
    def last(self) -> SyncerError | None:
        """The last failure."""

    @property
    def why(self) -> str:
        """What the last failure said."""


class Pace(Protocol):
    """What the workers of a run share: the bandwidth, the patience with the network, the wish to stop."""

    @property
    def patience(self) -> Patience: ...

    def circuit(self, endpoint: str) -> CircuitBreaker:
        """The circuit breaker that all workers share for this endpoint."""

    def take(self, size: int) -> None:
        """Account for `size` bytes, waiting as long as the bandwidth limit asks."""

    def stopped(self) -> bool: ...

    def stopped_for(self) -> float:
        """Seconds since the run was stopped; 0 while it was not."""

    def wait(self, seconds: float) -> bool:
        """Sleep, at most until the run is stopped; returns whether it was."""
