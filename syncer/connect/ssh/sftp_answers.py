"""The answers that an SFTP server may give. Any other one raises `SFTPError` or `Refused`.

Import this inside a function: it imports paramiko at the top, for its subclass.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field

from paramiko import Message, SFTPAttributes
from paramiko.sftp import (
    CMD_ATTRS,
    CMD_DATA,
    CMD_EXTENDED,
    CMD_EXTENDED_REPLY,
    CMD_FSTAT,
    CMD_HANDLE,
    CMD_LSTAT,
    CMD_NAME,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_READLINK,
    CMD_REALPATH,
    CMD_STAT,
    CMD_STATUS,
    SFTPError,
)

from syncer.connect.course import ListingRate
from syncer.connect.reasons import legible, reason_of
from syncer.connect.refusal import Refusal
from syncer.model import MOST_EMPTY, MOST_NAMES

MOST_STRAY = 4_096
"""Answers in a row that belong to no request."""

ANSWERS: Mapping[int, int] = {
    CMD_OPEN: CMD_HANDLE,
    CMD_OPENDIR: CMD_HANDLE,
    CMD_READ: CMD_DATA,
    CMD_READDIR: CMD_NAME,
    CMD_READLINK: CMD_NAME,
    CMD_REALPATH: CMD_NAME,
    CMD_STAT: CMD_ATTRS,
    CMD_LSTAT: CMD_ATTRS,
    CMD_FSTAT: CMD_ATTRS,
}
"""The type of a good answer, by that of the request; for others it is a status. A refusal is one too."""

LIMITS = "limits@openssh.com"
STATVFS = "statvfs@openssh.com"
REPLIED = (LIMITS, STATVFS)
"""The extensions whose answer has a packet type of its own."""

ERRNO = {
    2: errno.ENOENT,
    3: errno.EACCES,
    8: errno.EOPNOTSUPP,
    # of later versions of the protocol, but some servers send them in version 3
    10: errno.ENOENT,
    11: errno.EEXIST,
    12: errno.EROFS,
    14: errno.ENOSPC,
    15: errno.EDQUOT,
    18: errno.ENOTEMPTY,
    19: errno.ENOTDIR,
    24: errno.EISDIR,
}
END = 1

ALMOST_NOTHING = 1024 * 1024
"""With fewer free bytes than this, a failed write means a full disk: file systems reserve a few blocks."""

STATVFS_SIZE = 11 * 8


class Refused(OSError, Refusal):  # noqa: N818 - reads as what happened
    """A refusal by the server. `errno` is `None` if it only says "failure"."""

    def __str__(self) -> str:
        return reason_of(self)


class SftpAnswer(Message):
    """A missing field is an error; paramiko would return zeros."""

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return self.packet.getbuffer().nbytes - self.packet.tell()

    def get_bytes(self, n: int) -> bytes:
        found = self.packet.read(n)
        if len(found) < n:
            raise SFTPError("one of its answers ends too early")
        return found


@dataclass(frozen=True, slots=True)
class FileSystem:
    full: bool
    read_only: bool
    free: int
    """Bytes."""
    whole: int


def file_system(message: SftpAnswer) -> FileSystem:
    """The file system in the answer to statvfs@openssh.com."""
    if message.left != STATVFS_SIZE:
        raise SFTPError(f"it describes its disk in {message.left} bytes")
    _, fragment, blocks, _, free, files, _, free_files, _, flags, _ = (
        message.get_int64() for _ in range(STATVFS_SIZE // 8)
    )
    full = fragment * free < ALMOST_NOTHING or (files > 0 and free_files == 0)
    return FileSystem(full, bool(flags & 1), fragment * free, fragment * blocks)


def expect_answer(request: int, answer: int, extension: object = None) -> None:
    """Raises `SFTPError` if the request can't have an answer of this type."""
    expected = ANSWERS.get(request, CMD_STATUS)
    if request == CMD_EXTENDED and extension in REPLIED:
        expected = CMD_EXTENDED_REPLY
    if answer != expected:
        raise SFTPError(f"it answers a request of type {request} with a packet of type {answer}")


def check_status(message: SftpAnswer) -> None:
    """Raises `Refused`, and `EOFError` at the end of a file or a folder."""
    code = message.get_int()
    text = message.get_string().decode("utf-8", "replace") if message.left else ""
    if code == END:
        raise EOFError(text)
    if code:
        raise Refused(ERRNO.get(code), legible(text) or f"status {code}")


def attributes(message: Message) -> SFTPAttributes:
    found: SFTPAttributes = SFTPAttributes._from_msg(message)  # type: ignore[attr-defined] # noqa: SLF001 - see `sftp_packets`
    return found


@dataclass(slots=True)
class Count:
    """Counts the names of one folder, and refuses endless listings."""

    progress: ListingRate
    names: int = 0
    empty: int = 0
    """Answers without a name in a row."""
    firsts: set[bytes] = field(default_factory=set)
    """The first name of each answer."""
    begins: bool = True

    def of(self, number: int, took: float) -> int:
        """Count the next answer: `number` of names, after `took` seconds. Returns the number. Raises
        `Refused`.
        """
        self.names += number
        self.empty = 0 if number else self.empty + 1
        self.begins = True
        if self.names > MOST_NAMES:
            raise Refused(errno.E2BIG, f"it lists more than {MOST_NAMES:,} names")
        if self.empty > MOST_EMPTY:
            raise Refused(errno.E2BIG, f"it lists nothing in {MOST_EMPTY:,} answers, and does not end")
        if flaw := self.progress.flaw(number, took):
            raise Refused(errno.E2BIG, f"it does not end: {flaw}")
        return number

    def check(self, name: bytes) -> None:
        """Raises `Refused` for an invalid name, and for an answer that starts with the same name as an
        earlier one.
        """
        if not name or b"/" in name:
            raise Refused(errno.EBADMSG, f"it lists {name[:64]!r}, which is not a name")
        if self.begins and name in self.firsts:
            raise Refused(errno.E2BIG, f"it lists its names again and again, from {name[:64]!r} on")
        if self.begins:
            self.firsts.add(name)
        self.begins = False
