"""One TCP connection of an FTP session, for requests or for the bytes of one file. Every wait has a limit."""

from __future__ import annotations

import select
import socket
import ssl
from contextlib import suppress
from functools import partial

from syncer.connect.watch import TICK, ExchangeLimits, Watch, length, repeat_within
from syncer.protocols import Pace

SLICE = 64 * 1024
"""Bytes that are sent or received at once; the rate is measured after each."""


class FtpChannel:
    """Raises `OSError`, and `Stalled` at a limit."""

    def __init__(self, raw: socket.socket, pace: Pace) -> None:
        raw.settimeout(TICK)
        self._raw = raw
        self._pace = pace
        self._terms = ExchangeLimits(pace)
        self._watch = Watch(lambda: self._terms)

    @property
    def peer(self) -> str:
        """The server's address."""
        return str(self._raw.getpeername()[0])

    @property
    def session(self) -> ssl.SSLSession | None:
        """The TLS session. Servers accept a data connection only if it resumes the session of the login."""
        return self._raw.session if isinstance(self._raw, ssl.SSLSocket) else None

    @property
    def certificate_end(self) -> str:
        """When the server's certificate ends, as OpenSSL writes it; empty without TLS."""
        found = self._raw.getpeercert() if isinstance(self._raw, ssl.SSLSocket) else None
        return str((found or {}).get("notAfter", ""))

    def secure(self, context: ssl.SSLContext, host: str, session: ssl.SSLSession | None = None) -> None:
        """Start TLS. The certificate must be valid for `host`."""
        secured = context.wrap_socket(
            self._raw, server_hostname=host, session=session, do_handshake_on_connect=False
        )
        self._raw = secured
        secured.settimeout(TICK)
        repeat_within(self._pace.patience.connect, self._pace, secured.do_handshake, "the TLS handshake")

    def expect(self, work: float = 0.0, most: int | None = None) -> None:
        """Expect an answer of at most `most` bytes, for which the server may need `work` extra seconds."""
        self._terms = ExchangeLimits(self._pace, work, most=most)
        self._watch.asked()

    def receive(self) -> bytes:
        """The next bytes; empty at the end."""
        return self._watch.receive(partial(self._raw.recv, SLICE), length)

    def send(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[self._watch.send(partial(self._raw.send, left[:SLICE])) :]

    def finish(self) -> None:
        """Tell the server that the data ends. Closing at once could lose bytes under way."""
        if isinstance(self._raw, ssl.SSLSocket):
            with suppress(ssl.SSLError):  # SSLWantRead too: the server's own end of TLS is not awaited
                repeat_within(
                    self._pace.patience.answer, self._pace, self._said_goodbye, "the end of an upload"
                )
        with suppress(OSError):
            self._raw.shutdown(socket.SHUT_WR)

    def _said_goodbye(self) -> None:
        """End TLS. Raises `TimeoutError` while the socket's buffer is full."""
        assert isinstance(self._raw, ssl.SSLSocket)  # noqa: S101 - for the type checker
        self._raw.settimeout(0)
        try:
            self._raw.unwrap()
        except ssl.SSLWantWriteError:
            select.select([], [self._raw], [], TICK)
            raise TimeoutError from None
        finally:
            self._raw.settimeout(TICK)

    def close(self) -> None:
        self._raw.close()
