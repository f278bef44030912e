"""The samples of a track whose tables agree with each other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from syncer.probe.exact import Numbers, need, table_rows

MOST = 2**31 - 1
"""The largest number in libav's tables."""


@dataclass(frozen=True, slots=True)
class Samples:
    sizes: Numbers
    chunks: Numbers
    """Offset of each chunk."""
    runs: tuple[tuple[int, int], ...]
    """Chunks in a row with the same number of samples: how many, and that number."""
    counts: Numbers
    """Samples in a row with the same length."""
    lengths: Numbers
    """That length of each, in ticks."""
    delays: Numbers
    """Offsets of the composition times, in ticks."""

    @property
    def ticks(self) -> int:
        return sum(map(int.__mul__, self.counts, self.lengths))

    def places(self) -> Iterator[tuple[int, int]]:
        """Offset and size of each sample."""
        chunks, sizes = iter(self.chunks), iter(self.sizes)
        for count, each in self.runs:
            for _ in range(count):
                at = next(chunks)
                for _ in range(each):
                    size = next(sizes)
                    yield at, size
                    at += size

    def rates(self, scale: int) -> tuple[Fraction, Fraction]:
        """Frames a second: on average, and really. Raises `Unusual` if the rate varies."""
        need(len(self.counts) == 1 or self.counts[1:] == (1,))
        average = Fraction(scale * len(self.sizes), self.ticks)
        need(max(average.numerator, average.denominator) <= MOST)
        return average, Fraction(scale, self.lengths[0])


def read_samples(tables: Mapping[bytes, bytes], size: int) -> Samples:
    """`tables` are the boxes inside `stbl`, `size` is that of the file. Raises `Unusual`."""
    need({b"stsc", b"stsz"} <= tables.keys() and (b"stco" in tables) != (b"co64" in tables))
    chunks = table_rows(tables[b"stco"]) if b"stco" in tables else table_rows(tables[b"co64"], code="Q")
    need(chunks and min(chunks) > 0 and max(chunks) < size)
    need(not any(tables[b"stsz"][:8]))  # no size that all have
    sizes = table_rows(tables[b"stsz"][4:])
    need(sizes and all(sizes) and sum(sizes) <= size)
    times = table_rows(tables[b"stts"], 2)
    delays = table_rows(tables[b"ctts"], 2, versions=b"\0\1") if b"ctts" in tables else (len(sizes), 0)
    need(all(times) and max(times) <= MOST and times[1::2] != (1,) and all(delays[::2]))
    keys = table_rows(tables[b"stss"]) if b"stss" in tables else (1,)
    need(keys[:1] == (1,) and keys[-1] <= len(sizes) and list(keys) == sorted(set(keys)))
    runs = _runs(table_rows(tables[b"stsc"], 3), len(chunks))
    need(sum(times[::2]) == sum(delays[::2]) == sum(count * each for count, each in runs) == len(sizes))
    return Samples(sizes, chunks, runs, times[::2], times[1::2], delays[1::2])


def _runs(stsc: Numbers, chunks: int) -> tuple[tuple[int, int], ...]:
    firsts, each = stsc[::3], stsc[1::3]
    need(firsts[:1] == (1,) and set(stsc[2::3]) == {1} and all(each))
    counts = [after - first for first, after in zip(firsts, (*firsts[1:], chunks + 1), strict=True)]
    need(min(counts) > 0)
    return tuple(zip(counts, each, strict=True))
