"""Text that was pasted with a URL is the only finding."""

from __future__ import annotations

import pytest

from syncer.urls.canonical import hosts_only
from tests.home import Home

URL = "https://media.example.com/a.mp4"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"“{URL}?X-Amz-Signature=5ec2e7”", "part of it: “ ”"),
        (f"\u2018{URL}", "part of it: \u2018"),
        (f'"{URL}"', 'part of it: " "'),
        (f"«{URL}»", "part of it: « »"),
        ("", "the URL is empty"),
        ("  ", "the URL is empty"),
    ],
)
@pytest.mark.parametrize("verified", [(), ("--property", "https://media.example.com/")])
def test_pasted_text_is_the_only_finding(text: str, names: str, verified: tuple[str, ...]) -> None:
    ran = Home.syncer_alone("check", *verified, "-c", "/dev/null/none.yaml", text)
    assert ran.code == 4
    assert ran.out.count("✗") == 1
    assert not {"✓", "!", "?"} & set(ran.out.replace(text.partition("?")[0], ""))
    assert names in ran.out
    assert "[url.pasted]" in ran.out
    assert "5ec2e7" not in ran.out


@pytest.mark.parametrize("flag", ["", "  "])
def test_an_empty_folder_name_is_not_the_whole_root(home: Home, flag: str) -> None:
    made = home.folder / "made.yaml"
    signature = home.sign()
    arguments = ("--url", home.site.url, "--destination", str(home.site.root), "--signature", str(signature))
    ran = Home.syncer_alone("bootstrap", *arguments, "--in-place", flag, "--write-config", str(made))
    assert ran.code == 2
    assert "--in-place is empty" in ran.err
    assert not made.exists()
    assert home.public() == set()


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("https://shop.test/a/b.mp4: its certificate", "shop.test: its certificate"),
        ("https://shop.test/a:b/c.mp4 can't be reached: no", "shop.test can't be reached: no"),
        ("https://shop.test:8443/: the issuer", "shop.test:8443: the issuer"),
    ],
)
def test_a_colon_after_the_host_is_reported(message: str, told: str) -> None:
    assert hosts_only(message) == told


@pytest.mark.parametrize("ca", [None, "another"])
def test_an_untrusted_certificate_has_a_hint_that_fits_a_config_with_a_ca(home: Home, ca: str | None) -> None:
    if ca:
        import trustme

        trustme.CA().cert_pem.write_to_path(home.folder / "other.pem")
        home.config["origin"]["ca"] = "other.pem"
    else:
        home.config["origin"]["ca"] = None
    home.put("a.mp4", b"")
    ran = home.syncer("doctor")
    assert "set origin.ca to the CA that signed it" in ran.out
    assert "set origin.ca" not in ran.out
