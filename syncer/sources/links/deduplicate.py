"""Several links to one object: which ones are kept, and the order in which they are tried."""

from __future__ import annotations

import hashlib
from array import array
from datetime import datetime

from syncer.urls.links import Link

FULL = 0.7
MOST = 20
"""Links to one object that are kept; of more, the worst are dropped."""
PICTURE = "drive-image"
"""The kind of a link to a preview picture of a file in Drive."""


def link_order(url: str, link: Link, now: datetime) -> tuple[int, int, bool, bool, float]:
    """The sort key for links to one object, the best first.

    Signed and valid links come before those without a time, and expired ones come last. Then: links with the
    keys that a shared link needs, the file before a picture of it, https before http, and later expiry first.
    """
    end = link.expires.timestamp() if link.expires else 0.0
    secure = url.lower().startswith("https:")
    return -_standing(link, now), -len(link.needs), link.kind == PICTURE, not secure, -end


def _standing(link: Link, now: datetime) -> int:
    if (link.expires and link.expires <= now) or (link.starts and link.starts > now):
        return 0
    if link.expires:
        return 3
    return 2 if link.signed else 1


def tried(links: dict[str, Link], now: datetime) -> tuple[str, ...]:
    """All URLs of the object, the best first."""
    ranked = sorted(links, key=lambda url: link_order(url, links[url], now))
    first = links[ranked[0]]
    return (_original(first), *ranked) if first.kind == PICTURE else tuple(ranked)


def _original(picture: Link) -> str:
    """The link to the file in Drive behind a preview picture; it is not in the list."""
    return f"https://drive.google.com/uc?export=download&id={picture.identity.rpartition('/')[2]}"


class Deduplicator:
    """Counts the links to each object in the first reading of a list, and gathers them in the second.

    It needs 32 bytes for each object, and no Python object. It holds the URLs of an object only if there are
    several different ones, from the first to the last. It is a hash table with open addressing.
    """

    def __init__(self) -> None:
        self._count = 0
        self._tables = _empty(1024)
        self._gathered: dict[int, dict[str, Link]] = {}

    def see(self, url: str, place: str) -> None:
        """Count a link, in the first reading."""
        if self._count > FULL * len(self._tables[0]):
            self._grow()
        high, low = _digest(place)
        highs, lows, firsts, counts, _ = self._tables
        slot = _slot(self._tables, high, low)
        if not counts[slot]:
            self._count += 1
            highs[slot], lows[slot], firsts[slot], counts[slot] = high, low, _digest(url)[0], 1
        elif firsts[slot] != _digest(url)[0]:
            counts[slot] += 1

    def gathered(self, url: str, link: Link, now: datetime) -> tuple[str, ...]:
        """In the second reading, in the same order: all URLs of the object, the best first, at the last of
        its links; none at any other link.
        """
        _, _, firsts, counts, met = self._tables
        slot = _slot(self._tables, *_digest(link.place))
        if met[slot] and firsts[slot] == _digest(url)[0]:
            return ()
        met[slot] += 1
        if counts[slot] == 1:
            return tried({url: link}, now)
        urls = self._gathered.setdefault(slot, {})
        urls[url] = link
        if len(urls) > MOST:
            del urls[max(urls, key=lambda each: link_order(each, urls[each], now))]
        return tried(self._gathered.pop(slot), now) if met[slot] == counts[slot] else ()

    def _grow(self) -> None:
        grown = _empty(2 * len(self._tables[0]))
        for row in zip(*self._tables, strict=True):
            high, low, _, count, _ = row
            if count:
                slot = _slot(grown, high, low)
                for column, value in zip(grown, row, strict=True):
                    column[slot] = value
        self._tables = grown


Tables = tuple["array[int]", "array[int]", "array[int]", "array[int]", "array[int]"]


def _empty(size: int) -> Tables:
    high, low, first = (array("Q", bytes(8 * size)) for _ in range(3))
    count, met = (array("I", bytes(4 * size)) for _ in range(2))
    return high, low, first, count, met


def _digest(text: str) -> tuple[int, int]:
    found = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return int.from_bytes(found[:8]), int.from_bytes(found[8:])


def _slot(tables: Tables, high: int, low: int) -> int:
    """The slot of the object, or the free one for it."""
    highs, lows, _, counts, _ = tables
    slot = low % len(highs)
    while counts[slot] and (highs[slot], lows[slot]) != (high, low):
        slot = (slot + 1) % len(highs)
    return slot
