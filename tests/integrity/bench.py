"""One asset's way from a source to a folder that nginx serves, for the tests of what arrives there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from syncer.connect.retry import Policy
from syncer.destinations import open_destination
from syncer.destinations.local import LocalDestination
from syncer.model import Asset, Copy, Outcome
from syncer.origin.addresses import OriginAddresses
from syncer.origin.paths import PathTemplate
from syncer.origin.view import PublicOrigin, PublicView
from syncer.preflight import load_limits
from syncer.probe.prober import Prober
from syncer.runners import SharedPace
from syncer.sources import open_source
from syncer.sync.rules import Rules
from syncer.sync.transfer import Transfer
from tests.home import Home

PATIENT = Policy(attempts=3, first_wait=0.01, longest_wait=0.02)


@dataclass
class Bench:
    home: Home
    transfer: Transfer

    def listed(self) -> Asset:
        source = self.transfer.sources["clips"]
        (asset,) = source.assets()
        return source.look(asset)

    def copy(self, asset: Asset | None = None) -> Outcome:
        asset = asset or self.listed()
        return self.transfer(Copy(asset, self.transfer.addresses.path(asset), "new"))

    @property
    def public(self) -> dict[str, bytes]:
        """All that lies below the web root, staged files included."""
        root = self.home.site.root
        return {name: (root / name).read_bytes() for name in self.home.public()}


@contextmanager
def bench(
    home: Home, config: Any, destination: Any = None, path: str = "{key}", **rules: Any
) -> Iterator[Bench]:
    pace, site = SharedPace(), home.site
    store = destination or LocalDestination.Config(kind="local", root=site.root)
    with (
        closing(open_source("clips", config)) as source,
        closing(open_destination(store)) as opened,
        closing(PublicView(PublicOrigin(site.url, site.url, site.ca, site.connect_to), pace)) as view,
        closing(Prober()) as prober,
    ):
        addresses = OriginAddresses(site.url, site.url, {"clips": PathTemplate.parse(path)})
        told: dict[str, Any] = {"limits": load_limits("tiktok"), "policy": PATIENT} | rules
        yield Bench(home, Transfer({"clips": source}, opened, view, addresses, Rules(**told), pace, prober))
