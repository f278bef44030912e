"""DNS and TLS of the origin's host, in words for the user."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from syncer.connect.dns import SYSTEM, DnsSettings, ip_addresses
from syncer.connect.web.client import WebSettings, certificate_end, host_addresses
from syncer.connect.web.errors import TLS
from syncer.errors import OriginError
from syncer.protocols import Pace
from syncer.urls.canonical import tcp_address


class Reached(NamedTuple):
    """One step of reaching the origin."""

    name: str
    ok: bool
    detail: str


def reachability(
    origin_url: str, web: WebSettings, dns: DnsSettings = SYSTEM, pace: Pace | None = None
) -> list[Reached]:
    """DNS and TLS of the origin. Raises only `ConfigError`."""
    host, port = tcp_address(origin_url)
    found = _found(host, port, web, dns, pace)
    return [
        found,
        _certificate(host, port, web, pace) if found.ok else Reached("TLS", ok=False, detail="not tried"),
    ]


def _found(host: str, port: int, web: WebSettings, dns: DnsSettings, pace: Pace | None) -> Reached:
    if web.connect_to:
        return Reached("DNS", ok=True, detail=f"no lookup of {host}: connect_to is {web.connect_to}")
    try:
        at = ip_addresses(host, dns) if dns.servers else host_addresses(host, port, f"https://{host}/", pace)
    except OriginError as error:
        return Reached("DNS", ok=False, detail=str(error))
    return Reached("DNS", ok=True, detail=f"{host} is at {', '.join(at)}")


def _certificate(host: str, port: int, web: WebSettings, pace: Pace | None) -> Reached:
    try:
        end = certificate_end(web, host, port, pace)
    except OriginError as error:
        return Reached("TLS", ok=False, detail=f"{error}{_expiry(error, host, port, web, pace)}")
    return Reached("TLS", ok=True, detail=f"the certificate of {host} is valid until {end:%Y-%m-%d}")


def _expiry(error: OriginError, host: str, port: int, web: WebSettings, pace: Pace | None) -> str:
    """When the certificate expired, if nothing else is wrong with it."""
    if error.code != TLS:
        return ""
    try:
        end = certificate_end(web, host, port, pace, even_if_expired=True)
    except OriginError:
        return ""
    return f" (it expired on {end:%Y-%m-%d})" if end < datetime.now(UTC) else ""
