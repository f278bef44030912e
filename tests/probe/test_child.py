"""Laws of the child process: it may die, hang or send nonsense, and it ends with its parent."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from syncer.errors import SyncerError
from syncer.model import Facts
from syncer.probe import process
from syncer.probe.prober import CRASHED, LONG, Prober
from syncer.probe.window import BLOCK
from tests.fuzz.fuzz_probe import try_one
from tests.probe.held import Held

pytestmark = pytest.mark.usefixtures("own_pool")  # the test watches the children

WAIT_S = 20
ZOMBIE = re.compile(r"^State:\s+Z", re.MULTILINE)


def gone(pid: int) -> bool:
    """Waits until the process is gone; a zombie counts as gone."""
    for _ in range(WAIT_S * 20):
        try:
            if ZOMBIE.search(Path(f"/proc/{pid}/status").read_text(encoding="ascii")):
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


class Interrupting(Held):
    """Acts on the child, and on so many successors, when bytes after the head are read."""

    def __init__(self, content: Path, prober: Prober, number: signal.Signals, times: int = 1) -> None:
        super().__init__(content)
        self.head = self.head[:5000]
        self._prober = prober
        self._number = number
        self._times = times
        self._done: set[int] = set()

    def before_read(self) -> None:
        pid = self._prober.pid
        if pid and pid not in self._done and len(self._done) < self._times:
            self._done.add(pid)
            os.kill(pid, self._number)


@pytest.fixture
def film(made: Path) -> Path:
    """A large video of which the parent itself reads nothing."""
    return made / "mpeg2.ts"


def test_a_child_that_was_killed_between_two_files_is_replaced(film: Path, prober: Prober) -> None:
    good = Held(film).probed(prober)
    first = prober.pid
    assert first
    os.kill(first, signal.SIGKILL)
    assert Held(film).probed(prober) == good
    assert prober.pid != first


def test_a_child_that_was_killed_once_costs_nothing(film: Path, prober: Prober) -> None:
    good = Held(film).probed(prober)
    first = prober.pid
    assert Interrupting(film, prober, signal.SIGKILL).probed(prober) == good
    assert prober.pid != first
    assert Held(film).probed(prober) == good


def test_a_file_that_kills_two_children_has_a_flaw(film: Path, prober: Prober) -> None:
    good = Held(film).probed(prober)
    facts = Interrupting(film, prober, signal.SIGKILL, times=2).probed(prober)
    assert facts == Facts(container="ts", flaw=CRASHED)
    assert prober.pid is None
    assert Held(film).probed(prober) == good


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGXCPU])
def test_a_child_without_progress_is_ended(film: Path, number: signal.Signals) -> None:
    """Stopped, so that it does not answer; or out of processor time."""
    with Prober(patience=1) as prober:
        good = Held(film).probed(prober)
        pid = prober.pid
        assert pid
        assert Interrupting(film, prober, number).probed(prober) == Facts(container="ts", flaw=LONG)
        assert gone(pid)
        assert Held(film).probed(prober) == good


def test_a_slow_source_is_no_fault_of_the_file(film: Path) -> None:
    class Slow(Held):
        def before_read(self) -> None:
            time.sleep(0.8)

    held = Slow(film)
    held.head = held.head[:5000]
    with Prober(patience=2) as prober:
        assert held.probed(prober).flaw is None
    assert held.fetched > 3 * BLOCK


GREETING = "import os; os.write(1, b'o' + bytes(4)); os.read(0, 5); "


def message(kind: bytes, payload: bytes) -> bytes:
    return kind + len(payload).to_bytes(4, "big") + payload


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"x" * 100,
        b"t\xff\xff\xff\xff",
        message(b"r", b"ab"),
        message(b"t", b"nope"),
        message(b"t", b"[]"),
        message(b"t", b'{"where": "no"}'),
        message(b"t", b'{"width": -1}'),
        message(b"t", b'{"width": true}'),
        message(b"t", b'{"fps": "many"}'),
        message(b"t", b'{"fps": NaN}'),
        message(b"t", b'{"flaw": "\\n"}'),
        message(b"t", b"[" * 5000),
        message(b"r", (70_000).to_bytes(8, "big") + bytes((0, 0, 1, 0))) + message(b"t", b"{}"),
    ],
)
def test_nonsense_from_the_child_is_rejected(
    film: Path, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = f"{GREETING}os.write(1, {answer!r}); os.close(1); os.read(0, 99)"
    monkeypatch.setattr(process, "PROGRAM", program)
    with Prober() as prober:
        assert Held(film).probed(prober) == Facts(container="ts", flaw=CRASHED)


def test_a_child_that_does_not_read_is_ended(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It requests more and more, and reads nothing."""
    question = message(b"r", bytes(8) + b"\0\1\0\0")
    program = f"{GREETING}os.write(1, {question!r} * 100); import time; time.sleep(99)"
    monkeypatch.setattr(process, "PROGRAM", program)
    with Prober(patience=0.5) as prober:
        assert Held(film).probed(prober).flaw == LONG


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (process.PROGRAM.replace("from", "sys.modules['av'] = None; from", 1), "av"),
        ("raise SystemExit", "does not start"),
        ("print('hello')", "does not start"),
    ],
)
def test_a_missing_library_is_an_error_and_no_flaw(
    film: Path, prober: Prober, program: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(process, "PROGRAM", program)
        with pytest.raises(SyncerError, match=why) as raised:
            Held(film).probed(prober)
    assert raised.value.code == "probe.library"
    assert raised.value.hint
    assert Held(film).probed(prober).flaw is None


def test_a_missing_python_is_reported(film: Path, prober: Prober, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(SyncerError, match="No such file") as raised:
        Held(film).probed(prober)
    assert raised.value.code == "probe.library"


def test_the_child_has_no_secret_and_has_limits(
    film: Path, prober: Prober, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/somewhere")
    Held(film).probed(prober)
    assert prober.pid
    its = Path(f"/proc/{prober.pid}")
    assert (its / "environ").read_bytes().strip(b"\0") == b"LD_LIBRARY_PATH=/somewhere"
    limits = (its / "limits").read_text(encoding="ascii")
    for name in ("Max address space", "Max cpu time"):
        assert re.search(rf"^{name} +\d+", limits, re.MULTILINE), name
    assert re.search(r"^Max core file size +0", limits, re.MULTILINE)
    assert os.getpgid(prober.pid) != os.getpgrp(), "Ctrl-C in a terminal does not reach it"


def test_closing_ends_the_child(film: Path) -> None:
    prober = Prober()
    prober.close()
    Held(film).probed(prober)
    pid = prober.pid
    prober.close()
    prober.close()
    assert pid
    assert not Path(f"/proc/{pid}").exists()
    assert prober.pid is None


PARENT = """
import sys, time
from pathlib import Path
from syncer.probe.prober import Prober
from tests.probe.held import Held
prober = Prober()
Held(Path(sys.argv[1])).probed(prober)
print(prober.pid, flush=True)
time.sleep(99)
"""


def test_the_child_ends_when_its_parent_is_killed(film: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(film)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.kill()
    assert gone(pid)


def test_the_target_for_longer_runs_works(prober: Prober) -> None:
    for data in (b"", b"\1\2", bytes(50), b"\xff\xd8\xff\xe0 and so on", b"\5 anything else"):
        assert isinstance(try_one(prober, data), Facts)
