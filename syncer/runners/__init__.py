"""Runs jobs, one at a time or in several threads."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from syncer.connect.pace import TICK, SharedPace
from syncer.protocols import Job
from syncer.protocols.patience import Patience

__all__ = ["Serial", "SharedPace", "Threads"]

T = TypeVar("T")
R = TypeVar("R")

LEAVE_SECONDS = 4.0
"""So long after a stop, the run no longer waits for its workers: their own waits
should have ended by then.
"""


class Serial:
    """One item after the other, in the caller's thread."""

    def __init__(self, bandwidth: int | None = None, patience: Patience | None = None) -> None:
        self.pace = SharedPace(bandwidth, patience)

    def map(self, job: Job[T, R], items: Iterable[T]) -> Iterator[R]:
        with job.open(self.pace) as work:
            for item in items:
                if self.pace.stopped():
                    return
                yield work(item)

    def stop(self) -> None:
        self.pace.stop()


@dataclass(frozen=True, slots=True)
class _Raised:
    error: BaseException


class _Skipped:
    """The result of an item that was not begun before the run stopped."""


class Threads:
    """Several items at a time, in threads. A stopped runner stays stopped."""

    def __init__(self, workers: int, bandwidth: int | None = None, patience: Patience | None = None) -> None:
        self.pace = SharedPace(bandwidth, patience)
        self._workers = workers

    def stop(self) -> None:
        self.pace.stop()

    def map(self, job: Job[T, R], items: Iterable[T]) -> Iterator[R]:
        crew: _Crew[T, R] = _Crew(job, self.pace)
        try:
            yield from self._results(crew, iter(items))
        except KeyboardInterrupt:
            crew.leave()
            raise
        finally:
            crew.dismiss()

    def _results(self, crew: _Crew[T, R], items: Iterator[T]) -> Iterator[R]:
        """Give out twice as many items as there are workers: no worker waits, and the queue stays short."""
        more, trouble = True, None
        while True:
            while more and crew.busy < 2 * self._workers and not self.pace.stopped():
                try:
                    crew.give(next(items), self._workers)
                except StopIteration:
                    more = False
                except Exception as error:  # noqa: BLE001 - raised below, after the results of begun items
                    more, trouble = False, error
            if not crew.busy:
                break
            out = crew.busy
            yield from crew.take()
            if crew.left and crew.busy == out:
                break
        if trouble:
            raise trouble


class _Crew(Generic[T, R]):
    """Threads that do one job, started when they are needed."""

    def __init__(self, job: Job[T, R], pace: SharedPace) -> None:
        self._job = job
        self._pace = pace
        self._threads: list[threading.Thread] = []
        self._todo: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[R] | _Raised | _Skipped] = queue.SimpleQueue()
        self._dismissed = False
        self.busy = 0
        """Items without a result yet."""

    def give(self, item: T, most: int) -> None:
        if self.busy >= len(self._threads) < most:
            # A daemon, so that a second Ctrl-C ends the program even if a server never answers.
            thread = threading.Thread(target=self._serve, name=f"worker-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self.busy += 1
        self._todo.put((item,))

    def take(self) -> Iterator[R]:
        """The next result; nothing for a skipped item, or if nobody waits any longer."""
        while True:
            try:
                result = self._done.get(timeout=TICK)
                break
            except queue.Empty:
                if self.left:
                    return
        self.busy -= 1
        if isinstance(result, _Raised):
            raise result.error
        if not isinstance(result, _Skipped):
            yield result[0]

    def dismiss(self) -> None:
        """Wait for the items that are being done, and drop the others."""
        self._dismissed = True
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            while thread.is_alive() and not self.left:
                thread.join(TICK)

    @property
    def left(self) -> bool:
        """Whether nobody waits any longer: a thread that hangs ends with the program."""
        return self._pace.stopped_for() > LEAVE_SECONDS

    def leave(self) -> None:
        """Wait for no thread: the program must end at once."""
        self._threads.clear()

    def _serve(self) -> None:
        try:
            with self._job.open(self._pace) as work:
                while (item := self._todo.get()) is not None:
                    idle = self._dismissed or self._pace.stopped()
                    self._done.put(_Skipped() if idle else (work(item[0]),))
        except BaseException as error:  # noqa: BLE001 - carried to the caller, whatever it is
            self._done.put(_Raised(error))
