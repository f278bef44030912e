"""Opening an SSH session: whom we trust, who we are, and what is said when it does not work."""

from __future__ import annotations

import base64
import gc
import hashlib
import hmac
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from paramiko import Message

from syncer.connect.pace import SharedPace
from syncer.connect.ssh import login
from syncer.connect.ssh.connection import SshSettings, connect
from syncer.connect.ssh.known_hosts import known_keys
from syncer.errors import DestinationError, SourceError, SyncerError
from syncer.protocols.patience import Patience
from tests.servers.ports import free_port
from tests.servers.sshd import Sshd, keygen, running


def refusal(
    settings: SshSettings, failure: type[SyncerError] = DestinationError, pace: SharedPace | None = None
) -> SyncerError:
    with pytest.raises(failure) as caught:
        connect(settings, failure, pace)
    return caught.value


def works(settings: SshSettings) -> bool:
    connection = connect(settings, DestinationError)
    with closing(connection):
        return connection.sftp.normalize("/") == "/"


def known(sshd: Sshd, tmp_path: Path, *lines: str) -> SshSettings:
    """Settings with a known_hosts file of these lines."""
    file = tmp_path / "known"
    file.write_text("\n".join(lines) + "\n")
    return SshSettings(**sshd.settings(known_hosts=file))


def hashed(name: str) -> str:
    salt = os.urandom(20)
    digest = hmac.digest(salt, name.encode(), hashlib.sha1)
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


class TestHostKey:
    @pytest.mark.parametrize("kind", ["ed25519", "rsa"])
    def test_any_of_the_servers_keys_will_do(self, sshd: Sshd, tmp_path: Path, kind: str) -> None:
        """The one that is known is asked for, whatever the server prefers."""
        assert works(known(sshd, tmp_path, f"[127.0.0.1]:{sshd.port} {sshd.host_key(kind)}"))

    @pytest.mark.parametrize(
        "name",
        [
            "[127.0.0.1]:{port}",
            "other.example,[127.0.0.1]:{port}",
            "[127.0.0.*]:{port}",
            "[127.0.0.?]:*",
            "127.0.0.1",
            "*",
            "hashed",
        ],
    )
    def test_names_are_read_as_ssh_reads_them(self, sshd: Sshd, tmp_path: Path, name: str) -> None:
        full = f"[127.0.0.1]:{sshd.port}"
        pattern = hashed(full) if name == "hashed" else name.format(port=sshd.port)
        assert works(known(sshd, tmp_path, "# comment", "", f"{pattern} {sshd.host_key('rsa')} comment"))

    @pytest.mark.parametrize(
        "name",
        [
            "other.example",
            "[127.0.0.1]:1",
            "[127.0.0.2]:*",
            "*,![127.0.0.1]:{port},!127.0.0.1",
            "|1|x|y",
            "hashed",
        ],
    )
    def test_an_unknown_host_is_refused_with_its_fingerprint_and_what_to_do(
        self, sshd: Sshd, tmp_path: Path, name: str
    ) -> None:
        pattern = hashed("127.0.0.2") if name == "hashed" else name.format(port=sshd.port)
        error = refusal(known(sshd, tmp_path, f"{pattern} {sshd.host_key('ed25519')}"))
        assert error.code == "destination.host_key"
        assert "is not known" in error.message
        assert fingerprint(sshd, "ed25519") in error.message
        assert f"ssh-keyscan -p {sshd.port} 127.0.0.1 >> {tmp_path}/known" in str(error.hint)
        assert "compare the fingerprint" in str(error.hint)
        assert not error.transient

    def test_without_a_known_hosts_file_every_host_is_unknown(self, sshd: Sshd, tmp_path: Path) -> None:
        settings = SshSettings(**sshd.settings(known_hosts=tmp_path / "missing"))
        assert refusal(settings, SourceError).code == "source.host_key"

    def test_the_commands_of_the_hint_make_it_work(self, sshd: Sshd, tmp_path: Path) -> None:
        stranger = keygen(tmp_path / "other", "ed25519").with_suffix(".pub").read_text()
        for lines in ([], [f"[127.0.0.1]:{sshd.port} {stranger}"]):
            settings = known(sshd, tmp_path, *lines)
            command = str(refusal(settings).hint).rpartition("agree: ")[2]
            subprocess.run(["sh", "-c", command], check=True, capture_output=True)
            assert works(settings)

    def test_a_changed_key_is_refused_loudly_before_anything_is_said(
        self, sshd: Sshd, tmp_path: Path
    ) -> None:
        """Not even the user's name is sent."""
        stranger = keygen(tmp_path / "other", "ed25519").with_suffix(".pub").read_text()
        settings = known(sshd, tmp_path, f"[127.0.0.1]:{sshd.port} {stranger}")
        before = logins(sshd)
        error = refusal(settings)
        assert error.code == "destination.host_key"
        assert "HAS CHANGED" in error.message
        assert fingerprint(sshd, "ed25519") in error.message
        assert "ssh-keygen" in str(error.hint)
        assert not error.transient
        assert logins(sshd) == before

    def test_a_revoked_key_is_refused(self, sshd: Sshd, tmp_path: Path) -> None:
        key = f"[127.0.0.1]:{sshd.port} {sshd.host_key('ed25519')}"
        error = refusal(known(sshd, tmp_path, key, f"@revoked {key}"))
        assert error.code == "destination.host_key"
        assert "revoked" in error.message

    def test_lines_that_make_no_sense_are_passed_over(self, sshd: Sshd, tmp_path: Path) -> None:
        name = f"[127.0.0.1]:{sshd.port}"
        lines = [
            "x",
            f"{name} ssh-ed25519",
            f"{name} ssh-ed25519 ???",
            "@cert-authority * ssh-rsa AAAA",
            "\xff",
        ]
        assert works(known(sshd, tmp_path, *lines, f"{name} {sshd.host_key('ed25519')}"))

    def test_an_unreadable_file_is_an_error_of_its_own(self, sshd: Sshd, tmp_path: Path) -> None:
        error = refusal(SshSettings(**sshd.settings(known_hosts=tmp_path)))
        assert error.code == "destination.host_key"
        assert "can't be read" in error.message

    def test_names_do_not_care_for_case_and_the_usual_port_is_not_written(self, tmp_path: Path) -> None:
        file = tmp_path / "known"
        file.write_text("VPS.example.com ssh-ed25519 AAAA\n[vps.example.com]:2222 ssh-ed25519 BBBB\n")
        assert [key.blob for key in known_keys(file, "vps.Example.com", 22)] == [b"\0\0\0"]
        assert [key.blob for key in known_keys(file, "vps.example.com", 2222)] == [b"\x04\x10\x41"]
        assert known_keys(file, "example.com", 22) == []


def fingerprint(sshd: Sshd, kind: str) -> str:
    blob = base64.b64decode(sshd.host_key(kind).split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def logins(sshd: Sshd) -> int:
    """How often a user's name was heard."""
    log = (sshd.folder / "log").read_text()
    # The end of a session of an earlier test may be logged late.
    return log.count("Accepted ") + log.count("user ") - log.count("Disconnected from user ")


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
    def test_a_key_that_does_not_open_says_why_in_one_sentence(
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
        """Without `key`; one that needs a passphrase is passed over."""
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
    def test_something_that_is_no_agent_is_passed_over(
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

    def test_a_login_name_that_nobody_knows(self, sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(os, "getuid", lambda: 987654)
        error = refusal(SshSettings(**sshd.settings(user=None)))
        assert error.code == "destination.denied"
        assert error.hint == "set `user`"

    def test_an_answer_that_comes_at_once_is_not_missed(
        self, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Here: before the sender gets to do anything after its request."""
        from syncer.connect.ssh.transport import Transport

        send = Transport._send_message  # noqa: SLF001 - where paramiko writes to the wire

        def slowly(self: Transport, message: Message) -> None:
            send(self, message)
            time.sleep(0.2)

        monkeypatch.setattr(Transport, "_send_message", slowly)
        begun = time.monotonic()
        assert works(SshSettings(**sshd.settings()))
        assert time.monotonic() - begun < 10

    def test_a_server_that_hangs_up_after_too_many_tries(self, tmp_path: Path) -> None:
        with running("MaxAuthTries 1") as strict:
            stranger = keygen(tmp_path / "stranger", "ed25519")
            error = refusal(SshSettings(**strict.settings(key=stranger)))
        assert error.code == "destination.denied"

    def test_a_server_that_does_not_offer_sftp(self) -> None:
        with running(subsystem="") as bare:
            error = refusal(SshSettings(**bare.settings()))
        assert error.code == "destination.denied"
        assert "does not offer SFTP" in error.message

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

    def test_a_server_without_a_common_cipher(self) -> None:
        with running(
            "KexAlgorithms sntrup761x25519-sha512@openssh.com\nCiphers 3des-cbc\nMACs umac-64@openssh.com"
        ) as odd:
            error = refusal(SshSettings(**odd.settings()))
        assert error.code == "destination.denied"
        assert "no way to encrypt" in error.message


def allow(sshd: Sshd, key: Path) -> Path:
    with (sshd.folder / "authorized_keys").open("a") as file:
        file.write(Path(f"{key}.pub").read_text())
    return key


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """A real ssh-agent; the function gives it a key."""
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


class TestReach:
    def test_a_port_where_nobody_listens(self, sshd: Sshd) -> None:
        error = refusal(SshSettings(**sshd.settings(port=free_port())))
        assert error.code == "destination.unreachable"
        assert "refuses the connection" in error.message
        assert error.transient

    @pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".example", "."])
    def test_a_name_that_does_not_exist(self, sshd: Sshd, host: str) -> None:
        error = refusal(SshSettings(**sshd.settings(host=host)))
        assert error.code == "destination.unreachable"
        assert f"{host} can't be resolved" in error.message

    def test_a_machine_that_does_not_answer(self, sshd: Sshd) -> None:
        """A listener whose queue is full drops what comes after."""
        pace = SharedPace(patience=Patience(connect=0.5))
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)
            with closing(socket.create_connection(deaf.getsockname())):
                error = refusal(SshSettings(**sshd.settings(port=deaf.getsockname()[1])), pace=pace)
        assert error.code == "destination.unreachable"
        assert "no answer in" in error.message
        assert error.transient

    @pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-x\r\n"])
    def test_a_server_that_speaks_something_else_or_hangs_up(
        self, sshd: Sshd, caplog: pytest.LogCaptureFixture, greeting: bytes
    ) -> None:
        """It may be too busy just now; no traceback is logged."""

        def answer() -> None:
            wire, _ = listener.accept()
            with wire:
                wire.sendall(greeting)

        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            thread = threading.Thread(target=answer)
            thread.start()
            error = refusal(SshSettings(**sshd.settings(port=listener.getsockname()[1])), SourceError)
            thread.join()
        assert error.code == "source.lost"
        assert error.transient
        assert caplog.records == []

    @pytest.mark.parametrize("fault", ["hangs up", "falls silent"])
    def test_a_server_that_goes_away_before_the_login(
        self, monkeypatch: pytest.MonkeyPatch, fault: str
    ) -> None:
        pace = SharedPace(patience=Patience(answer=0.5))
        with running() as server, ExitStack() as until_then:

            def log_in(*arguments: Any) -> None:
                if fault == "hangs up":
                    server.drop_sessions()
                else:
                    until_then.enter_context(server.silent())
                login.log_in(*arguments)

            monkeypatch.setattr("syncer.connect.ssh.connection.log_in", log_in)
            error = refusal(SshSettings(**server.settings()), pace=pace)
        assert (error.code, error.transient) == ("destination.lost", True)


def test_the_defaults_are_those_of_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = SshSettings(host="vps.example.com")
    assert (settings.port, settings.user, settings.key) == (22, None, None)
    assert settings.known_hosts == tmp_path / ".ssh" / "known_hosts"
    assert settings.address == "vps.example.com"
