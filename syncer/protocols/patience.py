"""How long syncer waits, and how often it tries again: plain data that reaches everything that opens a wire.

A `Pace` carries it, so whoever has the pace of a run also has its patience.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Policy:
    """When a failed call is tried again."""

    attempts: int = 4
    first_wait: float = 0.5
    """Seconds; the ceiling doubles with every attempt."""
    longest_wait: float = 30.0
    total: float = 300.0
    """Seconds from the first attempt after which nothing is tried again."""
    longest_asked: float = 60.0
    """Seconds that the other side may ask us to wait; if it asks for more, nothing is tried again."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The bounds of every wait on the network. All times are in seconds."""

    connect: float = 10.0
    """For a connection: name, TCP, and the TLS or SSH handshake, each."""
    answer: float = 30.0
    """For the first byte of an answer, and for each further byte."""
    rate: int = 1000
    """Bytes a second: a slower transfer, measured over a `window`, is given up."""
    window: float = 30.0
    give_up: float = 60.0
    """An endpoint that only failed for so long is not asked again in this run."""
    retry: Policy = field(default_factory=Policy)
