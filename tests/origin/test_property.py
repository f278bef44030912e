"""Laws of a property: the URLs that it covers, and the place of its signature file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.errors import OwnershipError
from syncer.origin.ownership.property import covers, property_misfit, signature_path, signature_url
from syncer.urls.canonical import under

NAME = "tiktokAbCdEfGh12345678AbCdEfGh12345678.txt"


# Which URLs a property covers


@pytest.mark.parametrize(
    ("url", "verified", "covered"),
    [
        ("https://h.example/a.mp4", "https://h.example/", True),
        ("https://h.example/", "https://h.example/", True),
        ("https://h.example", "https://h.example/", True),
        ("https://h.example/a.mp4", "https://h.example", True),
        ("https://H.Example/a.mp4", "https://h.example/", True),
        ("HTTPS://h.example/a.mp4", "https://H.EXAMPLE/", True),
        ("https://h.example:443/a.mp4", "https://h.example/", True),
        ("https://h.example:8443/a.mp4", "https://h.example/", False),
        ("https://h.example:8443/a.mp4", "https://h.example:8443/", True),
        ("https://h.example:x/a.mp4", "https://h.example/", False),
        ("http://h.example/a.mp4", "https://h.example/", False),
        ("https://h.example/a.mp4", "http://h.example/", False),
        ("https://www.h.example/a.mp4", "https://h.example/", False),
        ("https://h.example/a.mp4", "https://www.h.example/", False),
        ("https://xh.example/a.mp4", "https://h.example/", False),
        ("https://u@h.example/a.mp4", "https://h.example/", False),
        ("https://h.example@evil.example/a.mp4", "https://h.example/", False),
        ("https://evil.example\\@h.example/a.mp4", "https://h.example/", False),
        ("https://h.example/a b.mp4", "https://h.example/", True),
        ("https://h.example/a\n.mp4", "https://h.example/", False),
        ("https://h.example/v/x\\a.mp4", "https://h.example/v/", True),
        ("https://h.example/v\\a.mp4", "https://h.example/v/", False),
        ("https://h.example/v/x\\..\\..\\a.mp4", "https://h.example/v/", False),
        ("https://h.example/v/a.mp4", "https://h.example/v/", True),
        ("https://h.example/v/a.mp4", "https://h.example/v", True),
        ("https://h.example/v", "https://h.example/v/", False),
        ("https://h.example/vv/a.mp4", "https://h.example/v", False),
        ("https://h.example/V/a.mp4", "https://h.example/v/", False),
        ("https://h.example/v/../a.mp4", "https://h.example/v/", False),
        ("https://h.example/v/x/../a.mp4", "https://h.example/v/", True),
        ("https://h.example/w/../v/a.mp4", "https://h.example/v/", True),
        ("https://h.example/v/%2e%2E/a.mp4", "https://h.example/v/", False),
        ("https://h.example/v/.%2e", "https://h.example/v/", False),
        ("https://h.example/%2e/v/./a.mp4", "https://h.example/v/", True),
        ("https://h.example/%2E/v/x/.%2E/a.mp4", "https://h.example/v/", True),
        ("https://h.example/v/x/..", "https://h.example/v/", True),
        ("https://h.example/../../v/a.mp4", "https://h.example/v/", True),
        ("https://h.example/v/..%2fa.mp4", "https://h.example/v/", False),
        ("https://h.example/v/..%5Ca.mp4", "https://h.example/v/", False),
        ("https://h.example/v/x%2Fa.mp4", "https://h.example/v/", True),
        ("https://h.example/v/a..b.mp4", "https://h.example/v/", True),
        ("https://h.example//v/a.mp4", "https://h.example/v/", False),
        ("https://h.example/v//a.mp4", "https://h.example/v/", True),
        ("https://h.example/v/%252e%252e/a.mp4", "https://h.example/v/", True),
        ("https://h.example/v/a.mp4?x=/../#f", "https://h.example/v/", True),
        ("https://h.example/v%C3%A9/a.mp4", "https://h.example/vé/", True),
        ("https://bücher.example/a.mp4", "https://xn--bcher-kva.example/", True),
        ("https://BÜCHER.example/a.mp4", "bücher.example", True),
        ("https://BÜCHER.example/a.mp4", "XN--BCHER-KVA.example", True),
        ("https://www.xn--bcher-kva.example/a.mp4", "bücher.example", True),
        ("https://bucher.example/a.mp4", "bücher.example", False),
        ("https://日本語.example/a.mp4", "https://xn--wgv71a119e.example/", True),
        ("https://bücher。example/a.mp4", "https://bücher.example/", True),
        ("https://straße.example/a.mp4", "https://strasse.example/", False),
        ("https://Straße.example/a.mp4", "https://xn--strae-oqa.example/", True),
        ("https://faß.example/a.mp4", "fass.example", False),
        ("https://i❤.example/a.mp4", "xn--i-7iq.example", True),
        ("https://h\u200d.example/a.mp4", "https://h.example/", False),
        ("https://ü..example/a.mp4", "ü.example", False),
        ("https://bücher.example./a.mp4", "bücher.example", False),
        ("https://h%2Eexample/a.mp4", "https://h.example/", False),
        ("https://h.example。evil.example/a.mp4", "h.example", False),
        ("https://127.0.0.1/a.mp4", "https://127.0.0.1/", False),
        ("https://[::1]/a.mp4", "https://[::1]/", False),
        ("https://2130706433/a.mp4", "https://2130706433/", False),
        ("https://127.0.0.0x1/a.mp4", "https://127.0.0.0x1/", False),
        ("https://h.example./a.mp4", "https://h.example/", False),
        ("https:///a.mp4", "https://h.example/", False),
        ("https://h.example/a.mp4", "h.example", True),
        ("https://h.example/a.mp4", "H.Example", True),
        ("https://a.b.h.example/a.mp4", "h.example", True),
        ("https://h.example/a.mp4", "www.h.example", False),
        ("https://xh.example/a.mp4", "h.example", False),
        ("https://h.example.evil/a.mp4", "h.example", False),
        ("http://h.example/a.mp4", "h.example", False),
        ("https://h.example:8443/a.mp4", "h.example", True),
        ("https://h.example/a.mp4", "example", False),
        ("https://h.example/a.mp4", "h.example.", False),
        ("https://h.example/a.mp4", ".h.example", False),
        ("https://h.example/a.mp4", "", False),
        ("https://h.example/a.mp4", "*.example", False),
        ("https://h.example/a.mp4", "10.0.0.1", False),
        ("https://h.example/a.mp4", "straße.example", False),
        ("https://h.example/a.mp4", "ü..example", False),
        ("https://h.example/a.mp4", "https://h.example/?x", False),
    ],
)
def test_a_property_covers_exactly_its_urls(url: str, verified: str, *, covered: bool) -> None:
    assert covers(url, verified) is covered


@given(st.text(), st.text())
def test_covers_answers_for_any_text(url: str, verified: str) -> None:
    covers(url, verified)
    covers("https://h.example/" + url, "https://h.example/" + verified)


@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(lambda path: path.strip("./"))
)
def test_a_path_below_the_origin_is_covered_by_the_origin(name: str) -> None:
    url = under("https://h.example/v/", f"x{name}".replace("/", "_").replace("\\", "_"))
    assert covers(url, "https://h.example/v/")
    assert not covers(url, "https://h.example/w/")


# The place of the signature file


@pytest.mark.parametrize(
    ("url", "verified", "path"),
    [
        ("https://h.example/", "https://h.example/", NAME),
        ("https://h.example", "https://H.example", NAME),
        ("https://h.example/", "https://h.example/clips/", f"clips/{NAME}"),
        ("https://h.example/v/", "https://h.example/v/a%20b/", f"a b/{NAME}"),
        ("https://h.example/v/", "https://h.example/v/", NAME),
    ],
)
def test_the_signature_file_is_directly_under_the_prefix(url: str, verified: str, path: str) -> None:
    assert property_misfit(url, verified) is None
    assert signature_path(url, verified, NAME) == path
    assert covers(signature_url(verified, NAME), verified)


@pytest.mark.parametrize(
    ("url", "verified", "says"),
    [
        ("http://h.example/", "https://h.example/", "origin.url http://h.example/ must be https://"),
        ("https://h.example/?x", "https://h.example/", "origin.url https://h.example/ must be"),
        (
            "https://h.example/",
            "http://h.example/",
            "such as https://h.example/ or a domain such as h.example",
        ),
        ("https://www.h.example/v/", "https://h.example/", "set origin.url to https://h.example/v/"),
        ("https://www.h.example/v/", "https://h.example/w/", "set origin.url to https://h.example/w/"),
        ("https://h.example:8443/", "https://h.example/", "set origin.url to https://h.example/ "),
        ("https://h.example:8443/v/", "https://h.example/", "set origin.url to https://h.example/v/ "),
        ("https://h.example/", "https://h.example:8443/", "set origin.url to https://h.example:8443/ "),
        ("https://h.example/v/", "https://h.example/w/", "set origin.url to https://h.example/w/"),
        ("https://x.example/", "h.example", "origin.url must be at h.example or below it"),
        ("https://media.example.test/", "https://medai.example.test/", "correct the host that is mistyped"),
        ("https://media.test/", "https://medic.test/", "set origin.url to https://medic.test/"),
    ],
)
def test_a_property_that_covers_nothing_is_refused_with_one_that_fits(
    url: str, verified: str, says: str
) -> None:
    assert says in str(property_misfit(url, verified))
    with pytest.raises(OwnershipError) as caught:
        signature_path(url, verified, NAME)
    assert caught.value.code == "ownership.property"
    assert says in str(caught.value)


def test_a_signature_file_above_the_root_is_refused_with_a_property_that_fits() -> None:
    assert property_misfit("https://h.example/v/", "https://h.example/") is None
    with pytest.raises(OwnershipError, match="above the destination's root") as caught:
        signature_path("https://h.example/v/", "https://h.example/", NAME)
    assert caught.value.code == "ownership.property"
    simplest, _, other = str(caught.value.hint).partition(". ")
    assert simplest == "verify https://h.example/v/ at TikTok and set origin.property to it"
    assert "set origin.url to https://h.example/, destination.root" in other
    assert 'path: "v/{source}/{key}"' in str(caught.value.hint)


def test_a_file_can_not_prove_a_domain() -> None:
    assert property_misfit("https://media.h.example/", "h.example") is None
    with pytest.raises(OwnershipError, match="a domain") as caught:
        signature_path("https://media.h.example/", "h.example", NAME)
    assert caught.value.code == "ownership.property"
    assert "https://media.h.example/" in str(caught.value.hint)
