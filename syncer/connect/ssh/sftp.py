"""The requests of SFTP on files and folders.

Import this inside a function: it imports paramiko at the top, for its subclass.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from paramiko import SFTPAttributes
from paramiko.sftp import (
    CMD_CLOSE,
    CMD_EXTENDED,
    CMD_FSETSTAT,
    CMD_FSTAT,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_READLINK,
    CMD_REALPATH,
    CMD_WRITE,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_EXCL,
    SFTP_FLAG_READ,
    SFTP_FLAG_TRUNC,
    SFTP_FLAG_WRITE,
    SFTPError,
    int64,
)

from syncer.connect.course import ListingRate, of_page
from syncer.connect.ssh.sftp_answers import (
    LIMITS,
    STATVFS,
    Count,
    FileSystem,
    Refused,
    SftpAnswer,
    attributes,
    file_system,
)
from syncer.connect.ssh.sftp_packets import AsyncCaller, PacketClient, wire

__all__ = ["FSYNC", "PACKET", "POSIX_RENAME", "STATVFS", "Client", "Refused", "wire"]

PACKET = 32 * 1024
"""Bytes of one write or read: every server accepts so many."""
LARGE_PACKET = 128 * 1024
"""Bytes of one read if the server announces that it returns so many: four times as fast."""

FSYNC = "fsync@openssh.com"
POSIX_RENAME = "posix-rename@openssh.com"

FLUSH_RATE = 10 * 1000**2
"""Bytes a second that a slow disk writes. A server sends nothing while it flushes."""


class Client(PacketClient):
    @cached_property
    def read_size(self) -> int:
        """Bytes to request with one read. A server that returns fewer costs another round trip."""
        if not self.offers(LIMITS):
            return PACKET
        try:
            answer = self._request(CMD_EXTENDED, LIMITS)[1]
        except Refused:
            return PACKET
        answer.get_int64()  # the longest packet
        return min(max(answer.get_int64(), PACKET), LARGE_PACKET)

    def create(self, path: str, mode: int) -> bytes:
        """The handle of a new file, open for writing. The name must be unused."""
        attributes = SFTPAttributes()
        attributes.st_mode = mode
        flags = SFTP_FLAG_WRITE | SFTP_FLAG_CREATE
        try:
            return self._request(CMD_OPEN, path, flags | SFTP_FLAG_EXCL, attributes)[1].get_string()
        except Refused as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
        flags |= SFTP_FLAG_TRUNC
        return self._request(CMD_OPEN, path, flags, SFTPAttributes())[1].get_string()

    def reopen(self, path: str) -> bytes:
        """The handle of an existing file, to write at any position."""
        return self._request(CMD_OPEN, wire(path), SFTP_FLAG_WRITE, SFTPAttributes())[1].get_string()

    def open_handle(self, path: str) -> bytes:
        """The handle of a file for reading; most servers open folders too."""
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
        """Write a small file, and wait for each answer."""
        for start in range(0, len(content), PACKET):
            self._request(CMD_WRITE, handle, int64(start), content[start : start + PACKET])

    def release(self, handle: bytes) -> None:
        """Close it without waiting: nothing was written, so no error matters."""
        self._async_request(type(None), CMD_CLOSE, handle)

    def real(self, path: str) -> str:
        """The absolute path, without links if the server resolves them (OpenSSH does). Its last part need not
        exist.
        """
        return self._name(CMD_REALPATH, path)

    def target(self, link: str) -> str:
        """The text of the link."""
        return self._name(CMD_READLINK, link)

    def _name(self, kind: int, path: str) -> str:
        answer = self._request(kind, wire(path))[1]
        name = answer.get_string() if answer.get_int() else b""
        if not name:
            raise SFTPError("it answers a request for a name without one")
        return name.decode("utf-8", "surrogateescape")

    def close_handle(self, handle: bytes) -> None:
        """Close it, and raise the errors that paramiko's `close` hides."""
        self._request(CMD_CLOSE, handle)

    def handle_stat(self, handle: bytes) -> SFTPAttributes:
        return attributes(self._request(CMD_FSTAT, handle)[1])

    def handle_chmod(self, handle: bytes, mode: int) -> None:
        attributes = SFTPAttributes()
        attributes.st_mode = mode
        self._request(CMD_FSETSTAT, handle, attributes)

    def fsync(self, handle: bytes, size: int = 0) -> None:
        """`size`, the bytes to flush, makes the wait longer."""
        self._terms = replace(self._usual, work=size / FLUSH_RATE)
        try:
            self._request(CMD_EXTENDED, FSYNC, handle)
        finally:
            self._terms = self._usual

    def ask_fsync(self, owner: AsyncCaller, handle: bytes) -> int:
        """Request a flush without waiting. `answer` takes the number."""
        return self._async_request(owner, CMD_EXTENDED, FSYNC, handle)

    def file_system(self, path: str) -> FileSystem:
        """Raises `Refused` if the server did not announce the extension: some hang up at a request that they
        do not know.
        """
        if STATVFS not in self.extensions:
            raise Refused(errno.EOPNOTSUPP, f"it lacks {STATVFS}")
        _, answer = self._request(CMD_EXTENDED, STATVFS, path)
        return file_system(answer)

    def names(self, folder: bytes) -> Iterator[tuple[bytes, SFTPAttributes]]:
        """All entries, in any encoding. Other requests may be made in between.

        Raises `Refused` with `E2BIG` if they do not end.
        """
        _, answer = self._request(CMD_OPENDIR, folder)
        handle = answer.get_string()
        count = Count(ListingRate(self.terms.pace.patience))
        try:
            while True:
                begun = time.monotonic()
                answer = self._page(handle)
                for _ in range(count.of(answer.get_int(), time.monotonic() - begun)):
                    if not answer.left:
                        raise SFTPError("it announces more names than it sends")
                    name = answer.get_string()
                    answer.get_string()  # the same as `ls -l` shows it
                    found = attributes(answer)
                    count.check(name)
                    if name not in (b".", b".."):
                        yield name, found
        except EOFError:
            return
        finally:
            self.release(handle)

    def _page(self, handle: bytes) -> SftpAnswer:
        self._terms = of_page(self._usual.pace)
        try:
            return self._request(CMD_READDIR, handle)[1]
        finally:
            self._terms = self._usual
