"""Cut connections and scripted answers, which real servers do not give on demand."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Relay:
    """A relay to a server on the loopback device that drops a connection after `cut_after` bytes, or
    when the bytes from clients pass one of `cuts`.
    """

    port: int = 0
    cut_after: int | None = None
    passed: int = 0
    """Bytes sent to clients so far."""
    sent: int = 0
    """Bytes from clients so far."""
    cuts: list[int] = field(default_factory=list)
    """The next cuts, in bytes from clients."""
    connections: int = 0
    silent: bool = False
    """Nothing more goes to clients."""
    hold_at: int | None = None
    """Nothing more goes to the server once so many bytes came from clients. When it is taken back, those
    connections end, with what waits in them.
    """


@contextmanager
def relay(to_port: int) -> Iterator[Relay]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Relay(listener.getsockname()[1])
        threading.Thread(target=_accept, args=(listener, to_port, made), daemon=True).start()
        yield made
        made.silent, made.hold_at = False, None
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, to_port: int, made: Relay) -> None:
    with suppress(OSError):
        while True:
            client = listener.accept()[0]
            made.connections += 1
            server = socket.create_connection(("127.0.0.1", to_port))
            for job, ends in ((_push, (client, server)), (_pump, (server, client))):
                threading.Thread(target=job, args=(*ends, made), daemon=True).start()


def _push(client: socket.socket, server: socket.socket, counted: Relay) -> None:
    with suppress(OSError):
        while chunk := client.recv(16 * 1024):
            server.sendall(chunk)
            counted.sent += len(chunk)
            if _held(counted):
                break
            if counted.cuts and counted.sent >= counted.cuts[0]:
                counted.cuts.pop(0)
                break
    _hang_up(client, server)


def _held(counted: Relay) -> bool:
    """Wait while the relay holds. Returns whether it did."""
    held = False
    while counted.hold_at is not None and counted.sent >= counted.hold_at:
        held = True
        time.sleep(0.002)
    return held


def _pump(source: socket.socket, target: socket.socket, counted: Relay) -> None:
    sent = 0
    with suppress(OSError):
        while chunk := source.recv(16 * 1024):
            while counted.silent:
                time.sleep(0.05)
            target.sendall(chunk)
            sent += len(chunk)
            counted.passed += len(chunk)
            if counted.cut_after is not None and sent > counted.cut_after:
                break
    _hang_up(source, target)


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    """The body; its length is announced unless the headers have one."""
    endless: bool = False
    """Whether endless zeros follow, without a length."""


@contextmanager
def scripted(*answers: Answer) -> Iterator[str]:
    """The URL of a server that sends these answers in turn, then the last one for ever."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if not answer.endless and not {"Content-Length", "Transfer-Encoding"} & set(answer.headers):
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)
                with suppress(OSError):
                    while answer.endless:
                        self.wfile.write(bytes(256 * 1024))

        do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: object) -> None:
            """No log, as tests check the requests themselves."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
