"""Who does the work of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from syncer.protocols.pace import Pace

T = TypeVar("T")
R = TypeVar("R")
T_contra = TypeVar("T_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)


class Stopped(Exception):  # noqa: N818 - reads as what happened
    """The run is being stopped; what was staged is left behind."""


class Job(Protocol[T_contra, R_co]):
    """What a worker does. Plain, picklable data; `open` makes the handles, once per worker."""

    def open(self, pace: Pace) -> AbstractContextManager[Callable[[T_contra], R_co]]: ...


class Runner(Protocol):
    """Does a job for many items.

    * Results come as they finish. Items are pulled in the caller's thread, never more than a window ahead.
    * An error from opening the job or from the job reaches the caller at once, one from `items` after the
      results of what was begun.
    * `stop` may be called from a signal handler: no more items are pulled, what runs may finish or give up,
      and the results end. A runner that was stopped stays stopped. Closing the iterator early drops what
      has not begun and waits for the rest. What hangs some seconds after a stop is left alone.
    """

    @property
    def pace(self) -> Pace: ...

    def map(self, job: Job[T, R], items: Iterable[T]) -> Iterator[R]: ...

    def stop(self) -> None: ...
