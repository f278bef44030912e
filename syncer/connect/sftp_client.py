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
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
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

from syncer.connect.watch import Terms, Watch, length
from syncer.model import MOST_EMPTY, MOST_NAMES
from syncer.seams import Pace

PACKET = 32 * 1024
"""Bytes of one write or read: what every server takes."""
LARGE_PACKET = 128 * 1024
"""Bytes of one read where the server says that it gives so many: four times as fast here."""

FSYNC = "fsync@openssh.com"
LIMITS = "limits@openssh.com"
STATVFS = "statvfs@openssh.com"
POSIX_RENAME = "posix-rename@openssh.com"

FLUSH_RATE = 10 * 1000**2
"""Bytes a second that a slow disk takes: a server says nothing while it flushes."""

ALMOST_NOTHING = 1024 * 1024
"""Free bytes below which a failed write is blamed on the disk: file systems keep a few blocks back."""

STATVFS_SIZE = 11 * 8

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

    def __init__(self, channel: Channel, pace: Pace) -> None:
        """`channel` is one that waits no longer than `watch.TICK`."""
        self._usual = self._terms = Terms(pace)
        self._watch = Watch(lambda: self._terms)
        super().__init__(channel)

    @property
    def terms(self) -> Terms:
        return self._terms

    if TYPE_CHECKING:  # private, so the stubs leave them out
        sock: Channel

        def _request(self, kind: int, *parts: object) -> tuple[int, Message]: ...
        def _async_request(self, owner: object, kind: int, *parts: object) -> int: ...
        def _read_response(self, number: int) -> tuple[int, Message]: ...
        def _send_packet(self, kind: int, packet: Message) -> None: ...
        def _read_packet(self) -> tuple[int, bytes]: ...

    def _read_all(self, size: int) -> bytes:
        """As paramiko's own, within the bounds of the terms."""
        whole = bytearray()
        while len(whole) < size:
            chunk: bytes = self._watch.receive(partial(self.sock.recv, size - len(whole)), length)
            if not chunk:
                raise EOFError
            whole += chunk
        return bytes(whole)

    def _write_all(self, data: bytes) -> None:
        """As above."""
        self._watch.asked()
        while data:
            sent = self._watch.send(partial(self.sock.send, data))
            if sent <= 0:
                raise EOFError
            data = data[sent:]

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

    def reopen(self, path: str) -> bytes:
        """The handle of a file that is there, to write on from any place."""
        return self._request(CMD_OPEN, wire(path), SFTP_FLAG_WRITE, SFTPAttributes())[1].get_string()

    def open_handle(self, path: str) -> bytes:
        """For reading; most servers open folders too."""
        return self._request(CMD_OPEN, wire(path), SFTP_FLAG_READ, SFTPAttributes())[1].get_string()

    def start(self, path: str, size: int) -> bytes:
        """The first bytes of a file."""
        handle, found = self.open_handle(path), bytearray()
        try:
            while len(found) < size:
                asked = min(PACKET, size - len(found))
                found += self.content(*self._request(CMD_READ, handle, int64(len(found)), asked))
        except EOFError:
            pass
        finally:
            self.release(handle)
        return bytes(found)

    def fill(self, handle: bytes, content: bytes) -> None:
        """Write a small file, waiting for each answer."""
        for start in range(0, len(content), PACKET):
            self._request(CMD_WRITE, handle, int64(start), content[start : start + PACKET])

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

    def fsync(self, handle: bytes, size: int = 0) -> None:
        """`size` is how many bytes there are to flush, for the patience."""
        self._terms = replace(self._usual, work=size / FLUSH_RATE)
        try:
            self._request(CMD_EXTENDED, FSYNC, handle)
        finally:
            self._terms = self._usual

    def ask_fsync(self, owner: Owner, handle: bytes) -> int:
        """Without waiting: the number is for `answer`."""
        return self._async_request(owner, CMD_EXTENDED, FSYNC, handle)

    def file_system(self, path: str) -> FileSystem:
        """Raises `Refused` where the server lacks the extension."""
        _, answer = self._request(CMD_EXTENDED, STATVFS, path)
        told = answer.get_remainder()
        if len(told) != STATVFS_SIZE:
            raise SFTPError(f"it tells of its disk in {len(told)} bytes")
        _, fragment, blocks, _, free, files, _, free_files, _, flags, _ = struct.unpack(">11Q", told)
        full = fragment * free < ALMOST_NOTHING or (files > 0 and free_files == 0)
        return FileSystem(full, bool(flags & 1), fragment * free, fragment * blocks)

    def names(self, folder: bytes) -> Iterator[tuple[bytes, SFTPAttributes]]:
        """All entries, whatever their encoding. Other requests may be made in between.

        Raises `Refused` with `E2BIG` where they do not end.
        """
        _, answer = self._request(CMD_OPENDIR, folder)
        handle = answer.get_string()
        count = _Count()
        try:
            while True:
                _, answer = self._request(CMD_READDIR, handle)
                for _ in range(count.of(answer.get_int())):
                    if not answer.get_remainder():
                        raise SFTPError("it tells of more names than it gives")
                    name = answer.get_string()
                    answer.get_string()  # the same as `ls -l` shows it
                    attributes = _attributes(answer)
                    count.check(name)
                    if name not in (b".", b".."):
                        yield name, attributes
        except EOFError:
            return
        finally:
            self.release(handle)


@dataclass(slots=True)
class _Count:
    """What one folder has listed so far."""

    names: int = 0
    empty: int = 0
    """Answers in a row."""
    firsts: set[bytes] = field(default_factory=set)
    """The name that each answer began with."""
    begins: bool = True

    def of(self, number: int) -> int:
        """The number of names in the next answer."""
        self.names += number
        self.empty = 0 if number else self.empty + 1
        self.begins = True
        if self.names > MOST_NAMES:
            raise Refused(errno.E2BIG, f"it lists more than {MOST_NAMES:,} names")
        if self.empty > MOST_EMPTY:
            raise Refused(errno.E2BIG, f"it lists nothing in {MOST_EMPTY:,} answers, and does not end")
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


def wire(path: str) -> bytes:
    """Names are bytes there; what is not UTF-8 was read with `surrogateescape`."""
    return path.encode("utf-8", "surrogateescape")


def _attributes(message: Message) -> SFTPAttributes:
    attributes: SFTPAttributes = SFTPAttributes._from_msg(message)  # type: ignore[attr-defined] # noqa: SLF001 - see the top
    return attributes
