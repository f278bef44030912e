"""An SFTP connection that is opened when first used, and again after it was lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from syncer.connect.ssh import connect, translated
from syncer.errors import SyncerError

if TYPE_CHECKING:
    from syncer.connect.sftp_client import Client
    from syncer.connect.ssh import Connection, Failure, SshSettings

Used = TypeVar("Used")


class Session(Generic[Used]):
    """`begin` makes what it is used through of each new connection, and may raise as `guard` does."""

    def __init__(self, settings: SshSettings, failure: Failure, begin: Callable[[Client], Used]) -> None:
        self._settings = settings
        self._failure = failure
        self._begin = begin
        self._open: tuple[Connection, Used] | None = None

    def opened(self) -> Used:
        return (self._open or self._connect())[1]

    @contextmanager
    def guard(self, used: Used) -> Iterator[None]:
        """For work with what `opened` gave: whatever breaks the connection is raised as the failure.

        `Refused` has to be caught within: it is an answer. Whatever else ends the work, an interruption
        too, may leave half an answer behind, so the connection is dropped.
        """
        with translated(self._settings, self._failure):
            try:
                yield
            except (SyncerError, GeneratorExit):
                raise
            except BaseException:
                if self._open and self._open[1] is used:
                    self.close()
                raise

    def close(self) -> None:
        if self._open:
            connection, _ = self._open
            self._open = None
            connection.close()

    def _connect(self) -> tuple[Connection, Used]:
        connection = connect(self._settings, self._failure)
        try:
            with translated(self._settings, self._failure):
                self._open = connection, self._begin(connection.sftp)
        except BaseException:
            connection.close()
            raise
        return self._open
