"""The end of a fragmented MP4 with too many fragments to read each.

An index at the end of the file (`mfra`) says where the last fragment begins; without an index, a backward
search finds it. Its start and length, and the start of the first fragment, give the whole duration.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from syncer.probe.boxes import Box, Read, box_at, box_body, parts
from syncer.probe.exact import uint

TAILS = (64 * 1024, 512 * 1024, 2 * 1024 * 1024, 4 * 1024 * 1024, 8 * 1024 * 1024)
"""Sizes of the tail of the file to search for the last fragment, one after the other."""
MAX_FRAGMENT = 1024 * 1024
"""Bytes of a `moof`: each sample needs 16 at most."""
MOST_BEHIND = 64
"""Boxes to read from the last fragment on."""

Times = dict[int, tuple[int, int]]
"""By track number: start and end of its samples in one fragment, in ticks."""


@dataclass(frozen=True, slots=True)
class LastFragment:
    times: Times
    end: int
    """The claimed end of the boxes from the last fragment on."""


def last_fragment(read: Read, size: int, moov: bytes) -> LastFragment | None:
    """The last fragment; `None` if none is found. Raises `Spent`."""
    begin = _indexed(read, size) or _searched(read, size)
    if begin is None:
        return None
    boxes = [*_chain(read, begin)]
    moofs = [box for box in boxes if box.kind == b"moof"]
    if not moofs:
        return None
    needed = [box.end or 0 for box in boxes if box.kind in (b"moof", b"mdat")]
    return LastFragment(times(read, moofs[-1], moov), max(needed))


def seconds(first: Times, final: Times, scales: dict[int, int]) -> tuple[float, float | None]:
    """The start of the first sample, and the seconds from it to the end of the last one; 0 and `None` if a
    fragment has no times.
    """
    known = [number for number in final if number in first and scales.get(number)]
    if not known:
        return 0.0, None
    begin = min(first[number][0] / scales[number] for number in known)
    return begin, max(final[number][1] / scales[number] for number in known) - begin


def times(read: Read, moof: Box, moov: bytes) -> Times:
    """The times of the tracks whose fragment has a start time (`tfdt`)."""
    body = _moof_body(read, moof)
    usual = {uint(trex, 4): uint(trex, 12) for trex in _all(box_body(moov, b"mvex"), b"trex")}
    found: Times = {}
    for traf in _all(body, b"traf"):
        header, due = box_body(traf, b"tfhd"), box_body(traf, b"tfdt")
        if not header or not due:
            continue
        number = uint(header, 4)
        begin = uint(due, 4, 8) if due[:1] == b"\1" else uint(due, 4)
        each = _own_length(header) or usual.get(number, 0)
        lasts = sum(_lasting(run, each) for run in _all(traf, b"trun"))
        before = found.get(number, (begin, begin))
        found[number] = min(before[0], begin), max(before[1], begin + lasts)
    return found


def _moof_body(read: Read, moof: Box) -> bytes:
    end = moof.body + MAX_FRAGMENT if moof.end is None else moof.end
    return read(moof.body, min(end - moof.body, MAX_FRAGMENT))


def in_segments(read: Read, begin: int, end: int | None) -> Iterator[Box]:
    """The first fragments of the segments that an index lists."""
    return (box for box in _chain(read, begin) if box.kind == b"moof" and (end is None or box.start < end))


def filled(read: Read, moofs: Iterable[Box], moov: bytes, wanted: Collection[int]) -> set[int]:
    """Those of the wanted tracks that have a sample with bytes in these fragments. Raises `Spent`."""
    usual = {uint(trex, 4): uint(trex, 16) for trex in _all(box_body(moov, b"mvex"), b"trex")}
    found: set[int] = set()
    for moof in moofs:
        if found.issuperset(wanted):
            break
        for traf in _all(_moof_body(read, moof), b"traf"):
            header = box_body(traf, b"tfhd")
            number = uint(header, 4)
            each = _own_size(header, usual.get(number, 0))
            if any(_is_filled(run, each) for run in _all(traf, b"trun")):
                found.add(number)
    return found


def _own_size(tfhd: bytes, usual: int) -> int:
    """Default size of samples; the usual one if this header has none."""
    flags = uint(tfhd, 0)
    before = 8 * (flags & 0x01) + 4 * (flags >> 1 & 1) + 4 * (flags >> 3 & 1)
    return uint(tfhd, 8 + before) if flags & 0x10 else usual


def _is_filled(trun: bytes, each: int) -> bool:
    flags, count = uint(trun, 0) & 0xFFFFFF, uint(trun, 4)
    return any(_column(trun, 0x200)) if flags & 0x200 else bool(count and each)


def _own_length(tfhd: bytes) -> int:
    """Default length of samples, in ticks; 0 if this header has none."""
    flags = uint(tfhd, 0) & 0xFFFFFF
    if not flags & 0x08:
        return 0
    return uint(tfhd, 8 + (8 if flags & 0x01 else 0) + (4 if flags & 0x02 else 0))


def _lasting(trun: bytes, each: int) -> int:
    flags, count = uint(trun, 0) & 0xFFFFFF, uint(trun, 4)
    return sum(_column(trun, 0x100)) if flags & 0x100 else each * count


def _column(trun: bytes, wanted: int) -> Iterator[int]:
    """A number of each sample in a run, which has only those numbers that its flags name."""
    flags, count = uint(trun, 0) & 0xFFFFFF, uint(trun, 4)
    there = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    at = 8 + (4 if flags & 0x01 else 0) + (4 if flags & 0x04 else 0)
    step = 4 * len(there)
    first = at + 4 * there.index(wanted)
    return (uint(trun, place) for place in range(first, min(at + step * count, len(trun) - 3), step))


def _indexed(read: Read, size: int) -> int | None:
    """Where the last fragment begins, according to the index at the end of the file."""
    ending = read(size - 16, 16)
    if ending[4:8] != b"mfro":
        return None
    length = uint(ending, 12)
    if not 16 <= length <= min(size, MAX_FRAGMENT):  # noqa: PLR2004 - the `mfro` box itself
        return None
    index = read(size - length, length)
    offsets = (_last_offset(body) for body in _all(box_body(index, b"mfra"), b"tfra"))
    begin = max((offset for offset in offsets if offset < size), default=0)
    box = box_at(read, begin) if begin else None
    return begin if box and box.kind == b"moof" else None


def _last_offset(tfra: bytes) -> int:
    wide, lengths, count = tfra[:1] == b"\1", uint(tfra, 8), uint(tfra, 12)
    row = (16 if wide else 8) + sum((lengths >> shift & 3) + 1 for shift in (4, 2, 0))
    at = 16 + row * (count - 1)
    if not count or len(tfra) < at + row:
        return 0
    return uint(tfra, at + 8, 8) if wide else uint(tfra, at + 4)


def _searched(read: Read, size: int) -> int | None:
    """The last position with the first bytes of a fragment."""
    for length in TAILS:
        start = max(0, size - length)
        tail = read(start, size - start)
        at = len(tail)
        while (at := tail.rfind(b"moof", 0, at)) >= 4:  # noqa: PLR2004 - the size precedes it
            if tail[at + 8 : at + 12] == b"mfhd":
                return start + at - 4
        if not start:
            return None
    return None


def _chain(read: Read, begin: int) -> Iterator[Box]:
    at = begin
    for _ in range(MOST_BEHIND):
        box = box_at(read, at)
        if box is None:
            return
        yield box
        if box.end is None:
            return
        at = box.end


def _all(body: bytes, kind: bytes) -> Iterator[bytes]:
    return (inner for found, inner in parts(body) if found == kind)
