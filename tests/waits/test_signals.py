"""Law: SIGTERM or SIGINT ends any command within 8 s with 130, whatever it waits for."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers import stalling
from tests.servers.nginx import StartNginx
from tests.servers.stalling import Stalling, http, serving, stalling_ssh
from tests.waits.conftest import texts
from tests.waits.test_http import ANONYMOUS, lists_only

PATIENT = {"timeouts": {"connect": "1m", "answer": "5m", "window": "5m", "give_up": "1h"}}
"""Nothing but a signal ends a wait soon."""
ENOUGH = 120
"""Seconds, on a machine that is busy; far from what is waited for without a signal."""


class Waiting:
    """A command that waits for a server which stalls."""

    def __init__(self, home: Home, stack: ExitStack) -> None:
        self.home, self._stack = home, stack
        home.config |= PATIENT
        self.server: Stalling | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def http(self, talk: stalling.Talk) -> str:
        self.server = self._stack.enter_context(serving(talk))
        return self.server.url

    def ssh(self, stage: str) -> dict[str, Any]:
        self.server, settings = self._stack.enter_context(stalling_ssh(stage, self.home.folder))
        return {"kind": "sftp", "root": "x", **texts(settings)}

    def start(self, *command: str) -> None:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = self._stack.enter_context(self.home.start(*command, **pipes))
        self._stack.callback(self.process.kill)

    def stop(self, number: signal.Signals) -> None:
        """Once it waits."""
        assert self.process
        assert self.server
        assert self.server.reached.wait(ENOUGH), (self.home.folder, self.process.poll())
        self.process.send_signal(number)

    def ended(self) -> tuple[int, bytes, bytes]:
        """Its exit code and what it said."""
        assert self.process
        out, err = self.process.communicate(timeout=ENOUGH)
        return self.process.returncode, out, err


def stopped(waiting: dict[str, Waiting]) -> Iterator[Waiting]:
    """Each, after it was stopped and ended as the law says."""
    for number, each in enumerate(waiting.values()):
        each.stop((signal.SIGTERM, signal.SIGINT)[number % 2])
    for name, each in waiting.items():
        code, out, err = each.ended()
        assert code == 130, (name, out, err)
        assert b"Traceback" not in err, name
        assert b"did not end by itself" not in err, name
        yield each


@pytest.fixture
def waiting(home: Home, nginx: StartNginx, tmp_path: Path) -> Iterator[dict[str, Waiting]]:
    """Some by name, each in a folder and with a destination of its own."""
    del nginx
    with ExitStack() as stack:
        made: dict[str, Waiting] = {}

        class ByName(dict[str, Waiting]):
            def __missing__(self, name: str) -> Waiting:
                folder = tmp_path / name.replace(" ", "-")
                folder.mkdir()
                root = folder / "public"
                root.mkdir()
                own = Home(folder, replace(home.site, root=root))
                own.put("a.mp4", mp4())
                self[name] = Waiting(own, stack)
                return self[name]

        made = ByName()
        yield made


def test_sync_ends_whatever_it_waits_for(waiting: dict[str, Waiting]) -> None:
    for workers in (1, 3):
        bucket = waiting[f"a byte of a bucket, {workers} workers"]
        endpoint = bucket.http(http(lists_only))
        bucket.home.config |= {"workers": workers, "sources": {"raw": {**ANONYMOUS, "endpoint": endpoint}}}
    link = waiting["a link"]
    url = link.http(http(stalling.headers_only))
    link.home.config["sources"] = {"linked": {"kind": "links", "urls": [f"{url}/a"], "allow_private": True}}
    origin = waiting["the origin"]
    at = origin.http(stalling.mute).partition("//")[2]
    origin.home.config["workers"] = 1
    origin.home.config["origin"]["connect_to"] = at
    page = waiting["a page of a listing"]
    page.home.config["sources"] = {"raw": {**ANONYMOUS, "endpoint": page.http(http(stalling.silent))}}
    folder = waiting["a folder's listing"]
    folder.home.config["sources"] = {"footage": folder.ssh("INIT")}
    place = waiting["the destination"]
    place.home.config["origin"]["destination"] = place.ssh("subsystem")
    for each in waiting.values():
        each.start("sync")
    for each in stopped(waiting):
        status = each.home.syncer("status", "--json").json
        assert status["last_run"]["exit_code"] == 130, "what is known was written"
        assert not [name for name in each.home.public() if "syncer-" in name], "nothing half-done stays"


def test_every_other_command_ends_whatever_it_waits_for(waiting: dict[str, Waiting]) -> None:
    plan = waiting["plan"]
    plan.home.config["sources"] = {"raw": {**ANONYMOUS, "endpoint": plan.http(http(stalling.silent))}}
    plan.start("plan")
    for command in ("bootstrap", "tidy"):
        each = waiting[command]
        each.home.sign()
        each.home.config["origin"]["destination"] = each.ssh("INIT")
        each.start(command)
    doctor = waiting["doctor"]
    doctor.home.config["sources"] = {"footage": doctor.ssh("after INIT")}
    doctor.start("doctor")
    check = waiting["check"]
    at = check.http(stalling.mute).partition("//")[2]
    check.start("check", f"https://{at}/a.mp4", "--connect-to", at)
    migrate = waiting["migrate"]
    url = migrate.http(http(stalling.silent))
    migrate.home.config["migrate"] = {"allow_private": True, "connect_to": url.partition("//")[2]}
    (migrate.home.folder / "posts.csv").write_text(f"video\n{url}/a.mp4\n")
    migrate.start("migrate", str(migrate.home.folder / "posts.csv"), "--column", "video")
    assert len([*stopped(waiting)]) == 6


def test_a_signal_is_heard_before_anything_slow_is_imported(home: Home) -> None:
    """As soon as there is a handler, and not by the system's own, which ends a process with -15."""
    for command in ("status", "sync", "doctor"):
        with home.start(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while not _hears(process.pid) and process.poll() is None:
                time.sleep(0.001)
            process.send_signal(signal.SIGTERM)
            assert process.wait(ENOUGH) in (130, 0, 1), command


def _hears(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)", status, re.MULTILINE)
    return bool(caught and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)


PROGRAM = """
import hashlib, os, sys, time
from syncer import process
process.SOON, process.LAST, process.AT_ONCE = {soon}, {last}, 0.2
process.listen()
try:
    with process.stopping(lambda: os.write(1, b"stopped\\n")):
        os.write(1, b"ready\\n")
        {work}
except process.Overdue:
    os.write(1, b"taken out\\n")
    sys.exit(process.INTERRUPTED)
except KeyboardInterrupt:  # a second signal came before the work began
    sys.exit(process.INTERRUPTED)
"""
IN_PYTHON = "time.sleep(600)"
IN_C = "hashlib.pbkdf2_hmac('sha256', b'', b'', 2**31 - 1)"
"""Minutes in which no handler of Python's runs."""


@pytest.mark.parametrize(
    ("work", "soon", "last", "signals", "at_last"),
    [
        (IN_PYTHON, 0.2, 60, 1, "taken out"),
        (IN_C, 60, 0.5, 1, "stopped"),
        (IN_C, 60, 600, 2, "stopped"),
    ],
    ids=["a wait in Python", "a wait in C", "a wait in C, and a second signal"],
)
def test_time_ends_what_does_not_stop_by_itself(
    work: str, soon: float, last: float, signals: int, at_last: str
) -> None:
    code = PROGRAM.format(work=work, soon=soon, last=last)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "stopped\n"
        for _ in range(signals - 1):
            process.send_signal(signal.SIGTERM)
        said = ["stopped", *process.stdout.read().splitlines()]
        assert said[-1] == at_last
        assert process.wait(ENOUGH) == 130
