"""Laws of reaching the origin: DNS and TLS are reported, each with its own error."""

from __future__ import annotations

import socket

import pytest

from syncer.connect.web.client import WebSettings
from syncer.origin.ownership.reach import reachability
from tests.servers.certificates import Certificates
from tests.servers.knot import StartKnot
from tests.servers.nginx import HOST
from tests.servers.ports import free_port
from tests.servers.scripted import scripted

ROOT = f"https://{HOST}/"


def test_a_reachable_origin_is_ok(certificates: Certificates) -> None:
    with scripted(certificates.leaf(HOST), b"") as server:
        dns, tls = reachability(ROOT, WebSettings(certificates.ca, server.connect_to))
    assert (dns.name, dns.ok, tls.name, tls.ok) == ("DNS", True, "TLS", True)
    assert server.connect_to in dns.detail
    assert "valid until 3" in tls.detail


def test_addresses_are_shown(certificates: Certificates) -> None:
    with scripted(certificates.leaf("localhost"), b"") as server:
        dns, _, tls = reachability(f"https://localhost:{server.port}/", WebSettings(certificates.ca))
    assert dns.ok
    assert tls.ok
    assert "127.0.0.1" in dns.detail


def test_an_unknown_host_gets_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    dns, tls = reachability(ROOT, WebSettings())
    assert not dns.ok
    assert "DNS knows no address" in dns.detail
    assert (tls.ok, tls.detail) == (False, "not tried")


def test_an_expired_certificate_is_reported_with_its_date(certificates: Certificates) -> None:
    with scripted(certificates.expired(HOST), b"") as server:
        _, tls = reachability(ROOT, WebSettings(certificates.ca, server.connect_to))
    assert not tls.ok
    assert "(it expired on 20" in tls.detail


@pytest.mark.parametrize("kind", ["unknown", "other"])
def test_another_fault_of_a_certificate_is_reported(certificates: Certificates, kind: str) -> None:
    pem = certificates.unknown(HOST) if kind == "unknown" else certificates.leaf("www.example.test")
    with scripted(pem, b"") as server:
        _, tls = reachability(ROOT, WebSettings(certificates.ca, server.connect_to))
    assert not tls.ok
    assert kind in tls.detail
    assert "expired" not in tls.detail


def test_a_closed_port_is_reported() -> None:
    _, tls = reachability(ROOT, WebSettings(connect_to=f"127.0.0.1:{free_port()}"))
    assert "refused" in tls.detail


def test_the_configured_dns_server_is_asked(knot: StartKnot, certificates: Certificates) -> None:
    server = knot({"example.test": "media A 127.0.0.1"})
    port = free_port()
    dns, _, tls = reachability(f"https://{HOST}:{port}/", WebSettings(certificates.ca), server.settings)
    assert (dns.ok, dns.detail) == (True, f"{HOST} is at 127.0.0.1")
    assert not tls.ok
    server.hold("example.test", "")
    dns, tls = reachability(ROOT, WebSettings(certificates.ca), server.settings)
    assert not dns.ok
    assert dns.detail.startswith(f"{HOST} does not exist in DNS; at your DNS provider, add a record")
    assert tls.detail == "not tried"
