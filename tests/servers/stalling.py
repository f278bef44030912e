"""Servers that keep a connection and stop answering at a given stage."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko
from paramiko.common import AUTH_SUCCESSFUL, OPEN_SUCCEEDED

DRIP_SECONDS = 0.05
"""Seconds between two bytes: 20 bytes a second."""


@dataclass
class Stalling:
    """A listener; `reached` is set when a client is at the silent stage."""

    port: int
    connections: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    """Set at the end of the test, to end all stalled connections."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stall(self) -> None:
        self.reached.set()
        self.ended.wait(120)

    def drip(self, send: Callable[[bytes], object], data: bytes) -> None:
        """One byte at a time, then zeros for ever."""
        self.reached.set()
        with suppress(OSError, EOFError, paramiko.SSHException):
            for number in range(1_000_000):
                send(data[number : number + 1] or b"0")
                if self.ended.wait(DRIP_SECONDS):
                    return


Talk = Callable[[Stalling, socket.socket], None]


@contextmanager
def serving(talk: Talk) -> Iterator[Stalling]:
    """Call `talk` with each connection, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Stalling(listener.getsockname()[1])
        wires: list[socket.socket] = []
        threads: list[threading.Thread] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    wire = listener.accept()[0]
                    wires.append(wire)
                    server.connections += 1
                    thread = threading.Thread(target=_talk, args=(talk, server, wire), daemon=True)
                    threads.append(thread)
                    thread.start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            server.ended.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            for wire in wires:
                with suppress(OSError):
                    wire.shutdown(socket.SHUT_RDWR)
            for thread in [accepting, *threads]:
                thread.join(10)


def _talk(talk: Talk, server: Stalling, wire: socket.socket) -> None:
    with wire, suppress(OSError, EOFError, paramiko.SSHException):
        talk(server, wire)


def mute(server: Stalling, wire: socket.socket) -> None:
    """Accepts, and says nothing."""
    del wire
    server.stall()


def relayed(port: int, after: int) -> Talk:
    """A relay to a server on the loopback device; only so many bytes of the answers pass."""

    def talk(server: Stalling, wire: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as there:
            threading.Thread(target=_pump, args=(wire, there), daemon=True).start()
            left = after
            while left > 0 and (chunk := there.recv(min(left, 16 * 1024))):
                wire.sendall(chunk)
                left -= len(chunk)
            if left <= 0:
                server.stall()

    return talk


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(16 * 1024):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)


# HTTP


def http(answer: Callable[[Stalling, socket.socket, bytes], None]) -> Talk:
    """`answer` gets the head of each request; the body is dropped."""

    def talk(server: Stalling, wire: socket.socket) -> None:
        received = b""
        while chunk := wire.recv(65536):
            received += chunk
            while b"\r\n\r\n" in received:
                head, _, rest = received.partition(b"\r\n\r\n")
                left = _length(head) - len(rest)
                while left > 0 and (chunk := wire.recv(65536)):
                    left -= len(chunk)
                received = rest[_length(head) :] if left <= 0 and _length(head) < len(rest) else b""
                answer(server, wire, head)

    return talk


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def headers(status: str = "200 OK", length: int = 1_000_000, *more: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {length}", *more, "", ""]).encode()


def silent(server: Stalling, wire: socket.socket, head: bytes) -> None:
    del wire, head
    server.stall()


def headers_only(server: Stalling, wire: socket.socket, head: bytes) -> None:
    del head
    wire.sendall(headers())
    server.stall()


def dripping_headers(server: Stalling, wire: socket.socket, head: bytes) -> None:
    del head
    server.drip(wire.sendall, b"HTTP/1.1 200 OK\r\nX-Long: ")


def dripping_body(server: Stalling, wire: socket.socket, head: bytes) -> None:
    del head
    wire.sendall(headers())
    server.drip(wire.sendall, b"")


def informing(server: Stalling, wire: socket.socket, head: bytes) -> None:
    """Endless early hints, as fast as they are read."""
    del head
    _flood(server, wire, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")


def continuing(server: Stalling, wire: socket.socket, head: bytes) -> None:
    del head
    _flood(server, wire, b"HTTP/1.1 100 Continue\r\n\r\n")


def _flood(server: Stalling, wire: socket.socket, data: bytes) -> None:
    server.reached.set()
    with suppress(OSError):
        while not server.ended.is_set():
            wire.sendall(data * 1000)


def reset(server: Stalling, wire: socket.socket, head: bytes) -> None:
    del head
    server.reached.set()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


# SSH

SSH_STAGES = ("silence", "banner", "login", "session", "subsystem", "INIT", "after INIT", "drip")
"""The last stage before silence; with `drip`, the answer to INIT comes one byte at a time."""

_VERSION = struct.pack(">IBI", 5, 2, 3)


class _Login(paramiko.ServerInterface):
    def __init__(self, server: Stalling, stage: str) -> None:
        self._server, self._stage = server, stage

    def get_allowed_auths(self, username: str) -> str:
        del username
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        del username, key
        if self._stage == "login":
            self._server.stall()
        return AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del kind, chanid
        if self._stage == "session":
            self._server.stall()
        return OPEN_SUCCEEDED

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        del channel, name
        if self._stage == "subsystem":
            self._server.stall()
        return True


def ssh(stage: str, host_key: paramiko.PKey) -> Talk:
    def talk(server: Stalling, wire: socket.socket) -> None:
        if stage == "silence":
            server.stall()
        elif stage == "banner":
            wire.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            server.stall()
        else:
            transport = paramiko.Transport(wire)
            transport.add_server_key(host_key)
            try:
                transport.start_server(server=_Login(server, stage))
                channel: Any = transport.accept(60)
                if channel is not None:
                    _sftp(server, channel, stage)
            finally:
                transport.close()

    return talk


def _sftp(server: Stalling, channel: paramiko.Channel, stage: str) -> None:
    channel.recv(65536)  # INIT
    if stage == "after INIT":
        channel.sendall(_VERSION)
        channel.recv(65536)
    if stage == "drip":
        server.drip(channel.sendall, struct.pack(">IB", 100_000, 2))
    else:
        server.stall()


@contextmanager
def stalling_ssh(stage: str, folder: Path) -> Iterator[tuple[Stalling, dict[str, Any]]]:
    """The server, and the settings of `SshSettings` to reach it."""
    host_key = paramiko.ECDSAKey.generate()
    paramiko.ECDSAKey.generate().write_private_key_file(str(folder / "client"))
    with serving(ssh(stage, host_key)) as server:
        known = folder / "known_hosts"
        known.write_text(f"[127.0.0.1]:{server.port} {host_key.get_name()} {host_key.get_base64()}\n")
        yield (
            server,
            {
                "host": "127.0.0.1",
                "port": server.port,
                "user": "me",
                "key": folder / "client",
                "known_hosts": known,
            },
        )
