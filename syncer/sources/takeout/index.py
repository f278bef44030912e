"""The members of an archive, in columns, as there may be hundreds of thousands."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

from syncer.errors import SourceError
from syncer.model import Digest
from syncer.sources.takeout.sidecars import Sidecar

CRC32, SHA256 = 4, 32
"""Bytes of each kind of checksum."""

MOST = 1_000_000
"""The most members of one archive."""


@dataclass(slots=True)
class Index:
    """One row for each member, of about 170 bytes, most of them for the name."""

    width: int
    """Bytes of a checksum; they also show its kind."""
    trouble: SourceError | None = None
    """Why it is incomplete; the members before the damage are listed."""
    names: list[str] = field(default_factory=list)
    places: array[int] = field(default_factory=lambda: array("Q"))
    """The position of a member: of its header in a zip, of its bytes in an unpacked tgz."""
    sizes: array[int] = field(default_factory=lambda: array("Q"))
    packed: array[int] = field(default_factory=lambda: array("Q"))
    """Bytes of the packed member."""
    times: array[int] = field(default_factory=lambda: array("q"))
    """Times of modification in seconds; 0 is unknown."""
    methods: array[int] = field(default_factory=lambda: array("H"))
    """zip's numbers for the compression."""
    checks: bytearray = field(default_factory=bytearray)
    flaws: dict[int, str] = field(default_factory=dict)
    said: dict[int, Sidecar | None] = field(default_factory=dict)
    """The sidecars that were read; `None` for other JSON."""
    _sorted: array[int] | None = None

    def __len__(self) -> int:
        return len(self.names)

    def add(  # noqa: PLR0913 - one argument for each column
        self,
        name: str,
        *,
        place: int,
        size: int,
        packed: int,
        time: int,
        check: bytes,
        method: int = 0,
        flaw: str | None = None,
    ) -> None:
        if flaw:
            self.flaws[len(self.names)] = flaw
        self.names.append(name)
        self.places.append(place)
        self.sizes.append(size)
        self.packed.append(packed)
        self.times.append(time)
        self.methods.append(method)
        self.checks += check

    def check(self, row: int) -> bytes:
        return bytes(self.checks[row * self.width : (row + 1) * self.width])

    def version(self, row: int) -> str:
        """The version of a member: the same for the same bytes in any archive."""
        return f"{self.digest(row) or 'crc32:' + self.check(row).hex()}-{self.sizes[row]}"

    def digest(self, row: int) -> str | None:
        return f"sha256:{self.check(row).hex()}" if self.width == SHA256 else None

    def proof(self, row: int) -> Digest:
        """The hash of the member's bytes. In a zip it is the member's own checksum. In a tgz it was computed
        while the archive's checksum was verified; without that checksum it has no name, and proves nothing.
        """
        if self.width == CRC32:
            return Digest("zip-crc32", "crc32", self.check(row).hex())
        return Digest("" if self.trouble else "gzip-crc32", "sha256", self.check(row).hex())

    def row(self, name: str, version: str | None) -> int | None:
        """The row of the member with this name and version; `None` if it does not exist."""
        if self._sorted is None:
            self._sorted = array("I", sorted(range(len(self.names)), key=self.names.__getitem__))
        at = bisect_left(self._sorted, name, key=self.names.__getitem__)
        while at < len(self._sorted) and self.names[self._sorted[at]] == name:
            if self.version(self._sorted[at]) == version:
                return self._sorted[at]
            at += 1
        return None
