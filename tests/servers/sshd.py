"""Real OpenSSH: an SFTP server on the loopback device with host keys, users' keys and settings of its own."""

from __future__ import annotations

import getpass
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from syncer.destinations.sftp import SftpDestination
from syncer.sources.sftp import SftpSource
from tests.servers.ports import free_port, stop, wait_for
from tests.servers.processes import children

SSHD = "/usr/sbin/sshd"  # sshd must be started by its absolute path
HOST_KEYS = ("ed25519", "rsa")

CONFIG = """
ListenAddress 127.0.0.1:{port}
{host_keys}
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
UsePAM no
SetEnv SHLVL=9
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
PermitRootLogin prohibit-password
MaxStartups 100:30:200
{subsystem}
LogLevel VERBOSE
{extra}
"""


@dataclass
class Sshd:
    """One sshd, which can be stopped, and started again on its port."""

    folder: Path
    extra: str = ""
    """Further lines of sshd_config."""
    subsystem: str = "Subsystem sftp internal-sftp"
    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    user: str = field(default_factory=getpass.getuser)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def key(self) -> Path:
        """The client's private key, which every user may log in with."""
        return self.folder / "client"

    @property
    def known_hosts(self) -> Path:
        """The known_hosts file with all host keys."""
        return self.folder / "known_hosts"

    def settings(self, **others: Any) -> dict[str, Any]:
        """The fields of `SshSettings`."""
        return {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "key": self.key,
            "known_hosts": self.known_hosts,
        } | others

    def destination(self, root: Path | str, **others: Any) -> SftpDestination.Config:
        return SftpDestination.Config(kind="sftp", root=str(root), **self.settings(**others))

    def source(self, root: Path | str, **others: Any) -> SftpSource.Config:
        return SftpSource.Config(kind="sftp", root=str(root), **self.settings(**others))

    def host_key(self, kind: str) -> str:
        """Type and key, as in known_hosts."""
        return " ".join((self.folder / f"host_{kind}.pub").read_text().split()[:2])

    def prepare(self) -> None:
        self.folder.chmod(0o755)  # authorized_keys is read as the user who logs in
        for kind in HOST_KEYS:
            keygen(self.folder / f"host_{kind}", kind)
        keygen(self.key, "ed25519")
        authorized = self.folder / "authorized_keys"
        authorized.write_bytes(self.key.with_suffix(".pub").read_bytes())
        authorized.chmod(0o644)
        self.known_hosts.write_text(
            "".join(f"[{self.host}]:{self.port} {self.host_key(kind)}\n" for kind in HOST_KEYS)
        )

    def start(self) -> None:
        host_keys = "\n".join(f"HostKey {self.folder}/host_{kind}" for kind in HOST_KEYS)
        config = self.folder / "sshd_config"
        fields = {"port": self.port, "folder": self.folder, "host_keys": host_keys}
        config.write_text(CONFIG.format(**fields, subsystem=self.subsystem, extra=self.extra))
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # the folder for its unprivileged process
        command = [SSHD, "-D", "-f", str(config), "-E", str(self.folder / "log")]
        self._process = subprocess.Popen(command, start_new_session=True)
        wait_for(self.port, self._process)

    def stop(self) -> None:
        """Kill the listener and every open session: for its clients the machine is gone."""
        if self._process:
            for pid in _below(self._process.pid):
                _kill(pid)
            stop(self._process)
            self._process = None

    def drop_sessions(self) -> int:
        """Cut every open connection; the listener stays. Returns the number of processes."""
        assert self._process
        return sum(_kill(pid) for pid in _below(self._process.pid))

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Open sessions send no answers meanwhile."""
        assert self._process
        asleep = _below(self._process.pid)
        for pid in asleep:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in asleep:
                with suppress(ProcessLookupError):  # its client has left meanwhile
                    os.kill(pid, signal.SIGCONT)


def keygen(path: Path, kind: str, passphrase: str = "") -> Path:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", path],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path


def _below(pid: int) -> list[int]:
    """All the processes below one, the deepest first."""
    return [deeper for child in children(pid) for deeper in [*_below(child), child]]


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def running(extra: str = "", subsystem: str = Sshd.subsystem) -> Iterator[Sshd]:
    """An sshd with settings of its own."""
    with tempfile.TemporaryDirectory(prefix="syncer-test-sshd-") as folder:
        server = Sshd(Path(folder), extra, subsystem)
        server.prepare()
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def sshd() -> Iterator[Sshd]:
    """One for all tests. A test that stops it starts it again."""
    with running() as server:
        yield server
