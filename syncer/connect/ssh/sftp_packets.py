"""paramiko's SFTP client, with access to its packets and with limits for every wait.

Import this inside a function: it imports paramiko at the top, for its subclass.

paramiko hides the status code of a refusal, the extensions that a server announces, the errors of pipelined
writes (its `stat` and `close` swallow them) and names that are not UTF-8. Its read-ahead has no limit:
`prefetch` requests a whole file from a thread of its own, and holds all that arrives. So this file and `sftp`
use paramiko's private methods; no other file does.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from paramiko import Channel, Message, SFTPClient, SSHException
from paramiko.sftp import CMD_INIT, CMD_READ, CMD_STATUS, CMD_VERSION, CMD_WRITE, SFTPError, int64

from syncer.connect.ssh.sftp_answers import MOST_STRAY, SftpAnswer, check_status, expect_answer
from syncer.connect.ssh.sftp_verbs import Verbs
from syncer.connect.watch import ExchangeLimits, Watch, length
from syncer.protocols import Pace


class AsyncCaller(Protocol):
    """A caller that sends requests without waiting."""

    def _async_response(self, kind: int, message: SftpAnswer, number: int, /) -> None:
        """Called by paramiko for an answer that came while another one was awaited."""


class PacketClient(SFTPClient):
    """Sends requests and checks their answers."""

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
                raise SSHException("the server closed the connection") from error
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


def wire(path: str) -> bytes:
    """The bytes of a name. Bytes that are not UTF-8 are surrogates in the text."""
    return path.encode("utf-8", "surrogateescape")
