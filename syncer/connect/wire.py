"""A connection on which no wait is without end, in the place of a socket."""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from syncer.connect.watch import TICK, Terms, Watch, length, within

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

SLICE = 64 * 1024
"""Bytes that are sent at once: the rate is measured in between."""


class Wire:
    """As much of a socket as HTTP clients use. Raises `Stalled` where a bound is met."""

    def __init__(self, raw: socket.socket, terms: Callable[[], Terms]) -> None:
        raw.settimeout(TICK)
        self.raw = raw
        self.watch = Watch(terms)
        self._terms = terms
        self._files = 0
        self._closed = False

    def secure(self, context: ssl.SSLContext, name: str | None) -> ssl.SSLSocket:
        """TLS from here on. Raises `OSError`."""
        pace = self._terms().pace
        secured = context.wrap_socket(self.raw, server_hostname=name, do_handshake_on_connect=False)
        self.raw = secured
        secured.settimeout(TICK)
        within(pace.patience.connect, pace, secured.do_handshake, "the TLS handshake")
        return secured

    def recv(self, size: int) -> bytes:
        return self.watch.receive(partial(self.raw.recv, size), length)

    def recv_into(self, buffer: WriteableBuffer) -> int:
        return self.watch.receive(partial(self.raw.recv_into, buffer), int)

    def sendall(self, data: ReadableBuffer) -> None:
        self.watch.asked()
        left = memoryview(data).cast("B")
        while left:
            left = left[self.watch.send(partial(self.raw.send, left[:SLICE])) :]

    def makefile(self, mode: str = "rb", buffering: int | None = None) -> Any:
        """For reading. The connection is closed when it and all its files are."""
        assert mode == "rb"  # noqa: S101 - what http.client asks for
        file = _File(self)
        self._files += 1
        return file if buffering == 0 else io.BufferedReader(file)

    def settimeout(self, _seconds: float | None) -> None:
        """The timeouts are those of the patience in force."""

    def gettimeout(self) -> float | None:
        return self._terms().pace.patience.answer

    def close(self) -> None:
        self._closed = True
        if not self._files:
            self.raw.close()

    def released(self) -> None:
        """By a file that is closed."""
        self._files -= 1
        if self._closed:
            self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


class _File(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        return self._wire.recv_into(buffer)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._wire.released()
