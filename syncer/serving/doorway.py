"""The limits of the local origin: connections, and time without progress."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bounds:
    connections: int = 256
    """Open at the same time; a further one replaces the one that has waited longest without a request."""
    request_seconds: float = 20.0
    """From the connection to its first whole request, and for the body of a request."""
    idle_seconds: int = 75
    """From an answer to the next request, as in nginx."""
    stalled_seconds: float = 60.0
    """How long a visitor may read nothing of an answer."""


class Doorway(socket.socket):
    """A listening socket. It counts connections before their TLS handshake, which uvicorn can't see."""

    def __init__(self, family: int, kind: int, most: int) -> None:
        super().__init__(family, kind)
        self._most = most
        self._open: dict[int, socket.socket] = {}
        """By descriptor; the connection that has waited longest comes first."""
        self._answering: set[int] = set()

    def accept(self) -> tuple[socket.socket, Any]:
        connection, address = super().accept()
        number = connection.fileno()
        self.left(number)  # a closed connection may have had the same number
        if len(self._open) >= self._most:
            self._make_room()
        if len(self._open) >= self._most:  # all are downloading
            _hang_up(connection)
        else:
            self._open[number] = connection
        return connection, address

    def answering(self, number: int) -> None:
        """Note that a whole request came over this connection."""
        self._answering.add(number)

    def waiting(self, number: int) -> None:
        """Note that its answer is sent, and that it waits for the next request."""
        self._answering.discard(number)
        if number in self._open:
            self._open[number] = self._open.pop(number)

    def left(self, number: int) -> None:
        self._open.pop(number, None)
        self._answering.discard(number)

    def _make_room(self) -> None:
        for number, connection in list(self._open.items()):
            if connection.fileno() == -1:
                self.left(number)
        waiting = (number for number in self._open if number not in self._answering)
        longest = next(waiting, None)
        if longest is not None and len(self._open) >= self._most:
            _hang_up(self._open[longest])
            self.left(longest)


def _hang_up(connection: socket.socket) -> None:
    """Its transport then finds the end of the stream, and closes it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # the visitor closed it first
        return
