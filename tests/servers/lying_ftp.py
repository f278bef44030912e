"""An FTP server with TLS over a real folder, which lies as no real server does on demand."""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncer.destinations.ftps import FtpsDestination
from tests.servers.certificates import Certificates

FEATURES = "211-have\r\n MLST type*;size*;modify*;\r\n SIZE\r\n211 end"
ENOUGH = 30.0
"""Seconds that a session waits for its client."""


@dataclass
class Lies:
    replies: Mapping[str, str] = field(default_factory=dict)
    """Replies in place of the honest ones, by verb; `{}` is the argument."""
    endless: bool = False
    """A listing never ends, at some names a second."""
    any_name: bool = False
    """RNFR accepts any name."""
    damage: str = ""
    """What comes back of a file: `cut` or `flipped`."""
    data: str = ""
    """The data connection: `blocked` or `plain`."""


@dataclass
class LyingFtp:
    certificates: Certificates
    pem: Path
    port: int
    lies: Lies
    verbs: list[str] = field(default_factory=list)

    def destination(self, root: Path, **others: Any) -> FtpsDestination.Config:
        fields = {"host": "127.0.0.1", "port": self.port, "user": "deploy", "ca": self.certificates.ca}
        fields |= {"root": str(root), "password": "env:FTPS_PASSWORD"} | others
        return FtpsDestination.Config(kind="ftps", **fields)  # type: ignore[arg-type]


@contextmanager
def lying(certificates: Certificates, **lies: Any) -> Iterator[LyingFtp]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pem = certificates.leaf("127.0.0.1")
        server = LyingFtp(certificates, pem, listener.getsockname()[1], Lies(**lies))
        threading.Thread(target=_accept, args=(listener, server), daemon=True).start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, server: LyingFtp) -> None:
    with suppress(OSError):
        while True:
            wire, _ = listener.accept()
            threading.Thread(target=_serve, args=(wire, server), daemon=True).start()


def _serve(wire: socket.socket, server: LyingFtp) -> None:
    wire.settimeout(ENOUGH)
    session = _Session(wire, server)
    with suppress(OSError, ValueError):
        session.run()
    for each in (session.wire, session.passive, session.data):
        if each:
            each.close()


class _Session:
    def __init__(self, wire: socket.socket, server: LyingFtp) -> None:
        self.wire, self.server, self.lies = wire, server, server.lies
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(server.pem)
        self.passive: socket.socket | None = None
        self.data: socket.socket | None = None
        self.old = ""

    def say(self, text: str) -> None:
        self.wire.sendall(f"{text}\r\n".encode("utf-8", "surrogateescape"))

    def run(self) -> None:
        self.say(self.lies.replies.get("", "220 hello"))
        buffer = b""
        while True:
            while b"\r\n" not in buffer:
                if not (more := self.wire.recv(4096)):
                    return
                buffer += more
            line, _, buffer = buffer.partition(b"\r\n")
            verb, _, argument = line.decode("utf-8", "surrogateescape").partition(" ")
            self.server.verbs.append(verb)
            lie = self.lies.replies.get(verb)
            if lie is not None:
                if self.passive:
                    self.passive.close()
                self.say(lie.replace("{}", argument))
            else:
                getattr(self, verb.lower(), self.fine)(argument)

    def fine(self, _: str) -> None:
        self.say("200 fine")

    def auth(self, _: str) -> None:
        self.say("234 go on")
        self.wire = self.context.wrap_socket(self.wire, server_side=True)

    def user(self, _: str) -> None:
        self.say("331 password?")

    def feat(self, _: str) -> None:
        self.say(FEATURES)

    def pwd(self, _: str) -> None:
        self.say('257 "/"')

    # Names

    def mlst(self, path: str) -> None:
        self.say(f"250-facts\r\n {_facts(path)}\r\n250 end" if Path(path).exists() else "550 no such file")

    def size(self, path: str) -> None:
        there = Path(path).is_file()
        self.say(f"213 {Path(path).stat().st_size}" if there else "550 no such file")

    def rnfr(self, path: str) -> None:
        self.old = path
        self.say("350 and to?" if self.lies.any_name or os.path.lexists(path) else "550 no such file")

    def rnto(self, path: str) -> None:
        self.tried(lambda: Path(self.old).replace(path))

    def dele(self, path: str) -> None:
        self.tried(lambda: Path(path).unlink())

    def mkd(self, path: str) -> None:
        self.tried(lambda: Path(path).mkdir())

    def rmd(self, path: str) -> None:
        self.tried(lambda: Path(path).rmdir())

    def tried(self, act: Any) -> None:
        try:
            act()
        except OSError as error:
            self.say(f"550 {error.strerror}")
        else:
            self.say("250 done")

    # Data

    def epsv(self, _: str) -> None:
        self.passive = socket.create_server(("127.0.0.1", 0))
        port = self.passive.getsockname()[1]
        if self.lies.data == "blocked":
            self.passive.close()
        self.say(f"229 come (|||{port}|)")

    def opened(self) -> socket.socket:
        assert self.passive
        self.say("150 come")
        self.data, _ = self.passive.accept()
        self.passive.close()
        self.data.settimeout(ENOUGH)
        if self.lies.data == "plain":
            self.data.sendall(b"plain text\r\n" * 10)
        else:
            self.data = self.context.wrap_socket(self.data, server_side=True)
        return self.data

    def close(self, wire: socket.socket) -> None:
        if isinstance(wire, ssl.SSLSocket):
            with suppress(OSError):
                wire.unwrap()
        wire.close()
        self.say("226 all")

    def mlsd(self, path: str) -> None:
        wire, number = self.opened(), 0
        while self.lies.endless:
            wire.sendall("".join(f"type=file;size=5; {number + n}.mp4\r\n" for n in range(100)).encode())
            number += 100
            time.sleep(0.05)
        wire.sendall("".join(f"{_facts(str(each))}\r\n" for each in Path(path).iterdir()).encode())
        self.close(wire)

    def list(self, path: str) -> None:
        wire = self.opened()
        lines = [f"-rw-r--r-- 1 u g 5 Jan 1 00:00 {each.name}" for each in Path(path).iterdir()]
        wire.sendall("".join(f"{line}\r\n" for line in lines).encode())
        self.close(wire)

    def retr(self, path: str) -> None:
        wire, data = self.opened(), Path(path).read_bytes()
        damaged = {"cut": data[: len(data) // 2], "flipped": data[:-1] + bytes([data[-1] ^ 1])}
        wire.sendall(damaged.get(self.lies.damage, data))
        self.close(wire)

    def stor(self, path: str) -> None:
        wire = self.opened()
        with Path(path).open("wb") as file:
            while chunk := wire.recv(65536):
                file.write(chunk)
        self.close(wire)


def _facts(path: str) -> str:
    file = Path(path)
    kind = "dir" if file.is_dir() else "file"
    return f"type={kind};size={file.lstat().st_size};modify=20260101000000; {file.name}"
