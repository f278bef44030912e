"""The laws of `protocols.Runner`, for every implementation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from syncer.protocols import Pace, Runner
from syncer.runners import Serial, SharedPace, Threads

WORKERS = 3


@pytest.fixture(params=["serial", "threads"])
def runner(request: pytest.FixtureRequest) -> Runner:
    return Serial() if request.param == "serial" else Threads(WORKERS)


@dataclass
class Echo:
    """A job that records its calls."""

    work: Callable[[int, Pace], int] = lambda item, _: item
    opened: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)

    @contextmanager
    def open(self, pace: Pace) -> Iterator[Callable[[int], int]]:
        self.opened.append(threading.get_ident())
        try:
            yield lambda item: self._do(item, pace)
        finally:
            self.closed.append(threading.get_ident())

    def _do(self, item: int, pace: Pace) -> int:
        self.begun.append(item)
        return self.work(item, pace)


def test_every_item_has_one_result(runner: Runner) -> None:
    job = Echo()
    assert sorted(runner.map(job, range(500))) == list(range(500))


def test_no_items_open_nothing_but_end(runner: Runner) -> None:
    assert list(runner.map(Echo(), [])) == []


def test_handles_are_opened_once_a_worker_and_closed(runner: Runner) -> None:
    job = Echo(work=lambda item, pace: pace.wait(0.001) or item)
    list(runner.map(job, range(100)))
    assert len(job.opened) == len(set(job.opened)) <= WORKERS
    assert sorted(job.opened) == sorted(job.closed)


def test_items_are_pulled_in_the_callers_thread_and_never_more_than_a_window_ahead(runner: Runner) -> None:
    taken = 0
    ahead = []

    def items() -> Iterator[int]:
        for number in range(200):
            assert threading.current_thread() is threading.main_thread()
            ahead.append(number - taken)
            yield number

    for _ in runner.map(Echo(), items()):
        taken += 1
    assert max(ahead) <= 2 * WORKERS


def test_an_error_from_items_comes_after_the_results_of_what_was_begun(runner: Runner) -> None:
    def items() -> Iterator[int]:
        yield from range(10)
        raise LookupError("no more")

    results: list[int] = []
    with pytest.raises(LookupError, match="no more"):
        results.extend(runner.map(Echo(), items()))
    assert sorted(results) == list(range(10))


def test_an_error_from_the_job_reaches_the_caller(runner: Runner) -> None:
    def work(item: int, _: Pace) -> int:
        if item == 5:
            raise LookupError("bad item")
        return item

    job = Echo(work)
    with pytest.raises(LookupError, match="bad item"):
        list(runner.map(job, range(1000)))
    assert len(job.begun) < 100
    assert sorted(job.opened) == sorted(job.closed)


def test_an_error_from_opening_reaches_the_caller(runner: Runner) -> None:
    class Broken(Echo):
        @contextmanager
        def open(self, pace: Pace) -> Iterator[Callable[[int], int]]:
            if not pace.stopped():
                raise LookupError("no handle")
            yield lambda item: item

    with pytest.raises(LookupError, match="no handle"):
        list(runner.map(Broken(), range(10)))


def test_stopping_pulls_no_more_and_keeps_what_was_done(runner: Runner) -> None:
    job = Echo()
    results = []
    for result in runner.map(job, iter(range(10_000))):
        results.append(result)
        if len(results) == 5:
            runner.stop()
    assert sorted(results) == sorted(job.begun)
    assert len(results) < 5 + 2 * WORKERS
    assert runner.pace.stopped()
    assert sorted(job.opened) == sorted(job.closed)


def test_stopping_ends_every_wait(runner: Runner) -> None:
    """A worker that sleeps between two attempts does not delay the end of the program."""
    timer = threading.Timer(0.2, runner.stop)
    timer.start()
    begun = time.monotonic()
    stopped = list(runner.map(Echo(work=lambda _, pace: int(pace.wait(300))), range(WORKERS)))
    timer.join()
    assert time.monotonic() - begun < 100
    assert 1 in stopped


def test_a_hanging_worker_is_abandoned_and_other_results_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.runners.LEAVE_SECONDS", 0.3)
    never, runner = threading.Event(), Threads(WORKERS)

    def work(item: int, _pace: Pace) -> int:
        if item == 0:
            runner.stop()
            never.wait(600)
        return item

    results = list(runner.map(Echo(work), range(WORKERS)))
    assert 0 not in results
    never.set()


def test_leaving_early_closes_handles_and_drops_the_rest(runner: Runner) -> None:
    job = Echo()
    results = runner.map(job, iter(range(10_000)))
    next(results)
    results.close()  # type: ignore[attr-defined] # a generator in every implementation
    assert sorted(job.opened) == sorted(job.closed)
    assert len(job.begun) <= 1 + 2 * WORKERS


def test_the_bandwidth_is_shared() -> None:
    """Three workers that take 30 kB at 100 kB/s need 0.3 s together."""
    limited = Threads(WORKERS, bandwidth=100_000)

    def work(item: int, pace: Pace) -> int:
        pace.take(10_000)
        return item

    begun = time.monotonic()
    list(limited.map(Echo(work), range(3)))
    assert time.monotonic() - begun >= 0.29
    assert limited.pace.passed == 30_000


def test_a_stopped_pace_does_not_wait() -> None:
    pace = SharedPace(bandwidth=1)
    pace.stop()
    begun = time.monotonic()
    pace.take(1_000_000)
    assert time.monotonic() - begun < 1000, "and not the million seconds that it would take"
