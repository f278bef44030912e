"""Laws of DNS lookups: "not found" is an answer; no answer is an error that names the likely cause."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dns.resolver
import pytest

from syncer.connect.dns import (
    SYSTEM,
    DnsRecords,
    DnsSettings,
    ip_addresses,
    text_by_server,
    txt_records,
    zone,
)
from syncer.errors import OriginError
from tests.servers.knot import NameServer, StartKnot

ZONE = """
@       NS    ns1
@       NS    ns2
ns1     A     127.0.0.1
ns2     A     127.0.0.2
media   A     192.0.2.1
media   A     192.0.2.7
media   AAAA  2001:db8::1
six     AAAA  2001:db8::6
@       TXT   "v=spf1 -all"
@       TXT   "one"
long    TXT   "{a}" "{b}"
odd     TXT   "\\255\\"x"
www     CNAME media
far     TXT   "far"
cdn     CNAME far
loose   CNAME nowhere
xn--bcher-kva  A  192.0.2.2
""".format(a="a" * 255, b="b" * 10)


@pytest.fixture
def server(knot: StartKnot) -> NameServer:
    return knot({"example.test": ZONE, "broken.test": None})


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("example.test", DnsRecords("example.test", ("one", "v=spf1 -all"))),
        ("Example.TEST.", DnsRecords("example.test", ("one", "v=spf1 -all"))),
        ("long.example.test", DnsRecords("long.example.test", ("a" * 255 + "b" * 10,))),
        ("odd.example.test", DnsRecords("odd.example.test", ('\\xff"x',))),
        ("media.example.test", DnsRecords("media.example.test")),
        ("none.example.test", DnsRecords("none.example.test", exists=False)),
        ("cdn.example.test", DnsRecords("far.example.test", ("far",))),
        ("loose.example.test", DnsRecords("nowhere.example.test", exists=False)),
        ("bücher.example.test", DnsRecords("xn--bcher-kva.example.test")),
    ],
)
def test_each_txt_record_comes_in_one_piece(server: NameServer, name: str, held: DnsRecords) -> None:
    assert txt_records(name, server.settings) == held


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("media.example.test", ("192.0.2.1", "192.0.2.7", "2001:db8::1")),
        ("www.example.test", ("192.0.2.1", "192.0.2.7", "2001:db8::1")),
        ("six.example.test", ("2001:db8::6",)),
        ("BÜCHER.example.test", ("192.0.2.2",)),
    ],
)
def test_addresses_are_of_both_kinds(server: NameServer, name: str, found: tuple[str, ...]) -> None:
    assert ip_addresses(name, server.settings) == found


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("none.example.test", "none.example.test does not exist in DNS"),
        ("example.test", "example.test has no address in DNS (A or AAAA record)"),
        (
            "loose.example.test",
            "loose.example.test, which is an alias of nowhere.example.test, does not exist in DNS",
        ),
        (
            "cdn.example.test",
            (
                "cdn.example.test, which is an alias of far.example.test, has no address"
                " in DNS (A or AAAA record)"
            ),
        ),
    ],
)
def test_a_host_without_an_address_has_its_own_error(server: NameServer, name: str, says: str) -> None:
    with pytest.raises(OriginError) as caught:
        ip_addresses(name, server.settings)
    assert (caught.value.code, caught.value.message, caught.value.transient) == ("origin.host", says, True)


@pytest.mark.parametrize(
    ("name", "says", "transient"),
    [
        ("broken.test", "DNS gives no answer for broken.test: SERVFAIL", True),
        ("elsewhere.test", "DNS gives no answer for elsewhere.test: REFUSED", True),
        ("a..b", "a..b can't be looked up in DNS: A DNS label is empty.", False),
        (f"{'a' * 64}.test", "A DNS label is > 63 octets long.", False),
        ("ü..test", "must have its host name in the xn-- form", False),
    ],
)
def test_dns_that_gives_no_answer_is_an_error(
    server: NameServer, name: str, says: str, *, transient: bool
) -> None:
    for ask in (txt_records, ip_addresses, zone):
        with pytest.raises(OriginError) as caught:
            ask(name, server.settings)
        assert (caught.value.code, caught.value.transient) == ("origin.dns", transient)
        assert says in caught.value.message
        assert caught.value.hint


@pytest.fixture
def mute() -> Iterator[DnsSettings]:
    """A server that never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))
        yield DnsSettings(("127.0.0.1",), wire.getsockname()[1], lifetime=0.3)


def test_silence_is_reported_after_the_lifetime(mute: DnsSettings) -> None:
    for ask in (txt_records, ip_addresses, zone):
        with pytest.raises(OriginError) as caught:
            ask("example.test", mute)
        assert (caught.value.code, caught.value.transient) == ("origin.dns", True)
        assert caught.value.message == "DNS does not answer for example.test"


def test_a_machine_without_a_dns_server_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text("")
    monkeypatch.setattr(
        dns.resolver.Resolver,
        "read_resolv_conf",
        lambda self, _, read=dns.resolver.Resolver.read_resolv_conf: read(
            self, str(tmp_path / "resolv.conf")
        ),
    )
    with pytest.raises(OriginError, match="this machine has no DNS server") as caught:
        txt_records("example.test", SYSTEM)
    assert caught.value.code == "origin.dns"


# The zone's own name servers


def test_a_zone_knows_its_name_servers(server: NameServer) -> None:
    for name in ("example.test", "media.example.test", "a.b.none.example.test"):
        found = zone(name, server.settings)
        assert found.name == "example.test"
        assert found.servers == {"ns1.example.test": "127.0.0.1", "ns2.example.test": "127.0.0.2"}


def test_each_name_server_is_asked_by_itself(server: NameServer, knot: StartKnot) -> None:
    knot({"example.test": ZONE.replace("one", "two")}, address="127.0.0.2", port=server.port)
    found = zone("example.test", server.settings)
    assert text_by_server("example.test", found, server.settings) == {
        "ns1.example.test": ("one", "v=spf1 -all"),
        "ns2.example.test": ("two", "v=spf1 -all"),
    }
    assert text_by_server("none.example.test", found, server.settings) == {
        "ns1.example.test": (),
        "ns2.example.test": (),
    }


def test_a_name_server_without_an_answer_is_not_an_error(server: NameServer, mute: DnsSettings) -> None:
    """One without a listener, one without the zone, one that is silent, and one without time left."""
    found = zone("example.test", server.settings)
    assert text_by_server("example.test", found, server.settings)["ns2.example.test"] is None
    assert text_by_server("elsewhere.test", found, server.settings)["ns1.example.test"] is None
    assert set(text_by_server("example.test", found, mute).values()) == {None}
    late = replace(server.settings, lifetime=0)
    assert set(text_by_server("example.test", found, late).values()) == {None}


def test_a_name_server_without_an_address_is_left_out(knot: StartKnot) -> None:
    server = knot({"example.test": "@ NS ns1\n@ NS none\nns1 A 127.0.0.1"})
    assert zone("example.test", server.settings).servers == {"ns1.example.test": "127.0.0.1"}


def test_settings_come_from_one_word() -> None:
    assert DnsSettings.at(None) == SYSTEM
    assert DnsSettings.at("192.0.2.1:5353") == DnsSettings(("192.0.2.1",), 5353)
    assert DnsSettings.at("[::1]:53") == DnsSettings(("::1",), 53)
