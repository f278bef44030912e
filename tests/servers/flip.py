"""A relay on the loopback device for plain HTTP/1.1 that changes a byte of a body."""

from __future__ import annotations

import queue
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO

BODILESS = (204, 304)


@dataclass(frozen=True)
class Body:
    """A body that passes, and its headers."""

    request: str
    """Method and target, such as `GET /bucket/key`."""
    size: int
    start: int
    """The position of its first byte in the object, by Content-Range."""


Choose = Callable[[Body], int | None]
"""The position of the changed byte, if any."""


@dataclass
class Flip:
    port: int = 0
    answers: Choose = lambda _body: None
    uploads: Choose = lambda _body: None
    etag: str | None = None
    """Replaces every ETag in a header, as a gateway that encrypts does. If-Match is removed."""
    cut_after: int | None = None
    """Bytes of a body after which its connection is closed, once."""
    flipped: int = 0
    seen: list[Body] = field(default_factory=list)
    """Bodies of answers that passed."""

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cuts(self, passed: int) -> bool:
        if self.cut_after is None or passed <= self.cut_after:
            return False
        self.cut_after = None
        return True

    def changed(self, data: bytes, at: int | None) -> bytes:
        if at is None or not 0 <= at < len(data):
            return data
        self.flipped += 1
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def every(at: int, least: int = 1, verb: str = "GET") -> Choose:
    """The same byte of each body that is long enough."""
    return lambda body: at if body.size >= least and body.request.startswith(verb) else None


def once(at: int, least: int = 1, verb: str = "GET") -> Choose:
    left = [at]
    choose = every(at, least, verb)
    return lambda body: left.pop() if choose(body) is not None and left else None


@contextmanager
def flipping(to_port: int) -> Iterator[Flip]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Flip(listener.getsockname()[1])
        threading.Thread(target=_accept, args=(listener, to_port, made), daemon=True).start()
        yield made
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, to_port: int, made: Flip) -> None:
    with suppress(OSError):
        while True:
            client = listener.accept()[0]
            server = socket.create_connection(("127.0.0.1", to_port))
            asked: queue.Queue[str] = queue.Queue()
            for job in (_requests, _answers):
                threading.Thread(target=_run, args=(job, client, server, made, asked), daemon=True).start()


def _run(
    job: Callable[[socket.socket, socket.socket, Flip, queue.Queue[str]], None],
    client: socket.socket,
    server: socket.socket,
    made: Flip,
    asked: queue.Queue[str],
) -> None:
    with suppress(OSError, ValueError):
        job(client, server, made, asked)
    for end in (client, server):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


def _requests(client: socket.socket, server: socket.socket, made: Flip, asked: queue.Queue[str]) -> None:
    with client.makefile("rb") as stream:
        while head := _head(stream):
            first, headers = _parsed(head)
            request = first.rpartition(" ")[0]
            asked.put(request)
            server.sendall(re.sub(rb"(?im)^if-match:.*\r\n", b"", head) if made.etag else head)
            size = int(headers.get("content-length", "0"))
            if size:
                body = stream.read(size)
                server.sendall(made.changed(body, made.uploads(Body(request, size, 0))))
            elif headers.get("transfer-encoding", "") == "chunked":
                for piece in _chunked(stream):
                    server.sendall(piece)


def _answers(client: socket.socket, server: socket.socket, made: Flip, asked: queue.Queue[str]) -> None:
    with server.makefile("rb") as stream:
        while head := _head(stream):
            first, headers = _parsed(head)
            told = f'ETag: "{made.etag}"\r\n'.encode()
            client.sendall(re.sub(rb"(?im)^etag:.*\r\n", told, head) if made.etag else head)
            status = int(first.split()[1])
            if status < 200:
                continue
            request = asked.get()
            if request.startswith("HEAD") or status in BODILESS:
                continue
            _answer(stream, client, made, request, headers)


def _answer(
    stream: IO[bytes], client: socket.socket, made: Flip, request: str, headers: dict[str, str]
) -> None:
    if headers.get("transfer-encoding", "") == "chunked":
        for piece in _chunked(stream):
            client.sendall(piece)
        return
    size = int(headers["content-length"]) if "content-length" in headers else None
    start = int(headers.get("content-range", "bytes 0-").split()[1].partition("-")[0])
    body = Body(request, size or 0, start)
    made.seen.append(body)
    at, passed = made.answers(body), 0
    while size is None or passed < size:
        piece = stream.read1(65_536 if size is None else min(65_536, size - passed))  # type: ignore[attr-defined]
        if not piece or made.cuts(passed + len(piece)):
            raise ConnectionError
        client.sendall(made.changed(piece, None if at is None else at - passed))
        passed += len(piece)


def _head(stream: IO[bytes]) -> bytes:
    lines = []
    while line := stream.readline():
        lines.append(line)
        if line == b"\r\n":
            return b"".join(lines)
    return b""


def _parsed(head: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = head.decode("latin-1").splitlines()
    pairs = (line.partition(":") for line in lines if line)
    return first, {name.lower(): value.strip() for name, _, value in pairs}


def _chunked(stream: IO[bytes]) -> Iterator[bytes]:
    while line := stream.readline():
        size = int(line.partition(b";")[0], 16)
        yield line + stream.read(size + 2)
        if not size:
            return
