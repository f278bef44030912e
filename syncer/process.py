"""What one process is: its signals, and the locale that it reads file names by.

SIGINT and SIGTERM: the first asks for an end in good order, the second ends at once, and so does time.

What is counted from the first signal:

* at once: a run that is in good hands (`stopping`) stops, else `KeyboardInterrupt` is raised;
* after `SOON`: the main thread is taken out of whatever it waits for, by `Overdue`;
* after `LAST`: the process ends, whatever it does: a lookup of a name, say, happens in C and hears nothing.

A thread of its own does the last two. The system wakes it (`signal.set_wakeup_fd`), not Python's handlers,
which only run between two steps of the main thread.
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
"""Seconds after a second signal until the process ends anyway."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Overdue(KeyboardInterrupt):
    """A command that was to stop still waits for something in its main thread."""


class _Watchman:
    """Hears of signals, from the first on, until `dismiss`."""

    def __init__(self) -> None:
        self._stops: list[Callable[[], None]] = []
        self._told: list[Callable[[], None]] = []
        self._heard = 0
        self.leaving = False
        """Whether the exit code is known: a signal changes nothing any more."""
        self._main = threading.main_thread().ident or 0
        self._bell, self._ring = os.pipe()
        os.set_blocking(self._ring, False)
        self._thread = threading.Thread(target=self._watch, name="signals", daemon=True)
        open_to = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # until all of it is there
        try:
            self._before = {number: signal.signal(number, self._handle) for number in SIGNALS}
            self._alarm = signal.signal(signal.SIGALRM, self._take_out)
            self._wakeup = signal.set_wakeup_fd(self._ring, warn_on_full_buffer=False)
            self._thread.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, open_to)

    def dismiss(self) -> None:
        """As it was before. A signal that came is not forgotten by whoever asks."""
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
        """Each byte in the pipe is the number of a signal; the pipe ends when nobody listens any more."""
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
                    self._stop()  # the main thread may not hear it
                elif number in SIGNALS and end is not None:
                    end = min(end, time.monotonic() + AT_ONCE)


def _end() -> None:
    """Without a word to anybody in this process, which may hold whatever lock it would take."""
    os.write(2, b"syncer: interrupted; it did not end by itself\n")
    os._exit(INTERRUPTED)


_ours: _Watchman | None = None


def listen() -> None:
    """From now on, to the end of this process. In its main thread only."""
    global _ours  # noqa: PLW0603 - a process has one, as it has one handler for each signal
    if _ours is None:
        _ours = _Watchman()
        atexit.register(_deaf)


def leave() -> None:
    """The exit code is known, and no signal changes it; one that comes now bounds what is left to do."""
    if _ours is not None:
        _ours.leaving = True


def _deaf() -> None:
    """Last of all: Python takes its handlers away before the process ends; a signal would kill it then."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def heard() -> Iterator[None]:
    """Signals are heard inside, where they are not anyway, and this is the main thread."""
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
    """The first signal calls `stop`, too, so that what cleans up after `KeyboardInterrupt` need not wait."""
    if _ours is not None:
        _ours.tell(stop)


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """The first signal calls `stop`, maybe twice and from two threads, and the work inside ends soon."""
    if _ours is None:
        yield
        return
    with _ours.stopping(stop):
        yield


def reads_utf8() -> bool:
    """Whether this process reads file names as UTF-8."""
    return sys.getfilesystemencoding() == "utf-8"


def ensure_utf8() -> None:
    """Begin this process again in Python's UTF-8 mode where names are not read as UTF-8.

    File names are bytes. Python reads letters in them by the locale, which would change their URLs.
    """
    if reads_utf8() or not sys.executable:
        return
    environment = dict(os.environ)
    if sys.stdout and sys.stdout.isatty():  # which shows what its locale says
        environment.setdefault("PYTHONIOENCODING", f"{sys.stdout.encoding}:backslashreplace")
    os.execve(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]], environment)  # noqa: S606 - no shell
