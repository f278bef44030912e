"""Connects, reads and writes for httpx. Import this inside a function: it imports httpcore at the top."""

from __future__ import annotations

import select
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from syncer.connect.dial import dial
from syncer.connect.watch import ExchangeLimits
from syncer.connect.wire import Wire
from syncer.protocols import Pace


class Backend(httpcore.NetworkBackend):
    """All timeouts are those of the pace's patience; httpcore's own are ignored."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._terms = ExchangeLimits(pace)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        del timeout, local_address
        with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            raw = dial(host, port, self._pace, socket_options or ())
        return _NetworkStream(Wire(raw, lambda: self._terms))


def watched(context: ssl.SSLContext, keep_alive: float, pace: Pace) -> httpx.HTTPTransport:
    """A transport with watched connections. httpx has no public way to set a network backend."""
    limits = httpx.Limits(keepalive_expiry=keep_alive)
    transport = httpx.HTTPTransport(verify=context, trust_env=False, limits=limits)
    transport._pool.close()  # noqa: SLF001 - see above
    transport._pool = httpcore.ConnectionPool(  # noqa: SLF001 - see above
        ssl_context=context,
        max_connections=limits.max_connections,
        max_keepalive_connections=limits.max_keepalive_connections,
        keepalive_expiry=limits.keepalive_expiry,
        network_backend=Backend(pace),
    )
    return transport


class _NetworkStream(httpcore.NetworkStream):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        with _mapped(httpcore.ReadTimeout, httpcore.ReadError):
            return self._wire.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        with _mapped(httpcore.WriteTimeout, httpcore.WriteError):
            self._wire.sendall(buffer)

    def close(self) -> None:
        self._wire.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        del timeout
        try:
            with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
                self._wire.secure(ssl_context, server_hostname)
        except BaseException:
            self.close()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        raw = self._wire.raw
        known: dict[str, Callable[[], Any]] = {
            "ssl_object": lambda: raw if isinstance(raw, ssl.SSLSocket) else None,
            "client_addr": raw.getsockname,
            "server_addr": raw.getpeername,
            "socket": lambda: raw,
            "is_readable": lambda: _is_readable(raw.fileno()),
        }
        return known[info]() if info in known else None


def _is_readable(number: int) -> bool:
    """Whether an idle connection has bytes or is closed; most likely the server closed it."""
    if number < 0:
        return True
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def _mapped(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise late(error) from error
    except OSError as error:
        raise broken(error) from error
