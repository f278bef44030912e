"""An SFTP connection that opens at its first use, and again after it was lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from syncer.connect.circuit import circuit_for
from syncer.connect.pace import SharedPace
from syncer.connect.retry import retry
from syncer.connect.ssh.connection import connect_ssh, ssh_errors
from syncer.errors import SyncerError
from syncer.protocols import CircuitBreaker, Pace

if TYPE_CHECKING:
    from syncer.connect.ssh.connection import Connection, Failure, SshSettings
    from syncer.connect.ssh.sftp import Client

Used = TypeVar("Used")
R = TypeVar("R")


class Session(Generic[Used]):
    """`begin` makes the object that callers use from each new connection. It may raise what `guard`
    translates.
    """

    def __init__(
        self,
        settings: SshSettings,
        failure: Failure,
        begin: Callable[[Client], Used],
        pace: Pace | None = None,
    ) -> None:
        self._pace = pace or SharedPace()
        self._settings = settings
        self._failure = failure
        self._begin = begin
        self._open: tuple[Connection, Used] | None = None

    def opened(self) -> Used:
        return (self._open or self._connect())[1]

    def retrying(self, call: Callable[[], R]) -> R:
        """Return what `call` returns, retried by the pace's patience."""
        return retry(call, self._pace, self._pace.patience.retry)

    def circuit(self, doing: str = "") -> CircuitBreaker:
        return circuit_for(self._pace, self._settings.address, doing)

    @contextmanager
    def guard(self, used: Used, doing: str = "", *, proof: bool = True) -> Iterator[None]:
        """Wraps work with what `opened` returned: errors that break the connection are raised as the failure.

        Catch `Refused` inside: it is an answer. Any other exception, an interruption too, may leave half an
        answer unread, so the connection is dropped.

        `doing` has a circuit breaker of its own: a server may accept the login and still give no bytes.
        Without `proof`, success does not close the circuit.
        """
        calls = self.circuit(doing).asking(self._failure, proof=proof)
        with calls, ssh_errors(self._settings, self._failure):
            try:
                yield
            except (SyncerError, GeneratorExit):
                raise
            except BaseException:
                if self._open and self._open[1] is used:
                    self.close()
                raise

    @property
    def strikes(self) -> int:
        """How often the server hung up at an optional request in this run."""
        from syncer.connect.ssh.sftp_verbs import verbs_of

        return verbs_of(self._settings.address, self._pace).strikes

    def close(self) -> None:
        if self._open:
            connection, _ = self._open
            self._open = None
            connection.close()

    def _connect(self) -> tuple[Connection, Used]:
        with self.circuit().asking(self._failure):
            return self._connected()

    def _connected(self) -> tuple[Connection, Used]:
        connection = connect_ssh(self._settings, self._failure, self._pace)
        try:
            with ssh_errors(self._settings, self._failure):
                self._open = connection, self._begin(connection.sftp)
        except BaseException:
            connection.close()
            raise
        return self._open
