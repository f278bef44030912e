"""Many requests of one file on their way at once, each answer looked at. Import this inside a function."""

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
"""Writes without an answer: together OpenSSH's window of 2 MiB, so that distance does not slow them."""

FIRST_AHEAD = 128 * 1024
"""Bytes asked for as a file is opened: most of who opens one wants its head only."""
MOST_AHEAD = 4 * 1024 * 1024
"""Bytes asked for and not read yet, once somebody reads on: 40 MB/s at 100 ms. So much is held in memory."""


class Writes:
    """Writes to one file, from a place on."""

    def __init__(self, client: Client, handle: bytes, start: int = 0) -> None:
        self._client = client
        self._handle = handle
        self._unanswered: dict[int, int] = {}
        """Where each request's bytes begin, by its number, in their order."""
        self._flushes: dict[int, int] = {}
        """The same of requests to bring all before that place to the disk."""
        self._refused: Refused | None = None
        self.position = start
        self.flushed = start
        """Up to where the server says that all is on its disk."""

    @property
    def accepted(self) -> int:
        """Up to where the server says that it took all."""
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
        """Ask for all of it to be brought to the disk, without waiting: `flushed` tells when it is."""
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
    """Reads of one file, from a place to where it is known to end; further ahead the more was read."""

    def __init__(self, client: Client, handle: bytes, start: int, end: int, path: str = "") -> None:
        """`path` is asked about where the server can't tell of an open file."""
        self._client = client
        self._path = path
        self._handle = handle
        self._unanswered: deque[tuple[int, int]] = deque()
        """Number and size, in the order of the file."""
        self._early: dict[int, tuple[int, SftpAnswer]] = {}
        """Answers that came while another request's was waited for."""
        self._position = start
        """Up to where it was read."""
        self._asked = start
        self._end = end
        self._ahead = FIRST_AHEAD
        self._given_up = False
        self._flow = Flow()
        self._ask()

    @property
    def left(self) -> int:
        """Bytes to the end."""
        return max(self._end - self._position, 0)

    def stat(self) -> SFTPAttributes:
        """Of the file as it is now. What was asked for is on its way meanwhile."""
        try:
            return self._client.handle_stat(self._handle)
        except Refused:
            if not self._path:
                raise
            return stat_or_lstat(self._client, self._path)

    def read(self) -> bytes:
        """What comes next, as it arrived; `b""` at the end, wherever the file has it. Raises `Refused`."""
        if not self._unanswered:
            return b""
        number, size = self._unanswered.popleft()
        begun = time.monotonic()
        data = self._answer(number)
        # Answers of a byte each come in time, every one of them.
        self._flow.count(time.monotonic() - begun, len(data), self._client.terms)
        if len(data) > size:
            raise SFTPError(f"it was asked for {counted(size, 'byte')} and gave {len(data)}")
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
        """Close the file, once. What is still to come is thrown away as it arrives."""
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
