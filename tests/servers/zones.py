"""A name server in this process, for tests with many lookups. Knot is the real one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone

from syncer.connect.dns import DnsSettings
from tests.servers.knot import ZONE


@dataclass
class Zones:
    """Its address, its zones, and its queries. A zone of `None` is broken."""

    address: str
    port: int
    held: dict[str, str | None]
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Name and type of each query."""

    @property
    def settings(self) -> DnsSettings:
        return DnsSettings((self.address,), self.port)

    def hold(self, zone: str, records: str | None) -> None:
        self.held[zone] = records

    def answer(self, wire: bytes) -> bytes:
        query = dns.message.from_wire(wire)
        reply = dns.message.make_response(query)
        asked = query.question[0]
        name = asked.name.to_text(omit_final_dot=True).lower()
        self.asked.append((name, dns.rdatatype.to_text(asked.rdtype)))
        zone = next((zone for zone in self.held if f".{name}".endswith(f".{zone}")), None)
        if zone is None:
            reply.set_rcode(dns.rcode.REFUSED)
        elif (records := self.held[zone]) is None:
            reply.set_rcode(dns.rcode.SERVFAIL)
        else:
            reply.flags |= dns.flags.AA
            _fill(
                reply,
                asked,
                dns.zone.from_text(
                    ZONE.format(name=zone) + records, zone, relativize=False, check_origin=False
                ),
            )
        return reply.to_wire()


def _fill(reply: dns.message.Message, asked: dns.rrset.RRset, zone: dns.zone.Zone) -> None:
    """The records, also those of an alias, or "not found"."""
    name, origin = asked.name, zone.origin or dns.name.root
    while alias := zone.get_rrset(name, "CNAME"):
        reply.answer.append(alias)
        name = alias[0].target
        if not name.is_subdomain(origin):
            return
    if found := zone.get_rrset(name, asked.rdtype):
        reply.answer.append(found)
        return
    reply.authority.append(zone.find_rrset(origin, "SOA"))
    if not any(each.is_subdomain(name) for each in zone):
        reply.set_rcode(dns.rcode.NXDOMAIN)


@contextmanager
def zones(held: Mapping[str, str | None], address: str = "127.0.0.1", port: int = 0) -> Iterator[Zones]:
    """Records of each zone, without its SOA."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind((address, port))
        server = Zones(address, wire.getsockname()[1], dict(held))
        thread = threading.Thread(target=_serve, args=(wire, server))
        thread.start()
        try:
            yield server
        finally:
            wire.sendto(b"", wire.getsockname())
            thread.join(10)


def _serve(wire: socket.socket, server: Zones) -> None:
    while True:
        query, asker = wire.recvfrom(65_535)
        if not query:
            return
        wire.sendto(server.answer(query), asker)
