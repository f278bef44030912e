"""Opening an SSH session: the host keys that are trusted, and the errors for all others."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import subprocess
from pathlib import Path

import pytest

from syncer.connect.ssh.connection import SshSettings
from syncer.connect.ssh.known_hosts import known_keys
from syncer.errors import SourceError
from tests.connect.sessions import refusal, works
from tests.servers.sshd import Sshd, keygen, running


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
        """The known one is requested, whatever the server prefers."""
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
            command = str(refusal(settings).hint).rpartition("equal: ")[2]
            subprocess.run(["sh", "-c", command], check=True, capture_output=True)
            assert works(settings)

    @pytest.mark.server
    def test_a_changed_key_is_refused_before_anything_is_sent(self, tmp_path: Path) -> None:
        """Not even the user's name is sent."""
        with running() as own_sshd:
            stranger = keygen(tmp_path / "other", "ed25519").with_suffix(".pub").read_text()
            settings = known(own_sshd, tmp_path, f"[127.0.0.1]:{own_sshd.port} {stranger}")
            before = logins(own_sshd)
            error = refusal(settings)
            assert error.code == "destination.host_key"
            assert "HAS CHANGED" in error.message
            assert fingerprint(own_sshd, "ed25519") in error.message
            assert "ssh-keygen" in str(error.hint)
            assert not error.transient
            assert logins(own_sshd) == before

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
    """How often the server got a user's name."""
    log = (sshd.folder / "log").read_text()
    # The end of a session of an earlier test may be logged late.
    return log.count("Accepted ") + log.count("user ") - log.count("Disconnected from user ")
