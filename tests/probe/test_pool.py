"""Laws of the pool: few children, lent only while they work, and always given back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.errors import SourceError, SyncerError
from syncer.model import Facts
from syncer.probe import pool, process
from syncer.probe.pool import MOST, Pool
from syncer.probe.prober import LONG, Prober
from syncer.protocols import Stopped
from syncer.runners import SharedPace
from tests.probe.held import Held
from tests.servers.processes import children

pytestmark = pytest.mark.usefixtures("own_pool")  # the test watches the children

WAIT_S = 20
NAMES = ["vp9.webm", "h264.mp4", "h264.mkv", "prores.mov", "h264.ts", "hevc.mp4"] * 3


SLEEPY = "import os, time; os.write(1, b'o' + bytes(4)); time.sleep(99)"
"""A child that is ready and then silent."""


@pytest.fixture
def others() -> set[int]:
    """Other children of this process, such as servers of tests."""
    return children(os.getpid())


@pytest.fixture
def one() -> Iterator[Pool]:
    """A pool of one child."""
    lonely = Pool(1)
    lonely.join()
    yield lonely
    lonely.leave()


class Stuck(Held):
    """A source that gives no bytes after the head until a test allows it."""

    def __init__(self, content: Path) -> None:
        super().__init__(content)
        self.head = self.head[:5000]
        self.asked = threading.Event()
        self.may = threading.Event()

    def before_read(self) -> None:
        self.asked.set()
        assert self.may.wait(WAIT_S)


def test_many_workers_share_few_children(made: Path, others: set[int]) -> None:
    most: set[int] = set()
    ready = threading.Barrier(8)

    def all_of_them(first: int) -> dict[str, Facts]:
        told = {}
        with Prober() as prober:
            ready.wait(WAIT_S)
            for name in NAMES[first:] + NAMES[:first]:
                told[name] = Held(made / name).probed(prober)
                most.update(children(os.getpid()) - others)
            ready.wait(WAIT_S)
            return told

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(all_of_them, range(8)))
    assert told == [told[0]] * 8
    assert told[0]["h264.ts"].width
    assert 1 <= len(most) <= MOST
    assert children(os.getpid()) == others, "not even a zombie is left"


def test_one_worker_has_one_child(made: Path, others: set[int]) -> None:
    with Prober() as prober:
        for name in NAMES:
            Held(made / name).probed(prober)
            assert children(os.getpid()) - others == {prober.pid}


def test_children_live_until_the_last_worker_leaves(made: Path) -> None:
    with Prober() as last:
        with Prober() as first:
            Held(made / "h264.mkv").probed(first)
            Held(made / "h264.mkv").probed(last)
            assert first.pid == last.pid
        assert first.pid
        Held(made / "h264.mkv").probed(last)
        assert first.pid == last.pid
    assert last.pid is None


def test_a_slow_source_keeps_no_child_from_other_workers(made: Path, prober: Prober) -> None:
    """Also if there are many slow sources for a long time."""
    film = made / "mpeg2.ts"
    good = Held(film).probed(prober)
    stuck = [Stuck(film) for _ in range(MOST + 2)]

    def probed(held: Stuck) -> Facts:
        with Prober() as another:
            return held.probed(another)

    with ThreadPoolExecutor(len(stuck)) as threads:
        told = [threads.submit(probed, held) for held in stuck]
        assert all(held.asked.wait(WAIT_S) for held in stuck)
        assert Held(film).probed(prober) == good
        for held in stuck:
            held.may.set()
        assert [each.result(WAIT_S) for each in told] == [good] * len(stuck)


def test_a_child_is_given_back_after_any_error(made: Path, prober: Prober) -> None:
    film = made / "mpeg2.ts"
    good = Held(film).probed(prober)

    class Lost(Held):
        def before_read(self) -> None:
            raise SourceError("lost")

    for _ in range(MOST + 1):
        held = Lost(film)
        held.head = held.head[:5000]
        with pytest.raises(SourceError, match="lost"):
            held.probed(prober)
    assert Held(film).probed(prober) == good


@contextmanager
def interruptible() -> Iterator[None]:
    """A process in the background of a shell ignores Ctrl-C; this undoes it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("program", [SLEEPY, "import time; time.sleep(99)"], ids=["works", "starts"])
def test_ctrl_c_ends_a_read_of_media(  # noqa: PLR0913 - fixtures
    made: Path,
    prober: Prober,
    others: set[int],
    program: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    begun = tmp_path / "begun"

    def interrupt() -> None:
        while not begun.exists():
            time.sleep(0.01)
        while " S " not in Path(f"/proc/self/task/{os.getpid()}/stat").read_text(encoding="ascii"):
            time.sleep(0.01)  # waits until the main thread waits
        os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch, ThreadPoolExecutor(1) as threads, interruptible():
        patch.setattr(process, "PROGRAM", f"open({str(begun)!r}, 'w'); {program}")
        threads.submit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            Held(made / "h264.mkv").probed(prober)
        assert children(os.getpid()) == others
    assert Held(made / "h264.mkv").probed(prober).width


def test_a_child_that_can_not_start_takes_no_place(
    made: Path, prober: Prober, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(process, "PROGRAM", "raise SystemExit")
        for _ in range(MOST + 1):
            with pytest.raises(SyncerError, match="does not start"):
                Held(made / "h264.mkv").probed(prober)
    assert Held(made / "h264.mkv").probed(prober).width


def test_a_child_that_was_ended_takes_no_place(
    made: Path, others: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Prober(patience=0.2) as prober, monkeypatch.context() as patch:
        patch.setattr(process, "PROGRAM", SLEEPY)
        for _ in range(MOST + 1):
            assert Held(made / "h264.mkv").probed(prober).flaw == LONG
            assert children(os.getpid()) == others
    with Prober() as prober:
        assert Held(made / "h264.mkv").probed(prober).width


def test_a_good_file_is_read_even_if_all_idle_children_are_dead(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the kernel killed them because memory was short."""
    film = made / "h264.mkv"
    lonely = Pool(3)
    lonely.join()
    with lonely.lend() as one, lonely.lend() as two, lonely.lend() as three:
        for each in (one, two, three):
            assert each.pid
            os.kill(each.pid, signal.SIGKILL)
    monkeypatch.setattr(pool, "_POOLS", {os.getpid(): lonely})
    with Prober() as prober:
        assert Held(film).probed(prober).flaw is None
    lonely.leave()


def test_a_waiting_worker_gets_the_next_child(one: Pool) -> None:
    with ThreadPoolExecutor(1) as threads:

        def borrow() -> int | None:
            with one.lend() as lent:
                return lent.pid

        with one.lend() as lent:
            waits = threads.submit(borrow)
            with pytest.raises(TimeoutError):
                waits.result(0.3)
            pid = lent.pid
        assert waits.result(WAIT_S) == pid


def test_no_worker_waits_in_a_stopped_run(one: Pool) -> None:
    pace = SharedPace()

    def borrow() -> None:
        with one.lend(pace):
            raise AssertionError

    with ThreadPoolExecutor(1) as threads, one.lend():
        waits = threads.submit(borrow)
        pace.stop()
        with pytest.raises(Stopped):
            waits.result(WAIT_S)


@pytest.mark.parametrize("name", ["h264.mp4", "h264.mkv"])
def test_a_stopped_run_reads_no_more_files(made: Path, name: str) -> None:
    pace = SharedPace()
    pace.stop()
    with Prober(pace=pace) as prober:
        with pytest.raises(Stopped):
            Held(made / name).probed(prober)
        assert prober.pid is None


FORK = """
import os, sys
from pathlib import Path
from syncer.probe.prober import Prober
from tests.probe.held import Held
film = Path(sys.argv[1])
with Prober() as prober:
    facts = Held(film).probed(prober)
    first = prober.pid
    if fork := os.fork():
        _, status = os.waitpid(fork, 0)
        assert Held(film).probed(prober) == facts and prober.pid == first
        sys.exit(os.waitstatus_to_exitcode(status))
    with Prober() as own:
        same = Held(film).probed(own) == facts and own.pid != first
os._exit(0 if same else 1)
"""


def test_a_fork_has_children_of_its_own(made: Path) -> None:
    command = [sys.executable, "-c", FORK, str(made / "mpeg2.ts")]
    assert subprocess.run(command, timeout=60, check=False).returncode == 0
