"""FTP connections to one server: opened at first use, kept for the next request, dropped when broken.

A connection takes no other request during a transfer, so requests meanwhile go over a second one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from syncer.connect.circuit import circuit_for
from syncer.connect.ftp.client import FtpClient
from syncer.connect.ftp.connection import FtpSettings, connect
from syncer.connect.ftp.control import FtpRefused
from syncer.connect.ftp.failures import Failure, translated
from syncer.connect.pace import SharedPace
from syncer.errors import SyncerError
from syncer.protocols import CircuitBreaker, Pace

IDLE_SECONDS = 20.0
"""After so many idle seconds, a connection is tested before its use: servers close idle ones."""


class FtpSession:
    """For one worker."""

    def __init__(self, settings: FtpSettings, failure: Failure, pace: Pace | None = None) -> None:
        self.settings = settings
        self.pace = pace or SharedPace()
        self._failure = failure
        self._idle: list[tuple[FtpClient, float]] = []

    @contextmanager
    def lent(self, doing: str = "", *, proof: bool = True) -> Iterator[FtpClient]:
        """A connection for the block. Errors that break it are raised as the failure."""
        client = self.take(doing)
        try:
            with self.guard(client, doing, proof=proof):
                yield client
        finally:
            self.give_back(client)

    def take(self, doing: str = "") -> FtpClient:
        """A connection, until `give_back`."""
        while self._idle:
            client, since = self._idle.pop()
            if time.monotonic() - since < IDLE_SECONDS or client.alive():
                return client
            client.close()
        with self._asking(doing, proof=False):
            return connect(self.settings, self._failure, self.pace)

    def give_back(self, client: FtpClient) -> None:
        if client.usable:
            self._idle.append((client, time.monotonic()))
        else:
            client.close()

    @contextmanager
    def guard(self, client: FtpClient, doing: str = "", *, proof: bool = True) -> Iterator[None]:
        """Wraps work over a connection. `FtpRefused` is an answer; another exception may leave half an answer
        unread.

        `doing` has a circuit breaker of its own. Without `proof`, success does not close the circuit.
        """
        with self._asking(doing, proof=proof), translated(self.settings.address, self._failure):
            try:
                yield
            except (FtpRefused, SyncerError):
                raise
            except BaseException:
                client.usable = False
                raise

    def circuit(self, doing: str = "") -> CircuitBreaker:
        return circuit_for(self.pace, self.settings.address, doing)

    def _asking(self, doing: str, *, proof: bool) -> AbstractContextManager[None]:
        return self.circuit(doing).asking(self._failure, proof=proof)

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[0].close()
