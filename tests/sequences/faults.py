"""Faults during a run, which end with it."""

from __future__ import annotations

import ctypes
import io
import os
import shutil
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

OPERATIONS = frozenset((
    "open", "read", "write", "lseek", "fsync", "fchmod", "ftruncate", "utime", "scandir",
    "replace", "rename", "unlink", "mkdir", "rmdir", "connect", "send", "execute", "commit", "__exit__",
))  # fmt: skip
"""C functions before which something may happen to a run: of the system, of files, sockets and SQLite."""
OWNERS = (io.FileIO, io.BufferedWriter, io.BufferedReader, socket.socket, sqlite3.Connection, sqlite3.Cursor)

FILLER = ".filler"

OVERRIDES = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: what lets root read all files."""


def killed(work: Callable[[], object], at: int) -> bool:
    """Do the work in a fork that is killed before its operation number `at`; whether it had that many.

    The work has to be done in one thread.
    """
    pid = os.fork()
    if not pid:
        try:
            with during(at, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                work()
        except BaseException:  # noqa: BLE001 - the fork must not go on as the test
            os._exit(99)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the run ended with a traceback"
    return os.WIFSIGNALED(status)


@contextmanager
def during(at: int, act: Callable[[], object]) -> Iterator[None]:
    """Do something before this thread's operation number `at`."""
    left = at

    def count(_frame: FrameType, event: str, what: Any) -> None:
        nonlocal left
        if event == "c_call" and _counts(what):
            left -= 1
            if not left:
                act()

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)


def _counts(what: Any) -> bool:
    if what.__name__ not in OPERATIONS:
        return False
    owner = what.__self__
    return isinstance(owner, OWNERS) or (isinstance(owner, ModuleType) and owner.__name__ in ("posix", "io"))


@contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """For this process, root or not; it has no effect on the web server."""
    mode = path.stat().st_mode
    path.chmod(0)
    try:
        with _no_overrides():
            yield
    finally:
        path.chmod(mode)


@contextmanager
def missing(folder: Path) -> Iterator[None]:
    away = folder.with_name(f"{folder.name} is away")
    folder.rename(away)
    try:
        yield
    finally:
        away.rename(folder)


def fill(folder: Path, room: int) -> None:
    """The disk has only so many bytes left."""
    with (folder / FILLER).open("wb") as file:
        file.write(bytes(max(shutil.disk_usage(folder).free - room, 0)))


@contextmanager
def full(folder: Path, room: int, at: int = 0) -> Iterator[None]:
    """From the beginning, or from operation number `at` on."""
    try:
        if at:
            with during(at, lambda: fill(folder, room)):
                yield
        else:
            fill(folder, room)
            yield
    finally:
        (folder / FILLER).unlink(missing_ok=True)


@contextmanager
def _no_overrides() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    caps = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, caps) == 0
    effective = caps[0]
    caps[0] = effective & ~OVERRIDES
    assert libc.capset(header, caps) == 0
    try:
        yield
    finally:
        caps[0] = effective
        assert libc.capset(header, caps) == 0
