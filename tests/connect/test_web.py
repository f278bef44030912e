"""Laws of the HTTP client: it sends requests as a platform does, and reads no more than requested."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncer.connect.web.client import WebSettings, ask, certificate_end, http_client
from syncer.errors import OriginError
from tests.connect.web import FINE, URL, refusal, settings
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, StartNginx
from tests.servers.ports import free_port
from tests.servers.scripted import ENDLESS, answer, scripted


def test_requests_look_like_those_of_a_platform(certificates: Certificates) -> None:
    """One kept-alive connection, identity encoding, no cookies, the URL's own name in SNI and Host."""
    with scripted(certificates.leaf(HOST), answer("200 OK", b"hello", "Set-Cookie: seen=1")) as server:
        with http_client(settings(certificates, server)) as http:
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
        http_client(settings(certificates, server)) as http,
    ):
        ask(http, f"https://{HOST}:8443/a")
    assert f"Host: {HOST}:8443\r\n" in server.requests[0]


def test_without_connect_to_the_url_gives_the_address(certificates: Certificates) -> None:
    with (
        scripted(certificates.leaf("localhost"), FINE) as server,
        http_client(WebSettings(certificates.ca)) as http,
    ):
        assert ask(http, f"https://localhost:{server.port}/").size == 5


def test_proxies_and_cas_of_the_environment_do_not_count(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca))
    with scripted(certificates.leaf(HOST), FINE) as server:
        assert refusal(WebSettings(connect_to=server.connect_to)).code == "origin.tls"
        with http_client(settings(certificates, server)) as http:
            assert ask(http, URL).status == 200


def test_a_redirect_is_an_answer(certificates: Certificates) -> None:
    with (
        scripted(certificates.leaf(HOST), answer("302 Found", b"", "Location: /b.mp4?sig=secret")) as server,
        http_client(settings(certificates, server)) as http,
    ):
        got = ask(http, URL)
    assert got.redirects
    assert got.target(URL) == f"https://{HOST}/b.mp4"
    assert len(server.requests) == 1


def test_a_connection_verified_for_one_name_serves_no_other(certificates: Certificates) -> None:
    with (
        scripted(certificates.leaf(HOST), FINE) as server,
        http_client(settings(certificates, server)) as http,
    ):
        ask(http, URL)
        with pytest.raises(OriginError, match="another name"):
            ask(http, "https://other.example.test/a.mp4")


def test_no_more_is_read_than_requested(certificates: Certificates) -> None:
    endless = answer("200 OK", ENDLESS, "Transfer-Encoding: chunked", length=False)
    heard: list[int] = []
    with (
        scripted(certificates.leaf(HOST), endless) as server,
        http_client(settings(certificates, server)) as http,
    ):
        got = ask(http, URL, limit=100_000, meter=heard.append)
    assert got.size == sum(heard) == 100_000
    assert len(got.start) == 65536
    assert got.length is None


def test_a_body_that_drips_is_given_up(nginx: StartNginx, web_root: Path) -> None:
    (web_root / "a.mp4").write_bytes(bytes(100_000))
    site = nginx(web_root, server="limit_rate 4096;")
    with http_client(WebSettings(site.ca, site.connect_to)) as http, pytest.raises(OriginError) as caught:
        ask(http, URL, patience=0.2)
    assert (caught.value.code, caught.value.transient) == ("origin.unreachable", True)


def test_connect_to_may_be_an_ipv6_address() -> None:
    assert refusal(WebSettings(connect_to=f"[::1]:{free_port()}")).code == "origin.unreachable"


def test_the_expiry_of_an_expired_certificate_is_known_too(certificates: Certificates) -> None:
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
