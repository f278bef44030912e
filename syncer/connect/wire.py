"""A replacement for a socket on which every wait ends."""

from __future__ import annotations

import io
import re
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from syncer.connect.watch import TICK, ExchangeLimits, Stalled, Watch, length, repeat_within
from syncer.settings.spelling import counted

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

SLICE = 64 * 1024
"""Bytes that are sent at once; the rate is measured after each."""


MOST_HEAD = 256 * 1024
"""Bytes of an answer before its body, informational answers (100, 103) included."""

_END = re.compile(rb"\r?\n\r?\n")
_INFORMATIONAL = re.compile(rb"HTTP/1\.[01] 1(?!01)")


class _Head:
    """The head of an answer. It has a limit, as HTTP clients read any number of informational answers."""

    def __init__(self) -> None:
        self._taken = 0
        self._left = b""
        self.ended = False

    def take(self, data: bytes) -> None:
        """Raises `Stalled` if the head is too long."""
        if self.ended:
            return
        self._taken += len(data)
        self._left += data
        while end := _END.search(self._left):
            if not _INFORMATIONAL.match(self._left):
                self.ended, self._left = True, b""
                return
            self._left = self._left[end.end() :]
        if self._taken > MOST_HEAD:
            raise Stalled(f"{counted(self._taken, 'byte')} came, and no answer among them")


class Wire:
    """The part of a socket that HTTP clients use. Raises `Stalled` at a limit."""

    def __init__(self, raw: socket.socket, terms: Callable[[], ExchangeLimits]) -> None:
        raw.settimeout(TICK)
        self.raw = raw
        self.watch = Watch(terms)
        self._terms = terms
        self._head = _Head()
        self._files = 0
        self._closed = False

    def secure(self, context: ssl.SSLContext, name: str | None) -> ssl.SSLSocket:
        """Start TLS. Raises `OSError`."""
        pace = self._terms().pace
        secured = context.wrap_socket(self.raw, server_hostname=name, do_handshake_on_connect=False)
        self.raw = secured
        secured.settimeout(TICK)
        repeat_within(pace.patience.connect, pace, secured.do_handshake, "the TLS handshake")
        return secured

    def recv(self, size: int) -> bytes:
        data = self.watch.receive(partial(self.raw.recv, size), length)
        self._head.take(data)
        return data

    def recv_into(self, buffer: WriteableBuffer) -> int:
        count = self.watch.receive(partial(self.raw.recv_into, buffer), int)
        if not self._head.ended:
            self._head.take(bytes(memoryview(buffer)[:count]))
        return count

    def sendall(self, data: ReadableBuffer) -> None:
        self.watch.asked()
        self._head = _Head()
        left = memoryview(data).cast("B")
        while left:
            left = left[self.watch.send(partial(self.raw.send, left[:SLICE])) :]

    def makefile(self, mode: str = "rb", buffering: int | None = None) -> Any:
        """A file for reading. The connection closes after its last file."""
        assert mode == "rb"  # noqa: S101 - what http.client asks for
        file = _SocketFile(self)
        self._files += 1
        return file if buffering == 0 else io.BufferedReader(file)

    def settimeout(self, _seconds: float | None) -> None:
        """Does nothing: the limits are those of the patience in force."""

    def gettimeout(self) -> float | None:
        return self._terms().pace.patience.answer

    def close(self) -> None:
        self._closed = True
        if not self._files:
            self.raw.close()

    def released(self) -> None:
        """Called by each file as it closes."""
        self._files -= 1
        if self._closed:
            self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


class _SocketFile(io.RawIOBase):
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
