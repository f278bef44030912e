"""Real ProFTPD with TLS, as web hosts run it: data connections must resume the session of the login.

It runs as the user of the tests, one process for each connection, as inetd starts it: as a daemon it
sleeps for 0.4 s after each connection.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from syncer.destinations.ftps import FtpsDestination
from tests.servers.certificates import Certificates

USER, PASSWORD = "deploy", "let me in"
VARIABLE = "FTPS_PASSWORD"
_HASH = "$6$syncertest$lTl.WOoh9xIYnzVyQ2p3g29LYWDk1hZ4bKP.3S/n.RiQcJLzNyP/47dFO0Zjd6Z/uBO/O1eX3.yFq1xQ5iSI4/"

CONFIG = """
ServerName test
ServerType inetd
Port {port}
ModulePath /usr/lib/proftpd
LoadModule mod_tls.c
{modules}
ScoreboardFile {own}/scoreboard
SystemLog {own}/log
WtmpLog off
TransferLog none
DelayEngine off
UseReverseDNS off
UseIPv6 off
RequireValidShell off
AuthUserFile {own}/passwd
AuthOrder mod_auth_file.c
RootLogin on
AllowOverwrite {overwrite}
AllowStoreRestart {append}
Umask {umask} {umask}
TLSEngine {tls}
TLSECCertificateFile {certificate}
TLSECCertificateKeyFile {certificate}
{extra}
"""


@dataclass
class Proftpd:
    folder: Path
    certificates: Certificates
    certificate: Path
    home: Path
    """The folder after the login."""
    hashes: bool = True
    """Whether it has the request HASH."""
    tls: str = "on"
    overwrite: str = "on"
    append: str = "on"
    umask: str = "022"
    extra: str = "TLSRequired on"
    port: int = 0
    _listener: socket.socket | None = field(default=None, repr=False)
    _sessions: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)

    def settings(self, **others: Any) -> dict[str, Any]:
        """The fields of `FtpSettings`."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": USER,
            "password": f"env:{VARIABLE}",
            "ca": self.certificates.ca,
        } | others

    def destination(self, root: Path | str, **others: Any) -> FtpsDestination.Config:
        return FtpsDestination.Config(kind="ftps", root=str(root), **self.settings(**others))

    def start(self) -> None:
        passwords = self.folder / "passwd"
        passwords.write_text(f"{USER}:{_HASH}:{os.getuid()}:{os.getgid()}::{self.home}:/bin/sh\n")
        passwords.chmod(0o600)
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.configure()
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def configure(self) -> None:
        """Settings for new connections."""
        modules = "LoadModule mod_digest.c" if self.hashes else ""
        names = ("port", "tls", "overwrite", "append", "umask", "extra", "certificate")
        fields = {name: getattr(self, name) for name in names}
        config = CONFIG.format(**fields, own=self.folder, modules=modules)
        (self.folder / "proftpd.conf").write_text(config)

    def _accept(self, listener: socket.socket) -> None:
        command = ["proftpd", "-c", str(self.folder / "proftpd.conf")]
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    session = subprocess.Popen(command, stdin=connection.fileno(), stdout=connection.fileno())
                self._sessions = [each for each in self._sessions if each.poll() is None] + [session]

    def stop(self) -> None:
        """Stop it: for its clients the machine is gone."""
        if self._listener:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self.drop_sessions()

    def drop_sessions(self) -> int:
        """Cut every open connection; new ones work. Returns their number."""
        return self._signal(signal.SIGKILL)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Open sessions send no answers and accept no bytes meanwhile."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, which: signal.Signals) -> int:
        found = [each for each in self._sessions if each.poll() is None]
        for session in found:
            session.send_signal(which)
            if which is signal.SIGKILL:
                session.wait()
        return len(found)


@contextmanager
def running(certificates: Certificates, home: Path = Path("/"), **settings: Any) -> Iterator[Proftpd]:
    """With settings of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="syncer-test-ftp-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv(VARIABLE, PASSWORD)
        certificate = settings.pop("certificate", None) or certificates.leaf("127.0.0.1")
        server = Proftpd(Path(folder), certificates, certificate, home, **settings)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def proftpd(certificates: Certificates) -> Iterator[Proftpd]:
    """One for all tests."""
    with running(certificates) as server:
        yield server
