"""Which of several links to one object is taken: the one that holds longest."""

from __future__ import annotations

import hashlib
from array import array
from datetime import datetime

FULL = 0.7


class Freshest:
    """For each object the number of its best link, in 32 bytes and not an object of Python's each.

    A table with open addressing: the place of an object follows from its digest, or is one of the next.
    """

    def __init__(self) -> None:
        self._count = 0
        self._tables = _empty(1024)

    def see(self, place: str, number: int, expires: datetime | None) -> None:
        """`number` begins at 1, and grows."""
        if self._count > FULL * len(self._tables[0]):
            self._grow()
        high, low = _digest(place)
        end = int(expires.timestamp()) if expires else 0
        highs, lows, ends, numbers = self._tables
        slot = _slot(self._tables, high, low)
        if not numbers[slot]:
            self._count += 1
        elif ends[slot] >= end:
            return
        highs[slot], lows[slot], ends[slot], numbers[slot] = high, low, end, number

    def takes(self, place: str, number: int) -> bool:
        return self._tables[3][_slot(self._tables, *_digest(place))] == number

    def _grow(self) -> None:
        grown = _empty(2 * len(self._tables[0]))
        for high, low, end, number in zip(*self._tables, strict=True):
            if number:
                slot = _slot(grown, high, low)
                for column, value in zip(grown, (high, low, end, number), strict=True):
                    column[slot] = value
        self._tables = grown


Tables = tuple["array[int]", "array[int]", "array[int]", "array[int]"]


def _empty(size: int) -> Tables:
    high, low, ends, numbers = (array(kind, bytes(8 * size)) for kind in "QQqQ")
    return high, low, ends, numbers


def _digest(place: str) -> tuple[int, int]:
    found = hashlib.blake2b(place.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return int.from_bytes(found[:8]), int.from_bytes(found[8:])


def _slot(tables: Tables, high: int, low: int) -> int:
    """Where it stands, or the free place where it would."""
    highs, lows, _, numbers = tables
    slot = low % len(highs)
    while numbers[slot] and (highs[slot], lows[slot]) != (high, low):
        slot = (slot + 1) % len(highs)
    return slot
