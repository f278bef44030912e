"""Laws of the look at a public URL: exactly what it serves wrongly is told, by the id of its rule."""

from __future__ import annotations

import gzip
import hashlib
import pickle
import socket
import time
import tracemalloc
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.connect.dial import dial
from syncer.connect.retry import Policy
from syncer.connect.web import wire
from syncer.destinations import keys
from syncer.errors import DestinationError
from syncer.model import HEAD_SIZE, Content, Finding, Severity
from syncer.origin import http
from syncer.origin.view import Origin, PublicView, public_url
from syncer.protocols import Stopped
from syncer.protocols.patience import Patience
from syncer.runners import SharedPace
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, Site, StartNginx
from tests.servers.ports import free_port
from tests.servers.scripted import ENDLESS, answer, scripted

ROOT = f"https://{HOST}/"
URL = f"{ROOT}a.mp4"
HTML = b"<!doctype html><html><body>Not here</body></html>"
MP4 = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 800
"""Longer than what is looked at."""


def content(body: bytes, media_type: str = "video/mp4") -> Content:
    head = hashlib.sha256(body[:HEAD_SIZE]).hexdigest()
    return Content(len(body), hashlib.sha256(body).hexdigest(), head, media_type)


def view(site: Site, ca: Path | None = None) -> PublicView:
    return PublicView(Origin(ROOT, ROOT, ca or site.ca, site.connect_to), SharedPace())


def verdicts(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{finding.rule} {finding.severity}" for finding in findings]


@pytest.fixture
def shared_root(web_root: Path) -> Path:
    (web_root / "a.mp4").write_bytes(MP4)
    (web_root / "index.html").write_bytes(HTML)
    return web_root


# URLs


def paths() -> st.SearchStrategy[str]:
    segment = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
    return st.lists(segment, min_size=1, max_size=4).map("/".join)


@given(paths(), st.sampled_from(["https://h.example", "https://bücher.example:8443/v/é/"]))
def test_a_url_tells_its_path_and_is_plain(path: str, root: str) -> None:
    url, top = public_url(root, path), public_url(root, "x").removesuffix("x")
    assert unquote(url.removeprefix(top)) == unicodedata.normalize("NFC", path)
    assert url.isascii()
    assert not {"?", "#", " ", "\\"} & set(url)


@given(paths())
def test_a_url_is_one_that_clients_leave_as_it_is(path: str) -> None:
    url = public_url("https://h.example/v/", path)
    try:
        keys.check(unicodedata.normalize("NFC", path))
    except DestinationError:
        return
    assert str(httpx.URL(url)) == url
    assert httpx.URL(url).raw_path.decode() == urlsplit(url).path


def test_an_origin_is_plain_data() -> None:
    here = Origin(ROOT, ROOT, Path("ca.pem"), "127.0.0.1:1")
    assert pickle.loads(pickle.dumps(here)) == here  # noqa: S301 - made on this line


# An origin that is right


@pytest.mark.parametrize("size", [0, 1, HEAD_SIZE - 1, HEAD_SIZE, HEAD_SIZE + 1, 3 * HEAD_SIZE])
def test_what_is_served_right_leaves_no_finding(nginx: StartNginx, web_root: Path, size: int) -> None:
    body = MP4[:size]
    (web_root / "a.mp4").write_bytes(body)
    with view(nginx(web_root)) as seen:
        assert seen.look(URL, content(body)) == ()
        assert seen.compare(URL, content(body)) == ()
        assert seen.inspect(URL, content(body)) == ()


def test_a_look_is_one_ranged_get_on_a_connection_that_is_kept(certificates: Certificates) -> None:
    head = MP4[:HEAD_SIZE]
    partial = answer(
        "206 Partial Content", head, f"Content-Range: bytes 0-65535/{len(MP4)}", "Content-Type: video/mp4"
    )
    with scripted(certificates.leaf(HOST), partial) as server:
        pace = SharedPace()
        with PublicView(Origin(ROOT, ROOT, certificates.ca, server.connect_to), pace) as seen:
            assert seen.look(URL, content(MP4)) == seen.look(URL, content(MP4)) == ()
    assert pace.passed == 2 * HEAD_SIZE
    assert len(server.names) == 1
    assert len(server.requests) == 2
    assert all("Range: bytes=0-65535\r\n" in request for request in server.requests)


def test_odd_names_are_asked_for_under_the_url_that_is_published(nginx: StartNginx, web_root: Path) -> None:
    name = "Ü b%20er+(1) 'x';&=@,:~#?日本.mp4"
    (web_root / name).write_bytes(MP4)
    with view(nginx(web_root)) as seen:
        assert seen.look(public_url(ROOT, name), content(MP4)) == ()


# An origin that is wrong

ELSEWHERE = "location = /a.mp4 { return 301 https://www.media.example.test/a.mp4?sig=secret; }"


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (ELSEWHERE, ["origin.redirect reject"]),
        ("location = /a.mp4 { return 403; }", ["origin.status reject"]),
        ("location = /a.mp4 { return 401; }", ["origin.wall reject"]),
        ("location = /a.mp4 { return 404; }", ["origin.status reject"]),
        ("location = /a.mp4 { return 204; }", ["origin.status reject"]),
        ("location = /a.mp4 { try_files /index.html =404; }", ["origin.page reject"]),
        ("location = /a.mp4 { types { } default_type text/plain; }", ["origin.type warn"]),
        ("location = /a.mp4 { types { } default_type VIDEO/MP4; }", []),
        ("location = /a.mp4 { types { } default_type application/mp4; }", ["origin.type warn"]),
        ("location = /a.mp4 { types { } default_type ''; }", ["origin.type warn"]),
        ("max_ranges 0;", ["origin.range warn"]),
        ("add_header Content-Encoding gzip;", ["origin.encoding reject"]),
        ("add_header Content-Encoding identity;", []),
    ],
)
def test_each_wrong_manner_has_its_rule(
    nginx: StartNginx, shared_root: Path, server: str, expected: list[str]
) -> None:
    with view(nginx(shared_root, server=server)) as seen:
        findings = seen.look(f"{URL}?X-Amz-Signature=secret", content(MP4))
        whole = seen.compare(URL, content(MP4))
    assert verdicts(findings) == expected
    assert verdicts(whole) == [verdict for verdict in expected if "range" not in verdict]
    assert "secret" not in repr(findings)


def test_a_redirect_says_where_to_and_knows_www(nginx: StartNginx, shared_root: Path) -> None:
    with view(nginx(shared_root, server=ELSEWHERE)) as seen:
        (finding,) = seen.look(URL, content(MP4))
    assert finding.value == "https://www.media.example.test/a.mp4"
    assert "https://www.media.example.test/" in str(finding.hint)
    with view(
        nginx(shared_root, server="absolute_redirect off; location = /a.mp4 { return 302 /b.mp4; }")
    ) as seen:
        (finding,) = seen.look(URL, content(MP4))
    assert finding.value == "https://media.example.test/b.mp4"
    assert "follows no redirect" in str(finding.hint)


def test_a_web_page_in_place_of_media_is_called_one(nginx: StartNginx, shared_root: Path) -> None:
    with view(nginx(shared_root, server="error_page 404 =200 /index.html;")) as seen:
        (finding,) = seen.look(f"{ROOT}missing.mp4", content(MP4))
    assert (finding.rule, finding.value) == ("origin.page", "text/html")
    assert "web page" in finding.message


@pytest.mark.parametrize(
    ("served", "looked", "compared"),
    [
        (MP4[:-1], ["origin.length reject"], ["origin.length reject", "origin.bytes reject"]),
        (MP4[:-1] + b"x", [], ["origin.bytes reject"]),
        (b"x" + MP4[1:], ["origin.bytes reject"], ["origin.bytes reject"]),
        (MP4 + b"x", ["origin.length reject"], ["origin.length reject", "origin.bytes reject"]),
        (
            MP4[:9],
            ["origin.length reject", "origin.bytes reject"],
            ["origin.length reject", "origin.bytes reject"],
        ),
    ],
)
def test_other_bytes_are_told_as_far_as_they_are_looked_at(
    nginx: StartNginx, web_root: Path, served: bytes, looked: list[str], compared: list[str]
) -> None:
    (web_root / "a.mp4").write_bytes(served)
    with view(nginx(web_root)) as seen:
        assert verdicts(seen.look(URL, content(MP4))) == looked
        assert verdicts(seen.compare(URL, content(MP4))) == compared


def test_compressed_bytes_are_not_compared(nginx: StartNginx, web_root: Path) -> None:
    (web_root / "a.mp4").write_bytes(gzip.compress(MP4))
    with view(nginx(web_root, server="add_header Content-Encoding gzip;")) as seen:
        (finding,) = seen.look(URL, content(MP4))
    assert (finding.rule, finding.value) == ("origin.encoding", "gzip")


@pytest.mark.parametrize("kind", ["expired", "unknown", "other name"])
def test_a_flaw_of_the_certificate_is_a_finding(
    nginx: StartNginx, certificates: Certificates, shared_root: Path, kind: str
) -> None:
    make: dict[str, Callable[[], Path]] = {
        "expired": lambda: certificates.expired(HOST),
        "unknown": lambda: certificates.unknown(HOST),
        "other name": lambda: certificates.leaf("www.example.test"),
    }
    with view(nginx(shared_root, certificate=make[kind]())) as seen:
        (finding,) = seen.look(URL, content(MP4))
        assert seen.inspect(URL, content(MP4)) == (finding,)
    assert (finding.rule, finding.severity) == ("origin.tls", Severity.REJECT)
    assert kind in finding.message


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (answer("416 Range Not Satisfiable", b"", "Content-Range: bytes */0"), ["origin.length reject"]),
        (
            answer("206 Partial Content", MP4[1:9], f"Content-Range: bytes 1-8/{len(MP4)}"),
            ["origin.range reject"],
        ),
        (
            answer("206 Partial Content", MP4[:HEAD_SIZE], "Content-Range: bytes 0-65535/*"),
            ["origin.range reject"],
        ),
        (answer("206 Partial Content", MP4[:HEAD_SIZE]), ["origin.range reject"]),
        (
            answer("200 OK", ENDLESS, "Transfer-Encoding: chunked", length=False),
            ["origin.range warn", "origin.length warn"],
        ),
    ],
)
def test_odd_answers_to_a_range_have_their_rules(
    certificates: Certificates, reply: bytes, expected: list[str]
) -> None:
    with (
        scripted(certificates.leaf(HOST), reply) as server,
        PublicView(Origin(ROOT, ROOT, certificates.ca, server.connect_to), SharedPace()) as seen,
    ):
        found = verdicts(seen.look(URL, content(MP4)))
    assert [verdict for verdict in found if "type" not in verdict and "bytes" not in verdict] == expected


def test_an_endless_body_is_read_no_further_than_one_byte_too_many(certificates: Certificates) -> None:
    body = content(bytes(100_000))
    endless = answer("200 OK", ENDLESS, "Transfer-Encoding: chunked", "Content-Type: video/mp4", length=False)
    with (
        scripted(certificates.leaf(HOST), endless) as server,
        PublicView(Origin(ROOT, ROOT, certificates.ca, server.connect_to), SharedPace()) as seen,
    ):
        findings = seen.compare(URL, body)
    assert verdicts(findings) == ["origin.length reject", "origin.bytes reject"]
    assert findings[0].value == "more than 100000"


# An origin that is away, or ill


def test_a_dead_origin_is_a_finding_and_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked three times, then by no worker for a while, then again, and at last not at all."""
    port = free_port()
    asked: list[int] = []

    def counted(host: str, number: int, *more: Any) -> socket.socket:
        asked.append(number)
        return dial(host, number, *more)

    monkeypatch.setattr(wire, "dial", counted)
    pace = SharedPace(patience=Patience(give_up=2.0, retry=Policy(3, first_wait=0.01)))
    origin = Origin(ROOT, ROOT, None, f"127.0.0.1:{port}")
    with PublicView(origin, pace) as seen, PublicView(origin, pace) as other:
        (first,) = seen.look(URL, content(MP4))
        assert asked == [port] * 3
        for number in range(100):
            (finding,) = other.look(f"{ROOT}{number}.mp4", content(MP4))
            assert finding.rule == "origin.unreachable"
        assert asked == [port] * 3
        assert f"{ROOT}99.mp4 was not looked at" in finding.message
        time.sleep(1.1)
        other.look(URL, content(MP4))
        assert len(asked) == 6
        time.sleep(1.1)
        seen.look(URL, content(MP4))
        assert len(asked) == 7, "it only failed for two seconds by now"
        seen.look(URL, content(MP4))
        assert len(asked) == 7
    assert (first.rule, first.severity) == ("origin.unreachable", Severity.REJECT)


def test_an_origin_that_fails_is_tried_thrice_and_then_once_for_each_url(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "POLICY", Policy(attempts=3, first_wait=0.01))
    with (
        scripted(certificates.leaf(HOST), answer("503 Service Unavailable")) as server,
        PublicView(Origin(ROOT, ROOT, certificates.ca, server.connect_to), SharedPace()) as seen,
    ):
        (finding,) = seen.look(URL, content(MP4))
        assert len(server.requests) == 3
        assert verdicts(seen.look(URL, content(MP4))) == ["origin.status reject"]
        assert len(server.requests) == 4
    assert (finding.rule, finding.value) == ("origin.status", "503")
    assert "error log" in str(finding.hint)


@pytest.mark.parametrize(
    "trouble",
    [answer("502 Bad Gateway"), answer("429 Too Many Requests", b"", "Retry-After: 1"), b""],
    ids=["502", "429", "hangs up"],
)
def test_trouble_that_passes_is_no_finding(certificates: Certificates, trouble: bytes) -> None:
    fine = answer("206 Partial Content", b"abc", "Content-Range: bytes 0-2/3", "Content-Type: video/mp4")
    with (
        scripted(certificates.leaf(HOST), trouble, fine) as server,
        PublicView(Origin(ROOT, ROOT, certificates.ca, server.connect_to), SharedPace()) as seen,
    ):
        assert seen.look(URL, content(b"abc")) == ()
    assert len(server.requests) == 2


def test_an_origin_too_slow_to_compare_is_unknown(
    nginx: StartNginx, shared_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(http, "POLICY", http.ONCE)
    with view(nginx(shared_root, server="limit_rate 4096;")) as seen:
        (finding,) = seen.look(URL, content(MP4))
    assert (finding.rule, finding.severity) == ("origin.slow", Severity.UNKNOWN)
    assert "bytes in" in str(finding.value)


def test_a_run_that_stops_breaks_a_download_off_and_takes_nothing_for_seen_or_lost(
    nginx: StartNginx, shared_root: Path
) -> None:
    site, pace = nginx(shared_root), SharedPace()
    with PublicView(Origin(ROOT, ROOT, site.ca, site.connect_to), pace) as seen:
        pace.stop()
        with pytest.raises(Stopped):
            seen.compare(URL, content(MP4))
        assert seen.look(URL, content(MP4)) == ()


@pytest.mark.parametrize("trouble", [answer("502 Bad Gateway"), b""], ids=["502", "hangs up"])
def test_trouble_that_might_have_passed_is_no_finding_of_a_run_that_stops(
    certificates: Certificates, trouble: bytes
) -> None:
    pace = SharedPace()
    with (
        scripted(certificates.leaf(HOST), trouble) as server,
        PublicView(Origin(ROOT, ROOT, certificates.ca, server.connect_to), pace) as seen,
    ):
        pace.stop()
        for look in (seen.look, seen.compare, seen.inspect):
            with pytest.raises(Stopped):
                look(URL, content(b"abc"))


def test_comparing_needs_no_memory(nginx: StartNginx, web_root: Path) -> None:
    body = bytes(32 * 1024 * 1024)
    (web_root / "a.mp4").write_bytes(body)
    expected, pace = content(body), SharedPace()
    del body
    site = nginx(web_root)
    with PublicView(Origin(ROOT, ROOT, site.ca, site.connect_to), pace) as seen:
        tracemalloc.start()
        try:
            assert seen.compare(URL, expected) == ()
            assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
        finally:
            tracemalloc.stop()
    assert pace.passed == expected.size


# The other manners


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("if ($request_method = HEAD) { return 405; }", ["origin.head warn"]),
        ('if ($http_range = "") { return 403; }', ["origin.get reject", "origin.head warn"]),
        ("max_ranges 0;", []),
        ("location = /a.mp4 { types { } default_type application/mp4; }", ["origin.head warn"]),
        ("location = /a.mp4 { return 301 /b.mp4; }", ["origin.get reject", "origin.head warn"]),
    ],
)
def test_the_other_manners_have_their_rules(
    nginx: StartNginx, shared_root: Path, server: str, expected: list[str]
) -> None:
    with view(nginx(shared_root, server=server)) as seen:
        assert verdicts(seen.inspect(URL, content(MP4))) == expected
