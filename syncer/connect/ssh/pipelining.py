"""Many requests for one file at once, with each answer checked. Import this inside a function."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from paramiko.sftp import CMD_WRITE, SFTPError

from syncer.connect.ssh.sftp import PACKET, Client
from syncer.connect.ssh.sftp_answers import Refused, SftpAnswer, check_status, expect_answer
from syncer.connect.ssh.sftp_optional import stat_or_lstat
from syncer.connect.watch import Flow
from syncer.settings.spelling import counted

if TYPE_CHECKING:
    from paramiko import SFTPAttributes

IN_FLIGHT = 64
"""Writes without an answer yet: 2 MiB, OpenSSH's window, so that latency does not slow them."""

FIRST_AHEAD = 128 * 1024
"""Bytes requested when a file is opened: most readers want only its head."""
MOST_AHEAD = 4 * 1024 * 1024
"""The most bytes requested and not read yet: 40 MB/s at 100 ms. They are held in memory."""


class Writes:
    """Writes to one file, from a position on."""

    def __init__(self, client: Client, handle: bytes, start: int = 0) -> None:
        self._client = client
        self._handle = handle
        self._unanswered: dict[int, int] = {}
        """The position of each request's bytes, by its number, in order."""
        self._flushes: dict[int, int] = {}
        """The same for requests to flush all bytes before that position to the disk."""
        self._refused: Refused | None = None
        self.position = start
        self.flushed = start
        """All bytes before this position are on the server's disk."""

    @property
    def accepted(self) -> int:
        """The server accepted all bytes before this position."""
        return next(iter(self._unanswered.values()), self.position)

    def write(self, chunk: bytes) -> None:
        for start in range(0, len(chunk), PACKET):
            packet = chunk[start : start + PACKET]
            self._unanswered[self._client.write(self, self._handle, self.position, packet)] = self.position
            self.position += len(packet)
            if len(self._unanswered) > IN_FLIGHT:
                self._answer()
        self._complain()

    def flush(self) -> None:
        """Request a flush of all bytes to the disk, without waiting. `flushed` says when it is done."""
        number = self._client.ask_fsync(self, self._handle)
        self._unanswered[number] = self._flushes[number] = self.position

    def settle(self) -> None:
        """Wait for every answer."""
        while self._unanswered:
            self._answer()
        self._complain()

    def _answer(self) -> None:
        number = next(iter(self._unanswered))
        del self._unanswered[number]
        kind, _ = self._client.answer(number)
        expect_answer(CMD_WRITE, kind)
        self._answered(number)

    def _answered(self, number: int) -> None:
        self.flushed = self._flushes.pop(number, self.flushed)

    def _complain(self) -> None:
        if self._refused:
            raise self._refused

    def _async_response(self, kind: int, message: SftpAnswer, number: int) -> None:
        del self._unanswered[number]
        expect_answer(CMD_WRITE, kind)
        try:
            check_status(message)
        except Refused as error:
            self._refused = error
        else:
            self._answered(number)


class Reads:
    """Reads of one file, from a position to its known end. It reads further ahead the more is read."""

    def __init__(self, client: Client, handle: bytes, start: int, end: int, path: str = "") -> None:
        """`path` is looked up if the server can't look up an open file."""
        self._client = client
        self._path = path
        self._handle = handle
        self._unanswered: deque[tuple[int, int]] = deque()
        """Number and size of each request, in the order of the file."""
        self._early: dict[int, tuple[int, SftpAnswer]] = {}
        """Answers that came while another answer was awaited."""
        self._position = start
        """All bytes before this position were read."""
        self._asked = start
        self._end = end
        self._ahead = FIRST_AHEAD
        self._given_up = False
        self._flow = Flow()
        self._ask()

    @property
    def left(self) -> int:
        """Bytes left to the end."""
        return max(self._end - self._position, 0)

    def stat(self) -> SFTPAttributes:
        """The attributes of the file now. Earlier read requests continue meanwhile."""
        try:
            return self._client.handle_stat(self._handle)
        except Refused:
            if not self._path:
                raise
            return stat_or_lstat(self._client, self._path)

    def read(self) -> bytes:
        """The next bytes, as they arrived; `b""` at the end of the file. Raises `Refused`."""
        if not self._unanswered:
            return b""
        number, size = self._unanswered.popleft()
        begun = time.monotonic()
        data = self._answer(number)
        # Answers of one byte each would all be in time.
        self._flow.count(time.monotonic() - begun, len(data), self._client.terms)
        if len(data) > size:
            raise SFTPError(f"it returned {len(data)} of {counted(size, 'byte')} requested")
        self._position += len(data)
        if not data:
            self._give_up()
        elif len(data) < size:
            rest = size - len(data)
            again = self._client.read(self, self._handle, self._position, rest)
            self._unanswered.appendleft((again, rest))
        self._ahead = min(self._ahead + 2 * len(data), MOST_AHEAD)
        self._ask()
        return data

    def leave(self) -> None:
        """Close the file, once. Answers that are still to come are dropped as they arrive."""
        self._give_up()
        self._client.release(self._handle)

    def _give_up(self) -> None:
        self._given_up = True
        self._unanswered.clear()
        self._early.clear()

    def _ask(self) -> None:
        while not self._given_up and self._asked < min(self._end, self._position + self._ahead):
            size = min(self._client.read_size, self._end - self._asked)
            self._unanswered.append((self._client.read(self, self._handle, self._asked, size), size))
            self._asked += size

    def _answer(self, number: int) -> bytes:
        try:
            return self._client.content(*(self._early.pop(number, None) or self._client.answer(number)))
        except EOFError:
            return b""

    def _async_response(self, kind: int, message: SftpAnswer, number: int) -> None:
        if not self._given_up:
            self._early[number] = kind, message
