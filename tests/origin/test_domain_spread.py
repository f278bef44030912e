"""Laws of a TXT record that only some servers have: the zone's own name servers, and the resolver."""

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
def test_a_record_at_only_some_name_servers_is_propagating(
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


def test_bootstrap_wants_the_record_at_each_name_server(server: NameServer, second: NameServer) -> None:
    """In each run the resolver is enough; before the click on Verify it is not."""
    server.hold("example.test", TWO_SERVERS + txt(RIGHT))
    verdict = looked(server)
    assert verdict.standing == "propagating"
    assert verdict.message.endswith("ns1.example.test has it, ns2.example.test has not")
    DomainRecord(DOMAIN, RIGHT, server.settings).check()
    second.hold("example.test", TWO_SERVERS + txt(RIGHT))
    assert looked(server).standing == "found"


def test_a_resolver_with_an_old_record_in_its_cache_is_reported(knot: StartKnot) -> None:
    zones = {"example.test": SERVERS + txt(RIGHT)}
    newer = knot(zones)
    older = knot({"example.test": SERVERS + txt(OTHER)}, address="127.0.0.3", port=newer.port)
    verdict = looked(older)
    assert verdict.standing == "propagating"
    assert verdict.message.endswith("ns1.example.test has it, the DNS server asked has not")


@pytest.mark.parametrize("expected", [RIGHT, None])
def test_a_record_at_the_resolver_alone_is_missing(knot: StartKnot, expected: str | None) -> None:
    """It was removed and is in a cache, or only this network sees it: the platform's resolver will not."""
    newer = knot({"example.test": TWO_SERVERS})
    older = knot({"example.test": TWO_SERVERS + txt(RIGHT)}, address="127.0.0.3", port=newer.port)
    knot({"example.test": TWO_SERVERS}, address="127.0.0.2", port=newer.port)
    verdict = looked(older, expected)
    assert verdict.standing == "missing"
    assert verdict.message.startswith("ns1.example.test and ns2.example.test have no TXT record of")
    assert f"name {DOMAIN}, type TXT, value {expected or PREFIX}" in str(verdict.hint)


def test_name_servers_without_an_answer_prove_nothing(server: NameServer) -> None:
    """Many networks block all DNS servers except their own: here, ns2 does not answer."""
    server.hold("example.test", TWO_SERVERS + txt(RIGHT))
    assert looked(server).standing == "found"
    server.hold("example.test", TWO_SERVERS)
    assert looked(server).standing == "missing"
