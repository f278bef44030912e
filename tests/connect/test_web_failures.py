"""Laws of the HTTP client: every failure has its own error, and silence times out."""

from __future__ import annotations

import socket
import ssl
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme

from syncer.connect.pace import SharedPace
from syncer.connect.web.client import WebSettings, http_client
from syncer.connect.web.errors import translating
from syncer.errors import ConfigError, OriginError
from syncer.protocols.patience import Patience
from tests.connect.web import FINE, URL, refusal, settings
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST
from tests.servers.ports import free_port
from tests.servers.scripted import scripted


@pytest.mark.parametrize(
    ("kind", "sentence", "hint"),
    [
        ("expired", "has expired", "renew"),
        ("unknown", "issuer of its certificate is unknown", "fullchain.pem"),
        ("other", "is for another name", "get one for this host"),
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


def test_a_root_that_is_sent_but_not_public_is_reported(certificates: Certificates, tmp_path: Path) -> None:
    stranger, pem = trustme.CA(), tmp_path / "chain.pem"
    leaf = stranger.issue_cert(HOST)
    leaf.private_key_and_cert_chain_pem.write_to_path(pem)
    stranger.cert_pem.write_to_path(pem, append=True)
    with scripted(pem, FINE) as server:
        assert "from a private CA" in refusal(settings(certificates, server)).message


def test_an_unknown_certificate_flaw_is_reported_in_openssls_words() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = 23, "certificate revoked"
    with pytest.raises(OriginError, match="certificate revoked"), translating(URL):
        raise error


def test_a_server_without_tls_is_reported(certificates: Certificates) -> None:
    with scripted(None, FINE) as server:
        error = refusal(settings(certificates, server))
        assert "TLS handshake fails" in error.message
        assert error.code == "origin.tls"


def test_a_refused_connection_is_reported() -> None:
    error = refusal(WebSettings(connect_to=f"127.0.0.1:{free_port()}"))
    assert (error.code, error.transient) == ("origin.unreachable", True)
    assert "refused" in error.message


def test_an_unknown_host_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_an_invalid_url_is_reported(url: str, code: str) -> None:
    error = refusal(WebSettings(), url)
    assert error.code == code
    assert "secret" not in str(error)


@pytest.mark.parametrize("ca", [True, False])
def test_silence_times_out(certificates: Certificates, *, ca: bool) -> None:
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
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n1", "origin.incomplete", True),
        (b"220 mail.example.test ESMTP\r\n\r\n", "origin.protocol", False),
    ],
)
def test_a_broken_connection_is_transient_and_a_non_http_answer_is_not(
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
        (OSError("odd"), "can't be reached: odd"),
        (OSError(), r"can't be reached: an error without a text \(OSError\)"),
        (TimeoutError("timed out"), "timed out"),
        (ssl.SSLError("odd"), "handshake fails: "),
    ],
)
def test_a_system_error_is_reported(error: OSError, sentence: str) -> None:
    with pytest.raises(OriginError, match=sentence), translating(URL):
        raise error


def test_a_lost_connection_without_a_reason_is_reported() -> None:
    import httpx

    with pytest.raises(OriginError, match="connection was lost") as caught, translating(URL):
        raise httpx.ReadError("")
    assert caught.value.transient


def test_a_bad_ca_file_is_a_mistake_in_the_config(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("hello")
    for name, reason in [("missing.pem", "No such file"), ("ca.pem", "no certificate")]:
        with pytest.raises(ConfigError, match=reason) as caught:
            http_client(WebSettings(ca=tmp_path / name))
        assert caught.value.code == "config.ca"


@pytest.mark.parametrize("target", ["", "host", "host:", ":443", "[::1]", "a b:443", "::1:443"])
def test_a_bad_connect_to_is_a_mistake_in_the_config(target: str) -> None:
    with pytest.raises(ConfigError) as caught:
        http_client(WebSettings(connect_to=target or "x"))
    assert caught.value.code == "config.connect_to"
