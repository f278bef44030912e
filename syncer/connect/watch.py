"""The limits of every connection: no endless silence, and no transfer that is too slow."""

from __future__ import annotations

import time
from collections.abc import Callable, Sized
from dataclasses import dataclass
from typing import TypeVar

from syncer.protocols import Pace
from syncer.settings.spelling import counted

TICK = 0.1
"""Seconds that one system call may wait; after each, the limits are checked."""
STOPPED_SECONDS = 3.0
"""Seconds that work under way may still take after the run was stopped."""

R = TypeVar("R")


class Stalled(TimeoutError):  # noqa: N818 - reads as what happened
    """A wait reached its limit; the text says which."""


class RunStopped(Stalled):
    """A wait ended because the run was stopped, which is not the server's fault."""


@dataclass(frozen=True, slots=True)
class ExchangeLimits:
    """The limits of one request and its answer."""

    pace: Pace
    work: float = 0.0
    """Extra seconds for the answer, as the server has work to do first."""
    longest: float | None = None
    """Seconds for the whole answer; `None` is no limit."""
    most: int | None = None
    """Bytes of the answer; `None` is no limit."""


@dataclass(slots=True)
class Flow:
    """The bytes that moved in one direction in this window, and the seconds that this took."""

    moved: int = 0
    waited: float = 0.0

    def reset(self) -> None:
        self.moved, self.waited = 0, 0.0

    def count(self, waited: float, moved: int, terms: ExchangeLimits) -> None:
        """Raises `Stalled` below the lowest rate."""
        self.moved += moved
        self.waited += waited
        patience = terms.pace.patience
        if self.waited >= patience.window + terms.work:
            if self.moved < patience.rate * patience.window:
                raise Stalled(f"only {counted(self.moved, 'byte')} came in {self.waited:.1f} s")
            self.reset()


class Watch:
    """Watches one connection. `terms` returns the limits in force, as a connection may outlive a run."""

    def __init__(self, terms: Callable[[], ExchangeLimits]) -> None:
        self._terms = terms
        self._incoming, self._outgoing = Flow(), Flow()
        self._answering = False
        self._asked_at, self._came = time.monotonic(), 0

    def asked(self) -> None:
        """A request went out. The rate is measured from the first byte of its answer."""
        self._answering = False
        self._asked_at, self._came = time.monotonic(), 0
        self._incoming.reset()

    def receive(self, act: Callable[[], R], size: Callable[[R], int]) -> R:
        """Return what `act` returns, called again after each `TimeoutError`. Raises `Stalled`."""
        got = self._wait(act, size, self._incoming if self._answering else None)
        self._answering = True
        self._came += size(got)
        self._check_whole()
        return got

    def _check_whole(self) -> None:
        terms = self._terms()
        if terms.most is not None and self._came > terms.most:
            raise Stalled(f"the answer is longer than {counted(terms.most, 'byte')}")
        took = time.monotonic() - self._asked_at
        if terms.longest is not None and took > terms.longest:
            raise Stalled(f"the answer did not end in {took:.1f} s")

    def send(self, act: Callable[[], int]) -> int:
        """As `receive`; `act` returns how many bytes it sent."""
        return self._wait(act, int, self._outgoing)

    def _wait(self, act: Callable[[], R], size: Callable[[R], int], flow: Flow | None) -> R:
        begun = last = time.monotonic()
        while True:
            try:
                done = act()
            except TimeoutError:
                pass
            else:
                if flow:
                    flow.count(time.monotonic() - last, size(done), self._terms())
                return done
            now, terms = time.monotonic(), self._terms()
            if flow:
                flow.count(now - last, 0, terms)
            last = now
            if now - begun >= terms.pace.patience.answer + terms.work:
                raise Stalled(f"nothing came for {now - begun:.1f} s")
            if terms.pace.stopped_for() > STOPPED_SECONDS:
                raise RunStopped("the run was stopped")


def repeat_within(seconds: float, pace: Pace, act: Callable[[], R], what: str) -> R:
    """Return what `act` returns, called again after each `TimeoutError`. Raises `Stalled` after `seconds`."""
    begun = time.monotonic()
    while True:
        try:
            return act()
        except TimeoutError:
            go_on(pace, begun, seconds, what)


def wait_until(done: Callable[[float], bool], seconds: float, pace: Pace, what: str) -> None:
    """Wait for an event. `done` gets the seconds that it may wait. Raises `Stalled`."""
    begun = time.monotonic()
    while not done(TICK):
        go_on(pace, begun, seconds, what)


def go_on(pace: Pace, begun: float, seconds: float, what: str) -> None:
    """Raises `Stalled` if a wait that started at `begun` has to end."""
    if time.monotonic() - begun >= seconds:
        raise Stalled(f"{what} took more than {seconds:g} s")
    if pace.stopped_for() > STOPPED_SECONDS:
        raise RunStopped("the run was stopped")


def length(chunk: Sized) -> int:
    return len(chunk)
