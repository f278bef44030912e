"""paramiko's SFTP client, with what it keeps to itself.

This is the one file that imports an SDK at its top, for the sake of a subclass: import it inside a function.

paramiko hides what we need: the status code of a refusal, the extensions that a server announces, the errors
of pipelined writes (its `stat` and `close` swallow them), names that are not UTF-8, and reads ahead that are
bounded (its `prefetch` asks for a whole file from a thread of its own, and holds what arrives).
They are reached through its private methods, here and nowhere else.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from paramiko import Channel, Message, SFTPAttributes, SFTPClient
from paramiko.sftp import (
    CMD_CLOSE,
    CMD_DATA,
    CMD_EXTENDED,
    CMD_FSETSTAT,
    CMD_FSTAT,
    CMD_INIT,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_READLINK,
    CMD_REALPATH,
    CMD_STATUS,
    CMD_VERSION,
    CMD_WRITE,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_EXCL,
    SFTP_FLAG_READ,
    SFTP_FLAG_WRITE,
    SFTPError,
    int64,
)

PACKET = 32 * 1024
"""Bytes of one write or read: what every server takes."""
LARGE_PACKET = 128 * 1024
"""Bytes of one read where the server says that it gives so many: four times as fast here."""

FSYNC = "fsync@openssh.com"
LIMITS = "limits@openssh.com"
STATVFS = "statvfs@openssh.com"
POSIX_RENAME = "posix-rename@openssh.com"

FSYNC_SECONDS = 900.0
"""A slow disk may take long for 4 GB, and says nothing meanwhile."""

ALMOST_NOTHING = 1024 * 1024
"""Free bytes below which a failed write is blamed on the disk: file systems keep a few blocks back."""

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


class Refused(OSError):  # noqa: N818 - reads as what happened
    """The server's answer: the connection is fine. `errno` is `None` for what it only calls a failure."""


@dataclass(frozen=True, slots=True)
class FileSystem:
    full: bool
    read_only: bool
    free: int
    """Bytes."""
    whole: int


class Owner(Protocol):
    """Who asked without waiting."""

    def _async_response(self, kind: int, message: Message, number: int, /) -> None:
        """Called by paramiko for an answer that came while another request's was waited for."""


class Client(SFTPClient):
    extensions: frozenset[str] = frozenset()
    """What the server announced beyond the protocol."""

    if TYPE_CHECKING:  # private, so the stubs leave them out
        sock: Channel

        def _request(self, kind: int, *parts: object) -> tuple[int, Message]: ...
        def _async_request(self, owner: object, kind: int, *parts: object) -> int: ...
        def _read_response(self, number: int) -> tuple[int, Message]: ...
        def _send_packet(self, kind: int, packet: Message) -> None: ...
        def _read_packet(self) -> tuple[int, bytes]: ...

    def write(self, owner: Owner, handle: bytes, offset: int, packet: bytes) -> int:
        """Send it without waiting. The number is for `answer`; `owner` hears of what comes before that."""
        return self._async_request(owner, CMD_WRITE, handle, int64(offset), packet)

    def read(self, owner: Owner, handle: bytes, offset: int, size: int) -> int:
        """Ask without waiting, as `write` does. The answer is for `content`."""
        return self._async_request(owner, CMD_READ, handle, int64(offset), size)

    def answer(self, number: int) -> tuple[int, Message]:
        """Wait; raises `Refused` if the request was, and `EOFError` where a file has no more."""
        return self._read_response(number)

    def content(self, kind: int, answer: Message) -> bytes:
        """The bytes that a read brought; raises as `answer` does."""
        if kind == CMD_STATUS:
            self._convert_status(answer)
        if kind != CMD_DATA:
            raise SFTPError(f"it answers a read with a packet of type {kind}")
        return answer.get_string()

    @cached_property
    def read_size(self) -> int:
        """Bytes that one read may ask for: a server that gives less than asked costs a round trip more."""
        if LIMITS not in self.extensions:
            return PACKET
        answer = self._request(CMD_EXTENDED, LIMITS)[1]
        answer.get_int64()  # the longest packet
        return min(max(answer.get_int64(), PACKET), LARGE_PACKET)

    def _send_version(self) -> int:
        hello = Message()
        hello.add_int(3)
        self._send_packet(CMD_INIT, hello)
        kind, data = self._read_packet()
        if kind != CMD_VERSION:
            raise SFTPError("not an SFTP server")
        answer = Message(data)
        version = answer.get_int()
        names = []
        while answer.get_remainder():
            names.append(answer.get_string().decode("ascii", "replace"))
            answer.get_string()
        self.extensions = frozenset(names)
        return version

    def _convert_status(self, msg: Message) -> None:
        code = msg.get_int()
        text = msg.get_string().decode("utf-8", "replace")
        if code == END:
            raise EOFError(text)
        if code:
            raise Refused(ERRNO.get(code), text or f"status {code}")

    def create(self, path: str, mode: int) -> bytes:
        """The handle of a new file, open for writing."""
        attributes = SFTPAttributes()
        attributes.st_mode = mode
        flags = SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | SFTP_FLAG_EXCL
        return self._request(CMD_OPEN, path, flags, attributes)[1].get_string()

    def open_handle(self, path: str) -> bytes:
        """For reading; most servers open folders too."""
        return self._request(CMD_OPEN, wire(path), SFTP_FLAG_READ, SFTPAttributes())[1].get_string()

    def release(self, handle: bytes) -> None:
        """Close it without waiting: nothing was written, so there is nothing to hear."""
        self._async_request(type(None), CMD_CLOSE, handle)

    def real(self, path: str) -> str:
        """Absolute, without links where the server resolves them (OpenSSH does); the end need not exist."""
        return self._name(CMD_REALPATH, path)

    def real_folder(self, path: str) -> str:
        """As `real`, without a slash at its end: empty for `/`. `Refused` with `ENOTDIR` if it is none."""
        if not stat.S_ISDIR(self.stat(wire(path)).st_mode or 0):
            raise Refused(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return self.real(path).rstrip("/")

    def target(self, link: str) -> str:
        """What is written in the link."""
        return self._name(CMD_READLINK, link)

    def _name(self, kind: int, path: str) -> str:
        answer = self._request(kind, wire(path))[1]
        if answer.get_int() < 1:
            raise SFTPError("it answers a question for a name with none")
        return answer.get_string().decode("utf-8", "surrogateescape")

    def close_handle(self, handle: bytes) -> None:
        """Raises what the file's `close` did, which paramiko passes over."""
        self._request(CMD_CLOSE, handle)

    def handle_stat(self, handle: bytes) -> SFTPAttributes:
        return _attributes(self._request(CMD_FSTAT, handle)[1])

    def handle_chmod(self, handle: bytes, mode: int) -> None:
        attributes = SFTPAttributes()
        attributes.st_mode = mode
        self._request(CMD_FSETSTAT, handle, attributes)

    def fsync(self, handle: bytes) -> None:
        usual = self.sock.gettimeout()
        self.sock.settimeout(FSYNC_SECONDS)
        try:
            self._request(CMD_EXTENDED, FSYNC, handle)
        finally:
            self.sock.settimeout(usual)

    def file_system(self, path: str) -> FileSystem:
        """Raises `Refused` where the server lacks the extension."""
        _, answer = self._request(CMD_EXTENDED, STATVFS, path)
        _, fragment, blocks, _, free, files, _, free_files, _, flags, _ = struct.unpack(
            ">11Q", answer.get_remainder()
        )
        full = fragment * free < ALMOST_NOTHING or (files > 0 and free_files == 0)
        return FileSystem(full, bool(flags & 1), fragment * free, fragment * blocks)

    def names(self, folder: bytes) -> Iterator[tuple[bytes, SFTPAttributes]]:
        """All entries, whatever their encoding. Other requests may be made in between."""
        _, answer = self._request(CMD_OPENDIR, folder)
        handle = answer.get_string()
        try:
            while True:
                _, answer = self._request(CMD_READDIR, handle)
                for _ in range(answer.get_int()):
                    name = answer.get_string()
                    answer.get_string()  # the same as `ls -l` shows it
                    attributes = _attributes(answer)
                    if name not in (b".", b".."):
                        yield name, attributes
        except EOFError:
            return
        finally:
            self.release(handle)


def wire(path: str) -> bytes:
    """Names are bytes there; what is not UTF-8 was read with `surrogateescape`."""
    return path.encode("utf-8", "surrogateescape")


def _attributes(message: Message) -> SFTPAttributes:
    attributes: SFTPAttributes = SFTPAttributes._from_msg(message)  # type: ignore[attr-defined] # noqa: SLF001 - see the top
    return attributes
