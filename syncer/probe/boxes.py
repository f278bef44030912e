"""The boxes of MP4 and QuickTime files. Pure; every walk ends, whatever sizes the file claims.

    size (4 bytes, big endian) kind (4) [size (8), if the first was 1] body

A size of 0 reaches to the end of the file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

Read = Callable[[int, int], bytes]
"""(offset, size) → these bytes; fewer only at the end of the file."""

MAX_BOXES = 10_000
"""At the top level; each fragment has two or three."""
MAX_PARTS = 1000
"""Inside one box; a track has ten."""


class Box(NamedTuple):
    kind: bytes
    start: int
    body: int
    """Offset of its body."""
    end: int | None
    """Its claimed end, which may be after the end of the file. `None`: the end of the file."""


def box_at(read: Read, offset: int) -> Box | None:
    """`None` at the end of the file, or if there is no box."""
    return _box(read(offset, 16), offset)


def _box(header: bytes, offset: int) -> Box | None:
    kind = header[4:8]
    if len(kind) < 4 or not kind.strip(b"\0"):  # noqa: PLR2004 - a kind has 4 bytes
        return None
    size, body = int.from_bytes(header[:4], "big"), 8
    if size == 0:
        return Box(kind, offset, offset + body, None)
    if size == 1:
        size, body = int.from_bytes(header[8:16], "big"), 16
    if size < body or len(header) < body:
        return None
    return Box(kind, offset, offset + body, offset + size)


def walk(read: Read) -> Iterator[Box]:
    """The boxes of the top level. Skips the segments that a `sidx` after the `moov` lists."""
    offset, indexed = 0, False
    for _ in range(MAX_BOXES):
        box = box_at(read, offset)
        if box is None:
            return
        yield box
        if box.end is None:
            return
        offset = box.end
        indexed = indexed or box.kind == b"moov"
        if indexed and box.kind == b"sidx":
            segments = Box(
                b"", box.end, box.end, indexed_end(read(box.body, min(box.end - box.body, 1 << 20)), box.end)
            )
            yield segments
            offset = segments.end or box.end


def indexed_end(sidx: bytes, anchor: int) -> int:
    """Where the segments that a `sidx` lists end; the `sidx` itself ends at `anchor`."""
    wide = sidx[:1] == b"\1"
    first = sidx[20:28] if wide else sidx[16:20]
    table = 32 if wide else 24
    count = int.from_bytes(sidx[table - 2 : table], "big")
    references = (sidx[at : at + 4] for at in range(table, min(table + 12 * count, len(sidx) - 11), 12))
    sizes = (int.from_bytes(reference, "big") & 0x7FFFFFFF for reference in references)
    return anchor + int.from_bytes(first, "big") + sum(sizes)


def parts(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, body) of the boxes inside a box in memory; the last one may be cut off."""
    offset = 0
    for _ in range(MAX_PARTS):
        box = _box(body[offset : offset + 16], offset)
        if box is None:
            return
        end = len(body) if box.end is None else min(box.end, len(body))
        yield box.kind, body[box.body : end]
        offset = end


def box_body(body: bytes, *path: bytes) -> bytes:
    """The body of the first box on that path; empty if there is none."""
    for kind in path:
        body = next((inner for found, inner in parts(body) if found == kind), b"")
    return body


def first_boxes(body: bytes) -> Mapping[bytes, bytes]:
    """The body of the first box of each kind inside a box; empty for a kind that is not there."""
    found: defaultdict[bytes, bytes] = defaultdict(bytes)
    for kind, inner in parts(body):
        found.setdefault(kind, inner)
    return found
