"""Law: whatever a library raises comes out with a name of ours. The classes are those that are installed."""

from __future__ import annotations

import inspect
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import botocore.exceptions
import botocore.parsers
import httpcore
import httpx
import paramiko
import paramiko.sftp
import pytest
import urllib3.exceptions

from syncer.connect.circuit import SharedCircuitBreaker
from syncer.connect.s3 import client as aws
from syncer.connect.ssh import connection
from syncer.connect.web.errors import translating
from syncer.errors import DestinationError, OriginError, SyncerError
from syncer.protocols.patience import Patience

SYSTEM = [
    TimeoutError,
    ConnectionError,
    ConnectionResetError,
    BrokenPipeError,
    socket.gaierror,
    ssl.SSLError,
    ssl.SSLZeroReturnError,
    ssl.SSLEOFError,
    OSError,
]


def classes(*modules: ModuleType) -> list[type[Exception]]:
    found = {
        each
        for module in modules
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, Exception) and not issubclass(each, Warning)
        if each.__module__.partition(".")[0] == module.__name__.partition(".")[0]
    }
    return sorted(found, key=lambda each: (each.__module__, each.__name__))


def made(kind: type[Exception]) -> Exception:
    """An instance as good as any: its class and its text are what a translation looks at."""
    if issubclass(kind, botocore.exceptions.ClientError):
        answer: Any = {"Error": {}, "ResponseMetadata": {"HTTPStatusCode": 500}}
        return kind(answer, "GetObject")
    for count in range(4):
        for value in (1, "x", MagicMock()):
            with suppress(Exception):
                error = kind(*[value] * count)
                assert str(error)
                return error
    error = kind.__new__(kind)
    Exception.__init__(error, f"a {kind.__name__}")
    error.response = None  # type: ignore[attr-defined] # as botocore's HTTPClientError has it
    return error


def names(kinds: list[type[Exception]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kind", kinds, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")


def expect_named(error: SyncerError) -> None:
    assert error.code.count(".") == 1
    assert not error.code.startswith("internal")
    assert error.message.strip()


@names([*classes(botocore.exceptions, botocore.parsers, urllib3.exceptions), *SYSTEM])
def test_what_an_s3_library_raises_has_a_name(kind: type[Exception]) -> None:
    with pytest.raises(DestinationError) as caught, aws.s3_errors("storing s3://b/k", DestinationError):
        raise made(kind)
    expect_named(caught.value)
    assert "storing s3://b/k" in caught.value.message


PASSING = {
    "ReadTimeoutError": "timeout",
    "ConnectTimeoutError": "unreachable",
    "EndpointConnectionError": "unreachable",
    "ConnectionClosedError": "cut",
    "IncompleteReadError": "cut",
    "ResponseStreamingError": "cut",
    "HTTPClientError": "cut",
    "SSLError": "cut",
    "ProxyConnectionError": "unreachable",
    "FlexibleChecksumError": "corrupt",
    "ProtocolError": "cut",
    "NewConnectionError": "unreachable",
    "NameResolutionError": "unreachable",
    "IncompleteRead": "cut",
    "MaxRetryError": "cut",
}


@pytest.mark.parametrize("name", PASSING)
def test_what_may_pass_by_itself_is_tried_again(name: str) -> None:
    kinds = [each for each in classes(botocore.exceptions, urllib3.exceptions) if each.__name__ == name]
    assert kinds
    for kind in kinds:
        error = aws.s3_error(made(kind), "storing s3://b/k", DestinationError)
        assert (error.code, error.transient) == (f"destination.{PASSING[name]}", True)


@pytest.mark.parametrize("name", ["NoCredentialsError", "ProfileNotFound", "ParamValidationError"])
def test_what_is_wrong_with_a_setting_is_not(name: str) -> None:
    assert not aws.s3_error(made(getattr(botocore.exceptions, name)), "x", DestinationError).transient


@names(
    [
        *classes(httpx, httpcore),
        *SYSTEM,
        UnicodeError,
    ]
)
def test_what_a_web_library_raises_has_a_name(kind: type[Exception]) -> None:
    with pytest.raises(OriginError) as caught, translating("https://h/a?secret"):
        raise made(kind)
    expect_named(caught.value)
    assert "https://h/a" in caught.value.message
    assert "secret" not in caught.value.message
    if issubclass(kind, (httpx.TimeoutException, httpx.NetworkError, TimeoutError, ConnectionError)):
        assert caught.value.transient


SETTINGS = connection.SshSettings(host="vps.example.com")


def of_ssh() -> Iterator[type[Exception]]:
    yield from classes(paramiko, paramiko.ssh_exception, paramiko.sftp)
    yield from SYSTEM
    yield EOFError


@names([*of_ssh()])
def test_what_an_ssh_library_raises_has_a_name(kind: type[Exception]) -> None:
    with pytest.raises(DestinationError) as caught, connection.ssh_errors(SETTINGS, DestinationError):
        raise made(kind)
    expect_named(caught.value)
    assert "vps.example.com" in caught.value.message
    assert caught.value.transient == caught.value.code.endswith(".lost")


def test_what_a_thread_of_paramiko_meets_is_no_error_of_another_kind() -> None:
    """Garbage may raise anything there; it is kept, and raised for who waits."""
    from syncer.connect.pace import SharedPace
    from syncer.connect.ssh.transport import Transport

    here, there = socket.socketpair()
    with here, there:
        transport = Transport(here, SharedPace())
        transport.saved_exception = ValueError("garbage")  # as its thread sets it
        assert isinstance(transport.get_exception(), paramiko.SSHException)


@pytest.mark.parametrize(
    ("code", "transient", "opens"),
    [
        ("source.timeout", True, True),
        ("source.unavailable", True, True),
        ("source.answer", True, True),
        ("source.denied", False, False),
        ("source.corrupt", True, False),
        ("source.io", True, False),
    ],
)
def test_only_failures_of_the_endpoint_open_its_circuit(code: str, *, transient: bool, opens: bool) -> None:
    circuit = SharedCircuitBreaker("h", Patience(give_up=1e-9))
    for _ in range(2):
        with pytest.raises(SyncerError), circuit.asking(DestinationError):
            raise SyncerError("it failed", code=code, transient=transient)
    assert circuit.is_open is opens
