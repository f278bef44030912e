"""The local origin disconnects visitors without progress, and serves all others meanwhile."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue

import httpx
import pytest

from syncer.serving import LocalOrigin, Running
from syncer.serving.doorway import Bounds

IMPATIENT = Bounds(connections=8, request_seconds=0.5, idle_seconds=1)
LONG = 60
"""Seconds that a test waits for what should take one."""


@pytest.fixture(scope="module")
def big() -> bytes:
    """More than the buffers of both ends of a connection hold."""
    return os.urandom(1024) * (32 * 1024)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, big: bytes) -> Path:
    folder = tmp_path_factory.mktemp("origin")
    (folder / "root").mkdir()
    (folder / "root" / "big.mp4").write_bytes(big)
    (folder / "root" / "small.mp4").write_bytes(b"bytes")
    return folder


@pytest.fixture(scope="module")
def origin(folder: Path) -> Iterator[Running]:
    with LocalOrigin(folder / "root", folder / "ca", port=0, bounds=IMPATIENT).start() as running:
        yield running


def get(origin: Running, name: str) -> bytes:
    """A GET over a new connection."""
    trust = ssl.create_default_context(cafile=origin.ca)
    with httpx.Client(verify=trust, trust_env=False, timeout=LONG) as client:
        return client.get(origin.url + name).raise_for_status().content


@contextmanager
def secured(origin: Running) -> Iterator[ssl.SSLSocket]:
    trust = ssl.create_default_context(cafile=origin.ca)
    with (
        socket.create_connection(("127.0.0.1", origin.port), LONG) as plain,
        trust.wrap_socket(plain, server_hostname="localhost") as wire,
    ):
        yield wire


def dripped(wire: ssl.SSLSocket) -> bytes:
    """The whole answer to a request that is sent byte by byte, until the server hangs up."""
    done = threading.Event()

    def drip() -> None:
        with suppress(OSError):
            while not done.wait(0.1):
                wire.send(b"a")

    dripping = threading.Thread(target=drip)
    dripping.start()
    got = b""
    try:
        while chunk := wire.recv(65536):
            got += chunk
    except TimeoutError:
        raise
    except OSError:  # it did not even say goodbye
        pass
    finally:
        done.set()
        dripping.join()
    return got


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", b""),
        (b"GE", b""),
        (b"GET /small.mp4 HTTP/1.1\r\nHost: localhost\r\nX-Long: ", b""),
        (b"POST /small.mp4 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n", b"HTTP/1.1 405 "),
        (b"GET /small.mp4 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n", b"HTTP/1.1 200 "),
        (b"GET /small.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /small.mp4 HT", b"HTTP/1.1 200 "),
    ],
)
def test_a_request_that_never_ends_is_dropped_and_others_are_served_meanwhile(
    origin: Running, sent: bytes, answered: bytes
) -> None:
    with secured(origin) as wire:
        wire.send(sent)
        assert get(origin, "small.mp4") == b"bytes"
        got = dripped(wire)
    assert got.startswith(answered) if answered else got == b""


def test_a_visitor_who_reads_nothing_is_disconnected(folder: Path) -> None:
    lines: SimpleQueue[str] = SimpleQueue()
    bounds = Bounds(stalled_seconds=0.5)
    wanted = LocalOrigin(folder / "root", folder / "ca", port=0, bounds=bounds, log=lines.put)
    with wanted.start() as origin, secured(origin) as wire:
        wire.send(b"GET /big.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert lines.get(timeout=LONG).startswith("GET /big.mp4 200 ")


def test_open_connections_do_not_keep_others_out(origin: Running, big: bytes) -> None:
    """Neither connections without TLS, nor connections with half a request."""
    with ExitStack() as stack:
        for _ in range(3 * IMPATIENT.connections):
            stack.enter_context(socket.create_connection(("127.0.0.1", origin.port), LONG))
        assert get(origin, "small.mp4") == b"bytes"
        for _ in range(3 * IMPATIENT.connections):
            stack.enter_context(secured(origin)).send(b"GET /sm")
        assert get(origin, "big.mp4") == big


def test_a_download_is_never_cut_off_for_others(origin: Running, big: bytes) -> None:
    """It is whole, even if many others come meanwhile."""
    request = b"GET /big.mp4 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with ExitStack() as stack, secured(origin) as wire:
        wire.send(request)
        got = bytearray(wire.recv(65536))
        for _ in range(2 * IMPATIENT.connections):
            stack.enter_context(socket.create_connection(("127.0.0.1", origin.port), LONG))
            got += wire.recv(1 << 20)
        while chunk := wire.recv(1 << 20):
            got += chunk
    assert got.partition(b"\r\n\r\n")[2] == big
