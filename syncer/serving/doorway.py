"""What one visitor of the local origin may take: connections, and time without progress."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bounds:
    connections: int = 256
    """Open at once; one more takes the place of the one that has waited longest without a request."""
    request_seconds: float = 20.0
    """From a connection to its first whole request, and for a body that nobody asked for."""
    idle_seconds: int = 75
    """From an answer to the next request: as long as nginx keeps an idle connection."""
    stalled_seconds: float = 60.0
    """How long a visitor may take nothing of an answer."""


class Doorway(socket.socket):
    """A listening socket. It counts connections from before their TLS handshake, when uvicorn sees none."""

    def __init__(self, family: int, kind: int, most: int) -> None:
        super().__init__(family, kind)
        self._most = most
        self._open: dict[int, socket.socket] = {}
        """By descriptor; the one that has waited longest comes first."""
        self._answering: set[int] = set()

    def accept(self) -> tuple[socket.socket, Any]:
        connection, address = super().accept()
        number = connection.fileno()
        self.left(number)  # its number may have been another's, which is closed by now
        if len(self._open) >= self._most:
            self._make_room()
        if len(self._open) >= self._most:  # all are downloading
            _hang_up(connection)
        else:
            self._open[number] = connection
        return connection, address

    def answering(self, number: int) -> None:
        """A whole request has come over this connection."""
        self._answering.add(number)

    def waiting(self, number: int) -> None:
        """Its answer is sent, and the next request may come."""
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
    """Its transport finds the end of the stream, and closes it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # the visitor was faster
        return
