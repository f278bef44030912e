"""The hash of a file on an SSH server: by a command there, or by reading it. Import it inside a function."""

from __future__ import annotations

import hashlib
import re
import shlex
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from paramiko import SSHException

from syncer.connect.ssh.pipelining import Reads
from syncer.connect.ssh.sftp import Client, wire
from syncer.protocols import Stopped

if TYPE_CHECKING:
    from paramiko import Channel

SECONDS, SLOWEST = 60.0, 10_000_000
"""The seconds that a command may take, plus the time for the file at `SLOWEST` bytes a second."""
TICK = 0.2
LONGEST_ANSWER = 4096

_COMMAND = "test -f {file} && head -c {size} {file} | (sha256sum || shasum -a 256 || sha256) 2>/dev/null"
_DIGEST = re.compile(rb"(?m)^([0-9a-f]{64})\b")


def sha256_by_command(client: Client, file: str, size: int, stopped: Callable[[], bool]) -> str | None:
    """The hash of the first `size` bytes of the file, without a download.

    `None` if the server runs no commands or has no such program. Raises paramiko's errors if the connection
    is lost, and `Stopped`.
    """
    transport = client.sock.get_transport()
    try:
        channel = transport.open_session(timeout=SECONDS)
        with channel:
            channel.settimeout(TICK)
            # OpenSSH runs it in the user's shell. A forced internal-sftp ends when its input is closed.
            channel.exec_command(wire(_COMMAND.format(size=size, file=shlex.quote(file))))
            channel.shutdown_write()
            answer = _answer(channel, SECONDS + size / SLOWEST, stopped)
    except (SSHException, OSError):
        if not transport.is_active():
            raise
        return None
    found = _DIGEST.search(answer or b"")
    return found[1].decode() if found else None


def _answer(channel: Channel, seconds: float, stopped: Callable[[], bool]) -> bytes | None:
    """The output of the command; `None` if it takes too long."""
    said, deadline = b"", time.monotonic() + seconds
    while time.monotonic() < deadline and len(said) < LONGEST_ANSWER:
        if stopped():
            raise Stopped
        try:
            part = channel.recv(LONGEST_ANSWER)
        except TimeoutError:
            continue
        if not part:
            return said
        said += part
    return None


def sha256_by_reading(client: Client, file: str, size: int, stopped: Callable[[], bool]) -> str:
    """The hash of the first `size` bytes of the file, which are downloaded. Raises as `sha256_by_command`."""
    reads = Reads(client, client.open_handle(file), 0, size)
    digest = hashlib.sha256()
    try:
        while part := reads.read():
            if stopped():
                raise Stopped
            digest.update(part)
    finally:
        reads.leave()
    return digest.hexdigest()
