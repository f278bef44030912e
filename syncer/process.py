"""The signals of the process, and the encoding of its file names.

The first SIGINT or SIGTERM asks for a clean end; a second one, or too much time, ends the process.

After the first signal:

* at once, work inside `stopping` stops; without it, `KeyboardInterrupt` is raised;
* after `SOON`, `Overdue` interrupts whatever the main thread waits for;
* after `LAST`, the process ends, even inside C code that notices no signal, such as a DNS lookup.

A separate thread does the last two. The system wakes it (`signal.set_wakeup_fd`), as Python's handlers only
run between two steps of the main thread.
"""

from __future__ import annotations

import atexit
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
SOON, LAST = 5.0, 7.0
"""Seconds. A command ends within 8 seconds of a signal."""
AT_ONCE = 1.0
"""Seconds after a second signal until the process is ended."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Overdue(KeyboardInterrupt):
    """A command still waits for something in its main thread, long after the signal to stop."""


class _Watchman:
    """Handles signals until `dismiss`."""

    def __init__(self) -> None:
        self._stops: list[Callable[[], None]] = []
        self._told: list[Callable[[], None]] = []
        self._heard = 0
        self.leaving = False
        """Whether the exit code is final, so that a signal does not change it any more."""
        self._main = threading.main_thread().ident or 0
        self._bell, self._ring = os.pipe()
        os.set_blocking(self._ring, False)
        self._thread = threading.Thread(target=self._watch, name="signals", daemon=True)
        open_to = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # until every handler is set
        try:
            self._before = {number: signal.signal(number, self._handle) for number in SIGNALS}
            self._alarm = signal.signal(signal.SIGALRM, self._take_out)
            self._wakeup = signal.set_wakeup_fd(self._ring, warn_on_full_buffer=False)
            self._thread.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, open_to)

    def dismiss(self) -> None:
        """Restore the old handlers."""
        signal.set_wakeup_fd(self._wakeup)
        signal.signal(signal.SIGALRM, self._alarm)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._ring)
        self._thread.join()
        os.close(self._bell)

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        self._stops.append(stop)
        try:
            if self._heard:
                stop()
            yield
        finally:
            self._stops.remove(stop)

    def tell(self, stop: Callable[[], None]) -> None:
        self._told.append(stop)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.leaving:
            return
        self._heard += 1
        graceful = bool(self._stops) and self._heard == 1
        self._stop()
        if not graceful:
            raise KeyboardInterrupt

    def _stop(self) -> None:
        for stop in [*self._stops, *self._told]:
            stop()

    def _take_out(self, _number: int, _frame: FrameType | None) -> None:
        raise Overdue

    def _watch(self) -> None:
        """Each byte in the pipe is the number of a signal; `dismiss` closes the pipe."""
        first: float | None = None
        end: float | None = None
        taken_out = False
        while True:
            now = time.monotonic()
            if first is not None and end is not None:
                if now >= end:
                    _end()
                if now >= first + SOON and not taken_out:
                    taken_out = True
                    signal.pthread_kill(self._main, signal.SIGALRM)
            following = [each for each in (end, None if taken_out or first is None else first + SOON) if each]
            if not select.select([self._bell], [], [], min(following) - now if following else None)[0]:
                continue
            rung = os.read(self._bell, 64)
            if not rung:
                return
            for number in rung:
                if number in SIGNALS and first is None:
                    first = time.monotonic()
                    end = first + LAST
                    self._stop()  # the main thread may be blocked
                elif number in SIGNALS and end is not None:
                    end = min(end, time.monotonic() + AT_ONCE)


def _end() -> None:
    """End without cleaning up, as another thread may hold a lock that this would need."""
    os.write(2, b"syncer: interrupted; it did not end by itself\n")
    os._exit(INTERRUPTED)


_ours: _Watchman | None = None


def listen() -> None:
    """Handle signals from now on, to the end of the process. Only for the main thread."""
    global _ours  # noqa: PLW0603 - a process has one, as it has one handler for each signal
    if _ours is None:
        _ours = _Watchman()
        atexit.register(_deaf)


def leave() -> None:
    """The exit code is final. A later signal does not change it, but limits the time for the rest."""
    if _ours is not None:
        _ours.leaving = True


def _deaf() -> None:
    """At the very end, ignore signals: Python removes its handlers first, and then a signal would kill it."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def heard() -> Iterator[None]:
    """Handle signals inside the block, in the main thread, unless `listen` does already."""
    global _ours  # noqa: PLW0603 - as above
    if _ours is not None or threading.current_thread() is not threading.main_thread():
        yield
        return
    _ours = _Watchman()
    try:
        yield
    finally:
        ours, _ours = _ours, None
        ours.dismiss()


def tell(stop: Callable[[], None]) -> None:
    """The first signal also calls `stop`, so that the cleanup after `KeyboardInterrupt` does not wait."""
    if _ours is not None:
        _ours.tell(stop)


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """The first signal calls `stop`, maybe twice and from two threads, so that the work inside ends soon."""
    if _ours is None:
        yield
        return
    with _ours.stopping(stop):
        yield


def reads_utf8() -> bool:
    """Whether this process reads file names as UTF-8."""
    return sys.getfilesystemencoding() == "utf-8"


def ensure_standard_files() -> None:
    """Open `/dev/null` for each closed standard file. Otherwise the next file gets its number, and what is
    printed or logged would be written into that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003 - it has no name


def ensure_utf8() -> None:
    """Restart the process in Python's UTF-8 mode, unless it reads file names as UTF-8 already.

    File names are bytes. Python decodes them by the locale, and another encoding would change their URLs.
    """
    if reads_utf8() or not sys.executable:
        return
    environment = dict(os.environ)
    if sys.stdout and sys.stdout.isatty():  # the terminal keeps the encoding of its locale
        environment.setdefault("PYTHONIOENCODING", f"{sys.stdout.encoding}:backslashreplace")
    os.execve(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]], environment)  # noqa: S606 - no shell
