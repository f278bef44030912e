"""Laws of a signature file's name: nobody has to click Verify for a file that TikTok does not look for."""

from __future__ import annotations

import pytest

from tests.home import SIGNATURE, TOKEN, Home
from tests.media import mp4

CONTENT = f"tiktok-developers-site-verification={TOKEN}"
LONG = TOKEN + "aB3"

SURELY_WRONG = {
    "invented, with a token": ("verification.txt", CONTENT),
    "invented, with other bytes": ("google1234.html", "google-site-verification: google1234.html"),
    "named after what stands in it": ("tiktok-developers-site-verification.txt", CONTENT),
    "named after it, with other bytes": ("tiktok_developers_site_verification.txt", TOKEN),
    "a capital letter": (f"TikTok{TOKEN}.txt", CONTENT),
    "in small letters": (SIGNATURE.lower(), CONTENT),
    "two endings": (f"{SIGNATURE}.txt", CONTENT),
    "a second download": (f"tiktok{TOKEN} (1).txt", CONTENT),
    "another token's": (f"tiktok{TOKEN[::-1]}.txt", CONTENT),
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
def test_a_name_that_tiktok_does_not_look_for_is_an_error_and_not_a_click(home: Home, kind: str) -> None:
    name, content = SURELY_WRONG[kind]
    written = bring(home, name, content)
    ran = home.syncer("bootstrap")
    assert ran.code == 5
    assert "click Verify" not in ran.out + ran.err
    (line,) = [line for line in ran.err.splitlines() if line.startswith("✗")]
    assert name in line
    assert ("download it again" if kind in NOT_TOLD else f"name it {SIGNATURE}") in line
    assert (home.site.root / name).read_bytes() == written, "as it is all the same"
    (told,) = (answer := home.syncer("bootstrap", "--json").json)["files"]
    assert (told["served"], told["code"], answer["steps"]) == (True, "ownership.name", [])


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
    home.syncer("bootstrap")
    home.sync()
    ran = home.syncer("check", "--json", f"{home.site.url}clips/a.mp4")
    assert ran.code == 5
    (finding,) = [each for each in ran.json["results"][0]["findings"] if each["rule"].startswith("ownership")]
    assert (finding["rule"], finding["severity"]) == ("ownership.name", "reject")
    assert f"{name} ends in .txt.txt" in finding["message"]
    examined = home.syncer("doctor")
    assert f"{name} ends in .txt.txt" in examined.out
    assert examined.code == 5
