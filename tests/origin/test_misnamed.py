"""Laws of a signature file that TikTok surely refuses: it is not placed, and replaces no good one."""

from __future__ import annotations

import pytest

from tests.home import SIGNATURE, TOKEN, Home
from tests.media import mp4

CONTENT = f"tiktok-developers-site-verification={TOKEN}"
LONG = TOKEN + "aB3"

SURELY_WRONG = {
    "invented, with a token": ("verification.txt", CONTENT),
    "invented, with other bytes": ("google1234.html", "google-site-verification: google1234.html"),
    "named after its content": ("tiktok-developers-site-verification.txt", CONTENT),
    "named after it, with other bytes": ("tiktok_developers_site_verification.txt", TOKEN),
    "a capital letter": (f"TikTok{TOKEN}.txt", CONTENT),
    "in small letters": (SIGNATURE.lower(), CONTENT),
    "two endings": (f"{SIGNATURE}.txt", CONTENT),
    "a second download": (f"tiktok{TOKEN} (1).txt", CONTENT),
    "another token's": (f"tiktok{TOKEN[::-1]}.txt", CONTENT),
}
SPOILT = {
    "saved as UTF-16": (CONTENT.encode("utf-16"), "saved as UTF-16"),
    "saved as UTF-16 without its mark": (CONTENT.encode("utf-16-be"), "saved as UTF-16"),
    "saved with a byte order mark": (CONTENT.encode("utf-8-sig") + b"\r\n", "byte order mark"),
    "another token": (CONTENT.replace(TOKEN, TOKEN[::-1]).encode(), "another token than its name"),
    "another token and a newline": (CONTENT[:-1].encode() + b"\n", "another token than its name"),
    "another platform's": (b"google-site-verification: google1234.html", "does not begin with"),
    "the token alone": (TOKEN.encode(), "does not begin with"),
}
NOT_TOLD = ("invented, with other bytes", "named after it, with other bytes", "another token's")
PERHAPS = {
    "as the portal names it": (SIGNATURE, CONTENT),
    "a longer token": (f"tiktok{LONG}.txt", f"tiktok-developers-site-verification={LONG}"),
    "other bytes in a likely name": ("tiktok-verify-12ab.html", "12ab"),
    "of the help page": ("tiktok_verify_12ab.html", "<!doctype html>\n<p>tiktok-verify: 12ab\r\n"),
}


def bring(home: Home, name: str, content: str) -> bytes:
    written = content.encode()
    (home.folder / name).write_bytes(written)
    home.config["origin"]["signature_files"] = [name]
    return written


@pytest.mark.parametrize("kind", SURELY_WRONG)
def test_a_name_that_tiktok_never_requests_is_an_error_before_the_click(home: Home, kind: str) -> None:
    name, content = SURELY_WRONG[kind]
    bring(home, name, content)
    for flag in ([], ["--json"]):
        ran = home.syncer("bootstrap", *flag)
        assert ran.code == 5
        assert "click Verify" not in ran.out + ran.err
        assert f"{name} " in ran.err
        assert ("download it again" if kind in NOT_TOLD else f"name it {SIGNATURE}") in ran.err
        assert home.public() == set(), "nothing is left there"


@pytest.mark.parametrize("kind", SPOILT)
def test_a_good_signature_is_never_replaced_by_a_surely_wrong_one(home: Home, kind: str) -> None:
    good = bring(home, SIGNATURE, CONTENT)
    assert home.syncer("bootstrap").code == 0
    content, says = SPOILT[kind]
    file = home.folder / SIGNATURE
    file.write_bytes(content)
    where = ("--ca", str(home.site.ca), "--connect-to", home.site.connect_to)
    flags = ("--url", home.site.url, "--destination", str(home.site.root), "--signature", str(file))
    for ran in (home.syncer("bootstrap"), home.syncer_alone("bootstrap", *where, *flags)):
        assert ran.code == 5
        assert says in ran.err
        assert "nothing was placed or replaced" in ran.err
        assert "click Verify" not in ran.out + ran.err
        assert home.site.get(SIGNATURE).content == good


def test_no_file_is_placed_while_one_is_surely_wrong(home: Home) -> None:
    bring(home, SIGNATURE, CONTENT)
    names = [SIGNATURE, f"tiktok{TOKEN[::-1]}.txt", "verify.txt"]
    for name in names[1:]:
        (home.folder / name).write_text(CONTENT)
    home.config["origin"]["signature_files"] = names
    ran = home.syncer("bootstrap")
    assert ran.code == 5
    assert all(name in ran.err for name in names[1:])
    assert home.public() == set()


@pytest.mark.parametrize("kind", PERHAPS)
def test_a_name_that_may_be_right_is_placed_and_clicked(home: Home, kind: str) -> None:
    name, content = PERHAPS[kind]
    written = bring(home, name, content)
    ran = home.syncer("bootstrap")
    assert ran.code == 0
    assert "click Verify" in ran.out
    assert home.site.get(name).content == written


def test_check_and_doctor_say_the_same_of_a_wrong_name(home: Home) -> None:
    name, content = SURELY_WRONG["two endings"]
    bring(home, name, content)
    home.put("a.mp4", mp4())
    (home.site.root / name).write_text(content)
    home.sync()
    ran = home.syncer("check", "--json", f"{home.site.url}clips/a.mp4")
    assert ran.code == 5
    (finding, *_) = [
        each for each in ran.json["results"][0]["findings"] if each["rule"].startswith("ownership")
    ]
    assert (finding["rule"], finding["severity"]) == ("ownership.name", "reject")
    assert f"{name} ends in .txt.txt" in finding["message"]
    examined = home.syncer("doctor")
    assert f"{name} ends in .txt.txt" in examined.out
    assert examined.code == 5
