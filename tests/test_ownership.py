"""Laws of ownership: what a property covers, where its proof lies, and why the platform would not find it."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.connect.web import WebSettings
from syncer.destinations.local import LocalDestination
from syncer.errors import OwnershipError
from syncer.origin import public_url
from syncer.ownership.file import MAX_SIZE, SignatureFile, is_signature, reachability
from syncer.ownership.property import covers, misfit, signature_path, signature_url
from syncer.seams import OwnershipProof
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, Site, StartNginx
from tests.servers.ports import free_port
from tests.servers.scripted import answer, scripted

ROOT = f"https://{HOST}/"
TOKEN = "AbCdEfGh12345678AbCdEfGh12345678"
NAME = f"tiktok{TOKEN}.txt"
CONTENT = f"tiktok-developers-site-verification={TOKEN}".encode()


# What a property covers


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
        ("https://h.example/a b.mp4", "https://h.example/", False),
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
        ("https://h.example/v/x/..", "https://h.example/v/", True),
        ("https://h.example/../../v/a.mp4", "https://h.example/v/", True),
        ("https://h.example/v/..%2fa.mp4", "https://h.example/v/", False),
        ("https://h.example/v/..%5Ca.mp4", "https://h.example/v/", False),
        ("https://h.example/v/x%2Fa.mp4", "https://h.example/v/", True),
        ("https://h.example/v/a..b.mp4", "https://h.example/v/", True),
        ("https://h.example/v/a.mp4?x=/../#f", "https://h.example/v/", True),
        ("https://h.example/v%C3%A9/a.mp4", "https://h.example/vé/", True),
        ("https://bücher.example/a.mp4", "https://xn--bcher-kva.example/", True),
        ("https://BÜCHER.example/a.mp4", "bücher.example", True),
        ("https://straße.example/a.mp4", "https://strasse.example/", False),
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
        ("https://h.example/a.mp4", "", False),
        ("https://h.example/a.mp4", "*.example", False),
        ("https://h.example/a.mp4", "10.0.0.1", False),
        ("https://h.example/a.mp4", "straße.example", False),
        ("https://h.example/a.mp4", "https://h.example/?x", False),
    ],
)
def test_the_matching_rule(url: str, verified: str, *, covered: bool) -> None:
    assert covers(url, verified) is covered


@given(st.text(), st.text())
def test_any_text_may_be_asked_about(url: str, verified: str) -> None:
    covers(url, verified)
    covers("https://h.example/" + url, "https://h.example/" + verified)


@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(lambda path: path.strip("./"))
)
def test_what_lies_under_the_origin_is_covered_by_its_own_url(name: str) -> None:
    url = public_url("https://h.example/v/", f"x{name}".replace("/", "_").replace("\\", "_"))
    assert covers(url, "https://h.example/v/")
    assert not covers(url, "https://h.example/w/")


# Where the signature file goes


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
def test_the_signature_file_lies_directly_under_the_prefix(url: str, verified: str, path: str) -> None:
    assert misfit(url, verified) is None
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
        ("https://h.example/v/", "https://h.example/w/", "set origin.url to https://h.example/w/"),
        ("https://x.example/", "h.example", "origin.url must be at h.example or below it"),
    ],
)
def test_what_can_not_be_covered_is_refused_with_what_would_fit(url: str, verified: str, says: str) -> None:
    assert says in str(misfit(url, verified))
    with pytest.raises(OwnershipError) as caught:
        signature_path(url, verified, NAME)
    assert caught.value.code == "ownership.property"
    assert says in str(caught.value)


def test_a_signature_file_above_the_root_is_refused_with_what_would_fit() -> None:
    assert misfit("https://h.example/v/", "https://h.example/") is None
    with pytest.raises(OwnershipError, match="above the destination's root") as caught:
        signature_path("https://h.example/v/", "https://h.example/", NAME)
    assert "set origin.url to https://h.example/ " in str(caught.value.hint)
    assert 'path: "v/{source}/{key}"' in str(caught.value.hint)


def test_a_domain_is_proven_by_no_file() -> None:
    assert misfit("https://media.h.example/", "h.example") is None
    with pytest.raises(OwnershipError, match="a domain") as caught:
        signature_path("https://media.h.example/", "h.example", NAME)
    assert "https://media.h.example/" in str(caught.value.hint)


# The file itself


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        (NAME, True),
        (f"clips/{NAME}", True),
        ("tiktok_verify_12ab.html", True),
        (NAME.upper(), False),
        (f"{NAME}.txt", False),
        (f"x{NAME}", False),
        (f"{NAME}/a.mp4", False),
        (f"{NAME}\n", False),
        ("tiktok-clip.txt", False),
    ],
)
def test_signature_files_are_known_by_name(path: str, *, is_one: bool) -> None:
    assert is_signature(path) is is_one


def proof(name: str = NAME, content: bytes = CONTENT, web: WebSettings | None = None) -> SignatureFile:
    return SignatureFile(name, content, ROOT, ROOT, web or WebSettings())


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (NAME, CONTENT, None),
        ("tiktok_verify_12ab.html", b"<html>12ab</html>", None),
        (f"{NAME}.txt", CONTENT, ".txt.txt"),
        (f"tiktok{TOKEN} (1).txt", CONTENT, "second download"),
        ("verify.txt", CONTENT, "not named as the portal does"),
        (NAME, CONTENT + b"\n", "newline"),
        (NAME, b"\xef\xbb\xbf" + CONTENT, "byte order mark"),
        (NAME, b"<html></html>", "web page"),
        (NAME, b"hello", "does not begin with"),
        (NAME, CONTENT[:-1] + b"x", "another token"),
    ],
)
def test_what_does_not_look_like_the_portals_is_warned_of(
    name: str, content: bytes, says: str | None
) -> None:
    warnings = proof(name, content).warnings()
    assert len(warnings) == (says is not None)
    assert all(name in warning and str(says) in warning for warning in warnings)


def test_steps_name_the_property_exactly() -> None:
    steps = "\n".join(proof().steps())
    assert f"exactly {ROOT}\n" in steps
    assert "URL prefix" in steps
    assert "Verify" in steps
    assert NAME in steps


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(CONTENT + b"\r\n")
    made = SignatureFile.read(tmp_path / NAME, ROOT, ROOT, WebSettings())
    assert (made.name, made.content, made.url) == (NAME, CONTENT + b"\r\n", ROOT + NAME)
    assert TOKEN not in repr(made).replace(NAME, "")


@pytest.mark.parametrize("content", [None, b"", bytes(MAX_SIZE + 1)])
def test_what_can_be_no_signature_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / NAME).write_bytes(content)
    with pytest.raises(OwnershipError) as caught:
        SignatureFile.read(tmp_path / NAME, ROOT, ROOT, WebSettings())
    assert caught.value.code == "ownership.file"


def test_a_file_that_has_no_place_is_refused_at_once() -> None:
    with pytest.raises(OwnershipError):
        SignatureFile(NAME, CONTENT, f"{ROOT}v/", ROOT, WebSettings())


# Placed and checked


def web(site: Site) -> WebSettings:
    return WebSettings(site.ca, site.connect_to)


def refusal(name: str, content: bytes, settings: WebSettings) -> OwnershipError:
    with pytest.raises(OwnershipError) as caught:
        proof(name, content, settings).check()
    return caught.value


@pytest.mark.parametrize("name", [NAME, "tiktok_verify_12ab.html", "ödd name.txt"])
def test_what_was_placed_is_found_byte_for_byte(nginx: StartNginx, web_root: Path, name: str) -> None:
    content = CONTENT + b"\r\n \xff"
    made: OwnershipProof = proof(name, content, web(nginx(web_root)))
    destination = LocalDestination(LocalDestination.Config(kind="local", root=web_root))
    for _ in range(2):
        placed = made.place(destination)
        made.check()
    destination.close()
    assert (web_root / name).read_bytes() == content
    assert placed.path == name
    assert placed.url == public_url(ROOT, name)
    assert placed.sha256 == hashlib.sha256(content).hexdigest()


def test_it_is_placed_under_a_deeper_prefix(nginx: StartNginx, web_root: Path) -> None:
    made = SignatureFile(NAME, CONTENT, ROOT, f"{ROOT}clips/", web(nginx(web_root)))
    destination = LocalDestination(LocalDestination.Config(kind="local", root=web_root))
    assert made.place(destination).url == f"{ROOT}clips/{NAME}"
    destination.close()
    made.check()


HTML_FALLBACK = "error_page 404 =200 /index.html;"


@pytest.mark.parametrize(
    ("served", "server", "code", "transient"),
    [
        (None, "", "ownership.missing", True),
        (CONTENT, "location ~ txt { return 301 /elsewhere; }", "ownership.redirect", False),
        (CONTENT, "location ~ txt { return 403; }", "ownership.status", False),
        (CONTENT, "location ~ txt { return 503; }", "ownership.status", True),
        (None, HTML_FALLBACK, "ownership.html", False),
        (CONTENT + b"\n", "", "ownership.bytes", False),
        (CONTENT[:-1] + b"x", "", "ownership.bytes", False),
        (b"hello", "", "ownership.bytes", False),
        (CONTENT + bytes(2 * MAX_SIZE), "", "ownership.bytes", False),
        (b"hello", "add_header Content-Encoding br;", "ownership.bytes", False),
    ],
)
def test_what_the_platform_would_not_accept_is_told(  # noqa: PLR0913 - the columns of the table
    nginx: StartNginx, web_root: Path, served: bytes | None, server: str, code: str, *, transient: bool
) -> None:
    (web_root / "index.html").write_bytes(b"<!doctype html><title>App</title>")
    if served is not None:
        (web_root / NAME).write_bytes(served)
    error = refusal(NAME, CONTENT, web(nginx(web_root, server=server)))
    assert (error.code, error.transient) == (code, transient)
    assert f"{ROOT}{NAME}" in error.message
    assert error.hint


@pytest.mark.parametrize(
    ("served", "header", "says"),
    [
        (CONTENT + b"\n", "", "white space"),
        (b"\xef\xbb\xbf" + CONTENT, "", "byte order mark"),
        (CONTENT[:-1] + b"x", "", "the token is another one"),
        (b"hello", "", "5 bytes instead of 68"),
        (bytes(2 * MAX_SIZE), "", "more than"),
        (b"hello", "Content-Encoding: br", "encoded as br"),
    ],
)
def test_a_difference_is_told(certificates: Certificates, served: bytes, header: str, says: str) -> None:
    reply = answer("200 OK", served, *([header] if header else []))
    with scripted(certificates.leaf(HOST), reply) as server:
        error = refusal(NAME, CONTENT, WebSettings(certificates.ca, server.connect_to))
    assert says in error.message


def test_an_origin_that_is_away_is_told() -> None:
    error = refusal(NAME, CONTENT, WebSettings(connect_to=f"127.0.0.1:{free_port()}"))
    assert (error.code, error.transient) == ("ownership.unreachable", True)


# On the way there


def test_what_is_reachable_says_so(certificates: Certificates) -> None:
    with scripted(certificates.leaf(HOST), b"") as server:
        dns, tls = reachability(ROOT, WebSettings(certificates.ca, server.connect_to))
    assert (dns.name, dns.ok, tls.name, tls.ok) == ("DNS", True, "TLS", True)
    assert server.connect_to in dns.detail
    assert "valid until 3" in tls.detail


def test_addresses_are_told(certificates: Certificates) -> None:
    with scripted(certificates.leaf("localhost"), b"") as server:
        dns, tls = reachability(f"https://localhost:{server.port}/", WebSettings(certificates.ca))
    assert dns.ok
    assert tls.ok
    assert "127.0.0.1" in dns.detail


def test_an_unknown_host_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    dns, tls = reachability(ROOT, WebSettings())
    assert not dns.ok
    assert "DNS knows no address" in dns.detail
    assert (tls.ok, tls.detail) == (False, "not tried")


def test_a_certificate_that_ended_says_when(certificates: Certificates) -> None:
    with scripted(certificates.expired(HOST), b"") as server:
        _, tls = reachability(ROOT, WebSettings(certificates.ca, server.connect_to))
    assert not tls.ok
    assert "(it ended on 20" in tls.detail


@pytest.mark.parametrize("kind", ["unknown", "other"])
def test_a_certificate_that_is_wrong_otherwise_says_how(certificates: Certificates, kind: str) -> None:
    pem = certificates.unknown(HOST) if kind == "unknown" else certificates.leaf("www.example.test")
    with scripted(pem, b"") as server:
        _, tls = reachability(ROOT, WebSettings(certificates.ca, server.connect_to))
    assert not tls.ok
    assert kind in tls.detail
    assert "ended" not in tls.detail


def test_a_port_where_nobody_listens_is_told() -> None:
    _, tls = reachability(ROOT, WebSettings(connect_to=f"127.0.0.1:{free_port()}"))
    assert "refused" in tls.detail
