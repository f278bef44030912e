"""The process that runs libav: hostile media may crash it, but not the run.

For each file it gets the name of a demuxer, asks for bytes, and sends its result. It ends with its input.
"""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path

from syncer.probe import wire

MEMORY = 768 * 1024 * 1024
"""Bytes of address space, in addition to the library itself."""
CPU_S = 10
"""Seconds of processor time for one file; usual are hundredths of a second."""


class RemoteFile:
    """The file, read through the parent. At bytes that the parent has not fetched yet, it seems to end; then
    the result is void.
    """

    def __init__(self, pipes: wire.Channel, size: int | None) -> None:
        self._pipes = pipes
        self._size = size
        self._at = 0
        self.absent = False
        """Whether libav asked for bytes that the parent has not fetched yet."""

    def read(self, size: int, /) -> bytes:
        if self.absent:
            return b""
        self._pipes.send(wire.READ, wire.RANGE.pack(self._at, size))
        kind, data = self._pipes.receive()
        self.absent = kind == wire.ABSENT
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """-1 for an invalid position, which libav reads as an error."""
        origin = (0, self._at, self._size)[whence] if whence in (0, 1, 2) else None
        if origin is None or not 0 <= origin + offset < 1 << 63:
            return -1
        self._at = origin + offset
        return self._at

    def tell(self) -> int:
        return self._at


def main() -> None:
    """The entry of the process."""
    pipes = wire.Channel(0, 1)
    try:
        from syncer.probe import libav  # noqa: F401 - reports a missing library at once
    except ImportError as error:
        pipes.send(wire.NO_LIBRARY, str(error).encode())
        return
    confine()
    try:
        pipes.send(wire.READY)
        serve(pipes)
    except EOFError:  # the parent is gone, or closed the pipe
        return


def serve(pipes: wire.Channel) -> None:
    """Works until `EOFError`."""
    from syncer.probe import libav

    while True:
        _, payload = pipes.receive()
        job = json.loads(payload)
        allow_cpu()
        file = RemoteFile(pipes, job["size"])
        told = libav.libav_facts(file, job["demuxer"])
        if file.absent:
            pipes.send(wire.LEFT)
        else:
            pipes.send(wire.TOLD, told.to_json())


def confine() -> None:
    """Limits the memory to the needs of media, and turns core dumps off."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    used = int(pages) * os.sysconf("SC_PAGE_SIZE")
    _limit(resource.RLIMIT_AS, used + MEMORY)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def allow_cpu() -> None:
    """Allows `CPU_S` more than is used so far; the hard limit stays."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(usage.ru_utime + usage.ru_stime) + 1 + CPU_S
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )
