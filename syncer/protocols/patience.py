"""How long syncer waits for the network, and how often it retries: plain data for every connection.

The `Pace` of a run has it, so everything with the pace also has the patience.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Policy:
    """When a failed call is retried."""

    attempts: int = 4
    first_wait: float = 0.5
    """Seconds; the longest wait doubles with every attempt."""
    longest_wait: float = 30.0
    total: float = 300.0
    """Seconds from the first attempt after which there are no retries."""
    longest_asked: float = 60.0
    """Seconds that the server may ask us to wait; if it asks for more, there are no retries."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The limits of every wait for the network. All times are in seconds."""

    connect: float = 10.0
    """For each part of a connection: the DNS lookup, TCP, and the TLS or SSH handshake."""
    answer: float = 30.0
    """For the first byte of an answer, and for each further byte."""
    rate: int = 1000
    """Bytes a second: a slower transfer, measured over a `window`, is given up."""
    window: float = 30.0
    give_up: float = 60.0
    """An endpoint that has only failed for so long gets no more requests in this run."""
    retry: Policy = field(default_factory=Policy)
