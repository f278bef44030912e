"""An SFTP server (paramiko's) without some features, like services in front of buckets.

It listens on the loopback device, serves a real folder, and accepts any key.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko
from paramiko import Message, SFTPAttributes, SFTPHandle, SFTPServer
from paramiko.sftp import (
    CMD_EXTENDED,
    CMD_NAMES,
    CMD_VERSION,
    SFTP_FAILURE,
    SFTP_NO_SUCH_FILE,
    SFTP_OK,
)

from tests.servers.ports import free_port
from tests.servers.sshd import keygen

POSIX_RENAME, FSYNC, STATVFS = "posix-rename@openssh.com", "fsync@openssh.com", "statvfs@openssh.com"
LIMITS = "limits@openssh.com"
HANG_UP = -1
"""In place of a status: close the connection."""
HANG_UP_ONCE = -2
"""The same, once."""
GARBAGE = -3
"""Send a packet of an invalid type."""
NOISE = -4
"""Send bytes that are no packet."""
SILENCE = -5
"""Never answer."""
ANSWERS = {"unsupported": 8, "failure": 4, "denied": 3}


@dataclass
class Manners:
    """Its behaviour. A verb is the name of a request (`lstat`, `fsetstat`) or of an extension."""

    lacks: dict[str, int] = field(default_factory=dict)
    """The status by verb."""
    announces: Collection[str] = ()
    """Announced extensions; only `posix-rename@openssh.com` works."""
    replaces: bool = False
    """Whether the plain rename replaces a file."""
    hides_open: bool = False
    """Whether a file appears only when it is closed, as in front of a bucket."""
    renames: Callable[[str, str], int] | None = None
    """The status of a rename; `SFTP_OK` executes it."""
    home: str = "/"
    asked: list[str] = field(default_factory=list)
    """Every request, over all connections."""


class _Handle(SFTPHandle):
    def __init__(self, serving: _Serving, path: str, flags: int) -> None:
        super().__init__(flags)
        self.serving, self.path = serving, path
        self.readfile = self.writefile = os.fdopen(os.open(path, flags, 0o644), _mode(flags))
        if flags & (os.O_WRONLY | os.O_RDWR):
            serving.writing.add(path)

    def close(self) -> None:
        super().close()
        self.serving.writing.discard(self.path)

    def stat(self) -> Any:
        return self.serving.stat_of(self.path, lambda: os.fstat(self.readfile.fileno()))

    def chattr(self, attr: SFTPAttributes) -> int:
        SFTPServer.set_file_attr(self.path, attr)
        return int(SFTP_OK)


def _mode(flags: int) -> str:
    if flags & os.O_RDWR:
        return "r+b"
    return (
        "wb" if flags & os.O_TRUNC else "ab" if flags & os.O_APPEND else "wb" if flags & os.O_WRONLY else "rb"
    )


class _Serving(paramiko.SFTPServerInterface):
    def __init__(self, _server: object, root: Path, manners: Manners, *_: object) -> None:
        self.root, self.manners = root, manners
        self.writing: set[str] = set()

    def _at(self, path: str) -> str:
        return f"{self.root}{self.canonicalize(path)}"

    def _done(self, call: Callable[[], Any]) -> Any:
        try:
            found = call()
        except OSError as error:
            return SFTPServer.convert_errno(error.errno or 0)
        return SFTP_OK if found is None else found

    def canonicalize(self, path: str) -> str:
        return os.path.normpath(f"{self.manners.home}/{path}" if not path.startswith("/") else path)

    def stat_of(self, path: str, look: Callable[[], os.stat_result]) -> Any:
        if self.manners.hides_open and path in self.writing:
            return SFTP_NO_SUCH_FILE
        return self._done(lambda: SFTPAttributes.from_stat(look()))

    def stat(self, path: str) -> Any:
        return self.stat_of(self._at(path), Path(self._at(path)).stat)

    def lstat(self, path: str) -> Any:
        return self.stat_of(self._at(path), Path(self._at(path)).lstat)

    def open(self, path: str, flags: int, attr: SFTPAttributes) -> Any:
        del attr
        return self._done(lambda: _Handle(self, self._at(path), flags))

    def list_folder(self, path: str) -> Any:
        def listed() -> list[SFTPAttributes]:
            folder = Path(self._at(path))
            return [SFTPAttributes.from_stat(each.lstat(), each.name) for each in folder.iterdir()]

        return self._done(listed)

    def remove(self, path: str) -> Any:
        return self._done(Path(self._at(path)).unlink)

    def rename(self, oldpath: str, newpath: str) -> Any:
        old, new = self._at(oldpath), self._at(newpath)
        if self.manners.renames and (status := self.manners.renames(oldpath, newpath)) != SFTP_OK:
            return status
        if not self.manners.replaces and os.path.lexists(new):
            return SFTP_FAILURE
        return self._done(lambda: Path(old).rename(new) and None)

    def posix_rename(self, oldpath: str, newpath: str) -> Any:
        return self._done(lambda: Path(self._at(oldpath)).rename(self._at(newpath)) and None)

    def mkdir(self, path: str, attr: SFTPAttributes) -> Any:
        del attr
        return self._done(Path(self._at(path)).mkdir)

    def rmdir(self, path: str) -> Any:
        return self._done(Path(self._at(path)).rmdir)

    def chattr(self, path: str, attr: SFTPAttributes) -> Any:
        return self._done(lambda: SFTPServer.set_file_attr(self._at(path), attr))

    def readlink(self, path: str) -> Any:
        return self._done(lambda: str(Path(self._at(path)).readlink()))


class _Sftp(SFTPServer):
    def __init__(self, channel: Any, name: str, server: Any, *more: Any) -> None:
        super().__init__(channel, name, server, _Serving, *more)
        self.manners: Manners = more[1]

    def _send_server_version(self) -> int:
        self._read_packet()  # type: ignore[attr-defined]
        hello = Message()
        hello.add_int(3)
        for name in self.manners.announces:
            hello.add_string(name)
            hello.add_string("1")
        self._send_packet(CMD_VERSION, hello)  # type: ignore[attr-defined]
        return 3

    def _process(self, kind: int, number: int, packet: Message) -> None:
        verb = CMD_NAMES[kind]
        if kind == CMD_EXTENDED:
            place = packet.packet.tell()
            verb = packet.get_text()
            packet.packet.seek(place)
        self.manners.asked.append(verb)
        status = self.manners.lacks.get(verb)
        if status is None:
            super()._process(kind, number, packet)  # type: ignore[misc]
        elif status in (HANG_UP, HANG_UP_ONCE):
            if status == HANG_UP_ONCE:
                del self.manners.lacks[verb]
            self.sock.get_transport().close()  # type: ignore[union-attr]
        elif status == GARBAGE:
            answer = Message()
            answer.add_int(number)
            self._send_packet(222, answer)  # type: ignore[attr-defined]
        elif status == NOISE:
            self.sock.send(b"Internal Server Error\r\n" * 4)  # type: ignore[union-attr]
        elif status != SILENCE:
            self._send_status(number, status)  # type: ignore[attr-defined]


class _Login(paramiko.ServerInterface):
    def get_allowed_auths(self, username: str) -> str:
        del username
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        del username, key
        return paramiko.AUTH_SUCCESSFUL  # type: ignore[attr-defined,no-any-return]

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del kind, chanid
        return paramiko.OPEN_SUCCEEDED  # type: ignore[attr-defined,no-any-return]


@contextmanager
def lacking(root: Path, manners: Manners) -> Iterator[dict[str, Any]]:
    """The fields of `SshSettings`."""
    with tempfile.TemporaryDirectory(prefix="syncer-test-") as folder, socket.socket() as listener:
        port = free_port()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(50)
        host, client = (keygen(Path(folder) / name, "ed25519") for name in ("host", "client"))
        key = paramiko.Ed25519Key(filename=str(host))
        known = Path(folder) / "known_hosts"
        known.write_text(f"[127.0.0.1]:{port} {host.with_suffix('.pub').read_text()}")
        open_: list[paramiko.Transport] = []
        thread = threading.Thread(target=_accept, args=(listener, key, root, manners, open_), daemon=True)
        thread.start()
        try:
            yield {"host": "127.0.0.1", "port": port, "user": "any", "key": client, "known_hosts": known}
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for transport in open_:
                transport.close()


def _accept(
    listener: socket.socket, key: paramiko.PKey, root: Path, manners: Manners, open_: list[paramiko.Transport]
) -> None:
    while True:
        try:
            wire, _ = listener.accept()
        except OSError:
            return
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = paramiko.Transport(wire)
        transport.add_server_key(key)
        transport.set_subsystem_handler("sftp", _Sftp, root, manners)
        open_.append(transport)
        with suppress(paramiko.SSHException, EOFError, OSError):
            transport.start_server(server=_Login())
