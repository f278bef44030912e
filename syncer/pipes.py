"""Names that are no file on a disk: FIFOs, and open files of this process such as /dev/stdout."""

from __future__ import annotations

import errno
import os
import select
import stat
import sys
from pathlib import Path
from typing import IO, TextIO

PATIENCE = 10
"""Seconds that a FIFO may stay empty before anything was read from it."""
_LINKS = 40
"""Linux follows no more symbolic links in one name."""


def open_input(file: Path) -> IO[bytes]:
    """Open a file or a pipe for reading. Raises `OSError`, also for a FIFO that no program writes to."""
    stream = open(file, "rb", opener=_at_once)  # noqa: SIM115 - the caller closes it
    try:
        number = stream.fileno()
        if stat.S_ISFIFO(os.fstat(number).st_mode) and inherited(file) is None:
            _expect_writer(number)
        os.set_blocking(number, True)
    except BaseException:
        stream.close()
        raise
    return stream


def _at_once(file: str, flags: int) -> int:
    return os.open(file, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _expect_writer(number: int) -> None:
    poll = select.poll()
    poll.register(number, select.POLLIN)
    if not poll.poll(PATIENCE * 1000):
        said = f"it is a FIFO, and no program wrote to it for {PATIENCE} seconds"
        raise TimeoutError(errno.ETIMEDOUT, said)


def standard_input() -> TextIO:
    """Raises `OSError` if the process began without it."""
    if sys.stdin is None:
        raise OSError(errno.EBADF, "it is closed")
    return sys.stdin


def inherited(file: Path) -> int | None:
    """The number of the open file that a name such as /dev/stdout or /dev/fd/63 means; `None` for others."""
    ours, name = os.path.realpath("/proc/self/fd"), os.fspath(file)
    for _ in range(_LINKS):
        folder, last = os.path.split(name)
        if last.isdecimal() and os.path.realpath(folder) == ours:
            return int(last)
        try:
            name = os.path.join(folder, os.readlink(name))  # noqa: PTH115, PTH118 - as text, with its `..`
        except (OSError, ValueError):
            return None
    return None
