"""Assets that wait until another asset has left their path: names or templates were swapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from syncer.model import Asset
from syncer.sync.handover import give_up
from syncer.sync.placing import Name
from syncer.sync.scan import Scan

MOST_WAITING = 10_000
"""Assets held in memory until it is known whether their path is free."""


@dataclass(slots=True)
class Leaving:
    """Those that can't be copied before their path is free."""

    scan: Scan
    _waiting: dict[Name, Asset] = field(default_factory=dict)
    _before: frozenset[Name] = frozenset()
    """Those that waited at the last call of `taken`."""
    _is_over: bool = False
    """Whether no owner leaves its path any more."""

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, asset: Asset, path: str, owner: Name) -> bool:
        """Returns whether the asset waits, as the owner of its path may leave it."""
        waits = not self._is_over and len(self._waiting) < MOST_WAITING and self.scan.may_get(path, owner)
        if waits:
            self._waiting[asset.source, asset.key] = asset
        return waits

    def taken(self) -> Iterator[Asset]:
        """All that wait, to be tried once more. If none of them got its path since the last call, this is the
        last try: an owner can't leave its path before its new one is free.
        """
        names = frozenset(self._waiting)
        self._is_over, self._before = names == self._before, names
        waiting, self._waiting = self._waiting, {}
        yield from waiting.values()
        self._is_over = False


def in_turn(scan: Scan, waiting: Mapping[Name, str]) -> Iterator[Name]:
    """The assets whose bytes are at the path that they wait for, each after the one that leaves this path. If
    they wait for each other in a circle, one of them gives up its own path first.
    """
    left = dict(waiting)
    while left:
        way, closes = _way(scan, left, next(iter(left)))
        if closes:
            give_up(scan, closes)
        for name in reversed(way):
            yield name
            del left[name]


def _way(scan: Scan, waiting: Mapping[Name, str], first: Name) -> tuple[list[Name], Name | None]:
    """From an asset to the owner of its path, and so on, as long as the owner waits, too. The second value is
    where a circle closes.
    """
    way: dict[Name, None] = {}
    name = first
    while name not in way:
        way[name] = None
        owner = scan.catalogue.owner(waiting[name])
        if owner is None or owner not in waiting:
            return [*way], None
        name = owner
    return [*way], name
