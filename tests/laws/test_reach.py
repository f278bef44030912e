"""The connection to the origin with a DNS server from the config, and with TLS errors."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from syncer.connect.web.client import WebSettings
from syncer.doctor import network
from syncer.origin.ownership.reach import address_reached, reachability
from syncer.origin.view import PublicOrigin
from syncer.runners import SharedPace
from tests.servers.certificates import Certificates
from tests.servers.scripted import scripted
from tests.servers.zones import zones

HOST = "media.example.test"


def test_the_named_dns_server_is_asked(certificates: Certificates) -> None:
    with zones({"example.test": "media A 127.0.0.1\nmedia A 127.0.0.2"}) as server:
        dns, address, tls = reachability(f"https://{HOST}:1/", WebSettings(certificates.ca), server.settings)
        assert (dns.name, dns.ok, dns.detail) == ("DNS", True, f"{HOST} is at 127.0.0.1, 127.0.0.2")
        assert (address.name, address.doubtful) == ("address", True)
        assert (tls.name, tls.ok) == ("TLS", False)
        assert server.asked


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.1.2.3", "fd00::7", "169.254.9.9", "93.184.216.34"]
)
@pytest.mark.parametrize("ca", [None, Path("ca.pem")])
def test_bootstrap_and_doctor_judge_an_address_alike(address: str, ca: Path | None) -> None:
    said = address_reached(HOST, (address,), ca)
    host = f"[{address}]" if ":" in address else address
    found = network.public(PublicOrigin(f"https://{host}/", HOST, ca), SharedPace())
    state = "not ok" if not said.ok else "warn" if said.doubtful else "ok"
    assert found.state == state
    assert (state == "ok") is (address == "93.184.216.34")
    assert found.hint == said.hint
    assert {"ok": "", "warn": "fine for a trial", "not ok": "public addresses"}[state] in (said.hint or "")
    assert (state == "warn") is (ca is not None and state != "ok")


@pytest.mark.parametrize("records", ["", None])
def test_what_dns_does_not_know_is_not_connected_to(certificates: Certificates, records: str | None) -> None:
    with zones({"example.test": records}) as server, scripted(certificates.leaf(HOST), b"") as web:
        dns, tls = reachability(f"https://{HOST}:{web.port}/", WebSettings(certificates.ca), server.settings)
    assert (dns.name, dns.ok) == ("DNS", False)
    assert HOST in dns.detail
    assert (tls.name, tls.ok, tls.detail, web.names) == ("TLS", False, "not tried", [])


def test_dns_is_not_asked_where_the_address_is_given(certificates: Certificates) -> None:
    with zones({}) as server, scripted(certificates.leaf(HOST), b"") as web:
        settings = WebSettings(certificates.ca, web.connect_to)
        dns, tls = reachability(f"https://{HOST}/", settings, server.settings)
    assert (dns.ok, tls.ok, server.asked) == (True, True, [])
    assert dns.detail == f"no lookup of {HOST}: connect_to is {web.connect_to}"
    assert web.names == [HOST]


def test_a_certificate_that_is_not_valid_yet_is_not_said_to_have_ended(certificates: Certificates) -> None:
    with scripted(certificates.early(HOST), b"") as web:
        _, tls = reachability(f"https://{HOST}/", WebSettings(certificates.ca, web.connect_to))
    assert not tls.ok
    assert "expired" not in tls.detail


def test_only_a_bad_certificate_is_looked_at_a_second_time() -> None:
    """A server that hung up once may take as long to do so again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        came: list[socket.socket] = []
        thread = threading.Thread(target=_hang_up, args=(listener, came))
        thread.start()
        _, tls = reachability(
            f"https://{HOST}/", WebSettings(connect_to=f"127.0.0.1:{listener.getsockname()[1]}")
        )
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
    assert (tls.ok, len(came)) == (False, 1)


def _hang_up(listener: socket.socket, came: list[socket.socket]) -> None:
    with suppress(OSError):
        while True:
            wire, _ = listener.accept()
            came.append(wire)
            wire.close()
