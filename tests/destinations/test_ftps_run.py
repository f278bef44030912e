"""The whole program with an FTP server as the destination, and options that do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.home import SIGNATURE, TOKEN, Home
from tests.media import mp4
from tests.servers.proftpd import PASSWORD, Proftpd

pytestmark = pytest.mark.server


@pytest.fixture
def ftps(home: Home, proftpd: Proftpd) -> Home:
    settings = proftpd.destination(home.site.root)
    home.config["origin"]["destination"] = settings.model_dump(mode="json", exclude_none=True)
    return home


def test_media_is_mirrored_replaced_and_deleted(ftps: Home) -> None:
    ftps.config |= {"delete": "mirror", "max_delete": "100%"}
    ftps.put("a.mp4", mp4(2000))
    ftps.put("deep/er/b c.mp4", mp4(2001, seed=1))
    assert ftps.sync()["counts"]["copied"] == 2
    assert ftps.public() == {"clips/a.mp4", "clips/deep/er/b c.mp4"}
    assert ftps.sync()["counts"] == {"kept": 2}
    new = ftps.put("a.mp4", mp4(3000, seed=2)).read_bytes()
    (ftps.media / "deep/er/b c.mp4").unlink()
    assert ftps.sync()["exit_code"] == 0
    assert ftps.public() == {"clips/a.mp4"}
    assert (ftps.site.root / "clips/a.mp4").read_bytes() == new


def test_signature_files_are_placed_and_proven(ftps: Home) -> None:
    ftps.sign()
    assert ftps.syncer("bootstrap").code == 0
    assert SIGNATURE in ftps.public()


def test_a_file_that_was_there_before_is_never_replaced(ftps: Home) -> None:
    ftps.put("a.mp4", mp4(2000))
    (ftps.site.root / "clips").mkdir()
    (ftps.site.root / "clips/a.mp4").write_bytes(b"theirs")
    assert ftps.sync()["exit_code"] == 3
    assert "destination.taken" in str(ftps.troubles())
    assert (ftps.site.root / "clips/a.mp4").read_bytes() == b"theirs"


def test_doctor_examines_it(ftps: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ftps.put("a.mp4", mp4(2000))
    ran = ftps.syncer("doctor", "--json")
    told = {line["name"]: line for line in ran.json["diagnoses"]}
    names = ("secret origin.destination.password", "destination", "write", "listing", "delete", "folders")
    assert {name: told[name]["state"] for name in names} == dict.fromkeys(names, "ok")
    assert PASSWORD not in ran.out + ran.err
    monkeypatch.setenv("FTPS_PASSWORD", "hunter2")
    ran = ftps.syncer("doctor")
    assert "does not let deploy in" in ran.out + ran.err
    assert "hunter2" not in ran.out + ran.err


def test_bootstrap_without_a_config_takes_the_password_from_the_environment(
    ftps: Home, proftpd: Proftpd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    signature = tmp_path / SIGNATURE
    signature.write_text(f"tiktok-developers-site-verification={TOKEN}")
    config = tmp_path / "config.yaml"
    site, url = ftps.site, f"ftps://deploy@127.0.0.1:{proftpd.port}{ftps.site.root}"
    flags = ["--url", site.url, "--destination", url, "--signature", str(signature)]
    flags += ["--ca", str(site.ca), "--connect-to", site.connect_to, "--write-config", str(config)]
    monkeypatch.delenv("SYNCER_FTPS_PASSWORD", raising=False)
    ran = Home.syncer_alone("bootstrap", *flags)
    assert ran.code == 2
    assert "SYNCER_FTPS_PASSWORD" in ran.err
    monkeypatch.setenv("SYNCER_FTPS_PASSWORD", PASSWORD)
    ran = Home.syncer_alone("bootstrap", *flags)
    # A destination has no flag for a private CA, so the error names the untrusted certificate.
    assert "the certificate of 127.0.0.1" in ran.err
    assert PASSWORD not in ran.err + ran.out


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["origin", "nginx"], "syncer does not know where the FTP account's folder is on 127.0.0.1"),
        (["plan"], "there are no sources of the kind ftps: leave in_place out to copy"),
    ],
)
def test_options_that_do_not_fit_are_reported(ftps: Home, command: list[str], said: str) -> None:
    if command == ["plan"]:
        ftps.config["sources"]["clips"]["in_place"] = True
    ran = ftps.syncer(*command)
    assert ran.code == 2
    assert said in ran.err
