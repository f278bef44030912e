"""URLs: how they are written, shown and refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.errors import ConfigError
from syncer.urls.canonical import bare_url, canonical, under
from syncer.urls.weburl import ascii_host


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://h/a.mp4", "https://h/a.mp4"),
        ("https://h/a?X-Amz-Signature=s#f", "https://h/a"),
        ("https://u:p@h:8/a", "https://h:8/a"),
        ("https://u:p@x@h/a@b", "https://h/a@b"),
        ("//u@h/a", "//h/a"),
        ("https://h/\x1b[31m\u202e", "https://h/%1B[31m%202E"),
        ("https://[bad/a", "https://[bad/a"),
    ],
)
def test_messages_have_no_query_user_or_control_characters(url: str, told: str) -> None:
    assert bare_url(url) == told


@given(st.text())
def test_every_url_can_be_shown(url: str) -> None:
    told = bare_url(url)
    assert told.isprintable()
    assert not {"?", "#"} & set(told)


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://Media.Example.COM", "https://media.example.com/"),
        ("https://media.example.com:443/v", "https://media.example.com/v/"),
        ("https://media.example.com:8443/v//", "https://media.example.com:8443/v/"),
        ("https://bücher.example/vidéos/", "https://xn--bcher-kva.example/vid%C3%A9os/"),
        ("https://h.example/a%20b/", "https://h.example/a%20b/"),
        ("https://[::1]:8443/", "https://[::1]:8443/"),
    ],
)
def test_a_root_has_one_spelling(url: str, root: str) -> None:
    assert canonical(url) == root
    assert canonical(root) == root


@pytest.mark.parametrize(
    "url",
    [
        "",
        "media.example.com",
        "https://",
        "https://u:secret@h/",
        "https://h/?q=secret",
        "https://h/#f",
        "https://[bad/",
        "https://h:port/",
        "https://ü..example/",
    ],
)
def test_an_invalid_root_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="can't be the root") as caught:
        canonical(url)
    assert caught.value.code == "config.url"
    assert "secret" not in str(caught.value)


def test_a_path_is_percent_encoded_down_to_the_unreserved() -> None:
    assert (
        under("https://h.example/v", "a b/ü+(1)~é.mp4")
        == "https://h.example/v/a%20b/%C3%BC%2B%281%29~%C3%A9.mp4"
    )
    assert ascii_host("BÜCHER.example") == "xn--bcher-kva.example"
