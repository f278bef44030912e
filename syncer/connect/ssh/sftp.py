"""paramiko's SFTP client, with access to what it hides.

Import this inside a function: it imports paramiko at the top, for its subclass.

paramiko hides the status code of a refusal, the extensions that a server announces, the errors of pipelined
writes (its `stat` and `close` swallow them) and names that are not UTF-8. Its read-ahead has no limit:
`prefetch` requests a whole file from a thread of its own, and holds all that arrives. So this file uses
paramiko's private methods; no other file does.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator, MutableMapping
from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol

from paramiko import Channel, Message, SFTPAttributes, SFTPClient, SSHException
from paramiko.sftp import (
    CMD_CLOSE,
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
    SFTP_FLAG_TRUNC,
    SFTP_FLAG_WRITE,
    SFTPError,
    int64,
)

from syncer.connect.course import ListingRate, of_page
from syncer.connect.ssh.sftp_answers import (
    LIMITS,
    MOST_STRAY,
    STATVFS,
    Count,
    FileSystem,
    Refused,
    SftpAnswer,
    attributes,
    check_status,
    expect_answer,
    file_system,
)
from syncer.connect.ssh.sftp_verbs import Verbs
from syncer.connect.watch import ExchangeLimits, Watch, length
from syncer.protocols import Pace

__all__ = ["FSYNC", "PACKET", "POSIX_RENAME", "STATVFS", "Client", "Refused", "wire"]

PACKET = 32 * 1024
"""Bytes of one write or read: every server accepts so many."""
LARGE_PACKET = 128 * 1024
"""Bytes of one read if the server announces that it returns so many: four times as fast."""

FSYNC = "fsync@openssh.com"
POSIX_RENAME = "posix-rename@openssh.com"

FLUSH_RATE = 10 * 1000**2
"""Bytes a second that a slow disk writes. A server sends nothing while it flushes."""


class AsyncCaller(Protocol):
    """A caller that sends requests without waiting."""

    def _async_response(self, kind: int, message: SftpAnswer, number: int, /) -> None:
        """Called by paramiko for an answer that came while another one was awaited."""


class Client(SFTPClient):
    extensions: frozenset[str] = frozenset()
    """The extensions of the protocol that the server announced."""

    def __init__(self, channel: Channel, pace: Pace, verbs: Verbs) -> None:
        """`channel` has the timeout `watch.TICK`."""
        self.verbs = verbs
        self.lacks: set[int] = set()
        """Requests that the server always refuses: see `sftp_optional`."""
        self._usual = self._terms = ExchangeLimits(pace)
        self._watch = Watch(lambda: self._terms)
        super().__init__(channel)

    @property
    def terms(self) -> ExchangeLimits:
        return self._terms

    if TYPE_CHECKING:  # private, so the stubs leave them out
        sock: Channel

        _expecting: MutableMapping[int, Any]

        def _send_packet(self, kind: int, packet: Message) -> None: ...
        def _read_packet(self) -> tuple[int, bytes]: ...

    def _read_all(self, size: int) -> bytes:
        """As paramiko's own, within the limits of the terms."""
        whole = bytearray()
        while len(whole) < size:
            chunk: bytes = self._watch.receive(partial(self.sock.recv, size - len(whole)), length)
            if not chunk:
                raise EOFError
            whole += chunk
        return bytes(whole)

    def _write_all(self, data: bytes) -> None:
        """As paramiko's own, within the limits of the terms."""
        self._watch.asked()
        while data:
            sent = self._watch.send(partial(self.sock.send, data))
            if sent <= 0:
                raise EOFError
            data = data[sent:]

    def write(self, owner: AsyncCaller, handle: bytes, offset: int, packet: bytes) -> int:
        """Send a write without waiting. `answer` takes the number; an earlier answer goes to `owner`."""
        return self._async_request(owner, CMD_WRITE, handle, int64(offset), packet)

    def read(self, owner: AsyncCaller, handle: bytes, offset: int, size: int) -> int:
        """Request bytes without waiting, as `write` does. `content` takes the answer."""
        return self._async_request(owner, CMD_READ, handle, int64(offset), size)

    def answer(self, number: int) -> tuple[int, SftpAnswer]:
        """Wait for an answer. Raises `Refused`, and `EOFError` at the end of a file."""
        return self._read_response(number)

    def content(self, kind: int, answer: SftpAnswer) -> bytes:
        """The bytes of an answer to `read`. Raises as `answer` does."""
        if kind == CMD_STATUS:
            check_status(answer)
        expect_answer(CMD_READ, kind)
        return answer.get_string()

    def _request(self, kind: int, *parts: object) -> tuple[int, SftpAnswer]:
        """As paramiko's own, but raises `SFTPError` for an answer of the wrong type, and `Refused` for a
        request at which the server hung up before.
        """
        with self.verbs.turn(kind, parts[0]) as turn:
            number = self._async_request(type(None), kind, *parts)
            with turn or nullcontext():
                got, answer = self._read_response(number)
                expect_answer(kind, got, parts[0])
        return got, answer

    def offers(self, extension: str) -> bool:
        """Whether the server announced the extension, and did not hang up at it in this run."""
        return extension in self.extensions and not self.verbs.hung(extension)

    def _async_request(self, owner: object, kind: int, *parts: object) -> int:
        sent = (wire(part) if isinstance(part, str) else part for part in parts)
        number: int = super()._async_request(owner, kind, *sent)  # type: ignore[misc] # private
        return number

    def _adjust_cwd(self, path: str | bytes) -> bytes:
        """Paramiko's own fails on a name that is not UTF-8."""
        return wire(path) if isinstance(path, str) else path

    def _read_response(self, number: int) -> tuple[int, SftpAnswer]:
        """As paramiko's own, but an incomplete answer is an error, and so are endless ones."""
        stray = 0
        while stray < MOST_STRAY:
            try:
                kind, data = self._read_packet()
            except EOFError as error:
                raise SSHException(f"Server connection dropped: {error}") from error
            answer = SftpAnswer(data)
            got = answer.get_int()
            owner = self._expecting.pop(got, None)
            if got == number:
                if kind == CMD_STATUS:
                    check_status(answer)
                return kind, answer
            stray = stray + 1 if owner is None else 0  # some follow a file that was closed early
            if owner not in (None, type(None)):
                owner._async_response(kind, answer, got)  # noqa: SLF001 - paramiko's name for it
        raise SFTPError("it sends endless answers without a request")

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

    def _send_version(self) -> int:
        hello = Message()
        hello.add_int(3)
        self._send_packet(CMD_INIT, hello)
        kind, data = self._read_packet()
        if kind != CMD_VERSION:
            raise SFTPError("not an SFTP server")
        answer = SftpAnswer(data)
        version = answer.get_int()
        names = []
        while answer.left:
            names.append(answer.get_string().decode("ascii", "replace"))
            answer.get_string()
        self.extensions = frozenset(names)
        return version

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


def wire(path: str) -> bytes:
    """The bytes of a name. Bytes that are not UTF-8 are surrogates in the text."""
    return path.encode("utf-8", "surrogateescape")
