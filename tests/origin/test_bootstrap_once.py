"""Laws of `bootstrap` without a config: flags are enough, and they become a config."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.cli import written
from syncer.cli.adhoc import Flags, config_of
from syncer.config import load
from tests import configs
from tests.bad_input import immutable
from tests.configs import at_origin, complaint
from tests.home import SIGNATURE, TOKEN, Home, Ran
from tests.servers.knot import StartKnot
from tests.servers.nginx import StartNginx

folder = configs.folder

RIGHT = f"tiktok-developers-site-verification={TOKEN}"
META = f'<meta name="tiktok-developers-site-verification" content="{TOKEN}"/>'
PAGE = "<!DOCTYPE html><html><head><title>TikTok for Developers</title></head><body></body></html>"


def once(home: Home, *flags: str) -> Ran:
    where = ("--ca", str(home.site.ca), "--connect-to", home.site.connect_to)
    return home.syncer_alone("bootstrap", *where, *flags)


def flags(home: Home, url: str, file: Path) -> tuple[str, ...]:
    return ("--url", url, "--destination", str(home.site.root), "--signature", str(file))


@pytest.mark.parametrize("url", ["https://media.example.test", "https://media.example.test/"])
def test_a_test_origin_is_proven_without_a_config_and_gets_its_slash(home: Home, url: str) -> None:
    ran = once(home, *flags(home, url, home.sign()))
    assert ran.code == 0, ran.err
    assert f"✓ https://media.example.test/{SIGNATURE} serves it" in ran.err
    assert ("a URL prefix ends with a slash" in ran.err) is not url.endswith("/")
    assert "exactly https://media.example.test/\n" in ran.out


def test_a_property_below_the_url_has_its_file_there(home: Home) -> None:
    (home.site.root / "my clips").mkdir()
    verified = "https://media.example.test/my%20clips"
    ran = once(home, *flags(home, home.site.url, home.sign()), "--property", verified)
    assert ran.code == 0, ran.err
    assert home.public() == {f"my clips/{SIGNATURE}"}
    assert f"exactly {verified}/\n" in ran.out


def test_a_property_alone_is_also_the_url(home: Home) -> None:
    given = ("--destination", str(home.site.root), "--signature", str(home.sign()))
    assert once(home, "--property", "https://media.example.test", *given).code == 0


# A domain


@pytest.mark.parametrize(("zone", "code"), [(f'@ TXT "{RIGHT}"\n', 0), ("", 5)])
def test_a_domain_is_proven_by_its_record_and_needs_no_destination(
    home: Home, knot: StartKnot, zone: str, code: int
) -> None:
    server = knot({"example.test": f"@ NS ns1\nns1 A 127.0.0.1\n{zone}"})
    given = ("--property", "example.test", "--txt-record", RIGHT, "--dns", server.dns)
    for url in ((), ("--url", home.site.url)):
        ran = once(home, *given, *url)
        assert ran.code == code, ran.err
        assert "example.test has " in ran.err
        assert "click Verify" in ran.out
    assert home.public() == set()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            ["--property", "example.test", "--signature", __file__],
            "a DNS TXT record proves the domain example.test, not a file",
        ),
        (
            [
                "--txt-record",
                RIGHT,
                "--url",
                "https://a.test/",
                "--destination",
                "x",
                "--signature",
                __file__,
            ],
            "give",
        ),
        (["--property", "example.test", "--txt-record", META], f"write {RIGHT}"),
        (["--property", "example.test", "--write-config", "x.yaml"], "--destination must be given too"),
        (["--ca", __file__], "--url and --destination and --signature must be given too"),
        (["--property", "example.test/x"], "--destination and --signature must be given too"),
        (["--property", "10.0.0.1"], "--property: "),
        (["--property", "example.test", "--connect-to", "nowhere"], "--connect-to: must be host:port"),
    ],
)
def test_flags_that_contradict_each_other_are_named(given: list[str], says: str) -> None:
    ran = Home.syncer_alone("bootstrap", *given)
    assert ran.code == 2
    assert says in ran.err


@pytest.mark.usefixtures("folder")
def test_a_meta_tag_in_a_config_is_reported_as_the_record_with_its_token() -> None:
    said = complaint(at_origin("txt_record", f"'{META}'"))
    assert "not a meta tag" in said
    assert f"write {RIGHT}" in said


# Files that are no signature files


@pytest.mark.parametrize("text", [PAGE, META])
def test_a_saved_page_is_never_placed_with_or_without_a_config(home: Home, text: str) -> None:
    file = home.sign()
    file.write_text(text)
    for ran in (once(home, *flags(home, home.site.url, file)), home.syncer("bootstrap")):
        assert ran.code == 5
        assert "is no signature file" in ran.err
        assert home.public() == set()


def test_the_help_pages_file_is_placed_byte_for_byte(home: Home) -> None:
    file = home.folder / "tiktok_verify_12ab.html"
    file.write_text(PAGE)
    assert once(home, *flags(home, home.site.url, file)).code == 0
    assert home.site.get(file.name).text == PAGE


@pytest.mark.parametrize(
    ("where", "text", "says"),
    [
        (f".well-known/{SIGNATURE}", RIGHT, "is served at https://media.example.test/.well-known/"),
        (
            "tiktok-developers-site-verification.txt",
            RIGHT + "\n",
            "where TikTok does not look: run syncer bootstrap, or copy the file to",
        ),
        (SIGNATURE.lower(), RIGHT, f"is served at https://media.example.test/{SIGNATURE.lower()}"),
        ("index.html", f"<html><head>{META}</head></html>", "has a meta tag for TikTok"),
    ],
)
def test_a_signature_that_somebody_put_elsewhere_is_found(
    home: Home, nginx: StartNginx, where: str, text: str, says: str
) -> None:
    home.sign()
    site = nginx(home.site.root, server="location = / { try_files /index.html =404; }")
    home.config["origin"]["connect_to"] = site.connect_to
    (home.site.root / where).parent.mkdir(exist_ok=True)
    (home.site.root / where).write_text(text)
    (home.site.root / "a.mp4").write_bytes(b"no matter")
    ran = home.syncer("check", "--json", f"{site.url}a.mp4")
    (finding,) = (each for each in ran.json["results"][0]["findings"] if each["rule"] == "ownership.missing")
    assert says in finding["hint"]


@pytest.mark.parametrize("folder", ["storage/uploads", "my clips"])
def test_a_destination_above_the_prefix_is_reported_with_the_folder_below(home: Home, folder: str) -> None:
    (home.site.root / folder).mkdir(parents=True)
    url = home.site.url + folder.replace(" ", "%20")
    ran = once(home, *flags(home, url, home.sign()))
    assert ran.code == 5
    assert f"--destination …/{folder}," in ran.err
    assert "move" not in ran.err, "the file above may prove another property"
    given = ("--url", url, "--destination", str(home.site.root / folder), "--signature", str(home.sign()))
    assert once(home, *given).code == 0
    assert home.public() == {SIGNATURE, f"{folder}/{SIGNATURE}"}


# The config that it writes


def test_the_written_config_is_valid_and_has_the_given_values(home: Home) -> None:
    file = home.folder / "mine.yaml"
    ran = once(home, *flags(home, "https://media.example.test", home.sign()), "--write-config", str(file))
    assert ran.code == 0, ran.err
    origin = load(file).origin
    assert (origin.url, origin.property) == (home.site.url, home.site.url)
    assert (origin.ca, origin.connect_to) == (home.site.ca, home.site.connect_to)
    assert origin.signature_files == (home.folder / SIGNATURE,)
    assert Home.syncer_alone("bootstrap", "-c", str(file)).code == 0
    diagnoses = Home.syncer_alone("doctor", "-c", str(file), "--json").json["diagnoses"]
    assert {each["name"] for each in diagnoses if each["state"] == "not ok"} <= {"libraries"}
    before = file.read_bytes()
    again = once(home, *flags(home, home.site.url, home.sign()), "--write-config", str(file))
    assert (again.code, file.read_bytes()) == (2, before)
    assert "is not overwritten" in again.err


def test_no_config_is_overwritten_or_written_after_a_failure(home: Home, tmp_path: Path) -> None:
    file, link = tmp_path / "new.yaml", tmp_path / "link.yaml"
    link.symlink_to(tmp_path / "nowhere")
    page = home.sign()
    for target, code in ((link, 2), (tmp_path / "no folder" / "x.yaml", 2), (file, 5)):
        if target is file:
            page.write_text(PAGE)
        assert once(home, *flags(home, home.site.url, page), "--write-config", str(target)).code == code
    assert not file.exists()
    assert not (tmp_path / "nowhere").exists()


def test_a_config_that_cant_be_written_is_told_before_anything_is_placed(home: Home) -> None:
    (home.folder / "locked").mkdir()
    target = home.folder / "locked" / "x.yaml"
    with immutable(target.parent):
        ran = once(home, *flags(home, home.site.url, home.sign()), "--write-config", str(target))
    assert (ran.code, "x.yaml can't be written: " in ran.err) == (2, True)
    assert home.public() == set()


@pytest.mark.parametrize(
    "given",
    [
        Flags("https://a.test", None, "sftp://me@host:2222/srv/my%20media", (Path("/x/proof.txt"),)),
        Flags("https://a.test/v", "https://a.test", "s3://bucket/pre/fix", (Path('/x/a "b": #c.txt'),)),
        Flags(None, "bücher.example", "./relative: folder", txt_record=RIGHT, dns="127.0.0.1:53"),
        Flags("https://ü.example/%C3%BC/", "ü.example", "/srv/日本", connect_to="[::1]:443"),
    ],
)
def test_a_written_config_is_read_back_with_the_same_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: Flags
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr(
        "syncer.config.soundness.soundness_flaws", lambda *_, **__: iter(())
    )  # the files do not exist
    config, file = config_of(given), tmp_path / "elsewhere" / "config.yaml"
    written.write_config(config, file)
    assert load(file).origin == config.origin
