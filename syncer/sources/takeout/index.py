"""What an archive holds: in columns, as there may be hundreds of thousands of members."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

from syncer.errors import SourceError
from syncer.model import Digest
from syncer.sources.takeout.sidecars import Sidecar

CRC32, SHA256 = 4, 32
"""Bytes of a checksum."""

MOST = 1_000_000
"""Members of one archive that are listed."""


@dataclass(slots=True)
class Index:
    """A row is a member. About 170 bytes each, most of it the name."""

    width: int
    """Bytes of a member's checksum, which says its kind."""
    trouble: SourceError | None = None
    """Why it is not whole. What was read before that is listed all the same."""
    names: list[str] = field(default_factory=list)
    places: array[int] = field(default_factory=lambda: array("Q"))
    """Where a member begins: its header in a zip, its bytes in what a tgz unpacks to."""
    sizes: array[int] = field(default_factory=lambda: array("Q"))
    packed: array[int] = field(default_factory=lambda: array("Q"))
    """Bytes that it takes in the archive."""
    times: array[int] = field(default_factory=lambda: array("q"))
    """When it was changed, in seconds; 0 is not known."""
    methods: array[int] = field(default_factory=lambda: array("H"))
    """How it is compressed, as zip counts."""
    checks: bytearray = field(default_factory=bytearray)
    flaws: dict[int, str] = field(default_factory=dict)
    said: dict[int, Sidecar | None] = field(default_factory=dict)
    """What sidecars that were read say; `None` of JSON that is none."""
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
        """The same for the same bytes, whichever archive they were packed into."""
        return f"{self.digest(row) or 'crc32:' + self.check(row).hex()}-{self.sizes[row]}"

    def digest(self, row: int) -> str | None:
        return f"sha256:{self.check(row).hex()}" if self.width == SHA256 else None

    def proof(self, row: int) -> Digest:
        """What the archive says of the member's bytes: by its own checksum in a zip. In a tgz it is what they
        were when the checksum of all was right, and no proof where the end with that checksum is missing.
        """
        if self.width == CRC32:
            return Digest("zip-crc32", "crc32", self.check(row).hex())
        return Digest("" if self.trouble else "gzip-crc32", "sha256", self.check(row).hex())

    def row(self, name: str, version: str | None) -> int | None:
        """Where the member of that name and version is, if it is there."""
        if self._sorted is None:
            self._sorted = array("I", sorted(range(len(self.names)), key=self.names.__getitem__))
        at = bisect_left(self._sorted, name, key=self.names.__getitem__)
        while at < len(self._sorted) and self.names[self._sorted[at]] == name:
            if self.version(self._sorted[at]) == version:
                return self._sorted[at]
            at += 1
        return None
