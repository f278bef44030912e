"""A warm process that forks one child for each run of the command line, so that Python need not start.

The program reads one order in each line and answers with two: the start of a child, and its end. The
child is the real command line, from `main` on. `shim.c` is loaded into it, armed or not.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import FrameType
from typing import Any, NoReturn

import syncer
from syncer.connect.s3.client import s3_client
from syncer.connect.s3.settings import S3Access
from syncer.preflight import load_limits

WARM = (
    *("boto3", "botocore.httpsession", "botocore.endpoint", "botocore.signers", "botocore.retries.standard"),
    *("paramiko", "httpx", "httpcore", "dns.resolver", "dns.query", "google.oauth2.service_account"),
    *("concurrent.futures", "rich.filesize", "urllib3", "sqlite3", "certifi", "idna"),
)
"""Modules that the program imports besides syncer."""


@dataclass(frozen=True)
class Arm:
    """The shim's settings for a run. The numbers are those of `shim.c`."""

    paths: tuple[str, ...]
    """Starts of absolute paths."""
    ops: int
    what: int = 0
    number: int = 0
    always: bool = False
    argument: int = 0
    log: str | None = None
    data: bool = False
    """Whether the log holds what was written."""


@dataclass(frozen=True)
class Order:
    """One run."""

    arguments: list[str]
    folder: str
    """Its working folder, which gets `out` and `err`."""
    environment: dict[str, str] = field(default_factory=dict)
    arm: Arm | None = None
    clock: int = 0
    """Seconds that its clock is ahead."""
    powerless: bool = False
    """Whether file permissions count for it, even as root."""

    def line(self, number: int) -> bytes:
        return json.dumps({"number": number, **asdict(self)}).encode() + b"\n"


def main() -> None:
    """The program. Its input is the socket of its starter; it ends with that."""
    for name in (*WARM, *_modules()):
        import_module(name)
    load_limits("tiktok")
    _read_models()
    _read_cas(Path(sys.argv[1]))
    shim = ctypes.CDLL(os.environ["LD_PRELOAD"])
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, _ignore)
    signal.set_wakeup_fd(woken)
    gc.collect()
    gc.freeze()  # children share the loaded objects, so the garbage collector need not check them
    _answer(ready=True)
    children: dict[int, int] = {}
    lines = _lines(wake, children)
    for line in lines:
        order = json.loads(line)
        pid = os.fork()
        if not pid:
            _run(order, shim)
        children[pid] = order["number"]
        _answer(number=order["number"], pid=pid)


def _modules() -> Iterator[str]:
    """All modules of syncer that a run may load."""
    for found in walk_packages(syncer.__path__, "syncer."):
        if not found.name.endswith(".__main__"):
            yield found.name


def _read_models() -> None:
    """Let the program read botocore's description of S3, which all its clients share."""
    s3_client(S3Access(region="eu-central-1", anonymous=True)).close()


def _read_cas(ca: Path) -> None:
    from syncer.connect.web.client import WebSettings, http_client

    for each in (None, ca):
        http_client(WebSettings(ca=each)).close()


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Only the wake-up counts."""


def _lines(wake: int, children: dict[int, int]) -> Iterator[bytes]:
    """The orders; meanwhile, ends of children are reported."""
    rest = b""
    while True:
        ready, _, _ = select.select([0, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            _reap(children)
        if 0 in ready:
            data = os.read(0, 65536)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            yield from lines


def _reap(children: dict[int, int]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        _answer(number=children.pop(pid), code=os.waitstatus_to_exitcode(status))


def _answer(**what: object) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _run(order: dict[str, Any], shim: ctypes.CDLL) -> NoReturn:
    """Run an order, in the child."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(order["folder"])
    os.environ.update(order["environment"])
    os.environ.pop("LD_PRELOAD")
    for number, name in ((0, "/dev/null"), (1, "out"), (2, "err")):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        handle = os.open(name, flags, 0o666)
        os.dup2(handle, number)
        os.close(handle)
    if order["powerless"]:
        _give_up_powers()
    _arm(order, shim)
    code = 70
    try:
        code = _code_of(order["arguments"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _give_up_powers() -> None:
    """Drop all capabilities, so that root is an ordinary user (Linux, version 3 of the call)."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    assert not ctypes.CDLL(None).capset(header, (ctypes.c_uint32 * 6)())


def _arm(order: dict[str, Any], shim: ctypes.CDLL) -> None:
    shim.shim_shift_clock(ctypes.c_long(order["clock"]))
    if not order["arm"]:
        return
    arm = Arm(**order["arm"])
    log = os.open(arm.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND) if arm.log else -1
    shim.shim_arm(
        "\n".join(arm.paths).encode(), arm.ops, arm.what, arm.number, arm.always, arm.argument, log, arm.data
    )


def _code_of(arguments: list[str]) -> int:
    import traceback

    from syncer.cli import main as run

    try:
        run(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:  # noqa: BLE001 - as Python itself would end
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    main()
