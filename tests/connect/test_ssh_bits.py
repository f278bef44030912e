"""One wrong bit anywhere in the bytes from or to an SSH server is an error."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from syncer.connect.pace import SharedPace
from syncer.errors import SyncerError
from syncer.protocols.patience import Patience, Policy
from syncer.sources.sftp import SftpSource
from tests.servers.sshd import HOST_KEYS, Sshd, running

pytestmark = pytest.mark.server

STEP = 89
"""Bytes between two tested positions."""
PATIENCE = Patience(connect=10.0, answer=1.5, window=1.5, retry=Policy(attempts=1))
NAMED = ("source.lost", "source.denied", "source.host_key", "source.unreachable", "source.root", "source.io")


@dataclass
class Relay:
    """Flips one bit in one direction."""

    port: int
    server: tuple[str, int]
    position: int = -1
    upwards: bool = False
    passed: int = 0

    def serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(self.server) as server:
            other = threading.Thread(target=self._pump, args=(client, server, self.upwards), daemon=True)
            other.start()
            self._pump(server, client, not self.upwards)
            other.join(10)

    def _pump(self, source: socket.socket, target: socket.socket, damaged: bool) -> None:  # noqa: FBT001
        seen = 0
        with suppress(OSError):
            while data := source.recv(1 << 16):
                place = self.position - seen
                if damaged and 0 <= place < len(data):
                    flipped = data[place] ^ (1 << self.position % 8)
                    data = data[:place] + bytes([flipped]) + data[place + 1 :]
                seen += len(data)
                self.passed = max(self.passed, seen) if damaged else self.passed
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay(server: Sshd, position: int, *, upwards: bool) -> Iterator[Relay]:
    """A relay for one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Relay(listener.getsockname()[1], (server.host, server.port), position, upwards)

        def accept() -> None:
            with suppress(OSError):
                made.serve(listener.accept()[0])

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def listed(server: Sshd, folder: Path, position: int, *, upwards: bool) -> tuple[str, int]:
    """The result of a listing, and the number of bytes in that direction."""
    with relay(server, position, upwards=upwards) as made:
        known = folder / f"known-{upwards}-{position}"
        keys = (server.host_key(kind) for kind in HOST_KEYS)
        known.write_text("".join(f"[127.0.0.1]:{made.port} {key}\n" for key in keys))
        settings = server.source(folder, port=made.port, known_hosts=known)
        with closing(SftpSource("clips", settings, SharedPace(patience=PATIENCE))) as source:
            try:
                list(source.assets())
            except SyncerError as error:
                return error.code, made.passed
            except Exception as error:  # noqa: BLE001 - what this test looks for
                return f"{error!r}", made.passed
    return "", made.passed


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    with running() as made:
        yield made


@pytest.mark.parametrize("upwards", [False, True], ids=["received", "sent"])
def test_a_wrong_bit_on_the_connection_is_an_error_by_name(
    server: Sshd, tmp_path: Path, *, upwards: bool
) -> None:
    said, size = listed(server, tmp_path, -1, upwards=upwards)
    assert said == ""
    positions = range(0, size, STEP)
    with ThreadPoolExecutor(3) as pool:
        ends = pool.map(lambda place: listed(server, tmp_path, place, upwards=upwards)[0], positions)
        found = dict(zip(positions, ends, strict=True))
    # Padding and cookies of the greeting may have any value; nothing else is let through.
    assert {place: end for place, end in found.items() if end not in NAMED and end} == {}
    assert set(found.values()) & set(NAMED)
