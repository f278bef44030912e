"""Law: what a web server does wrong is told in words for its operator, never in those of a library."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from syncer.connect.web.garbled import garbled
from syncer.errors import OriginError
from tests.connect.web import refusal, settings
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST
from tests.servers.scripted import answer, scripted

FORBIDDEN = ("bytearray", "illegal", "buffer", "state", "h11", "disconnected", "peer")


@pytest.mark.parametrize(
    ("reply", "says", "hint"),
    [
        (b"HTTP/2 200\r\n\r\n", "begins with 'HTTP/2 200'", "HTTP/1.1"),
        (b"HTTP/1.1\r\n\r\n", "begins with 'HTTP/1.1'", "HTTP/1.1"),
        (b"220 mail.example.test ESMTP\r\n\r\n", "'220 mail.example.test ESMTP'", "listens there"),
        (b"\0\0\x12\4\0\0\0\0\0" + bytes(18), "speaks only HTTP/2", "HTTP/1.1"),
        (b"\x16\3\1garbage", "not HTTP/1.1", "HTTP/1.1"),
        (answer("200 OK", b"", f"X-Big: {'a' * 200_000}"), "longer than 100 KiB", "shorten"),
        (answer("200 OK", b"", "Content-Length: 5", "Content-Length: 6"), "several lengths", "one"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "no number", "one Content-Length"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "another than chunked", "proxy"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "answers 101", "proxy"),
        (b"HTTP/1.1 101 Up\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", "answers 101", "proxy"),
        (b"HTTP/1.1 200 OK\r\n: no name\r\n\r\n", "one of its headers", "proxy"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_http_is_described(
    certificates: Certificates, reply: bytes, says: str, hint: str
) -> None:
    with scripted(certificates.leaf(HOST), reply) as server:
        error = refusal(settings(certificates, server))
    assert error.code == "origin.protocol"
    assert says in error.message
    assert hint in str(error.hint)
    assert not any(word in error.message for word in FORBIDDEN)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (b"", "without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n1", "1 of 9 bytes"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nab", "2 bytes"),
    ],
)
def test_an_answer_that_breaks_off_is_described(certificates: Certificates, reply: bytes, says: str) -> None:
    with scripted(certificates.leaf(HOST), reply) as server:
        error = refusal(settings(certificates, server))
    assert says in error.message
    assert not any(word in error.message for word in FORBIDDEN)


def test_a_line_that_is_not_http_is_shown_harmless_and_short() -> None:
    shown = garbled(f"illegal status line: {bytearray(b'[31m' + b'x' * 500)!r}").what
    assert "\x1b" not in shown
    assert len(shown) < 200


@contextmanager
def demanding(certificates: Certificates, version: ssl.TLSVersion) -> Iterator[str]:
    """A TLS server that wants a client certificate, with this version of TLS at most."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.leaf(HOST))
    context.load_verify_locations(certificates.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                wire, _ = listener.accept()
                with suppress(OSError), context.wrap_socket(wire, server_side=True) as secure:
                    secure.recv(9999)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_demanded_client_certificate_is_named(certificates: Certificates, version: ssl.TLSVersion) -> None:
    from syncer.connect.web.client import WebSettings

    with demanding(certificates, version) as connect_to:
        error: OriginError = refusal(WebSettings(certificates.ca, connect_to))
    assert "client certificate" in error.message
    assert "ask for none" in str(error.hint)
    assert error.code == "origin.tls"
