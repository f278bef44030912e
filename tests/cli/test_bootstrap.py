"""`bootstrap`: places the signature files, checks them, and says what to click."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from syncer.connect.web.client import WebSettings
from syncer.errors import OwnershipError
from syncer.origin.ownership import bootstrap
from syncer.origin.ownership.file import SignatureFile
from tests.home import SIGNATURE, TOKEN, Home
from tests.media import mp4
from tests.servers.nginx import StartNginx
from tests.servers.sshd import Sshd


def test_bootstrap_places_checks_and_says_what_to_click(home: Home) -> None:
    file = home.sign()
    ran = home.syncer("bootstrap")
    assert ran.code == 0, ran.err
    assert home.site.get(SIGNATURE).content == file.read_bytes()
    assert "click Verify" in ran.out
    assert "exactly https://media.example.test/" in ran.out
    assert home.syncer("status", "--json").json["signature_files"] == [home.site.url + SIGNATURE]
    assert home.syncer("bootstrap").code == 0


def test_bootstrap_warns_of_a_file_that_is_unlike_the_portals(home: Home) -> None:
    home.sign().write_text(f"tiktok-developers-site-verification={TOKEN}\n")
    ran = home.syncer("bootstrap", "--json")
    assert ran.code == 0
    assert "newline" in ran.json["files"][0]["warnings"][0]
    assert home.site.get(SIGNATURE).content.endswith(b"\n"), "byte for byte"


def test_bootstrap_waits_until_the_file_is_served(home: Home, nginx: StartNginx) -> None:
    home.sign()
    home.config["origin"]["connect_to"] = nginx(home.site.root, location="return 404;").connect_to
    begun = time.monotonic()
    ran = home.syncer("bootstrap", "--wait", "3", "--json")
    assert time.monotonic() - begun > 1.5
    assert ran.code == 5
    assert ran.json["files"][0]["code"] == "ownership.missing"


def test_bootstrap_below_the_prefix_says_which_url_fits(home: Home) -> None:
    home.sign()
    home.config["origin"]["url"] = f"{home.site.url}videos/"
    ran = home.syncer("bootstrap")
    assert ran.code == 5
    assert f"set origin.url to {home.site.url}" in ran.err
    assert "videos/{source}/{key}" in ran.err
    assert home.public() == set()


def test_bootstrap_without_a_signature_file_says_where_to_get_one(home: Home) -> None:
    ran = home.syncer("bootstrap")
    assert ran.code == 2
    assert "signature_files is empty" in ran.err


def test_bootstrap_without_a_config(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The public host does not exist here, so the file is placed and not seen."""
    file = home.sign()
    monkeypatch.chdir(tmp_path)
    flags = ["--url", "https://media.example.test/", "--destination", str(home.site.root)]
    ran = Home.syncer_alone("bootstrap", *flags, "--signature", str(file))
    assert ran.code == 5
    assert home.public() == {SIGNATURE}
    assert "media.example.test" in ran.err
    assert not (tmp_path / "syncer.db").exists()


def test_bootstrap_over_sftp_without_a_config(
    home: Home, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys and known hosts are those of the user's own ssh."""
    monkeypatch.setenv("HOME", str(home.folder))
    ssh = home.folder / ".ssh"
    ssh.mkdir()
    (ssh / "known_hosts").write_bytes(sshd.known_hosts.read_bytes())
    (ssh / "id_ed25519").write_bytes(sshd.key.read_bytes())
    (ssh / "id_ed25519").chmod(0o600)
    where = f"sftp://{sshd.user}@{sshd.host}:{sshd.port}{home.site.root}"
    flags = ["--url", "https://media.example.test/", "--destination", where]
    assert Home.syncer_alone("bootstrap", *flags, "--signature", str(home.sign())).code == 5
    assert home.public() == {SIGNATURE}


def test_bootstrap_never_overwrites_published_media(home: Home) -> None:
    home.config["sources"]["clips"]["path"] = "{key}"
    home.put("proof.mp4", mp4())
    home.sync()
    before = home.site.get("proof.mp4").content
    (home.folder / "proof.mp4").write_text("x")
    home.config["origin"]["signature_files"] = ["proof.mp4"]
    ran = home.syncer("bootstrap")
    assert ran.code == 5
    assert "nothing was placed or replaced" in ran.err
    assert home.site.get("proof.mp4").content == before


def test_a_signature_file_never_takes_the_path_of_an_asset() -> None:
    url = "https://media.example.test/"
    signature = SignatureFile(SIGNATURE, b"x", url, url, WebSettings())
    with pytest.raises(OwnershipError, match="is the public path of clips:a, and the file would"):
        bootstrap.refuse_taken([signature], lambda _path: ("clips", "a"))


def test_a_wait_shorter_than_the_poll_looks_again(
    home: Home, nginx: StartNginx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock on which only pauses take time."""
    pauses: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: sum(pauses), sleep=pauses.append)
    monkeypatch.setattr(bootstrap, "time", clock)
    home.sign()
    site = nginx(home.site.root, location="return 404;")
    home.config["origin"]["connect_to"] = site.connect_to
    assert home.syncer("bootstrap", "--wait", "0.5").code == 5
    assert pauses == [0.5]
    assert sum(f"GET /{SIGNATURE} " in line for line in site.log()) == 2


@pytest.mark.parametrize("given", ["https://localhost:{}/", "https://LOCALHOST:{}/"])
def test_an_address_that_no_platform_can_reach_gets_no_steps_for_it(
    home: Home, nginx: StartNginx, given: str
) -> None:
    site = nginx(home.site.root, host="localhost")
    url = given.format(site.port)
    home.config["origin"] |= {"url": url, "property": url, "ca": str(site.ca), "connect_to": None}
    home.config["origin"]["signature_files"] = [str(home.sign())]
    ran = home.syncer("bootstrap")
    assert ran.code == 0, ran.err
    assert "TikTok can't see localhost. With a host of your own, say https://media.example.com/" in ran.out
    assert f"exactly {url}" not in ran.out
    assert "Now do this" not in ran.out
    assert home.syncer("bootstrap", "--json").json["steps"] == []
