"""A filter between sshd and the real sftp-server: it reads each request, and misbehaves at the Nth one.

sshd starts it as the command of a key: `python -IS sftp_filter.py FOLDER`. FOLDER/plan has the fault (kind,
number and `always`); FOLDER/log gets a line for each request of all connections, and `fired` when it
misbehaves.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import sys
import time
from collections.abc import Iterator

SERVER = "/usr/lib/openssh/sftp-server"
DRIP_SECONDS = 0.05

NAMES = {
    1: "init",
    3: "open",
    4: "close",
    5: "read",
    6: "write",
    7: "lstat",
    8: "fstat",
    9: "setstat",
    10: "fsetstat",
    11: "opendir",
    12: "readdir",
    13: "remove",
    14: "mkdir",
    15: "rmdir",
    16: "realpath",
    17: "stat",
    18: "rename",
    19: "readlink",
    20: "symlink",
    200: "extended",
}
INIT, READ = 1, 5
STATUS, HANDLE, DATA, ATTRS = 101, 102, 103, 105
STATUSES = {"failure": 4, "denied": 3, "missing": 2, "full": 14}
"""Codes of refusals, by kind."""
ENDINGS = ("reset", "close", "stall")
"""Faults before the server gets the request."""
ANSWERS = ("lost", "hold", "truncate", "drip", "garbage", "short", "end", "size")
"""Faults of the answer."""
COUNTED = {"short": (5,), "end": (5,), "size": (7, 8, 17)}
"""The requests for a kind that damages only some answers: reads and stats."""


class Filter:
    def __init__(self, folder: str) -> None:
        self._log = os.open(f"{folder}/log", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._kind, self._number, self._always = _plan(folder)
        self._damaged: dict[int, str] = {}
        """The kinds of changed answers, by request number."""
        self._dripping = False
        self._server, self._answers = _start()

    def run(self) -> None:
        requests, answers = Packets(0), Packets(self._answers)
        while True:
            ready, _, _ = select.select([0, self._answers], [], [])
            if 0 in ready:
                for packet in requests.more():
                    self._request(packet)
            if self._answers in ready:
                for packet in answers.more():
                    self._answer(packet)

    def _request(self, packet: bytes) -> None:
        kind = self._met(packet[0])
        number = 0 if packet[0] == INIT else int.from_bytes(packet[1:5], "big")
        if kind in STATUSES and packet[0] != INIT:
            self._fired()
            _send(1, struct.pack(">BIII", STATUS, number, STATUSES[kind], 2) + b"no" + bytes(4))
            return
        if kind in ENDINGS:
            self._fired()
            _end(kind)
        if kind in ANSWERS and (kind != "end" or packet[0] == READ):
            self._damaged[number] = kind
        _send(self._server, packet)

    def _answer(self, packet: bytes) -> None:
        number = 0 if packet[0] == INIT + 1 else int.from_bytes(packet[1:5], "big")
        kind = self._damaged.pop(number, None)
        if (kind == "short" and packet[0] != DATA) or (kind == "size" and packet[0] != ATTRS):
            kind = None
        if kind == "end" and packet[0] != DATA:
            kind = None
        if kind is None:
            self._pass(packet)
            return
        self._fired()
        if kind in ("lost", "hold"):
            _end("reset" if kind == "lost" else "stall")
        elif kind == "truncate":
            whole = struct.pack(">I", len(packet)) + packet
            _write(1, whole[: len(whole) // 2])
            time.sleep(0.02)
            _end("close")
        elif kind == "drip":
            self._dripping = True
            self._pass(packet)
        else:
            self._pass(_damage(kind, packet))

    def _pass(self, packet: bytes) -> None:
        if not self._dripping:
            _send(1, packet)
            return
        for byte in struct.pack(">I", len(packet)) + packet:
            time.sleep(DRIP_SECONDS)
            _write(1, bytes([byte]))

    def _met(self, kind: int) -> str | None:
        """Count the request, and return the fault for it, if any."""
        if kind not in COUNTED.get(self._kind, (kind,)):
            return None
        fcntl.flock(self._log, fcntl.LOCK_EX)
        try:
            seen = os.pread(self._log, 1 << 20, 0)
            number = seen.count(b"\n") - seen.count(b"fired\n") + 1
            os.write(self._log, NAMES.get(kind, str(kind)).encode() + b"\n")
        finally:
            fcntl.flock(self._log, fcntl.LOCK_UN)
        hit = self._number and (number >= self._number if self._always else number == self._number)
        return self._kind if hit else None

    def _fired(self) -> None:
        os.write(self._log, b"fired\n")


class Packets:
    """The packets from a pipe, without their lengths."""

    def __init__(self, source: int) -> None:
        self._source = source
        self._rest = b""

    def more(self) -> Iterator[bytes]:
        data = os.read(self._source, 1 << 18)
        if not data:
            sys.exit(0)
        self._rest += data
        while len(self._rest) >= 4:
            size = int.from_bytes(self._rest[:4], "big")
            if len(self._rest) < 4 + size:
                return
            packet, self._rest = self._rest[4 : 4 + size], self._rest[4 + size :]
            yield packet


def _damage(kind: str, packet: bytes) -> bytes:
    head = packet[:5]
    if kind == "short":
        data = packet[9:]
        half = data[: max(1, len(data) // 2)]
        return head + struct.pack(">I", len(half)) + half
    if kind == "end":
        return struct.pack(">B", STATUS) + packet[1:5] + struct.pack(">II", 1, 0) + bytes(4)
    if kind == "size":
        flags, size = struct.unpack(">IQ", packet[5:17])
        return head + struct.pack(">IQ", flags, size // 2) + packet[17:]
    return _garbage(packet)


def _garbage(packet: bytes) -> bytes:
    """A packet of an unknown type, of a wrong type, or cut, in turn."""
    head = packet[1:5]
    wrong = bytes([STATUS]) + head + bytes(12) if packet[0] != STATUS else bytes([HANDLE]) + head + bytes(4)
    unknown = bytes([222]) + head + os.urandom(20)
    return (unknown, wrong, packet[:5], packet[:3])[packet[4] % 4]


def _plan(folder: str) -> tuple[str, int, bool]:
    kind, number, always = _text(f"{folder}/plan").split()
    return kind, int(number), always == "True"


def _text(path: str) -> str:
    with open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123 - pathlib takes long to load
        return file.read()


def _start() -> tuple[int, int]:
    """The real server's input and output."""
    theirs_in, ours_in = os.pipe()
    ours_out, theirs_out = os.pipe()
    actions = [
        (os.POSIX_SPAWN_DUP2, theirs_in, 0),
        (os.POSIX_SPAWN_DUP2, theirs_out, 1),
    ]
    os.posix_spawn(SERVER, [SERVER], os.environ, file_actions=actions)
    os.close(theirs_in)
    os.close(theirs_out)
    return ours_in, ours_out


def _send(target: int, packet: bytes) -> None:
    _write(target, struct.pack(">I", len(packet)) + packet)


def _write(target: int, data: bytes) -> None:
    try:
        while data:
            data = data[os.write(target, data) :]
    except BrokenPipeError:
        sys.exit(0)


def _end(how: str) -> None:
    if how == "stall":
        while os.read(0, 1 << 18):  # until the client leaves
            pass
    if how == "reset":
        os.kill(_sshd(), signal.SIGKILL)
    sys.exit(0)


def _sshd() -> int:
    """The sshd process of this connection."""
    pid = os.getppid()
    while True:
        name, _, rest = _text(f"/proc/{pid}/stat").partition("(")[2].rpartition(")")
        if name.startswith("sshd"):
            return pid
        pid = int(rest.split()[1])


if __name__ == "__main__":
    Filter(sys.argv[1]).run()
