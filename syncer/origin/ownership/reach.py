"""DNS, address and TLS of the origin's host, in words for the user."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from syncer.connect.dns import SYSTEM, DnsSettings, ip_addresses
from syncer.connect.web.client import WebSettings, certificate_end, host_addresses
from syncer.connect.web.errors import TLS
from syncer.errors import OriginError
from syncer.origin.rules.visit import unreachable
from syncer.protocols import Pace
from syncer.urls.canonical import tcp_address


class Reached(NamedTuple):
    """One step of reaching the origin."""

    name: str
    ok: bool
    detail: str
    hint: str | None = None
    doubtful: bool = False
    """Whether it is `ok` for a test origin only."""


def reachability(
    origin_url: str, web: WebSettings, dns: DnsSettings = SYSTEM, pace: Pace | None = None
) -> list[Reached]:
    """DNS, address and TLS of the origin. Raises only `ConfigError`."""
    host, port = tcp_address(origin_url)
    if web.connect_to:
        found = Reached("DNS", ok=True, detail=f"no lookup of {host}: connect_to is {web.connect_to}")
        return [found, _certificate(host, port, web, pace)]
    try:
        at = ip_addresses(host, dns) if dns.servers else host_addresses(host, port, f"https://{host}/", pace)
    except OriginError as error:
        return [Reached("DNS", ok=False, detail=str(error)), Reached("TLS", ok=False, detail="not tried")]
    return [
        Reached("DNS", ok=True, detail=f"{host} is at {', '.join(at)}"),
        address_reached(host, tuple(at), web.ca),
        _certificate(host, port, web, pace),
    ]


ADDRESS = "address"


def address_reached(host: str, addresses: tuple[str, ...], ca: Path | None) -> Reached:
    """Whether the platform can reach all these addresses. With a private CA it is a test origin."""
    hidden = unreachable(addresses)
    if not hidden:
        return Reached(ADDRESS, ok=True, detail="the address is public")
    detail = f"{host} is at {', '.join(hidden)}, which is not a public address: TikTok can't reach it"
    if ca:
        hint = "fine for a trial, as origin.ca is set; for TikTok, use a host with a public address"
        return Reached(ADDRESS, ok=True, detail=detail, hint=hint, doubtful=True)
    return Reached(ADDRESS, ok=False, detail=detail, hint=_PUBLISH)


_PUBLISH = (
    "put public addresses into its DNS records; if only this machine resolves it so, set origin.connect_to"
)


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
