"""The laws of a domain's TXT record, with a name server in this process that counts the queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest

from syncer.connect.dns import DnsRecords
from syncer.origin.ownership.dns import DomainRecord
from syncer.origin.ownership.record import Seen, WantedRecord, judge_record
from tests.origin.test_domain_record import *  # noqa: F403 - the laws
from tests.origin.test_domain_record import DOMAIN, RIGHT, SERVERS, txt
from tests.origin.test_domain_spread import *  # noqa: F403 - as above
from tests.servers.zones import Zones, zones

del test_name_servers_without_an_answer_prove_nothing  # noqa: F821 - it takes seconds


def test_a_name_server_without_an_answer_is_not_said_to_lack_the_record() -> None:
    seen = Seen(DnsRecords(DOMAIN, (RIGHT,)), {"ns1.example.test": (RIGHT,), "ns2.example.test": None})
    assert judge_record(WantedRecord(DOMAIN, RIGHT), seen).standing == "found"


@pytest.fixture
def knot() -> Iterator[object]:
    """As in the real resolver."""
    with ExitStack() as stack:

        def start(
            held: Mapping[str, str | None], *, address: str = "127.0.0.1", port: int | None = None
        ) -> Zones:
            return stack.enter_context(zones(held, address, port or 0))

        yield start


def test_no_other_name_is_asked_for_where_the_record_is_right_somewhere() -> None:
    """Each query costs time, and with some resolvers money."""
    held, lacking = {"example.test": SERVERS + txt(RIGHT)}, {"example.test": SERVERS}
    for first, second in ((held, lacking), (lacking, held), (held, held)):
        with zones(first, "127.0.0.3") as asked, zones(second, port=asked.port):
            DomainRecord(DOMAIN, RIGHT, asked.settings).look(everywhere=True)
            assert {name for name, _ in asked.asked} <= {DOMAIN, "example.test", "ns1.example.test"}


def test_a_check_sends_one_query() -> None:
    with zones({"example.test": SERVERS + txt(RIGHT)}) as asked:
        DomainRecord(DOMAIN, RIGHT, asked.settings).check()
        assert asked.asked == [(DOMAIN, "TXT")]
