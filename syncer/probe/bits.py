"""Reads the bit fields of a codec's headers. Pure."""

from __future__ import annotations

from syncer.probe.exact import need

MOST_ZEROS = 32
"""Before an Exp-Golomb number."""


def unescaped(unit: bytes) -> bytes:
    """A unit of H.264 without the bytes that only prevent start codes. Raises `Unusual`."""
    need(not any(code in unit for code in (b"\0\0\0", b"\0\0\1", b"\0\0\2")))
    return unit.replace(b"\0\0\3", b"\0\0")


class Bits:
    """Each read beyond the end, and each number out of its range, raises `Unusual`."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def number(self, width: int) -> int:
        need(width <= self._left)
        self._left -= width
        return self._value >> self._left & ((1 << width) - 1)

    def golomb(self, most: int) -> int:
        """An Exp-Golomb number without a sign."""
        zeros = 0
        while not self.number(1):
            zeros += 1
            need(zeros <= MOST_ZEROS)
        found = (1 << zeros) - 1 + self.number(zeros)
        need(found <= most)
        return found

    def signed(self, least: int, most: int) -> int:
        """An Exp-Golomb number with a sign."""
        code = self.golomb(1 << 16)
        found = (code + 1) // 2 if code & 1 else -(code // 2)
        need(least <= found <= most)
        return found

    def ends(self) -> bool:
        """Whether only the stop bit and zeros are left."""
        return self._left > 0 and self._value & ((1 << self._left) - 1) == 1 << (self._left - 1)
