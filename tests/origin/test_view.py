"""Laws of the look at a public URL: a right origin has no finding and gets few requests."""

from __future__ import annotations

import pickle
import tracemalloc
import unicodedata
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.destinations import keys
from syncer.errors import DestinationError
from syncer.model import HEAD_SIZE
from syncer.origin.view import PublicOrigin, PublicView
from syncer.runners import SharedPace
from syncer.urls.canonical import under
from tests.origin.looks import MP4, ROOT, URL, content, view
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, StartNginx
from tests.servers.scripted import answer, scripted

# URLs


def paths() -> st.SearchStrategy[str]:
    segment = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
    return st.lists(segment, min_size=1, max_size=4).map("/".join)


@given(paths(), st.sampled_from(["https://h.example", "https://bücher.example:8443/v/é/"]))
def test_a_url_contains_its_path_in_plain_ascii(path: str, root: str) -> None:
    url, top = under(root, path), under(root, "x").removesuffix("x")
    assert unquote(url.removeprefix(top)) == unicodedata.normalize("NFC", path)
    assert url.isascii()
    assert not {"?", "#", " ", "\\"} & set(url)


@given(paths())
def test_no_client_rewrites_a_url(path: str) -> None:
    url = under("https://h.example/v/", path)
    try:
        keys.check_path(unicodedata.normalize("NFC", path))
    except DestinationError:
        return
    assert str(httpx.URL(url)) == url
    assert httpx.URL(url).raw_path.decode() == urlsplit(url).path


def test_an_origin_is_plain_data() -> None:
    here = PublicOrigin(ROOT, ROOT, Path("ca.pem"), "127.0.0.1:1")
    assert pickle.loads(pickle.dumps(here)) == here  # noqa: S301 - made on this line


# A right origin


@pytest.mark.parametrize("size", [0, 1, HEAD_SIZE - 1, HEAD_SIZE, HEAD_SIZE + 1, 3 * HEAD_SIZE])
def test_a_right_answer_has_no_finding(nginx: StartNginx, web_root: Path, size: int) -> None:
    body = MP4[:size]
    (web_root / "a.mp4").write_bytes(body)
    with view(nginx(web_root)) as seen:
        assert seen.look(URL, content(body)) == ()
        assert seen.compare(URL, content(body)) == ()
        assert seen.inspect(URL, content(body)) == ()


@pytest.mark.parametrize(("size", "read", "connections"), [(200_000, 200_000, 1), (400_000, HEAD_SIZE, 2)])
def test_a_look_is_a_range_and_a_plain_get_and_keeps_the_connection_where_that_is_cheap(
    certificates: Certificates, size: int, read: int, connections: int
) -> None:
    body = MP4[:24] + bytes(size - 24)
    partial = answer(
        "206 Partial Content",
        body[:HEAD_SIZE],
        f"Content-Range: bytes 0-65535/{size}",
        "Content-Type: video/mp4",
    )
    whole = answer("200 OK", body, "Content-Type: video/mp4")
    with scripted(certificates.leaf(HOST), partial, whole, partial, whole) as server:
        pace = SharedPace()
        with PublicView(PublicOrigin(ROOT, ROOT, certificates.ca, server.connect_to), pace) as seen:
            assert seen.look(URL, content(body)) == seen.look(URL, content(body)) == ()
    assert pace.passed == 2 * (HEAD_SIZE + read)
    assert len(server.names) == connections
    assert ["Range: bytes=0-65535\r\n" in request for request in server.requests] == [True, False] * 2


def test_odd_names_are_requested_at_their_published_url(nginx: StartNginx, web_root: Path) -> None:
    name = "Ü b%20er+(1) 'x';&=@,:~#?日本.mp4"
    (web_root / name).write_bytes(MP4)
    with view(nginx(web_root)) as seen:
        assert seen.look(under(ROOT, name), content(MP4)) == ()


# Memory


@pytest.mark.scale
def test_comparing_needs_no_memory(nginx: StartNginx, web_root: Path) -> None:
    body = bytes(32 * 1024 * 1024)
    (web_root / "a.mp4").write_bytes(body)
    expected, pace = content(body), SharedPace()
    del body
    site = nginx(web_root)
    with PublicView(PublicOrigin(ROOT, ROOT, site.ca, site.connect_to), pace) as seen:
        tracemalloc.start()
        try:
            assert seen.compare(URL, expected) == ()
            assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
        finally:
            tracemalloc.stop()
    assert pace.passed == expected.size
