"""The FTP requests of a destination, over one connection after the login.

They raise `FtpRefused` if the server refuses one, and `OSError` if the connection breaks.
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
from syncer.connect.ftp.failures import encrypting, opening
from syncer.connect.ftp.listing import bounded_lines
from syncer.connect.ftp.transfers import WORK_RATE, FtpDownload, FtpUpload
from syncer.protocols import Pace
from syncer.unsaid import without_secrets


class FtpClient:
    def __init__(self, control: FtpControl, context: ssl.SSLContext, host: str, pace: Pace) -> None:
        self._control = control
        self._context = context
        self._host = host
        self._pace = pace
        self.usable = True
        """Whether it can take a request: not during a transfer, and not after it broke."""
        self._extended = True
        """Whether EPSV works; PASV is the older request."""
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
        """Whether the server can compute the SHA-256 of a file."""
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
            raise NotFtpError(
                f"its reply does not name the login folder as FTP does: {without_secrets(text)[:100]!a}"
            )
        return quoted[1].replace('""', '"')

    def alive(self) -> bool:
        """Whether the connection still answers after a pause."""
        try:
            return self._control.idle and self._control.ask("NOOP").code < 400  # noqa: PLR2004 - as above
        except (OSError, FtpRefused):
            return False

    # Names

    def look(self, path: str) -> FileFacts | None:
        """The facts of a file or folder; `None` if the server clearly says that nothing is there. Raises
        `FtpRefused`.
        """
        try:
            lines = self._control.ask("MLST", path).lines
        except FtpRefused as error:
            if error.code != 550:  # noqa: PLR2004 - not found, or permission denied
                raise
            self._expect_missing(path)
            return None
        found = next(filter(None, map(of_one, lines[1:])), None)
        if found is None:
            raise NotFtpError(f"its reply to MLST holds no facts: {without_secrets(' '.join(lines))[:100]!a}")
        return found

    def _expect_missing(self, path: str) -> None:
        """Some servers say "not found" only in the reply to SIZE. Raises `FtpRefused` for any other reply."""
        try:
            self._control.ask("SIZE", path)
        except FtpRefused as error:
            if re.search("no such file|not found|does not exist|not a directory", error.text, re.IGNORECASE):
                return
            raise
        raise FtpRefused(550, "the server gives the size of this file, but no facts about it")

    def create_folder(self, path: str) -> None:
        self._control.ask("MKD", path)

    def remove_folder(self, path: str) -> None:
        self._control.ask("RMD", path)

    def remove(self, path: str) -> None:
        self._control.ask("DELE", path)

    def rename(self, old: str, new: str) -> None:
        """In one step. Most servers replace an existing file."""
        self._control.ask("RNFR", old)
        self._control.ask("RNTO", new)

    def set_mode(self, path: str, mode: int) -> None:
        self._control.ask("SITE", f"CHMOD {mode:03o} {path}")

    def holds(self, path: str) -> bool:
        """Whether anything has this name, even a link to nothing, which MLST does not show.

        RNFR is the only request that looks at a link itself. The rename is never made: after a yes the
        connection takes no other request, and is closed.
        """
        try:
            self._control.ask("RNFR", path)
        except FtpRefused as error:
            if error.code != 550:  # noqa: PLR2004 - not found
                raise
            return False
        self.usable = False
        return True

    def names(self, folder: str) -> Iterator[tuple[str, FileFacts]]:
        """All entries of the folder. Raises `EndlessListing`."""
        for line in self.lines("MLSD", folder):
            found = parse_facts(line)
            if found and found[0] not in ("", ".", "..") and "/" not in found[0]:
                yield found

    def lines(self, verb: str, folder: str) -> Iterator[str]:
        """The lines of a listing. Raises `EndlessListing`."""
        with self._receiving(verb, folder) as chunks:
            yield from bounded_lines(chunks, folder, self._pace.patience)

    # Bytes

    def start(self, path: str, most: int) -> bytes:
        """The first bytes of a file."""
        taken = b""
        with self._receiving("RETR", path) as chunks:
            for chunk in chunks:
                taken += chunk[: most - len(taken)]
                if len(taken) == most:
                    break
        return taken

    def sha256(self, path: str, size: int) -> str:
        """The hash of a file in hex, from the server or by reading the file back; `size` is in bytes."""
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
                size -= len(chunk)
                if size < 0:  # what follows can't make the hash right
                    break
        return sha256.hexdigest()

    @contextmanager
    def _receiving(self, verb: str, path: str) -> Iterator[Iterator[bytes]]:
        """The bytes of a transfer. If they are not read to the end, the connection can't be used any more."""
        download = self.receiving(path, verb)
        try:
            yield iter(download.read, b"")
        finally:
            download.leave()

    def receiving(self, path: str, verb: str = "RETR") -> FtpDownload:
        """Nothing else can be asked over this connection until all of the transfer came."""
        data = self._open(verb, path)
        self.usable = False
        try:
            data.expect()
        except BaseException:
            data.close()
            raise
        return FtpDownload(self, self._control, data)

    def sending(self, path: str, *, append: bool = False) -> FtpUpload:
        """Start an upload. The connection takes no other request until `FtpUpload.finish`."""
        data = self._open("APPE" if append else "STOR", path)
        self.usable = False
        return FtpUpload(self, self._control, data)

    def _open(self, verb: str, path: str) -> FtpChannel:
        port = self._port()
        with opening(self._host, port):
            data = FtpChannel(dial(self._control.channel.peer, port, self._pace), self._pace)
        try:
            self._control.ask(verb, path)
            with encrypting(self._host):
                data.secure(self._context, self._host, self._control.channel.session)
        except BaseException:
            data.close()
            raise
        return data

    def _port(self) -> int:
        """The server's port for a data connection. Its address is ignored: behind NAT it is often wrong."""
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


def _found(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    if not found:
        raise NotFtpError(f"its reply has no port for the data: {without_secrets(text)[:100]!a}")
    return int(found[1])
