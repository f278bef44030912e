"""Finds the optional requests that break an SFTP server's connections, over all of them in a run.

A server may announce an extension, and close the connection, send garbage or fall silent when it is used.
That looks like a broken network, so a request is blamed only if this server never answered it. It counts as
refused for the rest of the run. Import this inside a function.
"""

from __future__ import annotations

import errno
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from logging import getLogger
from weakref import WeakKeyDictionary

from paramiko import SSHException
from paramiko.sftp import (
    CMD_EXTENDED,
    CMD_FSETSTAT,
    CMD_FSTAT,
    CMD_LSTAT,
    CMD_MKDIR,
    CMD_NAMES,
    CMD_READLINK,
    CMD_REALPATH,
    CMD_REMOVE,
    CMD_RMDIR,
    CMD_SETSTAT,
    SFTPError,
)

from syncer.connect.reasons import reason_of
from syncer.connect.ssh.sftp_answers import Refused
from syncer.connect.watch import Stalled, wait_until
from syncer.protocols import Pace

log = getLogger("syncer")

_STRIKES = dict.fromkeys((CMD_LSTAT, CMD_REALPATH, CMD_READLINK, CMD_FSTAT, CMD_SETSTAT, CMD_FSETSTAT), 1)
"""How often the server may hang up at each; once if there is a replacement for the request."""
_STRIKES |= dict.fromkeys((CMD_MKDIR, CMD_REMOVE, CMD_RMDIR), 2)


class Verbs:
    """The optional requests of one server in one run."""

    def __init__(self, address: str, pace: Pace) -> None:
        """`address` is for messages."""
        self._address = address
        self._pace = pace
        self._answered: set[str] = set()
        self._strikes: Counter[str] = Counter()
        self._how: dict[str, str] = {}
        """What it did at each, as a verb in the past."""
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def hung(self, extension: str) -> bool:
        """Whether the server hung up at this extension."""
        return extension not in self._answered and self._strikes[extension] > 0

    @property
    def strikes(self) -> int:
        """How often it hung up, over all requests."""
        return self._strikes.total()

    @contextmanager
    def turn(self, kind: int, extension: object) -> Iterator[_Turn | None]:
        """Wraps one request. Only one worker at a time tries a request that the server never answered.

        Raises `Refused` for a request at which it hung up, and `Stalled`.
        """
        verb = str(extension) if kind == CMD_EXTENDED else CMD_NAMES.get(kind, "")
        most = 1 if kind == CMD_EXTENDED else _STRIKES.get(kind, 0)
        if not most or verb in self._answered:
            yield None
            return
        lock = self._turns[verb]
        wait = self._pace.patience.connect + self._pace.patience.answer
        wait_until(lambda tick: lock.acquire(timeout=tick), wait, self._pace, f"another worker's {verb}")
        try:
            if verb not in self._answered and self._strikes[verb] >= most:
                raise Refused(errno.EOPNOTSUPP, f"it {self._how[verb]} {verb} before")
            yield _Turn(self, verb, most)
        finally:
            lock.release()

    def answered(self, verb: str) -> None:
        self._answered.add(verb)

    def hung_up(self, verb: str, most: int, error: Exception) -> None:
        if self._pace.stopped():
            return
        self._strikes[verb] += 1
        self._how[verb], how, detail = _behaviour(error)
        if self._strikes[verb] == most:
            log.warning("%s %s %s%s: this run continues without it", self._address, how, verb, detail)


class _Turn:
    """One request whose answer may never come."""

    def __init__(self, verbs: Verbs, verb: str, most: int) -> None:
        self._verbs, self._verb, self._most = verbs, verb, most

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or isinstance(error, (Refused, EOFError)):
            self._verbs.answered(self._verb)
        elif isinstance(error, (SSHException, SFTPError, OSError)):
            self._verbs.hung_up(self._verb, self._most, error)
            at = f"{reason_of(error)}, at the request {self._verb}"
            if isinstance(error, TimeoutError):
                raise Stalled(at) from error
            raise ConnectionError(at) from error  # the server speaks SFTP, as it opened the session


def _behaviour(error: Exception) -> tuple[str, str, str]:
    """What the server did at a request, in the past and in the present tense, and a detail."""
    if isinstance(error, TimeoutError):
        return "did not answer", "does not answer the request", f" ({reason_of(error)})"
    if isinstance(error, SFTPError):
        return "gave a wrong answer to", "gives a wrong answer to the request", f" ({reason_of(error)})"
    return "broke the connection at", "breaks the connection at the request", ""


_lock = threading.Lock()
_of: WeakKeyDictionary[Pace, dict[str, Verbs]] = WeakKeyDictionary()
"""By the pace of a run, and by server."""


def verbs_of(server: str, pace: Pace) -> Verbs:
    with _lock:
        known = _of.setdefault(pace, {})
        if server not in known:
            known[server] = Verbs(server, pace)
        return known[server]
