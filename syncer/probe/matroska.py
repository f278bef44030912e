"""Facts at the start of a Matroska or WebM file that libav does not report. Pure.

    EBML header, perhaps padding, Segment: each an id, a size, a body
    Segment: …, Info, Tracks, …, Cluster, Cluster, …

An id or a size has 1 to 8 bytes; the first set bit says how many. A size of only ones is unknown, as in a
live recording: the element ends before the first element that can't be in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from syncer.probe.boxes import Read

SEGMENT, CLUSTER = 0x18538067, 0x1F43B675
INFO, TRACKS = 0x1549A966, 0x1654AE6B
_SCALE, _DURATION = 0x2AD7B1, 0x4489
_ENTRY, _NUMBER, _TYPE = 0xAE, 0xD7, 0x83
_VIDEO = 1
MAX_ELEMENTS = 16
"""Elements before the segment: the header and perhaps some padding."""
MAX_INSIDE = 64
"""Elements of the segment before its first cluster."""
MAX_HEADER = 1024 * 1024
"""Bytes to read of one of them."""


@dataclass(frozen=True, slots=True)
class Element:
    kind: int
    body: int
    """Offset of its body."""
    end: int | None
    """Its claimed end; `None` if unknown."""


@dataclass(frozen=True, slots=True)
class Header:
    scale: int
    """Nanoseconds of a tick."""
    has_duration: bool
    film: int | None
    """Number of the first video track."""
    first: int | None
    """Offset of the first cluster, if found."""


def element_at(read: Read, offset: int) -> Element | None:
    """`None` if there is no element."""
    header = read(offset, 16)
    kind, width = variable(header, marked=True)
    size, more = variable(header[width:], marked=False)
    if not width or not more:
        return None
    body = offset + width + more
    return Element(kind, body, None if size == (1 << 7 * more) - 1 else body + size)


def claimed_end(read: Read) -> int | None:
    """The claimed end of its segment; `None` if unknown, as in a live recording."""
    found = segment(read)
    return found.end if found else None


def segment(read: Read) -> Element | None:
    offset = 0
    for _ in range(MAX_ELEMENTS):
        element = element_at(read, offset)
        if element is None or element.kind == SEGMENT:
            return element
        if element.end is None:
            return None
        offset = element.end
    return None


def header(read: Read) -> Header | None:
    """`None` if it is no Matroska file."""
    around = segment(read)
    if around is None:
        return None
    found, offset = Header(1_000_000, has_duration=False, film=None, first=None), around.body
    for _ in range(MAX_INSIDE):
        element = element_at(read, offset)
        if element is None or element.kind == CLUSTER:
            first = offset if element else None
            return Header(found.scale, found.has_duration, found.film, first)
        if element.end is None:
            return found
        if element.kind in (INFO, TRACKS):
            found = _with(found, element, read(element.body, min(element.end - element.body, MAX_HEADER)))
        offset = element.end
    return found


def _with(found: Header, element: Element, body: bytes) -> Header:
    if element.kind == INFO:
        inside = dict(children(body))
        scale = int.from_bytes(inside.get(_SCALE, b""), "big") or found.scale
        return Header(scale, any(inside.get(_DURATION, b"")), found.film, found.first)
    tracks = (dict(children(entry)) for kind, entry in children(body) if kind == _ENTRY)
    films = (entry for entry in tracks if int.from_bytes(entry.get(_TYPE, b""), "big") == _VIDEO)
    film = next((int.from_bytes(entry.get(_NUMBER, b""), "big") for entry in films), None)
    return Header(found.scale, found.has_duration, film, found.first)


def children(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Id and body of the elements inside an element in memory."""
    offset = 0
    while element := element_at(lambda at, size: body[at : at + size], offset):
        end = len(body) if element.end is None else element.end
        yield element.kind, body[element.body : end]
        offset = end


def variable(data: bytes, *, marked: bool) -> tuple[int, int]:
    """The number, with or without its marker bit, and its length in bytes; 0 if there is no number."""
    if not data or not data[0]:
        return 0, 0
    width = 9 - data[0].bit_length()
    if len(data) < width:
        return 0, 0
    number = int.from_bytes(data[:width], "big")
    return (number if marked else number & (1 << 7 * width) - 1), width
