"""Requests and replies of FTP."""

from __future__ import annotations

import re
from dataclasses import dataclass

from syncer.connect.ftp.channel import FtpChannel
from syncer.connect.reasons import legible
from syncer.connect.refusal import Refusal
from syncer.unsaid import without_secrets

MOST_REPLY = 64 * 1024
"""Bytes of one reply; the longest one, the list of features, has about 1 KB."""
_REPLY = re.compile(r"([1-5][0-9][0-9])([ -])(.*)", re.DOTALL)


class FtpRefused(Refusal):
    """A reply of 400 or above, with its text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {legible(text)}".strip())
        self.code = code
        self.text = without_secrets(text)
        self.uploading = False
        """Whether the server accepted the upload, and broke it off."""


class ServerLeaves(ConnectionResetError):  # noqa: N818 - reads as what happened
    """The reply 421: the server closes the connection."""


class NotFtpError(OSError):
    """The bytes that came are not a reply of an FTP server."""


@dataclass(frozen=True, slots=True)
class Reply:
    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """To be read by programs."""
        return " ".join("".join(c for c in line if c.isprintable()) for line in self.lines).strip()

    @property
    def shown(self) -> str:
        """For messages."""
        return without_secrets(self.text)[:300]


class FtpControl:
    """Requests and replies."""

    def __init__(self, channel: FtpChannel) -> None:
        self.channel = channel
        self._buffer = b""

    def ask(self, verb: str, argument: str = "", *, work: float = 0.0) -> Reply:
        """The reply, below 400. `work` is how many seconds the server may need for it."""
        text = " ".join(
            (verb, argument) if argument else (verb,)
        )  # an f-string would print `***` for a secret
        if re.search("[\r\n\0]", text):
            raise FtpRefused(501, "a name with a line break can't be sent")
        self.channel.expect(work, MOST_REPLY)
        self.channel.send(f"{text}\r\n".encode("utf-8", "surrogateescape").replace(b"\xff", b"\xff\xff"))
        return self.reply()

    def await_reply(self, work: float = 0.0) -> Reply:
        """The reply that follows a transfer."""
        self.channel.expect(work, MOST_REPLY)
        return self.reply()

    def reply(self) -> Reply:
        lines = [self._line()]
        found = _REPLY.fullmatch(lines[0])
        if not found:
            raise NotFtpError(
                f"it sent {without_secrets(lines[0])[:60]!a}, which is not a reply of an FTP server"
            )
        code, sign = found[1], found[2]
        while sign == "-":
            lines.append(self._line())
            sign = "" if lines[-1].startswith(f"{code} ") else "-"
        texts = tuple(line.removeprefix(f"{code}-").removeprefix(f"{code} ") for line in lines)
        reply = Reply(int(code), texts)
        if reply.code == 421:  # noqa: PLR2004 - the server closes the connection
            raise ServerLeaves(f"the server said: 421 {reply.shown}")
        if reply.code >= 400:  # noqa: PLR2004 - RFC 959's classes
            raise FtpRefused(reply.code, reply.shown)
        return reply

    def _line(self) -> str:
        while b"\n" not in self._buffer:
            chunk = self.channel.receive()
            if not chunk:
                raise ConnectionResetError("the server closed the connection")
            self._buffer += chunk
            if len(self._buffer) > MOST_REPLY:
                raise NotFtpError("its reply does not end")
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r").decode("utf-8", "surrogateescape")

    @property
    def idle(self) -> bool:
        """Whether no unexpected reply has come."""
        return not self._buffer
