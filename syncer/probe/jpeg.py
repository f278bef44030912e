"""The facts of a JPEG: from the segments before its first scan, and from the end of its picture.

In a scan, 0x00 or a restart marker follows each 0xFF, so an end marker after the start of the scan shows that
the picture is complete. Cameras, phones and editors append more: a video, further images (listed in MPF), a
trailer, padding. The photo's decoder needs none of that, so it may be missing, and an outdated list is no
fault. The only fault is a listed image that begins and does not end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from syncer.model import Facts
from syncer.probe import jpeg_end, tiff, unread
from syncer.probe.window import Spent, Window

MAX_SEGMENTS = 1024
GARBAGE = 64 * 1024
"""Bytes between two segments that decoders skip."""

DAMAGED = "its header is damaged"
CUT_HEADER = "it ends in the middle of its header"
CUT = "it ends in the middle: no end marker"
EMPTY = "it contains no picture: its end follows its header"

_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD9)}
_END, _SCAN, _APP1, _APP2 = 0xD9, 0xDA, 0xE1, 0xE2


@dataclass(frozen=True, slots=True)
class Segment:
    marker: int
    start: int
    """Offset of its body."""
    size: int


class _Broken(Exception):  # noqa: N818 - reads as what happened
    """The header is damaged or cut off."""


def jpeg_facts(window: Window) -> Facts:
    facts = Facts(container="jpeg")
    said = jpeg_end.TrailerFacts()
    try:
        for segment in _segments(window):
            if segment.marker in _FRAMES:
                height, width = _pair(window.read(segment.start + 1, 4))
                facts = replace(facts, width=width or None, height=height or None)
            elif segment.marker == _SCAN:
                return _ending(window, segment.start + segment.size, said, facts)
            elif segment.marker == _APP1:
                body = window.read(segment.start, segment.size)
                if body.startswith(b"Exif\0\0") and facts.orientation is None:
                    facts = replace(facts, orientation=tiff.orientation(body))
                else:
                    said = replace(said, film=said.film or jpeg_end.appended(body))
            elif segment.marker == _APP2:
                body = window.read(segment.start, segment.size)
                if body.startswith(b"MPF\0"):
                    said = replace(said, images=tuple(tiff.images(body[4:])), origin=segment.start + 4)
    except _Broken as why:
        return replace(facts, flaw=str(why))
    return replace(facts, flaw=DAMAGED)


def _segments(window: Window) -> Iterator[Segment]:
    at, garbage = 2, 0
    for _ in range(MAX_SEGMENTS):
        at, skipped = _marker(window, at)
        garbage += skipped
        header = window.read(at, 4)
        if len(header) < 4:  # noqa: PLR2004 - marker and length
            raise _Broken(CUT_HEADER)
        marker, size = header[1], int.from_bytes(header[2:], "big")
        if marker == _END or garbage > GARBAGE:
            raise _Broken(DAMAGED)
        if marker in _ALONE:
            at += 2
            continue
        if size < 2:  # noqa: PLR2004 - it counts itself
            raise _Broken(DAMAGED)
        yield Segment(marker, at + 4, size - 2)
        at += 2 + size


def _marker(window: Window, at: int) -> tuple[int, int]:
    """The offset of the next marker, and how many bytes of garbage were skipped, as decoders do."""
    begun = at
    while at - begun <= GARBAGE:
        piece = window.read(at, 256)
        if len(piece) < 2:  # noqa: PLR2004 - a marker
            return at, 0
        if found := jpeg_end.MARKER.search(piece):
            return at + found.end() - 2, found.start()
        at += len(piece) - 1
    return at, at - begun


def _pair(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[:2], "big"), int.from_bytes(data[2:], "big")


def _ending(window: Window, scan: int, said: jpeg_end.TrailerFacts, facts: Facts) -> Facts:
    if window.size is not None and scan > window.size:
        return replace(facts, flaw=CUT_HEADER)
    if window.read(scan, 2) == b"\xff\xd9":
        return replace(facts, flaw=EMPTY)
    try:
        if not jpeg_end.has_end(window, scan, said):
            return replace(facts, flaw=CUT)
        return replace(facts, missing=jpeg_end.lacking(window, said))
    except Spent:
        return replace(facts, unread=unread.END)
