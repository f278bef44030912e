"""A web server that sends exact bytes, for answers that no real server gives on demand."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ENDLESS = b"8000\r\n" + bytes(0x8000) + b"\r\n"
"""A chunk that is repeated for ever after an answer that ends with it."""


@dataclass
class Scripted:
    """It sends its answers in turn, then the last one for ever."""

    port: int
    answers: list[bytes]
    requests: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """The SNI name of each connection."""

    @property
    def connect_to(self) -> str:
        return f"127.0.0.1:{self.port}"

    def next(self) -> bytes:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def answer(status: str, body: bytes = b"", *headers: str, length: bool = True) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@contextmanager
def scripted(pem: Path | None, *answers: bytes) -> Iterator[Scripted]:
    """With the certificate in `pem` over TLS; without one in plain text, at once, without reading the
    request.

    An empty answer hangs up instead.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Scripted(listener.getsockname()[1], list(answers))
        open_wires: list[socket.socket] = []
        threads: list[threading.Thread] = []
        accepting = threading.Thread(target=_accept, args=(listener, pem, server, open_wires, threads))
        accepting.start()
        try:
            yield server
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            for wire in open_wires:
                with suppress(OSError):
                    wire.shutdown(socket.SHUT_RDWR)
            for thread in [accepting, *threads]:
                thread.join(10)


def _accept(
    listener: socket.socket,
    pem: Path | None,
    server: Scripted,
    open_wires: list[socket.socket],
    threads: list[threading.Thread],
) -> None:
    context = _context(pem, server) if pem else None
    while True:
        try:
            wire, _ = listener.accept()
        except OSError:
            return
        open_wires.append(wire)
        thread = threading.Thread(target=_serve, args=(wire, context, server))
        threads.append(thread)
        thread.start()


def _context(pem: Path, server: Scripted) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.sni_callback = lambda _wire, name, _context: server.names.append(str(name))
    return context


def _serve(wire: socket.socket, context: ssl.SSLContext | None, server: Scripted) -> None:
    with suppress(OSError), wire:
        if context is None:
            wire.recv(65536)
            wire.sendall(server.next())
        else:
            with context.wrap_socket(wire, server_side=True) as secured:
                _talk(secured, server)


def _talk(wire: socket.socket, server: Scripted) -> None:
    received = b""
    while chunk := wire.recv(65536):
        received += chunk
        if b"\r\n\r\n" not in received:
            continue
        server.requests.append(received.decode("latin-1"))
        received = b""
        reply = server.next()
        if not reply:
            return
        if server.requests[-1].startswith("HEAD "):
            reply = reply[: reply.index(b"\r\n\r\n") + 4]
        wire.sendall(reply)
        while reply.endswith(ENDLESS):
            wire.sendall(ENDLESS)
        if b"Connection: close" in reply:
            return
