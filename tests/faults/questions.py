"""A relay for DNS over UDP that misbehaves."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import dns.flags
import dns.message
import dns.rcode

from tests.faults.proxy import Fault
from tests.faults.runs import Ran
from tests.faults.stage import Stage
from tests.servers.knot import NameServer

DOMAIN = "example.test"
RECORD = "tiktok-developers-site-verification=AbCdEfGhIjKlMnOpQrStUvWxYz012345"


@dataclass
class Questions:
    """The DNS queries."""

    port: int
    server: tuple[str, int]
    fault: Fault | None = None
    seen: int = 0
    met: bool = False

    def sort(self, _kind: str) -> str:
        return ""

    def count(self) -> int:
        return self.seen

    def arm(self, fault: Fault | None) -> None:
        self.fault, self.seen, self.met = fault, 0, False

    def run(self, stage: Stage) -> Ran:
        return stage.sync()

    def fired(self) -> bool:
        return self.met

    def answer(self, question: bytes) -> bytes | None:
        self.seen += 1
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            asked.settimeout(5)
            asked.sendto(question, self.server)
            found = asked.recv(65536)
        if self.fault is None or not self.fault.hits(self.seen):
            return found
        self.met = True
        return KINDS.get(self.fault.kind, KINDS["stall"])(found)


def with_code(code: dns.rcode.Rcode) -> Callable[[bytes], bytes]:
    def refuse(found: bytes) -> bytes:
        message = dns.message.from_wire(found)
        message.answer.clear()
        message.set_rcode(code)
        return message.to_wire()

    return refuse


def without_answer(found: bytes) -> bytes:
    return with_code(dns.rcode.NOERROR)(found)


def truncated(found: bytes) -> bytes:
    message = dns.message.from_wire(found)
    message.answer.clear()
    message.flags |= dns.flags.TC
    return message.to_wire()


KINDS: Mapping[str, Callable[[bytes], bytes | None]] = {
    "stall": lambda _: None,
    "servfail": with_code(dns.rcode.SERVFAIL),
    "refused": with_code(dns.rcode.REFUSED),
    "nxdomain": with_code(dns.rcode.NXDOMAIN),
    "empty": without_answer,
    "truncate": truncated,
    "garbage": lambda found: found[:2] + bytes(len(found)),
    "cut": lambda found: found[: len(found) - 9],
    "stranger": lambda found: bytes([found[0] ^ 1]) + found[1:],
    "corrupt": lambda found: found.replace(b"AbCdEf", b"AbCdEg"),
}


@contextmanager
def relay(server: NameServer) -> Iterator[Questions]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        made = Questions(listening.getsockname()[1], (server.address, server.port))
        thread = threading.Thread(target=_serve, args=(listening, made), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _serve(listening: socket.socket, made: Questions) -> None:
    while True:
        try:
            question, client = listening.recvfrom(65536)
        except OSError:
            return
        if not question:
            return
        with suppress(TimeoutError):
            if found := made.answer(question):
                listening.sendto(found, client)
