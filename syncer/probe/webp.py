"""The facts of a WebP photo, from the chunks of its RIFF file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from syncer.model import Facts
from syncer.probe import tiff
from syncer.probe.window import Window

MAX_CHUNKS = 64
MAX_EXIF = 64 * 1024
DAMAGED = "its header is damaged"
NO_PICTURE = "it contains no complete picture"

_ANIMATED = 0x02
_EXIF = 0x08
_PICTURES = (b"VP8 ", b"VP8L", b"ANMF")


def webp_facts(window: Window) -> Facts:
    """An animation has the size of its canvas; its orientation is not read."""
    claimed = 8 + int.from_bytes(window.read(4, 4), "little")
    missing = None if window.size is None else max(0, claimed - window.size)
    facts = Facts(container="webp", missing=missing)
    first = window.read(12, 8 + 10)
    size = _size(first[:4], first[8:])
    if size is None:
        return replace(facts, flaw=DAMAGED)
    facts = replace(facts, width=size[0], height=size[1])
    flags = first[8] if first[:4] == b"VP8X" else 0
    picture = next((chunk for chunk in _chunks(window, claimed) if chunk[0] in _PICTURES), None)
    if picture is None or picture[1] + picture[2] > claimed:
        return facts if missing else replace(facts, flaw=NO_PICTURE)
    if flags & _EXIF and not flags & _ANIMATED:
        return replace(facts, orientation=_orientation(window, claimed))
    return facts


def _size(kind: bytes, body: bytes) -> tuple[int, int] | None:
    """Width and height."""
    if len(body) < 10:  # noqa: PLR2004 - the longest of the three headers
        return None
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L" and body[0] == 0x2F:  # noqa: PLR2004 - its signature
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        return width, height
    return None


def _orientation(window: Window, end: int) -> int | None:
    """Searches the EXIF chunk, which follows the picture."""
    for kind, start, size in _chunks(window, end):
        if kind == b"EXIF":
            return tiff.orientation(window.read(start, min(size, MAX_EXIF)))
    return None


def _chunks(window: Window, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, offset of the body, size."""
    at = 12
    for _ in range(MAX_CHUNKS):
        header = window.read(at, 8)
        if at >= end or len(header) < 8:  # noqa: PLR2004 - kind and size
            return
        size = int.from_bytes(header[4:], "little")
        yield header[:4], at + 8, size
        at += 8 + size + size % 2
