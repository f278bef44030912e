"""A TCP relay that misbehaves at the Nth piece that the server sends."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.faults.proxy import DRIP_SECONDS, Fault
from tests.faults.runs import Ran
from tests.faults.stage import Stage

KINDS = ("reset", "close", "truncate", "stall", "drip", "corrupt")


@dataclass
class Pieces:
    """The pieces that a server sends."""

    port: int
    server: tuple[str, int]
    fault: Fault | None = None
    seen: int = 0
    met: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _calm: threading.Event = field(default_factory=threading.Event)

    def sort(self, _kind: str) -> str:
        return ""

    def count(self) -> int:
        return self.seen

    def arm(self, fault: Fault | None) -> None:
        self._calm.set()
        with self._lock:
            self.fault, self.seen, self.met = fault, 0, False
            self._calm = threading.Event()

    def run(self, stage: Stage) -> Ran:
        return stage.sync()

    def fired(self) -> bool:
        return self.met

    def take(self) -> tuple[str | None, threading.Event]:
        """The fault for the next piece, if any."""
        with self._lock:
            self.seen += 1
            hit = self.fault is not None and self.fault.hits(self.seen)
            self.met = self.met or hit
            return (self.fault.kind if self.fault and hit else None), self._calm

    def serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(self.server, timeout=60) as server:
            server.settimeout(None)
            upwards = threading.Thread(target=_pump, args=(client, server), daemon=True)
            upwards.start()
            while data := server.recv(1 << 16):
                kind, calm = self.take()
                if kind is None:
                    client.sendall(data)
                elif not _misbehave(kind, client, data, calm):
                    return


def _misbehave(kind: str, client: socket.socket, data: bytes, calm: threading.Event) -> bool:
    """Whether the connection stays open."""
    if kind == "corrupt":
        middle = len(data) // 2
        client.sendall(data[:middle] + bytes([data[middle] ^ 0x20]) + data[middle + 1 :])
        return True
    if kind == "drip":
        for byte in data:
            client.sendall(bytes([byte]))
            if calm.wait(DRIP_SECONDS):
                return False
        return True
    if kind == "stall":
        calm.wait()
    elif kind == "truncate":
        client.sendall(data[: len(data) // 2])
    elif kind == "reset":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def pieces(server: tuple[str, int]) -> Iterator[Pieces]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        made = Pieces(listener.getsockname()[1], server)
        thread = threading.Thread(target=_accept, args=(listener, made), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.arm(None)
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _accept(listener: socket.socket, made: Pieces) -> None:
    with suppress(OSError):
        while True:
            client = listener.accept()[0]
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=made.serve, args=(client,), daemon=True).start()
