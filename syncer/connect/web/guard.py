"""Blocks requests to private networks, whatever a URL, a redirect or DNS says."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from syncer.connect.dial import resolve
from syncer.errors import SourceError
from syncer.protocols import Pace
from syncer.urls.canonical import DEFAULT_PORTS

if TYPE_CHECKING:
    import httpx

MOST_POOLS = 32
"""Names whose connections are kept: more than the redirects of two reads at a time."""

INSIDE = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24")))
"""Addresses that look public, but are internal services of a cloud: Azure's and Oracle's."""

CARRIERS = tuple(map(ipaddress.ip_network, ("::/96", "64:ff9b::/96")))
"""IPv6 networks whose last 32 bits are an IPv4 address: IPv4-compatible addresses, and NAT64."""


def is_public(address: str) -> bool:
    """Whether an address is on the public Internet; an IPv4 address inside an IPv6 one is checked too."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner is None and any(found in carrier for carrier in CARRIERS):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast and not any(found in inside for inside in INSIDE)


def guarded(pool: Callable[[], httpx.HTTPTransport], pace: Pace) -> httpx.BaseTransport:
    """A transport that refuses private addresses with a `SourceError`, `source.private`.

    It looks a name up once and connects to the address that it checked, so a second answer of DNS has no
    effect. It has one pool for each name: a connection verified for one must not serve another.
    """
    import httpx

    class Guarded(httpx.BaseTransport):
        def __init__(self) -> None:
            self.pools: OrderedDict[tuple[str, str, int], httpx.HTTPTransport] = OrderedDict()

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            name = request.url.raw_host.decode()
            port = request.url.port or DEFAULT_PORTS[request.url.scheme]
            found = [str(each[4][0]) for each in resolve(name, port, pace)]
            *others, last = _allowed(name, found)
            pool = self.pool_of(request.url.scheme, name, port)
            request.extensions = {**request.extensions, "sni_hostname": name}
            for address in others:  # many networks have no IPv6
                request.url = request.url.copy_with(host=address)
                with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                    return pool.handle_request(request)
            request.url = request.url.copy_with(host=last)
            return pool.handle_request(request)

        def pool_of(self, *name: *tuple[str, str, int]) -> httpx.HTTPTransport:
            found = self.pools.pop(name, None) or pool()
            self.pools[name] = found
            if len(self.pools) > MOST_POOLS:
                self.pools.popitem(last=False)[1].close()
            return found

        def close(self) -> None:
            for each in self.pools.values():
                each.close()

    return Guarded()


def expect_public(name: str) -> None:
    """Raises the same error if the host is a private address. A name is not looked up."""
    with suppress(ValueError):
        ipaddress.ip_address(name)
        _allowed(name, [name])


def _allowed(name: str, addresses: list[str]) -> list[str]:
    public = [address for address in dict.fromkeys(addresses) if is_public(address)]
    if not public:
        raise SourceError(
            f"{name} is an address of a private network ({addresses[0]}), so it is not requested",
            code="source.private",
            hint="to allow it, set allow_private: true",
        )
    return public
