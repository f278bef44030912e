"""Opening an SSH session: the login, and the errors of a refused one."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from paramiko import Message

from syncer.connect.ssh.connection import SshSettings
from syncer.errors import SourceError
from syncer.protocols.patience import Patience
from tests.connect.sessions import refusal, works
from tests.servers.sshd import Sshd, keygen, running


class TestLogin:
    @pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
    @pytest.mark.parametrize("passphrase", ["", "correct horse"])
    def test_keys_of_each_type_plain_and_encrypted(
        self, sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, passphrase: str
    ) -> None:
        key = allow(sshd, keygen(tmp_path / "key", kind, passphrase))
        others: dict[str, Any] = {"key": key}
        if passphrase:
            monkeypatch.setenv("PASSPHRASE", passphrase)
            others["key_passphrase"] = "env:PASSPHRASE"
        assert works(SshSettings(**sshd.settings(**others)))

    def test_an_old_pem_key(self, sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        key = keygen(tmp_path / "key", "rsa")
        subprocess.run(
            ["ssh-keygen", "-q", "-p", "-m", "PEM", "-P", "", "-N", "correct horse", "-f", key], check=True
        )
        allow(sshd, key)
        monkeypatch.setenv("PASSPHRASE", "correct horse")
        settings = sshd.settings(key=key)
        assert works(SshSettings(**settings, key_passphrase="env:PASSPHRASE"))
        assert "is encrypted" in refusal(SshSettings(**settings)).message
        monkeypatch.setenv("PASSPHRASE", "wrong")
        assert "can't be opened" in refusal(SshSettings(**settings, key_passphrase="env:PASSPHRASE")).message

    @pytest.mark.parametrize("kind", ["ed25519", "rsa"])
    def test_an_unusable_key_is_reported_with_the_reason(
        self, sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        monkeypatch.setenv("PASSPHRASE", "hunter2-secret")
        locked = keygen(tmp_path / "locked", kind, "another")
        plain = keygen(tmp_path / "plain", kind)
        cases: dict[str, dict[str, Any]] = {
            "is encrypted": {"key": locked},
            "can't be opened": {"key": locked, "key_passphrase": "env:PASSPHRASE"},
            "is not encrypted": {"key": plain, "key_passphrase": "env:PASSPHRASE"},
            "can't be read: No such file": {"key": tmp_path / "missing"},
            "the SSH key": {"key": plain.with_suffix(".pub")},
        }
        for sentence, fields in cases.items():
            error = refusal(SshSettings(**sshd.settings(**fields)))
            assert error.code == "destination.key"
            assert sentence in error.message
            assert "hunter2" not in str(error)

    def test_a_refused_key_says_what_the_server_allows(self, sshd: Sshd, tmp_path: Path) -> None:
        stranger = keygen(tmp_path / "stranger", "ed25519")
        error = refusal(SshSettings(**sshd.settings(key=stranger)), SourceError)
        assert error.code == "source.denied"
        assert f"does not let {sshd.user} in with the key {stranger}; it allows publickey" in error.message
        assert "authorized_keys" in str(error.hint)
        assert not error.transient

    def test_a_password_that_is_not_allowed(self, sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PASSWORD", "hunter2-secret")
        error = refusal(SshSettings(**sshd.settings(key=None, password="env:PASSWORD")))
        assert error.code == "destination.denied"
        assert "with the password; it allows publickey" in error.message
        assert "hunter2" not in repr(error) + str(error)

    def test_the_keys_in_the_home_folder_as_ssh_would_use_them(
        self, sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without `key`. A key that needs a passphrase is skipped."""
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
        (tmp_path / ".ssh").mkdir()
        settings = SshSettings(**sshd.settings(key=None))
        assert "with no key at hand" in refusal(settings).message
        keygen(tmp_path / ".ssh" / "id_ed25519", "ed25519", "passphrase")
        assert "id_ed25519 is encrypted" in refusal(settings).message
        allow(sshd, keygen(tmp_path / ".ssh" / "id_ecdsa", "ecdsa"))
        assert works(settings)

    def test_the_agents_keys(self, sshd: Sshd, agent: Callable[[Path], None], tmp_path: Path) -> None:
        settings = SshSettings(**sshd.settings(key=None))
        key = keygen(tmp_path / "key", "ed25519")
        agent(key)
        assert "with the agent's key test;" in refusal(settings).message
        allow(sshd, key)
        assert works(settings)

    @pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning"
    )  # paramiko leaves its socket open
    def test_a_socket_that_is_not_an_agent_is_skipped(
        self, sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(tmp_path / "agent"))
            listener.listen()
            monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))

            def hang_up() -> None:
                listener.accept()[0].close()

            thread = threading.Thread(target=hang_up)
            thread.start()
            code = refusal(SshSettings(**sshd.settings(key=None))).code
            thread.join()
        gc.collect()
        assert code == "destination.denied"

    def test_without_a_user_it_is_the_login_name(self, sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LOGNAME", sshd.user)
        assert works(SshSettings(**sshd.settings(user=None)))

    def test_an_unknown_login_name(self, sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(os, "getuid", lambda: 987654)
        error = refusal(SshSettings(**sshd.settings(user=None)))
        assert error.code == "destination.denied"
        assert error.hint == "set `user`"

    def test_an_answer_that_comes_at_once_is_not_missed(
        self, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The answer comes before the sender continues after its request."""
        from syncer.connect.ssh.transport import Transport

        send = Transport._send_message  # noqa: SLF001 - where paramiko writes to the wire

        def slowly(self: Transport, message: Message) -> None:
            send(self, message)
            time.sleep(0.2)

        monkeypatch.setattr(Transport, "_send_message", slowly)
        begun = time.monotonic()
        assert works(SshSettings(**sshd.settings()))
        assert time.monotonic() - begun < Patience().answer

    @pytest.mark.server
    def test_a_server_that_hangs_up_after_too_many_tries(self, tmp_path: Path) -> None:
        with running("MaxAuthTries 1") as strict:
            stranger = keygen(tmp_path / "stranger", "ed25519")
            error = refusal(SshSettings(**strict.settings(key=stranger)))
        assert error.code == "destination.denied"

    @pytest.mark.server
    def test_a_server_that_does_not_offer_sftp(self) -> None:
        with running(subsystem="") as bare:
            error = refusal(SshSettings(**bare.settings()))
        assert error.code == "destination.denied"
        assert "does not offer SFTP" in error.message

    @pytest.mark.server
    @pytest.mark.parametrize("says", ["Welcome to this server", "\\0\\0\\0\\5\\145\\0\\0\\0\\3"])
    def test_a_server_that_speaks_something_else_than_sftp(self, tmp_path: Path, says: str) -> None:
        """A greeting in the user's login scripts, or a packet that opens no session."""
        program = tmp_path / "program"
        program.write_text(f"printf '{says}'; sleep 1")
        with running(subsystem=f"Subsystem sftp /bin/sh {program}") as chatty:
            error = refusal(SshSettings(**chatty.settings()))
        assert error.code == "destination.denied"
        assert "does not speak SFTP" in error.message
        assert not error.transient

    @pytest.mark.server
    def test_a_server_without_a_common_cipher(self) -> None:
        with running(
            "KexAlgorithms sntrup761x25519-sha512@openssh.com\nCiphers 3des-cbc\nMACs umac-64@openssh.com"
        ) as odd:
            error = refusal(SshSettings(**odd.settings()))
        assert error.code == "destination.denied"
        assert "no encryption algorithm in common" in error.message


def allow(sshd: Sshd, key: Path) -> Path:
    with (sshd.folder / "authorized_keys").open("a") as file:
        file.write(Path(f"{key}.pub").read_text())
    return key


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """A real ssh-agent; the function adds a key."""
    path = str(tmp_path / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", path)
    monkeypatch.setenv("HOME", str(tmp_path))
    while not Path(path).exists():
        assert process.poll() is None

    def add(key: Path) -> None:
        subprocess.run(["ssh-add", "-q", key], check=True)

    yield add
    process.terminate()
    process.wait()
