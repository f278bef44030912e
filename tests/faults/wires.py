"""The connections of a run to the outside, each with its own faults."""

from __future__ import annotations

import errno
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.faults.nursery import Arm
from tests.faults.proxy import Fault, Proxy
from tests.faults.runs import Ran
from tests.faults.stage import Stage

OPEN, READ, WRITE, SYNC, RENAME, UNLINK, MKDIR, RMDIR = (1 << bit for bit in range(8))
CHMOD, TRUNCATE, STAT, LIST, LOCK = (1 << bit for bit in range(8, 13))
ALL = (1 << 13) - 1
"""Operations, as `shim.c` numbers them."""

COUNT, FAIL, SHORT, END, SIGNAL = range(5)
"""The fault."""

CHANGING = WRITE | SYNC | RENAME | UNLINK | MKDIR | RMDIR | CHMOD | TRUNCATE

ACTS: Mapping[str, tuple[int, int]] = {
    "EIO": (FAIL, errno.EIO),
    "ENOSPC": (FAIL, errno.ENOSPC),
    "EROFS": (FAIL, errno.EROFS),
    "EMFILE": (FAIL, errno.EMFILE),
    "EACCES": (FAIL, errno.EACCES),
    "short": (SHORT, 0),
    "end": (END, 0),
    **{name: (SIGNAL, getattr(signal, name)) for name in ("SIGKILL", "SIGTERM", "SIGINT")},
}
"""The fault of a call and its argument, by kind."""

READING = ("EIO", "EMFILE", "EACCES", "short", "end")
WRITING = ("EIO", "ENOSPC", "EROFS", "EMFILE", "EACCES", "short")
BOTH = (*WRITING, "end")

WHERE: Mapping[str, int] = {
    "EIO": ALL,
    "ENOSPC": OPEN | WRITE | SYNC | RENAME | MKDIR | TRUNCATE,
    "EROFS": OPEN | WRITE | RENAME | UNLINK | MKDIR | RMDIR | CHMOD | TRUNCATE,
    "EMFILE": OPEN | LIST,
    "EACCES": OPEN | RENAME | UNLINK | MKDIR | RMDIR | CHMOD | STAT | LIST,
    "short": READ | WRITE,
    "end": READ,
    **dict.fromkeys(("SIGKILL", "SIGTERM", "SIGINT"), CHANGING | OPEN),
}
"""The calls that may fail so, by kind."""


@dataclass
class Http:
    """Requests to one server."""

    proxy: Proxy

    def sort(self, _kind: str) -> str:
        return ""

    def count(self) -> int:
        return len(self.proxy.seen)

    def arm(self, fault: Fault | None) -> None:
        self.proxy.arm(fault)

    def run(self, stage: Stage) -> Ran:
        return stage.sync()

    def fired(self) -> bool:
        return self.proxy.fired > 0


@dataclass
class Calls:
    """Calls to the operating system about files below some paths."""

    paths: tuple[str, ...]
    log: Path
    _fault: Fault | None = None

    def sort(self, kind: str) -> str:
        return str(WHERE[kind])

    def count(self) -> int:
        """The highest number; calls that failed by themselves are counted, but not logged."""
        return max((int(line.split("\t", 1)[0]) for line in self.lines()), default=0)

    def lines(self) -> list[str]:
        return self.log.read_text(errors="replace").splitlines()

    def arm(self, fault: Fault | None) -> None:
        self._fault = fault

    def run(self, stage: Stage) -> Ran:
        fault = self._fault
        if not fault:
            return stage.sync()
        what, argument = ACTS[fault.kind]
        what = what if fault.number else COUNT
        arm = Arm(self.paths, WHERE[fault.kind], what, fault.number, fault.always, argument, str(self.log))
        return stage.sync(arm)

    def fired(self) -> bool:
        return any("\tfired\t" in line for line in self.lines())
