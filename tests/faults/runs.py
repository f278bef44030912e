"""Runs of the command line, started by the nursery: many at a time, each with a time limit."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.faults.nursery import Order

SHIM = Path(__file__).with_name("shim.c")
LIMIT = 60.0
"""Seconds after which a run counts as endless; with the suite's settings it takes only a few."""


@dataclass(frozen=True)
class Ran:
    code: int
    """Negative if a signal ended it."""
    out: str
    err: str
    hung: bool = False

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events of the log, with `--log-format json`."""
        return [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]


@dataclass
class Running:
    number: int
    folder: Path
    told: queue.SimpleQueue[dict[str, Any]] = field(default_factory=queue.SimpleQueue)
    pid: int = 0
    end: dict[str, Any] | None = None

    def begun(self) -> int:
        """Its process."""
        self.pid = self.pid or int(self.told.get(timeout=LIMIT)["pid"])
        return self.pid

    def ended(self) -> bool:
        self.begun()
        with suppress(queue.Empty):
            self.end = self.end or self.told.get_nowait()
        return self.end is not None

    def send(self, number: int) -> None:
        if not self.ended():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, seconds: float = LIMIT) -> Ran:
        hung = False
        if not self.ended():
            try:
                self.end = self.told.get(timeout=seconds)
            except queue.Empty:
                hung = True
                self.send(signal.SIGKILL)
                self.end = self.told.get(timeout=LIMIT)
        assert self.end
        out, err = ((self.folder / name).read_text(errors="replace") for name in ("out", "err"))
        return Ran(int(self.end["code"]), out, err, hung)


class Nursery:
    """One warm process."""

    def __init__(self, process: subprocess.Popen[bytes], shim: Path) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._running: dict[int, Running] = {}
        self._numbers = count(1)
        self.shim = shim

    def start(self, order: Order) -> Running:
        running = Running(next(self._numbers), Path(order.folder))
        assert self._process.stdin
        with self._lock:
            self._running[running.number] = running
            self._process.stdin.write(order.line(running.number))
            self._process.stdin.flush()
        return running

    def run(self, order: Order, seconds: float = LIMIT) -> Ran:
        return self.start(order).wait(seconds)

    def listen(self) -> None:
        """Passes messages to the waiting callers, in a thread of its own."""
        assert self._process.stdout
        for line in self._process.stdout:
            told = json.loads(line)
            with self._lock:
                number = told["number"]
                running = self._running.pop(number) if "code" in told else self._running[number]
            running.told.put(told)


def build(folder: Path) -> Path:
    """Compiles the shim."""
    made = folder / "shim.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(made), str(SHIM), "-ldl"]
    subprocess.run(command, check=True)
    return made


@contextmanager
def nursery(folder: Path, environment: dict[str, str], ca: Path) -> Iterator[Nursery]:
    """`ca` is the CA that its runs trust besides the public ones; it is read once."""
    shim = build(folder)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "AWS_"))}
    kept |= {"LD_PRELOAD": str(shim), "PYTHONHASHSEED": "0", **environment}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.nursery", str(ca)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=kept,
    )
    assert process.stdin
    assert process.stdout
    try:
        assert json.loads(process.stdout.readline())["ready"]
        made = Nursery(process, shim)
        listener = threading.Thread(target=made.listen, daemon=True)
        listener.start()
        yield made
    finally:
        process.stdin.close()
        process.wait(10)
        listener.join(10)
        process.stdout.close()
