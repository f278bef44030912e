"""Laws of the one spelling of a URL: every comparison of two URLs goes through it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.connect.web.fetch import browsable
from syncer.errors import ConfigError
from syncer.origin.ownership.property import covers
from syncer.urls.canonical import authority, canonical, canonical_url, path_below, tcp_address, under, web_url
from syncer.urls.hosts import host_of
from syncer.urls.links import recognise

ROOT = "https://xn--bcher-kva.example/v/"
SAME_PLACE = [
    "https://bücher.example/v/a.mp4",
    "HTTPS://BÜCHER.example/v/a.mp4",
    "https://xn--bcher-kva.example:443/v/a.mp4",
    "https://XN--BCHER-KVA.EXAMPLE:443/v/a.mp4#t=1",
]
OTHER_PLACES = [
    "http://bücher.example/v/a.mp4",
    "https://bücher.example:8443/v/a.mp4",
    "https://bücher.example.evil.example/v/a.mp4",
    "https://bücher.example@evil.example/v/a.mp4",
    "https://bücher.example/V/a.mp4",
    "https://bücher.example/va.mp4",
    "https://[bücher.example/v/a.mp4",
    "v/a.mp4",
]


@pytest.mark.parametrize("url", SAME_PLACE)
def test_each_spelling_of_a_host_is_the_same_everywhere(url: str) -> None:
    assert canonical_url(url) == f"{ROOT}a.mp4"
    assert path_below(url, ROOT) == "a.mp4"
    assert covers(url, ROOT)
    assert recognise(url).identity == "xn--bcher-kva.example/v/a.mp4"
    assert authority(browsable(url)) == authority(url) == "xn--bcher-kva.example"
    assert tcp_address(url) == ("xn--bcher-kva.example", 443)


@pytest.mark.parametrize("url", OTHER_PLACES)
def test_no_other_place_is_the_same(url: str) -> None:
    assert canonical_url(url) != f"{ROOT}a.mp4"
    assert path_below(url, ROOT) is None
    assert not covers(url, ROOT)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (f"{ROOT}a%20b%281%29.mp4", "a b(1).mp4"),
        (f"{ROOT}a%20b(1).mp4", "a b(1).mp4"),
        (f"{ROOT}%61%2eb.mp4?x=1", "a.b.mp4"),
        (f"{ROOT}%C3%A9.mp4", "é.mp4"),
        (ROOT, ""),
    ],
)
def test_each_spelling_of_a_path_is_the_same_path(url: str, path: str) -> None:
    assert path_below(url, ROOT) == path
    assert canonical_url(url).partition("?")[0] == under(ROOT, path)


def test_an_encoded_slash_is_not_a_slash() -> None:
    assert canonical_url("https://a.example/b%2fc") == "https://a.example/b%2Fc"
    assert canonical_url("https://a.example/b/c") != canonical_url("https://a.example/b%2Fc")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://A.example:80/", "a.example"),
        ("http://a.example:443/", "a.example:443"),
        ("https://[::1]/", "[::1]"),
    ],
)
def test_only_the_default_port_of_the_scheme_is_dropped(url: str, shown: str) -> None:
    assert authority(url) == shown
    assert recognise(url).identity == f"{shown}/"


@given(st.text() | st.text("ht tps:/@[]%2F.a\\?#é").map("https://a".__add__))
def test_the_spelling_is_stable_and_any_text_has_one(text: str) -> None:
    assert canonical_url(canonical_url(text)) == canonical_url(text)
    assert (web_url(text) is None) is (authority(text) == "")
    host_of(text)


@given(st.text().filter(lambda path: path.isprintable() and "\ufffd" not in path))
def test_a_published_url_leads_back_to_its_path(path: str) -> None:
    url = under(ROOT, path)
    assert canonical_url(url) == url
    assert under(ROOT, path_below(url, ROOT) or "") == url


@pytest.mark.parametrize(
    "text", ["", "https://", "https://a.example/?q", "https://me@a.example/", "//a.example/"]
)
def test_a_root_has_a_scheme_and_a_host_and_nothing_after_its_path(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        canonical(text)
    assert caught.value.code == "config.url"
