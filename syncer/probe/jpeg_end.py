"""Finds the end of the picture in a JPEG, and checks the images that are listed after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from syncer.probe.window import Window

TAIL = 64 * 1024
"""Bytes at the end of the file that are searched first for an end marker."""
NEAR = 4 * 1024
"""Bytes before the end that the header names: they contain the end marker and the padding after it."""
CHUNK = 64 * 1024
MAX_SEGMENTS = 1024
"""Between and in the scans of one picture; a progressive picture has dozens."""

MARKER = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)
"""A marker, which is outside a scan or divides it (restart markers). Any number of 0xFF may precede it."""
_END, _IMAGE = b"\xff\xd9", b"\xff\xd8\xff"
_ALONE = {0x01, *range(0xD0, 0xD8)}

_LENGTHS = re.compile(rb"""(?:MicroVideoOffset|Item:Length)(?:=["']|>)\s*(\d{1,12})""")


@dataclass(frozen=True, slots=True)
class TrailerFacts:
    """What the header says about the data after the picture. It may be outdated."""

    film: int = 0
    """Bytes of all appended data, according to a phone's XMP; 0 if it does not say."""
    images: tuple[tuple[int, int], ...] = ()
    """Start and size of the images in MPF. The start counts from `origin`; for the first image it is 0."""
    origin: int = 0


def appended(xmp: bytes) -> int:
    """Bytes after the picture, according to XMP: the video of a motion photo, a gain map."""
    return sum(int(length[1]) for length in _LENGTHS.finditer(xmp))


def has_end(window: Window, scan: int, said: TrailerFacts) -> bool:
    """Whether the picture has its end. Raises `Spent` if the search costs too much."""
    if window.size is not None:
        tail = max(scan, window.size - TAIL)
        if _END in window.read(tail, window.size - tail):
            return True
        for end in _named_ends(window.size, said):
            begin = max(scan, end - NEAR)
            if begin < end <= window.size and _END in window.read(begin, end - begin):
                return True
    return _walk(window, scan)


def _named_ends(size: int, said: TrailerFacts) -> Iterator[int]:
    if said.images:
        yield said.images[0][1]
    if said.film:
        yield size - said.film


def _walk(window: Window, at: int) -> bool:
    """Reads the scans and the segments between them, to the end marker or the end of the file."""
    passed = 0
    while passed < MAX_SEGMENTS and len(chunk := window.read(at, CHUNK)) > 1:
        found = next((each for each in MARKER.finditer(chunk) if each[0][-1] not in _ALONE), None)
        if found is None:
            at += len(chunk) - 1
            continue
        if found[0][-1] == _END[1]:
            return True
        passed += 1
        size = window.read(at + found.end(), 2)
        at += found.end() + max(2, int.from_bytes(size, "big"))
    return False


def lacking(window: Window, said: TrailerFacts) -> int:
    """Missing bytes of listed images that begin where the list says and end after the end of the file.

    Raises `Spent` if that costs too much.
    """
    furthest = 0
    for start, size in said.images[1:]:
        begin = said.origin + start
        is_cut = window.size is None or begin + size > window.size
        if start and size and is_cut and window.read(begin, 3) == _IMAGE:
            furthest = max(furthest, 0 if window.read(begin + size - 1, 1) else begin + size)
    return 0 if window.size is None else max(0, furthest - window.size)
