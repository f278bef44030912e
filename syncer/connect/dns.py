"""DNS lookups, by the usual resolver or directly at the name servers of a zone.

"The name does not exist" and "it has no such record" are answers. An error means that DNS gave no answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from syncer.connect.reasons import reason_of
from syncer.errors import OriginError
from syncer.protocols.patience import Patience
from syncer.urls.weburl import ascii_host, host_and_port

if TYPE_CHECKING:
    import dns.message
    import dns.resolver

FAILED, NO_HOST = "origin.dns", "origin.host"
PORT = 53
LIFETIME_SECONDS = 5.0
ONE_SERVER_SECONDS = 2.0
MOST_SERVERS = 8
"""Name servers of a zone that are queried; few zones have more."""

_TRUST = "check the name; if it is right, ask its DNS provider (the zone is broken, or DNSSEC fails)"
_WIRE = "try again; if it happens again, check this machine's network and its DNS server"


@dataclass(frozen=True, slots=True)
class DnsSettings:
    """Which servers are queried, and for how long."""

    servers: tuple[str, ...] = ()
    """IP addresses; if empty, the servers that this machine uses."""
    port: int = PORT
    """The port of these servers, and of the name servers of a zone."""
    lifetime: float = LIFETIME_SECONDS
    """Seconds for one lookup, all retries included."""

    @classmethod
    def at(cls, server: str | None, patience: Patience | None = None) -> DnsSettings:
        """`server` is `address:port`; `None` means the servers of this machine."""
        lifetime = min(LIFETIME_SECONDS, (patience or Patience()).answer)
        if server is None:
            return cls(lifetime=lifetime)
        address, port = host_and_port(server)
        return cls((address,), port, lifetime)


SYSTEM = DnsSettings()


@dataclass(frozen=True, slots=True)
class DnsRecords:
    """The records of a name."""

    name: str
    """The name that has the records; for an alias (CNAME) it differs from the one asked for."""
    values: tuple[str, ...] = ()
    exists: bool = True


@dataclass(frozen=True, slots=True)
class Zone:
    """A DNS zone, and its name servers with one address each."""

    name: str
    servers: Mapping[str, str]


def txt_records(name: str, settings: DnsSettings) -> DnsRecords:
    """The TXT records of `name`, each in one piece. Raises `OriginError`."""
    return _held(name, "TXT", settings)


def ip_addresses(name: str, settings: DnsSettings) -> tuple[str, ...]:
    """IPv4 and then IPv6. Raises `OriginError`, with the code `origin.host` where there is none."""
    found = [_held(name, "A", settings)]
    if found[0].exists:
        found.append(_held(name, "AAAA", settings))
    if values := tuple(value for held in found for value in held.values):
        return values
    lacks = "has no address in DNS (A or AAAA record)" if found[0].exists else "does not exist in DNS"
    alias = (
        "" if found[0].name == ascii_host(name).rstrip(".") else f", which is an alias of {found[0].name},"
    )
    raise OriginError(
        f"{name}{alias} {lacks}",
        code=NO_HOST,
        hint="at your DNS provider, add a record that points it to the web server; if you just did, wait",
        transient=True,
    )


def zone(name: str, settings: DnsSettings) -> Zone:
    """The zone that `name` lies in. Raises `OriginError`."""
    import dns.resolver

    resolver = _resolver(settings)
    with _translating(name):
        apex = dns.resolver.zone_for_name(_name(name), resolver=resolver, lifetime=settings.lifetime)
    servers: dict[str, str] = {}
    for server in _held(apex.to_text(), "NS", settings).values[:MOST_SERVERS]:
        try:
            servers[server] = ip_addresses(server, settings)[0]
        except OriginError:
            continue  # a name server without an address can't be queried
    return Zone(apex.to_text(omit_final_dot=True), servers)


def text_by_server(name: str, of: Zone, settings: DnsSettings) -> dict[str, tuple[str, ...] | None]:
    """The TXT records of `name` at each server of the zone; `None` if a server gives no answer.

    Never raises: many networks block all DNS servers but their own.
    """
    deadline = time.monotonic() + settings.lifetime
    found: dict[str, tuple[str, ...] | None] = {}
    for server, address in of.servers.items():
        left = deadline - time.monotonic()
        patience = min(left, ONE_SERVER_SECONDS)
        found[server] = _text_at(address, name, settings.port, patience) if left > 0 else None
    return found


def _text_at(address: str, name: str, port: int, patience: float) -> tuple[str, ...] | None:
    import dns.exception
    import dns.flags
    import dns.message
    import dns.query
    import dns.rcode

    try:
        query = dns.message.make_query(_name(name), "TXT", flags=0)
        answer, _ = dns.query.udp_with_fallback(query, address, timeout=patience, port=port)
    except (dns.exception.DNSException, OSError, EOFError):
        return None
    known = answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN) and answer.flags & dns.flags.AA
    return _values(answer, "TXT") if known else None


def _held(name: str, kind: Literal["A", "AAAA", "NS", "TXT"], settings: DnsSettings) -> DnsRecords:
    import dns.resolver

    resolver = _resolver(settings)
    with _translating(name):
        try:
            answer = resolver.resolve(_name(name), kind, search=False, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN as error:
            return DnsRecords(error.canonical_name.to_text(omit_final_dot=True).lower(), exists=False)
    return DnsRecords(
        answer.canonical_name.to_text(omit_final_dot=True).lower(), _values(answer.response, kind)
    )


def _values(answer: dns.message.Message, kind: str) -> tuple[str, ...]:
    import dns.rdatatype

    wanted = dns.rdatatype.from_text(kind)
    records = (record for found in answer.answer if found.rdtype == wanted for record in found)
    if kind == "TXT":
        return tuple(sorted(b"".join(each.strings).decode(errors="backslashreplace") for each in records))
    return tuple(sorted(each.to_text().rstrip(".").lower() for each in records))


def _resolver(settings: DnsSettings) -> dns.resolver.Resolver:
    import dns.resolver

    try:
        resolver = dns.resolver.Resolver(configure=not settings.servers)
    except dns.resolver.NoResolverConfiguration:
        raise OriginError(
            "DNS does not work: this machine has no DNS server", code=FAILED, hint="look at /etc/resolv.conf"
        ) from None
    if settings.servers:
        resolver.nameservers, resolver.port = list(settings.servers), settings.port
    resolver.lifetime = settings.lifetime
    resolver.timeout = min(ONE_SERVER_SECONDS, settings.lifetime)
    return resolver


def _name(text: str) -> dns.name.Name:
    """An absolute name, so that no search domain is tried."""
    import dns.name

    return dns.name.from_text(ascii_host(text).rstrip("."))


@contextmanager
def _translating(name: str) -> Iterator[None]:
    """Exceptions of dnspython become `OriginError`."""
    import dns.exception
    import dns.resolver

    try:
        yield
    except dns.exception.Timeout as error:
        raise OriginError(
            f"DNS does not answer for {name}", code=FAILED, hint=_WIRE, transient=True
        ) from error
    except dns.resolver.NoNameservers as error:
        raise OriginError(
            f"DNS gives no answer for {name}: {_refusals(error)}", code=FAILED, hint=_TRUST, transient=True
        ) from error
    except (dns.exception.DNSException, ValueError) as error:
        raise OriginError(
            f"{name} can't be looked up in DNS: {reason_of(error)}", code=FAILED, hint="check the name"
        ) from error


def _refusals(error: dns.resolver.NoNameservers) -> str:
    """`SERVFAIL`, `REFUSED` or the system's error of each server that was queried."""
    said = {str(reason).rstrip(".") for _, _, _, reason, _ in error.kwargs["errors"]}
    return " and ".join(sorted(said)) or "no reason was given"
