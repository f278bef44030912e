"""The parent's side of the child process that reads videos."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from typing import NamedTuple

from syncer.errors import SyncerError
from syncer.probe import result, wire
from syncer.probe.window import Window

START_S = 60.0
"""Seconds for loading the library, also from a slow disk."""

PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from syncer.probe.child import main; main()"


class Crashed(Exception):  # noqa: N818 - reads as what happened
    """The process died on the file, or sent invalid data."""


class TookTooLong(Exception):  # noqa: N818 - reads as what happened
    """It used up the time for one file."""


class Wanted(NamedTuple):
    """Bytes that must be fetched before the next look, and the seconds of patience that are left."""

    offset: int
    size: int
    patience: float


class Process:
    """A ready child process. After `Crashed` or `TookTooLong` it is gone.

    It has its own process group, so that only the parent gets Ctrl-C of a terminal. It ends with its input,
    so with its parent. Its environment contains only the path of shared libraries.
    """

    def __init__(self) -> None:
        """Raises `SyncerError` (`probe.library`)."""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", "-c", PROGRAM, *_path()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: value for name, value in os.environ.items() if name == "LD_LIBRARY_PATH"},
                process_group=0,
            )
        except OSError as error:
            raise _no_library(error.strerror or str(error)) from error
        assert self._process.stdin is not None  # noqa: S101 - for mypy: both are pipes
        assert self._process.stdout is not None  # noqa: S101 - as above
        self._wire = wire.Channel(self._process.stdout.fileno(), self._process.stdin.fileno())
        os.set_blocking(self._process.stdin.fileno(), False)
        self._greet()

    @property
    def pid(self) -> int | None:
        """`None` after it was closed."""
        return self._process.pid if self._process.returncode is None else None

    def _greet(self) -> None:
        self._wire.patience = START_S
        try:
            kind, payload = self._wire.receive()
        except (EOFError, TimeoutError, ValueError):
            kind, payload = wire.NO_LIBRARY, b"it does not start"
        except BaseException:
            self.close()
            raise
        if kind != wire.READY:
            self.close()
            raise _no_library(payload.decode(errors="replace"))

    def look(
        self,
        window: Window,
        demuxer: str,
        patience: float,
        *,
        spent: bool = False,
        prefix: int | None = None,
    ) -> result.ProbeResult | Wanted:
        """Its result, or the bytes that it still needs. It gets only fetched bytes: no source delays it.

        `patience` is in seconds. With `spent`, the file seems to end at bytes that are not fetched; with a
        `prefix`, after so many bytes.
        """
        self._wire.patience = patience
        try:
            return self._talk(window, demuxer, prefix, spent=spent)
        except TimeoutError as error:
            self.close()
            raise TookTooLong from error
        except (EOFError, ValueError) as error:
            self.close()
            if self._process.returncode == -signal.SIGXCPU:
                raise TookTooLong from error
            raise Crashed from error
        except BaseException:
            self.close()
            raise

    def _talk(
        self, window: Window, demuxer: str, prefix: int | None, *, spent: bool
    ) -> result.ProbeResult | Wanted:
        whole = window.size if prefix is None else prefix
        self._wire.send(wire.LOOK, json.dumps({"demuxer": demuxer, "size": whole}).encode())
        while True:
            kind, payload = self._wire.receive()
            if kind == wire.TOLD:
                return result.from_json(payload)
            if kind != wire.READ or len(payload) != wire.RANGE.size:
                raise ValueError("not a request")
            offset, size = wire.RANGE.unpack(payload)
            size = min(size, wire.MAX_MESSAGE)
            if prefix is not None:
                size = max(0, min(size, prefix - offset))
            data = window.held(offset, size)
            if data is None and not spent:
                return Wanted(offset, size, self._leave())
            self._wire.send(wire.BYTES, data or b"")

    def _leave(self) -> float:
        self._wire.send(wire.ABSENT)
        kind, _ = self._wire.receive()
        if kind != wire.LEFT:
            raise ValueError("it did not leave off")
        return self._wire.patience or 0.0

    def close(self) -> None:
        """Ends the process. A second call is harmless."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.kill()
        self._process.wait()


def _path() -> list[str]:
    """The module path of this process: the child searches nowhere else."""
    try:
        return [os.path.abspath(folder) for folder in sys.path]  # noqa: PTH100 - text in, text out
    except FileNotFoundError:  # the current folder is gone, and relative paths with it
        return [folder for folder in sys.path if os.path.isabs(folder)]  # noqa: PTH117 - as above


def _no_library(why: str) -> SyncerError:
    return SyncerError(
        f"the library that reads videos (PyAV) can't be used: {why}",
        code="probe.library",
        hint="reinstall syncer, or try: python -c 'import av'",
    )
