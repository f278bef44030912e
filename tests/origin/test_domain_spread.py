"""Laws of a TXT record that some of DNS has and some lacks: the zone's own name servers, and the resolver."""

from __future__ import annotations

import pytest

from syncer.origin.ownership.dns import DomainRecord
from syncer.origin.ownership.record import PREFIX
from tests.origin.test_domain_record import (
    DOMAIN,
    OTHER,
    RIGHT,
    SERVERS,
    TWO_SERVERS,
    looked,
    refusal,
    txt,
)
from tests.servers.knot import NameServer, StartKnot


@pytest.fixture
def server(knot: StartKnot) -> NameServer:
    return knot({"example.test": SERVERS})


@pytest.fixture
def second(server: NameServer, knot: StartKnot) -> NameServer:
    """Another name server of the zone."""
    server.hold("example.test", TWO_SERVERS)
    return knot({"example.test": TWO_SERVERS}, address="127.0.0.2", port=server.port)


@pytest.mark.parametrize("expected", [RIGHT, None])
def test_a_record_that_only_some_name_servers_have_is_on_its_way(
    server: NameServer, second: NameServer, expected: str | None
) -> None:
    second.hold("example.test", TWO_SERVERS + txt(RIGHT))
    verdict = looked(server, expected)
    assert verdict.standing == "propagating"
    assert verdict.message == (
        f"the TXT record of {DOMAIN} is on its way: ns2.example.test has it, "
        "the DNS server asked and ns1.example.test have not"
    )
    error = refusal(DomainRecord(DOMAIN, expected, server.settings))
    assert (error.code, error.transient) == ("ownership.txt_propagating", True)
    assert "before you click Verify" in str(error.hint)


def test_everywhere_means_each_name_server(server: NameServer, second: NameServer) -> None:
    """In each run what the resolver says is enough; before the click on Verify it is not."""
    server.hold("example.test", TWO_SERVERS + txt(RIGHT))
    verdict = looked(server)
    assert verdict.standing == "propagating"
    assert verdict.message.endswith("ns1.example.test has it, ns2.example.test has not")
    DomainRecord(DOMAIN, RIGHT, server.settings).check()
    second.hold("example.test", TWO_SERVERS + txt(RIGHT))
    assert looked(server).standing == "found"


def test_a_resolver_that_remembers_the_old_record_is_told(knot: StartKnot) -> None:
    zones = {"example.test": SERVERS + txt(RIGHT)}
    newer = knot(zones)
    older = knot({"example.test": SERVERS + txt(OTHER)}, address="127.0.0.3", port=newer.port)
    verdict = looked(older)
    assert verdict.standing == "propagating"
    assert verdict.message.endswith("ns1.example.test has it, the DNS server asked has not")


@pytest.mark.parametrize("expected", [RIGHT, None])
def test_a_record_that_only_the_resolver_has_is_missing(knot: StartKnot, expected: str | None) -> None:
    """It was removed and is remembered, or only this network sees it: the platform's resolver will not."""
    newer = knot({"example.test": TWO_SERVERS})
    older = knot({"example.test": TWO_SERVERS + txt(RIGHT)}, address="127.0.0.3", port=newer.port)
    knot({"example.test": TWO_SERVERS}, address="127.0.0.2", port=newer.port)
    verdict = looked(older, expected)
    assert verdict.standing == "missing"
    assert verdict.message.startswith("ns1.example.test and ns2.example.test have no TXT record of")
    assert f"name {DOMAIN}, type TXT, value {expected or PREFIX}" in str(verdict.hint)


def test_name_servers_that_can_not_be_asked_prove_nothing(server: NameServer) -> None:
    """Many networks let no DNS through but their own: at ns2 nobody answers here."""
    server.hold("example.test", TWO_SERVERS + txt(RIGHT))
    assert looked(server).standing == "found"
    server.hold("example.test", TWO_SERVERS)
    assert looked(server).standing == "missing"
