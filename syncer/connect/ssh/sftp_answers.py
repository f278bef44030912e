"""The answers that an SFTP server may give. Any other one raises `SFTPError` or `Refused`.

Import this inside a function: it needs paramiko at its top, for the sake of a subclass.
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
from syncer.model import MOST_EMPTY, MOST_NAMES

MOST_STRAY = 4_096
"""Answers in a row to questions that nobody asked."""

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
"""The type of a good answer by that of the request; to all others it is a status. A refusal is always one."""

LIMITS = "limits@openssh.com"
STATVFS = "statvfs@openssh.com"
REPLIED = (LIMITS, STATVFS)
"""The extensions that are answered by a packet of their own."""

ERRNO = {
    2: errno.ENOENT,
    3: errno.EACCES,
    8: errno.EOPNOTSUPP,
    # of later versions of the protocol, but sent by some servers of this one
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
"""Free bytes below which a failed write is blamed on the disk: file systems keep a few blocks back."""

STATVFS_SIZE = 11 * 8


class Refused(OSError):  # noqa: N818 - reads as what happened
    """The server's answer: the connection is fine. `errno` is `None` for what it only calls a failure."""

    doing: tuple[str, str] | None = None
    """What was asked for, in words, and a hint; where the caller says so."""


class SftpAnswer(Message):
    """A field that it lacks is an error; paramiko would make one of zeros."""

    @property
    def left(self) -> int:
        """Bytes that were not read yet."""
        return self.packet.getbuffer().nbytes - self.packet.tell()

    def get_bytes(self, n: int) -> bytes:
        found = self.packet.read(n)
        if len(found) < n:
            raise SFTPError("an answer of it ends too early")
        return found


@dataclass(frozen=True, slots=True)
class FileSystem:
    full: bool
    read_only: bool
    free: int
    """Bytes."""
    whole: int


def file_system(message: SftpAnswer) -> FileSystem:
    """The answer to a question for the disk."""
    if message.left != STATVFS_SIZE:
        raise SFTPError(f"it tells of its disk in {message.left} bytes")
    _, fragment, blocks, _, free, files, _, free_files, _, flags, _ = (
        message.get_int64() for _ in range(STATVFS_SIZE // 8)
    )
    full = fragment * free < ALMOST_NOTHING or (files > 0 and free_files == 0)
    return FileSystem(full, bool(flags & 1), fragment * free, fragment * blocks)


def expect_answer(request: int, answer: int, extension: object = None) -> None:
    """Raises `SFTPError` unless the type of the answer is one that the request may have."""
    expected = ANSWERS.get(request, CMD_STATUS)
    if request == CMD_EXTENDED and extension in REPLIED:
        expected = CMD_EXTENDED_REPLY
    if answer != expected:
        raise SFTPError(f"it answers a request of type {request} with a packet of type {answer}")


def check_status(message: SftpAnswer) -> None:
    """Raises `Refused`, and `EOFError` where a file or a folder has no more."""
    code = message.get_int()
    text = message.get_string().decode("utf-8", "replace") if message.left else ""
    if code == END:
        raise EOFError(text)
    if code:
        raise Refused(ERRNO.get(code), text or f"status {code}")


def attributes(message: Message) -> SFTPAttributes:
    found: SFTPAttributes = SFTPAttributes._from_msg(message)  # type: ignore[attr-defined] # noqa: SLF001 - see `sftp_client`
    return found


@dataclass(slots=True)
class Count:
    """Counts what one folder lists."""

    progress: ListingRate
    names: int = 0
    empty: int = 0
    """Answers in a row."""
    firsts: set[bytes] = field(default_factory=set)
    """The name that each answer began with."""
    begins: bool = True

    def of(self, number: int, took: float) -> int:
        """The number of names in the next answer, which took so many seconds to come."""
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
        """Refuses what is no name, and an answer that begins as an earlier one did."""
        if not name or b"/" in name:
            raise Refused(errno.EBADMSG, f"it lists {name[:64]!r}, which is not a name")
        if self.begins and name in self.firsts:
            raise Refused(errno.E2BIG, f"it lists its names again and again, from {name[:64]!r} on")
        if self.begins:
            self.firsts.add(name)
        self.begins = False
