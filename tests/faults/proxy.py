"""A proxy before a real HTTP server that counts requests and misbehaves at the Nth one."""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.messages import Message, Wire, answer

PAGE = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>Please sign in.</body></html>"
HTML = (b"Content-Type", b"text/html")
TAG = (b"ETag", b'"65f3a-26"')
DRIP_SECONDS = 0.05
REASONS = {
    403: "Forbidden",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@dataclass(frozen=True)
class Fault:
    kind: str
    number: int
    """The number of the operation, from 1; 0 only counts."""
    always: bool = False
    """Whether all later operations fail too."""

    def hits(self, number: int) -> bool:
        return number >= self.number if self.always else number == self.number


class Gone(Exception):  # noqa: N818 - what happened
    """Raised to close the connection."""


@dataclass
class Proxy:
    port: int
    server: tuple[str, int]
    server_tls: ssl.SSLContext | None = None
    server_name: str | None = None
    refusals: Mapping[int, Message] = field(default_factory=dict)
    """The service's own body for a status, if it has one."""
    checked: Callable[[str], bool] = bool
    """Whether the answer for a target can be verified; only such answers are corrupted."""
    fault: Fault | None = None
    on: Callable[[int], None] | None = None
    """Called with each request's number before it is forwarded."""
    seen: list[str] = field(default_factory=list)
    """Method and target of each request so far."""
    fired: int = 0
    """The number of faults so far."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _calm: threading.Event = field(default_factory=threading.Event)

    def arm(self, fault: Fault | None, on: Callable[[int], None] | None = None) -> None:
        """Count from the start again, and release stalled connections."""
        self._calm.set()
        with self._lock:
            self.fault, self.seen, self.fired, self.on = fault, [], 0, on
            self._calm = threading.Event()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def connect_to(self) -> str:
        return f"127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket, context: ssl.SSLContext | None) -> None:
        """Serve one client until it leaves."""
        with suppress(OSError, Gone, ValueError), _secured(connection, context) as client:
            _Session(self, client).serve()
        connection.close()  # the fault comes before TLS

    def met(self, request: Message) -> tuple[str | None, threading.Event]:
        """Count the request, and return the fault for it, if any."""
        with self._lock:
            self.seen.append(request.first.decode("latin-1").rsplit(" ", 1)[0])
            number = len(self.seen)
            hit = self.fault and self.fault.hits(number)
            kind = self.fault.kind if self.fault and hit else None
            on, calm = self.on, self._calm
        if on:
            on(number)
        return kind, calm

    def misbehaved(self) -> None:
        with self._lock:
            self.fired += 1

    def refusal(self, status: int) -> Message:
        return self.refusals.get(status) or answer(status, REASONS[status], PAGE, HTML)


def _secured(connection: socket.socket, context: ssl.SSLContext | None) -> socket.socket:
    return context.wrap_socket(connection, server_side=True) if context else connection


class _Session:
    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server: Wire | None = None

    def serve(self) -> None:
        wire = Wire(self._client)
        try:
            while request := wire.request():
                kind, self._calm = self._proxy.met(request)
                if kind is None:
                    self._send(self._ask(request))
                else:
                    self._misbehave(kind, request)
        finally:
            if self._server:
                self._server.connection.close()

    def _ask(self, request: Message) -> Message:
        for fresh in (False, True):
            if self._server is None or fresh:
                self._server = Wire(self._connect())
            with suppress(ConnectionError, BrokenPipeError):
                self._server.connection.sendall(request.head() + request.body)
                if found := self._server.answer(request.method):
                    return found
            self._server.connection.close()
        raise Gone

    def _connect(self) -> socket.socket:
        proxy = self._proxy
        wire = socket.create_connection(proxy.server, timeout=60)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if proxy.server_tls:
            return proxy.server_tls.wrap_socket(wire, server_hostname=proxy.server_name)
        return wire

    def _send(self, message: Message) -> None:
        self._client.sendall(message.head() + (b"" if message.bodyless else message.body))

    def _misbehave(self, kind: str, request: Message) -> None:
        if kind in BEFORE:
            self._proxy.misbehaved()
            BEFORE[kind](self, request)
            return
        found = self._ask(request)
        bare = (found.bodyless or not found.body) and kind not in WITHOUT_BODY
        if bare or (kind == "corrupt" and not self._proxy.checked(request.first.decode("latin-1"))):
            self._send(found)  # an empty body can't be damaged
            return
        self._proxy.misbehaved()
        AFTER[kind](self, found)

    # Before the server gets the request

    def reset(self, _message: Message) -> None:
        linger = struct.pack("ii", 1, 0)
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        raise Gone

    def close(self, _message: Message) -> None:
        raise Gone

    def stall(self, _message: Message) -> None:
        """Wait until the client leaves."""
        while not self._calm.is_set():
            ready, _, _ = select.select([self._client], [], [], 0.05)
            if ready and not self._client.recv(65536):
                break
        raise Gone

    def refuse(self, status: int, *headers: tuple[bytes, bytes]) -> None:
        said = self._proxy.refusal(status)
        self._send(Message(said.first, (*said.headers, *headers), said.body))

    def say(self, body: bytes, *headers: tuple[bytes, bytes]) -> None:
        self._send(answer(200, "OK", body, *headers))

    # After the server's answer

    def lose(self, message: Message) -> None:
        """The request is executed, but its answer is lost."""
        self.reset(message)

    def hold(self, message: Message) -> None:
        """The request is executed, but the answer never comes."""
        self.stall(message)

    def half(self, message: Message) -> None:
        self._client.sendall(message.head() + message.body[: len(message.body) // 2])

    def reset_in_body(self, message: Message) -> None:
        self.half(message)
        time.sleep(0.02)  # a reset overtakes what the client has not read
        self.reset(message)

    def truncate(self, message: Message) -> None:
        self.half(message)
        raise Gone

    def stall_in_body(self, message: Message) -> None:
        self.half(message)
        self.stall(message)

    def drip(self, message: Message) -> None:
        """One byte at a time, until the client leaves."""
        for byte in message.head() + message.body:
            if self._calm.wait(DRIP_SECONDS):
                raise Gone
            self._client.sendall(bytes([byte]))

    def corrupt(self, message: Message) -> None:
        self._send(message.flipped(self._proxy.fired))

    def shorten(self, message: Message) -> None:
        """A complete answer with half the body."""
        self._send(message.shortened())

    def lengthen(self, message: Message) -> None:
        """An answer with too large a length, which ends early."""
        self._client.sendall(message.head(len(message.body) + 7) + message.body)
        raise Gone


Act = Callable[[_Session, Message], None]

BEFORE: Mapping[str, Act] = {
    "reset": _Session.reset,
    "close": _Session.close,
    "stall": _Session.stall,
    "500": lambda session, _: session.refuse(500),
    "503": lambda session, _: session.refuse(503, (b"Retry-After", b"1")),
    "429": lambda session, _: session.refuse(429),
    "403": lambda session, _: session.refuse(403),
    "html": lambda session, _: session.say(PAGE, HTML, TAG),
    "empty": lambda session, _: session.say(b""),
}
AFTER: Mapping[str, Act] = {
    "lost": _Session.lose,
    "hold": _Session.hold,
    "reset-in-body": _Session.reset_in_body,
    "truncate": _Session.truncate,
    "stall-in-body": _Session.stall_in_body,
    "drip": _Session.drip,
    "corrupt": _Session.corrupt,
    "short": _Session.shorten,
    "long": _Session.lengthen,
}
WITHOUT_BODY = ("lost", "hold", "drip")
KINDS = (*BEFORE, *AFTER)


@contextmanager
def proxy(
    server: tuple[str, int],
    *,
    pem: Path | None = None,
    server_name: str | None = None,
    refusals: Mapping[int, Message] | None = None,
    checked: Callable[[str], bool] = bool,
) -> Iterator[Proxy]:
    """With the certificate in `pem` it uses TLS on both sides, without verifying the server."""
    context = server_tls = None
    if pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        server_tls.check_hostname, server_tls.verify_mode = False, ssl.CERT_NONE
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        made = Proxy(listener.getsockname()[1], server, server_tls, server_name, refusals or {}, checked)
        thread = threading.Thread(target=_accept, args=(listener, made, context), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.arm(None)
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _accept(listener: socket.socket, made: Proxy, context: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        while True:
            connection = listener.accept()[0]
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=made.serve, args=(connection, context), daemon=True).start()
