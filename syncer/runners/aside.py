"""Reads an iterator in a thread of its own, so that a slow iterator does not block its caller."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, Literal, TypeVar

from syncer.connect.pace import TICK

T = TypeVar("T")

MOST_AHEAD = 256
"""Items that are read ahead."""
SOON = 0.05
"""Seconds after which the items read so far are handed over, even if it is only one."""


class Aside(Generic[T]):
    """Reads a few items ahead, and stops until they are taken."""

    def __init__(self, begin: Callable[[], Iterator[T]], stopped: Callable[[], bool] = lambda: False) -> None:
        self._stopped = stopped
        self._wanted: queue.SimpleQueue[Literal["more", "end"]] = queue.SimpleQueue()
        self._read: queue.SimpleQueue[tuple[list[T], BaseException | None]] = queue.SimpleQueue()
        self._asked = False
        self._error: BaseException | None = None
        # A daemon, so that an iterator that hangs ends with the program.
        job = (begin, self._wanted, self._read)
        threading.Thread(target=_serve, args=job, name="listing", daemon=True).start()

    def take(self, seconds: float) -> list[T] | None:
        """The next items; an empty list at the end; `None` if the time passed without an item or the run
        stopped.

        Raises what the iterator raised, after the items before it.
        """
        if self._error:
            raise self._error
        if not self._asked:
            self._asked = True
            self._wanted.put("more")
        end = time.monotonic() + seconds
        while not self._stopped():
            try:
                items, self._error = self._read.get(timeout=max(0.0, min(TICK, end - time.monotonic())))
            except queue.Empty:
                if time.monotonic() >= end:
                    return None
                continue
            self._asked = False
            if self._error and not items:
                raise self._error
            return items
        return None

    def leave(self) -> None:
        """Read no further, and do not wait for the item that is being read."""
        self._wanted.put("end")

    def __del__(self) -> None:
        self.leave()


def _serve(
    begin: Callable[[], Iterator[T]],
    wanted: queue.SimpleQueue[Literal["more", "end"]],
    given: queue.SimpleQueue[tuple[list[T], BaseException | None]],
) -> None:
    items: Iterator[T] | None = None
    while wanted.get() == "more":
        found: list[T] = []
        try:
            items = begin() if items is None else items
            _fill(found, items)
        except BaseException as error:  # noqa: BLE001 - carried to the caller, whatever it is
            given.put((found, error))
            return
        given.put((found, None))


def _fill(found: list[T], items: Iterator[T]) -> None:
    end = time.monotonic() + SOON
    for item in items:
        found.append(item)
        if len(found) >= MOST_AHEAD or time.monotonic() >= end:
            return
