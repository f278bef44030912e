"""The facts of a JPEG, from its segments up to the first scan and from its end.

Within a scan 0xFF is always followed by 0x00 or a restart marker, so an end marker behind the begin of the
scan is one. Phones put more behind it: a film, or further images, of which a list (MPF) is in the header.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from syncer.model import Facts
from syncer.probe import tiff
from syncer.probe.window import Window

MAX_SEGMENTS = 1024
TAIL = 64 * 1024
"""Bytes at the end in which an end marker is looked for."""

DAMAGED = "its header is damaged"
CUT_HEADER = "it ends in the middle of its header"
CUT = "it ends in the middle: no end marker"

_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD9)}
_END, _SCAN, _APP1, _APP2, _MARK = 0xD9, 0xDA, 0xE1, 0xE2, 0xFF
_FILM = (b"MotionPhoto", b"MicroVideo", b"Container:Directory")
"""In the XMP of a photo with something behind it."""


@dataclass(frozen=True, slots=True)
class Segment:
    marker: int
    start: int
    """Of its body."""
    size: int


class _Broken(Exception):  # noqa: N818 - reads as what happened
    """The header goes on no further."""


def look(window: Window) -> Facts:
    facts = Facts(container="jpeg")
    appended: int | None = 0
    """Where what was appended ends, `None` where that is not told, 0 where nothing was."""
    try:
        for segment in _segments(window):
            if segment.marker in _FRAMES:
                height, width = _pair(window.read(segment.start + 1, 4))
                facts = replace(facts, width=width or None, height=height or None)
            elif segment.marker == _SCAN:
                return _ending(window, segment.start + segment.size, appended, facts)
            elif segment.marker == _APP1:
                body = window.read(segment.start, segment.size)
                if body.startswith(b"Exif\0\0") and facts.orientation is None:
                    facts = replace(facts, orientation=tiff.orientation(body))
                elif not appended and any(word in body for word in _FILM):
                    appended = None
            elif segment.marker == _APP2:
                body = window.read(segment.start, segment.size)
                if body.startswith(b"MPF\0") and (end := tiff.images_end(body[4:])):
                    appended = segment.start + 4 + end
    except _Broken as why:
        return replace(facts, flaw=str(why))
    return replace(facts, flaw=DAMAGED)


def _segments(window: Window) -> Iterator[Segment]:
    at = 2
    for _ in range(MAX_SEGMENTS):
        header = window.read(at, 4)
        if len(header) < 4:  # noqa: PLR2004 - marker and length
            raise _Broken(CUT_HEADER)
        marker, size = header[1], int.from_bytes(header[2:], "big")
        if header[0] != _MARK or marker in (0, _END):
            raise _Broken(DAMAGED)
        if marker == _MARK:  # padding
            at += 1
            continue
        if marker in _ALONE:
            at += 2
            continue
        if size < 2:  # noqa: PLR2004 - it counts itself
            raise _Broken(DAMAGED)
        yield Segment(marker, at + 4, size - 2)
        at += 2 + size


def _pair(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[:2], "big"), int.from_bytes(data[2:], "big")


def _ending(window: Window, scan: int, appended: int | None, facts: Facts) -> Facts:
    size = window.size
    if size is None:
        return facts
    if appended:
        return replace(facts, missing=max(0, appended - size))
    if scan > size:
        return replace(facts, flaw=CUT_HEADER)
    tail = max(scan, size - TAIL)
    if b"\xff\xd9" in window.read(tail, size - tail):
        return replace(facts, missing=0)
    return facts if appended is None else replace(facts, flaw=CUT)
