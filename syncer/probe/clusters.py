"""The blocks of a Matroska or WebM file: the first picture, and the end of a file without a duration, as
browsers and live encoders write it.

Cluster: Timestamp, SimpleBlock or BlockGroup, …      a block: track, time after the cluster's, flags, data
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from syncer.probe.boxes import Read
from syncer.probe.matroska import CLUSTER, Element, Header, element_at, segment, variable

TAILS = (64 * 1024, 512 * 1024, 2 * 1024 * 1024, 6 * 1024 * 1024, 12 * 1024 * 1024)
"""Sizes of the tail of the file to search for the last cluster, one after the other."""
MAX_BLOCKS = 100_000
"""In one cluster, which lasts half a minute at most."""
MAX_PARTS = 64
"""Elements of one group."""
FIRST_PARTS = 8
"""The block of a group is among these: writers put it first."""
MAX_TRIED = 1000
"""Positions that look like the start of a cluster; the bytes of a picture rarely do."""

_MARK = CLUSTER.to_bytes(4, "big")
_TIME, _SIMPLE, _GROUP, _BLOCK, _LASTS = 0xE7, 0xA3, 0xA0, 0xA1, 0x9B
_INSIDE = frozenset((_TIME, _SIMPLE, _GROUP, 0xAB, 0xA7, 0xEC, 0xBF, 0xAF, 0x5854))
"""Elements of a cluster: these, and its size, its position, padding, a checksum."""


@dataclass(frozen=True, slots=True)
class LastCluster:
    seconds: float | None
    """From the first cluster to the end of the last picture or sound; `None` if that is not positive."""
    start: float
    """The time of the first cluster, in seconds."""
    fps: float | None
    """Frame rate of the video in this cluster."""
    end: int
    """The claimed end of its last element, or its own."""


@dataclass(frozen=True, slots=True)
class _Block:
    track: int
    at: int
    lasts: int
    """In ticks; 0 if the block has no duration."""


def last_cluster(read: Read, size: int, header: Header) -> LastCluster | None:
    """The last cluster; `None` if none is found. Raises `Spent`."""
    found = _searched(read, size)
    if found is None:
        return None
    blocks, end = _read(read, size, found)
    begin = _time(read, header.first) if header.first is not None else 0
    ends = [_ending(blocks, track) for track in {block.track for block in blocks}]
    seconds = (max(ends) - begin) * header.scale / 1e9 if ends else 0
    film = sorted(block.at for block in blocks if block.track == header.film)
    lasted = (film[-1] - film[0]) * header.scale / 1e9 if film else 0
    start = begin * header.scale / 1e9
    return LastCluster(
        seconds if seconds > 0 else None, start, (len(film) - 1) / lasted if lasted else None, end
    )


def has_picture(read: Read, film: int) -> bool | None:
    """Whether a block of the video track `film` has bytes; `None` if that is too much to read, or if damage
    is in the way. Raises `Spent`.
    """
    around = segment(read)
    if around is None:
        return None
    absent: bool | None = False
    offset, cluster_end = around.body, 0
    for _ in range(MAX_BLOCKS):
        element = element_at(read, offset)
        if (around.end is not None and offset >= around.end) or not (element or read(offset, 1)):
            return absent
        if element and element.kind == CLUSTER:
            offset, cluster_end = element.body, element.end or 0
            continue
        if element and _is_picture(read, element, film):
            return True
        reached = element.end if element else None
        if offset < cluster_end and not (element and reached and _fits(element, reached, cluster_end)):
            reached, absent = cluster_end, None  # damage: there is more in the cluster than is understood
        if reached is None:
            return None
        offset = reached
    return None


def _fits(element: Element, reached: int, cluster_end: int) -> bool:
    return element.kind in _INSIDE and reached <= cluster_end


def _is_picture(read: Read, element: Element, film: int) -> bool:
    if element.kind == _GROUP:
        inside = islice(_elements(read, element, None), FIRST_PARTS)
        return any(_is_picture(read, each, film) for each in inside if each.kind == _BLOCK)
    if element.kind not in (_SIMPLE, _BLOCK) or element.end is None:
        return False
    number, width = variable(read(element.body, 8), marked=False)
    return number == film and element.end - element.body > width + 3


def _ending(blocks: list[_Block], track: int) -> float:
    """When the last block of a track ends. A block without a duration lasts as long as the average one."""
    own = sorted((block.at, block.lasts) for block in blocks if block.track == track)
    at, lasts = own[-1]
    usual = (at - own[0][0]) / (len(own) - 1) if len(own) > 1 else 0
    return at + (lasts or usual)


def _searched(read: Read, size: int) -> Element | None:
    for length in TAILS:
        start = max(0, size - length)
        tail = read(start, size - start)
        at = len(tail)
        for _ in range(MAX_TRIED):
            at = tail.rfind(_MARK, 0, at)
            if at < 0:
                break
            found = element_at(read, start + at)
            inside = found and element_at(read, found.body)
            if found and inside and inside.kind in _INSIDE:
                return found
        if not start:
            return None
    return None


def _time(read: Read, offset: int) -> int:
    """The time of the cluster at `offset`, in ticks; 0 if it does not begin with a time."""
    cluster = element_at(read, offset)
    inside = element_at(read, cluster.body) if cluster else None
    if inside is None or inside.kind != _TIME or inside.end is None:
        return 0
    return int.from_bytes(read(inside.body, min(8, inside.end - inside.body)), "big")


def _read(read: Read, size: int, cluster: Element) -> tuple[list[_Block], int]:
    """Its complete blocks, and the claimed end of its last element."""
    time, blocks, end = 0, list[_Block](), cluster.end or 0
    for element in _elements(read, cluster, _INSIDE):
        reached = element.end or size
        end = max(end, reached)
        if reached > size:
            break
        if element.kind == _TIME:
            time = int.from_bytes(read(element.body, min(8, reached - element.body)), "big")
        elif element.kind == _SIMPLE:
            blocks += _block(read, element, time, 0)
        elif element.kind == _GROUP:
            blocks += _group(read, element, time)
    return blocks, end


def _elements(read: Read, around: Element, kinds: frozenset[int] | None) -> Iterator[Element]:
    """The elements inside another, up to the first one of another kind; `None` allows all kinds."""
    offset = around.body
    for _ in range(MAX_BLOCKS):
        if around.end is not None and offset >= around.end:
            return
        element = element_at(read, offset)
        if element is None or (kinds and element.kind not in kinds):
            return
        yield element
        if element.end is None:
            return
        offset = element.end


def _group(read: Read, group: Element, time: int) -> list[_Block]:
    inside = {element.kind: element for element in islice(_elements(read, group, None), MAX_PARTS)}
    lasts = inside.get(_LASTS)
    length = int.from_bytes(read(lasts.body, 8)[: (lasts.end or 0) - lasts.body], "big") if lasts else 0
    return _block(read, inside[_BLOCK], time, length) if _BLOCK in inside else []


def _block(read: Read, element: Element, time: int, lasts: int) -> list[_Block]:
    data = read(element.body, 12)
    track, width = variable(data, marked=False)
    if not width or len(data) < width + 2:
        return []
    return [_Block(track, time + int.from_bytes(data[width : width + 2], "big", signed=True), lasts)]
