"""The child processes of this process: few, even for many workers."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from syncer.probe.process import Process
from syncer.protocols import Pace, Stopped

MOST = min(2, len(os.sched_getaffinity(0)))
"""Each needs about 50 MB and works hundredths of a second on a file: more of them would only wait."""
TICK = 0.1
"""Seconds between two checks of a waiting worker for a stop of the run."""


class Pool:
    """Starts children on demand, keeps them for the next request, and ends them with the last member."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._turn = threading.Condition()
        self._idle: list[Process] = []
        self._lent = 0
        self._members = 0

    def join(self) -> None:
        with self._turn:
            self._members += 1

    def leave(self) -> None:
        with self._turn:
            self._members -= 1
            if not self._members:
                self._end_idle()

    @contextmanager
    def lend(self, pace: Pace | None = None, *, fresh: bool = False) -> Iterator[Process]:
        """Lends one child. The borrower must not wait for anything else meanwhile.

        `fresh` starts a new child, and ends the idle ones, as they may be dead. Raises `Stopped`, and
        `SyncerError` (`probe.library`).
        """
        process = self._take(pace, fresh=fresh)
        try:
            process = process or Process()
            yield process
        finally:
            self._take_back(process)

    def _take(self, pace: Pace | None, *, fresh: bool) -> Process | None:
        """`None` if the caller may start one."""
        with self._turn:
            while self._lent >= self._most:
                self._turn.wait(TICK)
                raise_if_stopped(pace)
            raise_if_stopped(pace)
            if fresh:
                self._end_idle()
            self._lent += 1
            return self._idle.pop() if self._idle else None

    def _take_back(self, process: Process | None) -> None:
        with self._turn:
            self._lent -= 1
            if process and process.pid is not None:
                self._idle.append(process)
            self._turn.notify()

    def _end_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


def raise_if_stopped(pace: Pace | None) -> None:
    """Raises `Stopped` in a stopped run."""
    if pace and pace.stopped():
        raise Stopped


_POOLS: dict[int, Pool] = {}


def ours() -> Pool:
    """The pool of this process: a fork must not use its parent's children."""
    return _POOLS.setdefault(os.getpid(), Pool(MOST))
