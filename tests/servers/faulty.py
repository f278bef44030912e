"""An origin that has one file under every path, and a fault of its own for each: its name begins with it."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.servers.stalling import Stalling, headers, http, serving

VIDEO = "Content-Type: video/mp4"
STOP = 1000
"""Bytes after which an answer breaks off that breaks off early."""

FAULTS: dict[str, Callable[[int], int]] = {
    "plainhalf": lambda size: size // 2,
    "plainstop": lambda _: STOP,
    "allcut": lambda _: STOP,
    "allempty": lambda _: 0,
}
"""After how many of the bytes that it promised an answer breaks off; those of `all…` also by a range."""
TOTALS: dict[str, Callable[[int], str]] = {
    "twice": lambda size: str(2 * size),
    "less": lambda size: str(size - 7),
    "digits": lambda size: "9" * 5000 + str(size),
}
"""What a range tells of the whole length."""


ENDS: dict[str, Callable[[int], int]] = {
    "early": lambda _: STOP,
    "behind": lambda _: 70_000,
    "lacking": lambda size: size - 1,
    "longer": lambda size: size + 9,
}
"""How many bytes a plain GET gets, without a length; then the connection is closed. A proxy makes chunks of
them, with a proper end. A range gets the right bytes.
"""


@contextmanager
def faulty(body: bytes) -> Iterator[Stalling]:
    """Besides those above: `hangup` answers nothing, `mute` neither and keeps the connection."""

    def answer(server: Stalling, wire: socket.socket, head: bytes) -> None:
        method, path = head.decode("latin-1").split(" ", 2)[:2]
        fault = re.match("[a-z]*", path.rpartition("/")[2])
        name = fault[0] if fault else ""
        if name == "mute":
            server.stall()
        if name in ("hangup", "mute") or (name == "headcut" and method == "HEAD"):
            wire.shutdown(socket.SHUT_RDWR)
            return
        told, part, ranged = _part(name, head, body)
        cut = name in FAULTS and (name.startswith("all") or not ranged)
        sent = b"" if method == "HEAD" else part[: FAULTS[name](len(body))] if cut else part
        wire.sendall(told + sent)
        wire.shutdown(socket.SHUT_WR)

    with serving(http(answer)) as server:
        yield server


def _part(name: str, head: bytes, body: bytes) -> tuple[bytes, bytes, bool]:
    """The headers, what they promise, and whether it is a range."""
    asked = re.search(rb"(?i)\r\nrange: bytes=(\d+)-(\d*)", head)
    if not asked and name in ENDS:
        told = f"HTTP/1.1 200 OK\r\n{VIDEO}\r\nConnection: close\r\n\r\n".encode()
        return told, (body + bytes(9))[: ENDS[name](len(body))], False
    if not asked:
        return headers("200 OK", len(body), VIDEO, "Connection: close"), body, False
    start, end = int(asked[1]), min(int(asked[2] or len(body)), len(body) - 1)
    total = TOTALS.get(name, str)(len(body))
    given = f"Content-Range: bytes {start}-{end}/{total}"
    part = body[start : end + 1]
    return headers("206 Partial Content", len(part), VIDEO, given, "Connection: close"), part, True
