"""The contract of a runner, which does the work of a run."""

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
    """The run is being stopped."""


class Job(Protocol[T_contra, R_co]):
    """The work of a worker. Plain, picklable data; `open` makes the handles, once for each worker."""

    def open(self, pace: Pace) -> AbstractContextManager[Callable[[T_contra], R_co]]: ...


class Runner(Protocol):
    """Does a job for many items.

    * Results come as they finish. Items are read in the caller's thread, never more than a window ahead.
    * The caller gets an error of the job or of its opening at once, and an error of `items` after the results
      of the items that were begun.
    * `stop` may be called from a signal handler. Then no more items are read, running ones finish or give up,
      and the results end. A stopped runner stays stopped. Closing the iterator early drops the items that
      have not begun, and waits for the others. After a stop, it waits only some seconds for an item that
      hangs.
    """

    @property
    def pace(self) -> Pace: ...

    def map(self, job: Job[T, R], items: Iterable[T]) -> Iterator[R]: ...

    def stop(self) -> None: ...
