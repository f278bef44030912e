"""Laws of the visit: each misbehaving origin gets exactly its finding; with real web servers if possible."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.connect.retry import Policy
from syncer.connect.web.client import WebSettings
from syncer.origin import http
from syncer.origin.check import Checked, Checker, Target
from syncer.preflight import Limit, load_limits
from syncer.probe.media_types import HTML
from syncer.runners import SharedPace
from tests.media import sample
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, Site, StartNginx
from tests.servers.ports import free_port
from tests.servers.scripted import answer, scripted

LIMITS = load_limits("tiktok")
ROOT = f"https://{HOST}/"
URL = f"{ROOT}clip.mp4"
CLIP = sample("Summer Trip.mp4")
PAGE = b"<!doctype html><html><body>Not here</body></html>"
LOGIN = b"<!doctype html><html><title>Sign in</title><body><input type='password'></body></html>"
HEAD_ONLY = "if ($request_method = HEAD) {{ {} }}"
NO_RANGE = 'if ($http_range = "") {{ {} }}'

SERVERS = {
    "a redirect to www": (
        "return 301 https://www.media.example.test$request_uri;",
        ["origin.redirect reject"],
    ),
    "a redirect to storage": ("return 302 https://bucket.example.net/x;", ["origin.redirect reject"]),
    "a login": ("return 401;", ["origin.wall reject"]),
    "a redirect to a login": ("return 302 https://accounts.google.com/v3/signin;", ["origin.wall reject"]),
    "a login page": ("error_page 418 =200 /login.html; return 418;", ["origin.wall reject"]),
    "a challenge": ("add_header cf-mitigated challenge always; return 403;", ["origin.wall reject"]),
    "deployment protection": (
        "add_header set-cookie _vercel_sso_nonce=x always; return 403;",
        ["origin.wall reject"],
    ),
    "forbidden": ("return 403;", ["origin.status reject"]),
    "missing": ("return 404;", ["origin.status reject"]),
    "too many": ("return 429;", ["origin.status reject"]),
    "broken": ("return 502;", ["origin.status reject"]),
    "a single-page app": ("error_page 418 =200 /index.html; return 418;", ["origin.page reject"]),
    "compressed": ("add_header Content-Encoding gzip;", ["origin.encoding reject"]),
    "as text": ("types { } default_type text/plain;", ["origin.type warn"]),
    "as anything": ("types { } default_type application/octet-stream;", ["origin.type warn"]),
    "without ranges": ("max_ranges 0;", ["origin.range warn"]),
    "HEAD not allowed": (HEAD_ONLY.format("return 405;"), ["origin.head warn"]),
    "HEAD of something else": (HEAD_ONLY.format("rewrite ^ /other.mp4;"), ["origin.head warn"]),
    "only in pieces": (NO_RANGE.format("return 403;"), ["origin.get reject", "origin.head warn"]),
    "as it should be": ("", []),
}
"""Directives of nginx for the path, and the findings."""


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "POLICY", Policy(attempts=1))


@pytest.fixture
def root(web_root: Path) -> Path:
    (web_root / "clip.mp4").write_bytes(CLIP)
    (web_root / "other.mp4").write_bytes(CLIP[:-5])
    (web_root / "index.html").write_bytes(PAGE)
    (web_root / "login.html").write_bytes(LOGIN)
    return web_root


def checked(url: str, ca: Path | None, connect_to: str | None, **limits: float) -> Checked:
    limit = {name: Limit(value, "the test", "2026-11", "?") for name, value in limits.items()}
    judged_by = replace(LIMITS, **limit)  # type: ignore[arg-type] # the names of its fields
    checker = Checker(WebSettings(ca, connect_to), judged_by, ROOT)
    with checker.open(SharedPace()) as check:
        found = check(Target(url))
    assert found
    return found


def at(site: Site, **limits: float) -> list[str]:
    return verdicts(checked(URL, site.ca, site.connect_to, **limits))


def verdicts(done: Checked) -> list[str]:
    assert all(finding.hint for finding in done.findings), "each says what to do"
    return [f"{finding.rule} {finding.severity}" for finding in done.findings]


@pytest.mark.parametrize("kind", SERVERS)
def test_each_origin_gets_its_finding(nginx: StartNginx, root: Path, kind: str) -> None:
    told, expected = SERVERS[kind]
    assert at(nginx(root, server=f"location = /clip.mp4 {{ {told} }}")) == expected


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("expired", "has expired"),
        ("unknown", "unknown"),
        ("other name", "another name"),
        ("no intermediate", "fullchain.pem"),
    ],
)
def test_an_untrusted_certificate_is_a_finding(
    nginx: StartNginx, certificates: Certificates, root: Path, kind: str, says: str
) -> None:
    certificate = {
        "expired": certificates.expired,
        "unknown": certificates.unknown,
        "other name": lambda _: certificates.leaf("www.example.test"),
        "no intermediate": certificates.without_intermediate,
    }[kind](HOST)
    done = checked(URL, certificates.ca, nginx(root, certificate=certificate).connect_to)
    assert verdicts(done) == ["origin.tls reject"]
    assert says in f"{done.findings[0].message} {done.findings[0].hint}"


def test_a_certificate_that_expires_soon_is_a_warning(
    nginx: StartNginx, certificates: Certificates, root: Path
) -> None:
    assert at(nginx(root, certificate=certificates.ending(timedelta(days=5, hours=1), HOST))) == [
        "origin.certificate warn"
    ]
    assert at(nginx(root, certificate=certificates.ending(timedelta(days=15), HOST))) == []


def test_a_closed_port_is_a_finding() -> None:
    assert verdicts(checked(URL, None, f"127.0.0.1:{free_port()}")) == ["origin.unreachable reject"]


def test_a_name_that_dns_lacks_is_a_finding() -> None:
    assert verdicts(checked("https://no-such-host.example.test/clip.mp4", None, None))[-1:] == [
        "origin.unreachable reject"
    ]


def test_a_private_address_gets_no_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The resolver is the machine's own, so its answer for a public name is replaced."""
    found = [(2, 1, 6, "", ("10.1.2.3", 443)), (10, 1, 6, "", ("fe80::1%eth0", 443, 0, 2))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_more: found)
    done = checked(URL, None, None)
    assert verdicts(done) == ["origin.private reject"]
    assert "10.1.2.3, fe80::1%eth0" in done.findings[0].message


def test_a_slow_first_byte_and_a_slow_line_are_warnings(nginx: StartNginx, root: Path) -> None:
    (root / "clip.mp4").write_bytes(CLIP + bytes(3_000_000))
    fast = nginx(root)
    assert at(fast, latency_seconds=0) == ["origin.latency warn"]
    slow = nginx(root, server="location = /clip.mp4 { limit_rate 1m; }")
    assert at(slow, pull_seconds=1) == ["origin.rate warn"]


@pytest.fixture
def certificate(certificates: Certificates) -> tuple[Path, Path]:
    return certificates.leaf(HOST), certificates.ca


PIECE = answer(
    "206 Partial Content", CLIP[:9], f"Content-Range: bytes 4-12/{len(CLIP)}", "Content-Type: video/mp4"
)
HEAD = answer(
    "206 Partial Content",
    CLIP[:65536],
    f"Content-Range: bytes 0-65535/{len(CLIP)}",
    "Content-Type: video/mp4",
)
LATER = answer(
    "206 Partial Content",
    CLIP[65024:66048],
    f"Content-Range: bytes 65024-66047/{len(CLIP)}",
    "Content-Type: video/mp4",
)
WHOLE = answer("200 OK", CLIP, "Content-Type: video/mp4")
ENDLESS = answer(
    "200 OK",
    b"%x\r\n%b\r\n0\r\n\r\n" % (len(CLIP), CLIP),
    "Content-Type: video/mp4",
    "Transfer-Encoding: chunked",
    length=False,
)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([PIECE, WHOLE, WHOLE], ["origin.range reject"]),
        ([HEAD, ENDLESS, LATER, WHOLE], ["origin.get warn"]),
        ([HEAD, answer("200 OK", CLIP, "Content-Type: text/plain"), LATER, WHOLE], ["origin.get warn"]),
        ([ENDLESS], ["origin.range warn", "origin.length warn"]),
        ([b"220 mail.example.test ESMTP\r\n\r\n"], ["origin.protocol reject"]),
        ([b""], ["origin.unreachable reject"]),
        ([answer("200 OK", b"", "Content-Type: video/mp4")], ["media.empty reject", "media.format reject"]),
    ],
)
def test_faults_that_no_real_server_shows_have_their_findings(
    certificate: tuple[Path, Path], answers: list[bytes], expected: list[str]
) -> None:
    pem, ca = certificate
    with ExitStack() as servers:
        # The first connection only reads the certificate and sends no request.
        server = servers.enter_context(scripted(pem, *answers))
        found = verdicts(checked(URL, ca, server.connect_to))
    assert [verdict for verdict in found if not verdict.startswith("media.un")] == expected


def test_a_url_that_is_refused_by_its_text_gets_no_request() -> None:
    done = checked("http://media.example.test/clip.mp4", None, None)
    assert done.visit is None
    assert done.accepted is False


def test_a_page_does_not_count_as_media(nginx: StartNginx, root: Path) -> None:
    site = nginx(root)
    done = checked(f"{ROOT}index.html", site.ca, site.connect_to)
    assert verdicts(done) == ["origin.page reject"]
    assert done.findings[0].value == HTML
