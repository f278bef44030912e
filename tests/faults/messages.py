"""HTTP messages in the proxy: read completely, then forwarded unchanged or with a fault."""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace

LINE = b"\r\n"
END = b"\r\n\r\n"


@dataclass(frozen=True)
class Message:
    """A request or an answer. A chunked body is joined, and forwarded with its length."""

    first: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""
    bodyless: bool = False
    """Whether it is the answer to a HEAD, which has a length but no body."""

    def header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key.lower() == name), None)

    def head(self, length: int | None = None) -> bytes:
        """The head, with another length than the body's if one is given."""
        lines = [self.first, *(key + b": " + value for key, value in self.headers if not _framing(key))]
        told = self.header(b"content-length") if self.bodyless else str(len(self.body)).encode()
        if length is not None:
            told = str(length).encode()
        if told is not None and (length is not None or not self._needs_no_length):
            lines.append(b"Content-Length: " + told)
        return LINE.join(lines) + END

    @property
    def _needs_no_length(self) -> bool:
        """Whether a request needs no body."""
        return (
            not self.body and not self.first.startswith(b"HTTP/") and self.method in ("GET", "HEAD", "DELETE")
        )

    @property
    def method(self) -> str:
        return self.first.split(b" ")[0].decode()

    @property
    def status(self) -> int:
        return int(self.first.split(b" ")[1])

    def flipped(self, time: int) -> Message:
        """Flip one bit, another one each time, so that a retry gets other bytes again."""
        place = (len(self.body) // 2 + 7919 * time) % len(self.body)
        other = bytes([self.body[place] ^ 0x20])
        return replace(self, body=self.body[:place] + other + self.body[place + 1 :])

    def shortened(self) -> Message:
        return replace(self, body=self.body[: len(self.body) // 2])


def answer(status: int, reason: str, body: bytes = b"", *headers: tuple[bytes, bytes]) -> Message:
    return Message(f"HTTP/1.1 {status} {reason}".encode(), headers, body)


def _framing(name: bytes) -> bool:
    return name.lower() in (b"content-length", b"transfer-encoding", b"expect", b"connection")


class Wire:
    """A connection, read one message at a time."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._rest = b""

    def request(self) -> Message | None:
        """The next request; `None` at the end. A client that waits with its body gets "100 Continue"."""
        message = self._head()
        if message is None:
            return None
        if (message.header(b"expect") or b"").lower() == b"100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue" + END)
        return self._with_body(message, until_end=False)

    def answer(self, method: str) -> Message | None:
        message = self._head()
        while message and message.status == 100:
            message = self._head()
        if message is None:
            return None
        if method == "HEAD" or message.status in (204, 304):
            return replace(message, bodyless=True)
        return self._with_body(message, until_end=True)

    def _head(self) -> Message | None:
        while END not in self._rest:
            data = self.connection.recv(65536)
            if not data:
                return None
            self._rest += data
        head, _, self._rest = self._rest.partition(END)
        first, *lines = head.split(LINE)
        pairs = (line.partition(b":") for line in lines)
        return Message(first, tuple((name, value.strip()) for name, _, value in pairs))

    def _with_body(self, message: Message, *, until_end: bool) -> Message:
        if (message.header(b"transfer-encoding") or b"").lower() == b"chunked":
            return replace(message, body=self._chunks())
        length = message.header(b"content-length")
        if length is not None:
            return replace(message, body=self._exactly(int(length)))
        return replace(message, body=self._all()) if until_end else message

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := int(self._line().split(b";")[0], 16):
            body += self._exactly(size)
            self._line()
        while self._line():
            pass
        return bytes(body)

    def _line(self) -> bytes:
        while LINE not in self._rest:
            self._rest += self._more()
        line, _, self._rest = self._rest.partition(LINE)
        return line

    def _exactly(self, size: int) -> bytes:
        parts, have = [self._rest], len(self._rest)
        while have < size:
            parts.append(self._more())
            have += len(parts[-1])
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]

    def _all(self) -> bytes:
        parts, self._rest = [self._rest], b""
        while data := self.connection.recv(65536):
            parts.append(data)
        return b"".join(parts)

    def _more(self) -> bytes:
        data = self.connection.recv(1 << 20)
        if not data:
            raise ConnectionError("it ended in the middle")
        return data
