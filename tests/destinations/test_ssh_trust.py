"""An SSH host with an unknown or changed key, or that refuses the login: nothing is sent to it."""

from __future__ import annotations

from typing import Any

from tests import bad_input
from tests.bad_input import failed, whole
from tests.home import Home
from tests.media import mp4
from tests.servers.sshd import Sshd, keygen

quick_retries = bad_input.quick_retries
sftp = bad_input.sftp


def test_nothing_is_sent_to_an_unknown_ssh_host(home: Home, sftp: dict[str, Any]) -> None:
    home.put("a.mp4", mp4())
    known_hosts = home.folder / "known_hosts"
    known_hosts.write_text("")
    right = sftp["known_hosts"]
    sftp["known_hosts"] = "known_hosts"
    (line,) = failed(home.sync())
    assert "is not known" in line
    assert f"ssh-keyscan -p {sftp['port']} 127.0.0.1 >> {known_hosts}" in line
    home.sign()
    for command in ("bootstrap", "tidy"):
        ran = home.syncer(command)
        assert ran.code == 1
        assert ran.err.splitlines()[-1] == f"syncer: {line}"
        assert ran.out == ""
    assert home.public() == set()
    del home.config["origin"]["signature_files"]
    sftp["known_hosts"] = right
    assert home.sync()["exit_code"] == 0
    whole(home, "clips/a.mp4")


def test_an_ssh_host_that_changed_is_refused_loudly(home: Home, sftp: dict[str, Any], sshd: Sshd) -> None:
    home.put("a.mp4", mp4())
    keygen(home.folder / "other", "ed25519")
    other = " ".join((home.folder / "other.pub").read_text().split()[:2])
    (home.folder / "known_hosts").write_text(f"[{sshd.host}]:{sshd.port} {other}\n")
    sftp["known_hosts"] = "known_hosts"
    (line,) = failed(home.sync())
    assert "HAS CHANGED" in line
    assert home.public() == set()


def test_an_ssh_key_that_is_not_let_in(home: Home, sftp: dict[str, Any]) -> None:
    home.put("a.mp4", mp4())
    sftp["key"] = str(keygen(home.folder / "stranger", "ed25519"))
    (line,) = failed(home.sync())
    assert "does not let" in line
    assert home.public() == set()
