"""The certificate of the local origin, and its CA."""

from __future__ import annotations

import os
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest

from syncer.errors import SyncerError
from syncer.serving import Running
from tests.serving.visitors import start


@pytest.mark.server
def test_the_certificate_has_only_the_given_names(origin: Running) -> None:
    def reach(name: str) -> int:
        through = ("--connect-to", f"{name}:443:127.0.0.1:{origin.port}")
        base = ["curl", "-q", "-s", "--noproxy", "*", "--cacert", str(origin.ca), "-o", os.devnull]
        return subprocess.run([*base, *through, f"https://{name}/big.mp4"], check=False).returncode

    assert [reach(name) for name in ("media.example.test", "localhost", "127.0.0.1")] == [0, 0, 0]
    assert reach("other.example.test") == 60


def test_a_visitor_who_does_not_trust_the_ca_gets_nothing(origin: Running) -> None:
    with (
        httpx.Client(verify=ssl.create_default_context(), trust_env=False) as distrustful,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        distrustful.get(origin.url)


def test_the_ca_is_made_once_and_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    (tmp_path / "ca").mkdir()
    kept = []
    for _ in range(2):
        with start(tmp_path) as running:
            kept.append(running.ca.read_bytes())
            assert running.ca == tmp_path / "ca" / "ca.pem"
    assert kept[0] == kept[1]
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "ca").iterdir()}
    assert modes == {"ca.pem": 0o644, "ca-key.pem": 0o600}


def test_a_lost_or_foreign_ca_pem_is_written_again(tmp_path: Path) -> None:
    with start(tmp_path) as running:
        right = running.ca.read_bytes()
    running.ca.write_text("another")
    with start(tmp_path):
        assert running.ca.read_bytes() == right
    running.ca.unlink()
    with start(tmp_path):
        assert running.ca.read_bytes() == right


@pytest.mark.parametrize(
    "content", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_broken_ca_key_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "ca").mkdir()
    (tmp_path / "ca" / "ca-key.pem").write_text(content)
    with pytest.raises(
        SyncerError, match=r"ca-key.pem does not contain a CA and its key; remove it"
    ) as caught:
        start(tmp_path)
    assert caught.value.code == "serve.ca"


def test_an_impossible_ca_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SyncerError, match="can't be read or written: Not a directory") as caught:
        start(tmp_path, authority=tmp_path / "file" / "ca")
    assert caught.value.code == "serve.ca"


def test_a_ca_that_cannot_be_written_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "ca").mkdir()
    (tmp_path / "ca" / "ca.pem").mkdir()
    with pytest.raises(SyncerError, match="can't be read or written: Is a directory"):
        start(tmp_path)
    (tmp_path / "ca" / "ca.pem").rmdir()
    start(tmp_path).stop()
    assert {path.name for path in (tmp_path / "ca").iterdir()} == {"ca.pem", "ca-key.pem"}


def test_a_ca_below_the_root_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SyncerError, match="its key would be served; choose a folder outside it"):
        start(tmp_path, authority=tmp_path / "root" / "ca")
    assert not list((tmp_path / "root").iterdir())


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example.com", "two words"])
def test_an_impossible_certificate_name_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(SyncerError, match=r"a certificate for localhost.* is impossible") as caught:
        start(tmp_path, names=(name,))
    assert caught.value.code == "serve.name"
