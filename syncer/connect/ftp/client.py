"""The requests of FTP that a destination makes, over one connection after the login.

Raises `FtpRefused` for what the server refuses, and `OSError` where the connection breaks.
"""

from __future__ import annotations

import hashlib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from syncer.connect.dial import dial
from syncer.connect.ftp.channel import FtpChannel
from syncer.connect.ftp.control import FtpControl, FtpRefused, NotFtpError
from syncer.connect.ftp.facts import FileFacts, of_one, parse_facts
from syncer.protocols import Pace

MOST_LINE = 16 * 1024
"""Bytes of one line of a listing: the longest name has 255 bytes."""
WORK_RATE = 10_000_000
"""Bytes a second that a server is expected to hash, or to bring to its disk."""


class FtpClient:
    def __init__(self, control: FtpControl, context: ssl.SSLContext, host: str, pace: Pace) -> None:
        self._control = control
        self._context = context
        self._host = host
        self._pace = pace
        self.usable = True
        """Whether it can take the next request: not while a file is on its way, nor after it broke."""
        self._extended = True
        """Whether EPSV works; PASV is older."""
        self.features = self._features()
        self.hashes = self._offers_sha256()
        self.home = self._home()
        """The folder after the login."""

    def _features(self) -> dict[str, str]:
        try:
            lines = self._control.ask("FEAT").lines[1:-1]
        except FtpRefused:
            return {}
        found = (line.strip().partition(" ") for line in lines)
        return {name.upper(): value for name, _, value in found}

    def _offers_sha256(self) -> bool:
        """Whether the server tells the SHA-256 of a file."""
        if "SHA-256" not in self.features.get("HASH", "").upper():
            return False
        try:
            self._control.ask("OPTS", "HASH SHA-256")
        except FtpRefused:
            return False
        return True

    def _home(self) -> str:
        text = self._control.ask("PWD").text
        quoted = re.match(r'"((?:[^"]|"")*)"', text)
        if not quoted or not quoted[1].startswith("/"):
            raise NotFtpError(f"it names the login folder in a way that is not understood: {text!a}")
        return quoted[1].replace('""', '"')

    def alive(self) -> bool:
        """Whether the connection still answers, after a while without requests."""
        try:
            return self._control.idle and self._control.ask("NOOP").code < 400  # noqa: PLR2004 - as above
        except (OSError, FtpRefused):
            return False

    # Names

    def look(self, path: str) -> FileFacts | None:
        """`None` if nothing is there, as far as the server says so in plain words. Raises `FtpRefused`."""
        try:
            lines = self._control.ask("MLST", path).lines
        except FtpRefused as error:
            if error.code != 550:  # noqa: PLR2004 - the file is not there, or not to be touched
                raise
            self._expect_missing(path)
            return None
        found = next(filter(None, map(of_one, lines[1:])), None)
        if found is None:
            raise NotFtpError(f"its reply to MLST holds no facts: {' '.join(lines)[:100]!a}")
        return found

    def _expect_missing(self, path: str) -> None:
        """Some servers do not say why MLST failed; they say it of SIZE. Raises `FtpRefused` for all else."""
        try:
            self._control.ask("SIZE", path)
        except FtpRefused as error:
            if re.search("no such file|not found|does not exist|not a directory", error.text, re.IGNORECASE):
                return
            raise
        raise FtpRefused(550, "the server tells the size of this file, and no facts of it")

    def create_folder(self, path: str) -> None:
        self._control.ask("MKD", path)

    def remove_folder(self, path: str) -> None:
        self._control.ask("RMD", path)

    def remove(self, path: str) -> None:
        self._control.ask("DELE", path)

    def rename(self, old: str, new: str) -> None:
        """In one step; most servers put it in the place of a file that is there."""
        self._control.ask("RNFR", old)
        self._control.ask("RNTO", new)

    def set_mode(self, path: str, mode: int) -> None:
        self._control.ask("SITE", f"CHMOD {mode:03o} {path}")

    def names(self, folder: str) -> Iterator[tuple[str, FileFacts]]:
        """All that the folder holds."""
        with self._receiving("MLSD", folder) as chunks:
            left = b""
            for chunk in chunks:
                *lines, left = (left + chunk).split(b"\n")
                if len(left) > MOST_LINE:
                    raise NotFtpError("a line of its listing does not end")
                for line in lines:
                    found = parse_facts(line.rstrip(b"\r").decode("utf-8", "surrogateescape"))
                    if found and found[0] not in ("", ".", "..") and "/" not in found[0]:
                        yield found

    # Bytes

    def start(self, path: str, most: int) -> bytes:
        """The first bytes of a file."""
        taken = b""
        with self._receiving("RETR", path) as chunks:
            for chunk in chunks:
                taken += chunk[: most - len(taken)]
        return taken

    def sha256(self, path: str, size: int) -> str:
        """Hex, of a file of so many bytes: as the server says it, or by reading the file back."""
        if self.hashes:
            reply = self._control.ask("HASH", path, work=size / WORK_RATE)
            found = re.search(r"SHA-256 0-\d+ ([0-9a-fA-F]{64})\b", reply.text)
            if found:
                return found[1].lower()
            self.hashes = False
        sha256 = hashlib.sha256()
        with self._receiving("RETR", path) as chunks:
            for chunk in chunks:
                sha256.update(chunk)
        return sha256.hexdigest()

    @contextmanager
    def _receiving(self, verb: str, path: str) -> Iterator[Iterator[bytes]]:
        """What comes, to be taken to its end: leaving earlier makes the connection useless."""
        data = self._open(verb, path)
        self.usable = False
        try:
            data.expect()
            yield iter(data.receive, b"")
        finally:
            data.close()
        self._control.await_reply()
        self.usable = True

    def receiving(self, path: str) -> FtpDownload:
        """Nothing else can be asked over this connection until all of the file came."""
        data = self._open("RETR", path)
        self.usable = False
        data.expect()
        return FtpDownload(self, self._control, data)

    def sending(self, path: str, *, append: bool = False) -> FtpUpload:
        """Nothing else can be asked over this connection until `FtpUpload.finish`."""
        data = self._open("APPE" if append else "STOR", path)
        self.usable = False
        return FtpUpload(self, self._control, data)

    def _open(self, verb: str, path: str) -> FtpChannel:
        data = FtpChannel(dial(self._control.channel.peer, self._port(), self._pace), self._pace)
        try:
            self._control.ask(verb, path)
            data.secure(self._context, self._host, self._control.channel.session)
        except BaseException:
            data.close()
            raise
        return data

    def _port(self) -> int:
        """Where the server waits for a data connection. The address it names is not used: behind NAT it is
        often wrong.
        """
        if self._extended:
            try:
                return _found(r"\(\|\|\|(\d{1,5})\|\)", self._control.ask("EPSV").text)
            except FtpRefused:
                self._extended = False
        text = self._control.ask("PASV").text
        high = _found(r"(?:\d{1,3},){4}(\d{1,3}),\d{1,3}", text)
        return high * 256 + _found(r"(?:\d{1,3},){5}(\d{1,3})", text)

    def close(self) -> None:
        self._control.channel.close()


class FtpUpload:
    """Bytes on their way into one file."""

    def __init__(self, client: FtpClient, control: FtpControl, data: FtpChannel) -> None:
        self._client = client
        self._control = control
        self._data = data
        self.sent = 0

    def send(self, chunk: bytes) -> None:
        """A server that refuses to go on (its disk is full) closes this connection, and replies why."""
        try:
            self._data.send(chunk)
        except OSError:
            self._data.close()
            self._control.await_reply()  # raises `FtpRefused`, or what is wrong with this one, too
            raise
        self.sent += len(chunk)

    def finish(self) -> None:
        """All of it is at the server when this returns."""
        try:
            self._data.finish()
            self._control.await_reply(self.sent / WORK_RATE)
        except FtpRefused:
            self._client.usable = True
            raise
        finally:
            self._data.close()
        self._client.usable = True

    def drop(self) -> None:
        """The connection can't be used any more."""
        self._data.close()


class FtpDownload:
    """The bytes of one file, as they come."""

    def __init__(self, client: FtpClient, control: FtpControl, data: FtpChannel) -> None:
        self._client = client
        self._control = control
        self._data = data
        self._ended = False

    def read(self) -> bytes:
        """Empty at the end, when the server has said that this was all. Raises `FtpRefused` if it was not."""
        if self._ended:
            return b""
        chunk = self._data.receive()
        if not chunk:
            self._ended = True
            self._data.close()
            try:
                self._control.await_reply()
            finally:
                self._client.usable = True
        return chunk

    def leave(self) -> None:
        """What is still to come is not waited for: then the connection can't be used any more."""
        self._data.close()


def _found(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    if not found:
        raise NotFtpError(f"it names no port for the data: {text[:100]!a}")
    return int(found[1])
