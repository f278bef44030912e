"""Laws of the way to the web: as a platform comes, bounded, and every failure told as what it is."""

from __future__ import annotations

import socket
import ssl
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from syncer.connect.pace import SharedPace
from syncer.connect.web.client import WebSettings, ask, certificate_end, client
from syncer.connect.web.errors import translating
from syncer.errors import ConfigError, OriginError
from syncer.protocols.patience import Patience
from syncer.urls.canonical import bare, canonical, under
from syncer.urls.weburl import ascii_host
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, StartNginx
from tests.servers.ports import free_port
from tests.servers.scripted import ENDLESS, Scripted, answer, scripted

URL = f"https://{HOST}/a.mp4"
FINE = answer("200 OK", b"hello")


def settings(certificates: Certificates, server: Scripted) -> WebSettings:
    return WebSettings(certificates.ca, server.connect_to)


def refusal(settings: WebSettings, url: str = URL, pace: SharedPace | None = None) -> OriginError:
    with client(settings, pace) as http, pytest.raises(OriginError) as caught:
        ask(http, url)
    return caught.value


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
def test_messages_bear_no_query_no_user_and_nothing_that_moves_a_terminal(url: str, told: str) -> None:
    assert bare(url) == told


@given(st.text())
def test_a_url_can_always_be_told(url: str) -> None:
    told = bare(url)
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
def test_what_can_be_no_root_is_refused(url: str) -> None:
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


def test_it_comes_as_a_platform_does(certificates: Certificates) -> None:
    """One kept-alive connection, identity encoding, no cookies, the URL's own name in SNI and Host."""
    with scripted(certificates.leaf(HOST), answer("200 OK", b"hello", "Set-Cookie: seen=1")) as server:
        with client(settings(certificates, server)) as http:
            answers = [ask(http, URL), ask(http, URL, method="HEAD"), ask(http, f"{URL}?x=1")]
        assert [got.start for got in answers] == [b"hello", b"", b"hello"]
        assert server.names == [HOST]
        assert [request.split(" HTTP")[0] for request in server.requests] == [
            "GET /a.mp4",
            "HEAD /a.mp4",
            "GET /a.mp4?x=1",
        ]
        for request in server.requests:
            assert f"Host: {HOST}\r\n" in request
            assert "User-Agent: syncer/" in request
            assert "Accept-Encoding: identity\r\n" in request
            assert "ookie" not in request


def test_a_port_of_the_url_stays_in_host(certificates: Certificates) -> None:
    with (
        scripted(certificates.leaf(HOST), FINE) as server,
        client(settings(certificates, server)) as http,
    ):
        ask(http, f"https://{HOST}:8443/a")
    assert f"Host: {HOST}:8443\r\n" in server.requests[0]


def test_without_connect_to_the_url_says_where(certificates: Certificates) -> None:
    with (
        scripted(certificates.leaf("localhost"), FINE) as server,
        client(WebSettings(certificates.ca)) as http,
    ):
        assert ask(http, f"https://localhost:{server.port}/").size == 5


def test_proxies_and_cas_of_the_environment_do_not_count(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca))
    with scripted(certificates.leaf(HOST), FINE) as server:
        assert refusal(WebSettings(connect_to=server.connect_to)).code == "origin.tls"
        with client(settings(certificates, server)) as http:
            assert ask(http, URL).status == 200


def test_a_redirect_is_an_answer(certificates: Certificates) -> None:
    with (
        scripted(certificates.leaf(HOST), answer("302 Found", b"", "Location: /b.mp4?sig=secret")) as server,
        client(settings(certificates, server)) as http,
    ):
        got = ask(http, URL)
    assert got.redirects
    assert got.target(URL) == f"https://{HOST}/b.mp4"
    assert len(server.requests) == 1


def test_a_connection_verified_for_one_name_serves_no_other(certificates: Certificates) -> None:
    with (
        scripted(certificates.leaf(HOST), FINE) as server,
        client(settings(certificates, server)) as http,
    ):
        ask(http, URL)
        with pytest.raises(OriginError, match="another name"):
            ask(http, "https://other.example.test/a.mp4")


def test_no_more_is_read_than_was_asked_for(certificates: Certificates) -> None:
    endless = answer("200 OK", ENDLESS, "Transfer-Encoding: chunked", length=False)
    heard: list[int] = []
    with (
        scripted(certificates.leaf(HOST), endless) as server,
        client(settings(certificates, server)) as http,
    ):
        got = ask(http, URL, limit=100_000, meter=heard.append)
    assert got.size == sum(heard) == 100_000
    assert len(got.start) == 65536
    assert got.length is None


def test_a_body_that_drips_is_given_up(nginx: StartNginx, web_root: Path) -> None:
    (web_root / "a.mp4").write_bytes(bytes(100_000))
    site = nginx(web_root, server="limit_rate 4096;")
    with client(WebSettings(site.ca, site.connect_to)) as http, pytest.raises(OriginError) as caught:
        ask(http, URL, patience=0.2)
    assert (caught.value.code, caught.value.transient) == ("origin.unreachable", True)


@pytest.mark.parametrize(
    ("kind", "sentence", "hint"),
    [
        ("expired", "has expired", "renew"),
        ("unknown", "issuer of its certificate is unknown", "fullchain.pem"),
        ("other", "is for another name", "names this very host"),
    ],
)
def test_each_flaw_of_a_certificate_has_its_sentence(
    certificates: Certificates, kind: str, sentence: str, hint: str
) -> None:
    pem = {
        "expired": certificates.expired,
        "unknown": certificates.unknown,
        "other": lambda _: certificates.leaf("www.example.test"),
    }[kind](HOST)
    with scripted(pem, FINE) as server:
        error = refusal(settings(certificates, server))
    assert (error.code, error.transient) == ("origin.tls", False)
    assert sentence in error.message
    assert hint in str(error.hint)


def test_a_root_that_is_sent_but_not_public_is_told(certificates: Certificates, tmp_path: Path) -> None:
    stranger, pem = trustme.CA(), tmp_path / "chain.pem"
    leaf = stranger.issue_cert(HOST)
    leaf.private_key_and_cert_chain_pem.write_to_path(pem)
    stranger.cert_pem.write_to_path(pem, append=True)
    with scripted(pem, FINE) as server:
        assert "a CA that is not a public one" in refusal(settings(certificates, server)).message


def test_a_flaw_without_a_row_is_told_in_openssls_words() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = 23, "certificate revoked"
    with pytest.raises(OriginError, match="certificate revoked"), translating(URL):
        raise error


def test_what_speaks_no_tls_is_told(certificates: Certificates) -> None:
    with scripted(None, FINE) as server:
        error = refusal(settings(certificates, server))
        assert "TLS handshake fails" in error.message
        assert error.code == "origin.tls"


def test_nobody_listening_is_told() -> None:
    error = refusal(WebSettings(connect_to=f"127.0.0.1:{free_port()}"))
    assert (error.code, error.transient) == ("origin.unreachable", True)
    assert "refused" in error.message


def test_an_unknown_host_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    error = refusal(WebSettings())
    assert (error.code, error.transient) == ("origin.unreachable", True)
    assert "DNS" in error.message


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"https://{'a' * 64}.example/", "origin.unreachable"),
        ("https://\x00/", "origin.protocol"),
        ("gopher://h/?secret", "origin.protocol"),
    ],
)
def test_a_url_that_can_not_be_asked_is_told(url: str, code: str) -> None:
    error = refusal(WebSettings(), url)
    assert error.code == code
    assert "secret" not in str(error)


@pytest.mark.parametrize("ca", [True, False])
def test_silence_has_an_end(certificates: Certificates, *, ca: bool) -> None:
    """Silent before the TLS handshake, or after the request."""
    pace = SharedPace(patience=Patience(connect=0.3, answer=0.3))
    with ExitStack() as closing:
        if ca:
            server = closing.enter_context(
                scripted(certificates.leaf(HOST), b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1")
            )
            port = server.port
        else:
            silent = closing.enter_context(socket.create_server(("127.0.0.1", 0)))
            port = silent.getsockname()[1]
        error = refusal(WebSettings(certificates.ca, f"127.0.0.1:{port}"), pace=pace)
    assert (error.code, error.transient) == ("origin.unreachable", True)
    assert "in time" in error.message


@pytest.mark.parametrize(
    ("reply", "code", "transient"),
    [
        (b"", "origin.unreachable", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n1", "origin.unreachable", True),
        (b"220 mail.example.test ESMTP\r\n\r\n", "origin.protocol", False),
    ],
)
def test_what_breaks_off_may_be_tried_again_and_what_is_no_http_not(
    certificates: Certificates, reply: bytes, code: str, *, transient: bool
) -> None:
    with scripted(certificates.leaf(HOST), reply) as server:
        error = refusal(settings(certificates, server))
    assert (error.code, error.transient) == (code, transient)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), "hangs up"),
        (ConnectionResetError(104, "Connection reset by peer"), "broke off"),
        (OSError(101, "Network is unreachable"), "Network is unreachable"),
        (OSError("odd"), "can't be reached: OSError"),
        (TimeoutError("timed out"), "timed out"),
        (ssl.SSLError("odd"), "handshake fails: "),
    ],
)
def test_what_the_system_says_is_told(error: OSError, sentence: str) -> None:
    with pytest.raises(OriginError, match=sentence), translating(URL):
        raise error


def test_a_lost_connection_without_a_reason_is_told() -> None:
    import httpx

    with pytest.raises(OriginError, match="connection was lost") as caught, translating(URL):
        raise httpx.ReadError("")
    assert caught.value.transient


def test_a_bad_ca_file_is_a_mistake_in_the_config(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("hello")
    for name, reason in [("missing.pem", "No such file"), ("ca.pem", "no certificate")]:
        with pytest.raises(ConfigError, match=reason) as caught:
            client(WebSettings(ca=tmp_path / name))
        assert caught.value.code == "config.ca"


@pytest.mark.parametrize("target", ["", "host", "host:", ":443", "[::1]", "a b:443", "::1:443"])
def test_a_bad_connect_to_is_a_mistake_in_the_config(target: str) -> None:
    with pytest.raises(ConfigError) as caught:
        client(WebSettings(connect_to=target or "x"))
    assert caught.value.code == "config.connect_to"


def test_connect_to_may_be_an_ipv6_address() -> None:
    assert refusal(WebSettings(connect_to=f"[::1]:{free_port()}")).code == "origin.unreachable"


def test_the_end_of_a_certificate_is_told_even_of_an_expired_one(certificates: Certificates) -> None:
    now = datetime.now(UTC)
    with scripted(certificates.leaf(HOST), FINE) as server:
        assert certificate_end(settings(certificates, server), HOST, 443) > now
    with scripted(certificates.leaf("localhost"), FINE) as server:
        assert certificate_end(WebSettings(certificates.ca), "localhost", server.port) > now
    with scripted(certificates.expired(HOST), FINE) as server:
        with pytest.raises(OriginError, match="expired"):
            certificate_end(settings(certificates, server), HOST, 443)
        end = certificate_end(settings(certificates, server), HOST, 443, even_if_expired=True)
    assert timedelta() < now - end < timedelta(days=3)
