"""Hashes that sources give with their bytes: which one is compared, and how it is computed.

The sha256 of all bytes is computed in any case.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable
from typing import Protocol

from syncer.model import Digest

SIZES = {
    "sha256": 32,
    "crc64nvme": 8,
    "sha1": 20,
    "sha512": 64,
    "crc32c": 4,
    "md5": 16,
    "crc32": 4,
}
"""Bytes of each hash. The first of these that the source gives is compared: sha256 costs nothing more, a
CRC-64 next to nothing, and an MD5 proves more than a CRC-32, which takes nearly as long.
"""

MOST_PARTS = 2
"""Part sizes that are tried at once; each costs one more hash over all bytes."""


class Sum(Protocol):
    def update(self, chunk: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class Comparison:
    """One hash that a source gave, and the same hash of the bytes that arrive."""

    def __init__(self, digest: Digest) -> None:
        """`digest` is one that `choose` returned."""
        self.digest = digest
        self._sums: list[Sum] = []
        if digest.parts:
            self._sums += [_PartsHash(digest.algorithm, size) for size in digest.parts]
        elif digest.algorithm != "sha256":
            self._sums.append(_sum(digest.algorithm))

    def update(self, chunk: bytes) -> None:
        for each in self._sums:
            each.update(chunk)

    def came(self, sha256: str) -> str:
        """The hash of the bytes that arrived; `sha256` is theirs, in hex."""
        came = [each.hexdigest() for each in self._sums] or [sha256]
        return self.digest.value if self.digest.value in came else came[0]


def choose(told: Iterable[Digest]) -> Digest | None:
    """The hash to compare: a certain one before an uncertain one, then in the order of `SIZES`."""
    usable = [each for each in told if each.algorithm in SIZES and len(each.parts) <= MOST_PARTS]
    order = [*SIZES]
    return min(usable, key=lambda each: (not each.certain, order.index(each.algorithm)), default=None)


def digest(
    name: str,
    algorithm: str,
    value: bytes,
    *,
    certain: bool = True,
    parts: tuple[int, ...] = (),
) -> Digest | None:
    """The `Digest`, or `None` if the value has the wrong length."""
    if len(value) != SIZES.get(algorithm):
        return None
    return Digest(name, algorithm, value.hex(), certain, parts)


class _Crc:
    """CRC-32C and CRC-64/NVME come from a library: pure Python is slow, 5 MB a second."""

    def __init__(self, algorithm: str) -> None:
        self._size, self._value = SIZES[algorithm], 0
        self._on = _going_on(algorithm)

    def update(self, chunk: bytes, /) -> None:
        self._value = self._on(chunk, self._value)

    def hexdigest(self) -> str:
        return self._value.to_bytes(self._size, "big").hex()


def _going_on(algorithm: str) -> Callable[[bytes, int], int]:
    """A function of the next bytes and the CRC so far; it returns the new CRC."""
    if algorithm == "crc32":
        return zlib.crc32
    import anycrc  # type: ignore[import-untyped] # it has no types

    on: Callable[[bytes, int], int] = anycrc.Model(_MODELS[algorithm]).calc
    return on


_MODELS = {"crc32c": "CRC32-ISCSI", "crc64nvme": "CRC64-NVME"}


class _PartsHash:
    """The hash over the hashes of equal parts, as S3 computes it for multipart uploads."""

    def __init__(self, algorithm: str, size: int) -> None:
        self._algorithm, self._size = algorithm, size
        self._all, self._part, self._left = _sum(algorithm), _sum(algorithm), size
        self._begun = False

    def update(self, chunk: bytes, /) -> None:
        rest = memoryview(chunk)
        while rest:
            piece, rest = rest[: self._left], rest[self._left :]
            self._part.update(bytes(piece))
            self._left -= len(piece)
            self._begun = True
            if not self._left:
                self._end_part()

    def hexdigest(self) -> str:
        """The hash of all bytes. `update` must not be called after it."""
        if self._begun:
            self._end_part()
        return self._all.hexdigest()

    def _end_part(self) -> None:
        self._all.update(bytes.fromhex(self._part.hexdigest()))
        self._part, self._left, self._begun = _sum(self._algorithm), self._size, False


def _sum(algorithm: str) -> Sum:
    if algorithm.startswith("crc"):
        return _Crc(algorithm)
    return hashlib.new(algorithm, usedforsecurity=False)
