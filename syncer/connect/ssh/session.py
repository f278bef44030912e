"""An SFTP connection that is opened when first used, and again after it was lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

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
    """`begin` makes what it is used through of each new connection, and may raise as `guard` does."""

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
        """What `call` returns, tried again as the pace's patience has it."""
        return retry(call, self._pace, self._pace.patience.retry)

    def circuit(self, doing: str = "") -> CircuitBreaker:
        name = self._settings.address
        return self._pace.circuit(f"{doing} {name}" if doing else name)

    @contextmanager
    def guard(self, used: Used, doing: str = "", *, proof: bool = True) -> Iterator[None]:
        """For work with what `opened` gave: whatever breaks the connection is raised as the failure.

        `Refused` has to be caught within: it is an answer. Whatever else ends the work, an interruption
        too, may leave half an answer behind, so the connection is dropped.

        `doing` has a circuit of its own: a server may let us in, and give no byte of any file. Without
        `proof`, that the work is done proves nothing yet.
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
        """How often the server hung up, in this run, at a request that it does not need to know."""
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
