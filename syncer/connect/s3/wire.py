"""Connects, reads and writes for boto3. Import this inside a function: it imports botocore at the top.

A client belongs to the process and not to a run, so `on` sets the limits around each call. botocore has no
public way to set connections, so this file uses private names of its session; no other file does.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from syncer.connect.dial import dial
from syncer.connect.pace import SharedPace
from syncer.connect.reasons import reason_of
from syncer.connect.s3.errors import STATUS
from syncer.connect.watch import ExchangeLimits
from syncer.connect.wire import Wire

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_USUAL = ExchangeLimits(SharedPace())
_in_force: ContextVar[ExchangeLimits] = ContextVar("terms", default=_USUAL)


@contextmanager
def on(terms: ExchangeLimits) -> Iterator[None]:
    """Calls in the block, in this thread, have these limits."""
    before = _in_force.set(terms)
    try:
        yield
    finally:
        _in_force.reset(before)


def bound(made: S3Client) -> None:
    """Watch every connection of the client, and add the status to the headers of every answer."""
    session: Any = made._endpoint.http_session  # type: ignore[attr-defined] # noqa: SLF001 - see the top
    pools = {"http": _Pool, "https": _SecurePool}
    session._pool_classes_by_scheme = pools  # noqa: SLF001 - as above
    session._manager.pool_classes_by_scheme = pools  # noqa: SLF001 - as above
    send = session.send

    def sent(request: Any) -> Any:
        answer = send(request)
        answer.headers[STATUS] = str(answer.status_code)
        return answer

    session.send = sent


def _dialled(connection: Any) -> socket.socket:
    """A connected socket. Raises urllib3's errors."""
    host = connection._dns_host.strip("[]")  # noqa: SLF001 - with a final dot, which matters to DNS
    try:
        return dial(host, connection.port, _in_force.get().pace, connection.socket_options or ())
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, reason_of(error)) from error
    except OSError as error:
        raise NewConnectionError(
            connection, f"Failed to establish a new connection: {reason_of(error)}"
        ) from error


class _Connection(AWSHTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _dialled(self)

    def connect(self) -> None:
        super().connect()
        self.sock = Wire(self.sock, _in_force.get)


class _SecureConnection(AWSHTTPSConnection):
    def _new_conn(self) -> socket.socket:
        raw = _dialled(self)
        raw.settimeout(_in_force.get().pace.patience.connect)  # for the whole handshake
        return raw

    def connect(self) -> None:
        super().connect()
        self.sock = Wire(self.sock, _in_force.get)


class _Pool(AWSHTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(AWSHTTPSConnectionPool):
    ConnectionCls = _SecureConnection
