"""The facts of a WebP photo, from the chunks of its RIFF file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from typing import NamedTuple

from syncer.model import Facts
from syncer.probe import tiff
from syncer.probe.window import Window

MAX_CHUNKS = 64
MAX_EXIF = 64 * 1024
DAMAGED = "its header is damaged"
NO_PICTURE = "it contains no complete picture"

_ANIMATED = 0x02
_EXIF = 0x08
_STILL = (b"VP8 ", b"VP8L")
_FRAME = b"ANMF"
FRAME_HEADER = 16
"""Bytes of a frame before its picture."""


class _Chunk(NamedTuple):
    kind: bytes
    start: int
    """Offset of its body."""
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size


def webp_facts(window: Window) -> Facts:
    """An animation has the size of its canvas; its orientation is not read.

    The canvas is only a claim: no picture may differ from it, and no frame may reach beyond it. Of an
    animation with very many frames, the first ones are read.
    """
    claimed = 8 + int.from_bytes(window.read(4, 4), "little")
    missing = None if window.size is None else max(0, claimed - window.size)
    facts = Facts(container="webp", missing=missing)
    first = window.read(12, 8 + 10)
    size = _size(first[:4], first[8:])
    if size is None:
        return replace(facts, flaw=DAMAGED)
    facts = replace(facts, width=size[0], height=size[1])
    flags = first[8] if first[:4] == b"VP8X" else 0
    picture = next((each for each in _chunks(window, claimed) if each.kind in (*_STILL, _FRAME)), None)
    if picture is None or picture.end > claimed:
        return facts if missing else replace(facts, flaw=NO_PICTURE)
    if picture.kind == _FRAME:
        frames = takewhile(lambda each: each.end <= claimed, _chunks(window, claimed))
        flaws = (_flaw_of_frame(window, each, size) for each in frames if each.kind == _FRAME)
        facts = replace(facts, flaw=next(filter(None, flaws), None) if not missing else None)
    elif (own := _sized(window, picture)) != size and not missing:
        facts = replace(facts, flaw=DAMAGED) if own is None else _other_size(facts, own, size)
    if flags & _EXIF and not flags & _ANIMATED:
        return replace(facts, orientation=_orientation(window, claimed))
    return facts


def _other_size(facts: Facts, own: tuple[int, int], canvas: tuple[int, int]) -> Facts:
    flaw = f"its picture has {own[0]} by {own[1]} pixels, and its canvas {canvas[0]} by {canvas[1]}"
    return replace(facts, width=own[0], height=own[1], flaw=flaw)


def _flaw_of_frame(window: Window, frame: _Chunk, canvas: tuple[int, int]) -> str | None:
    inside = _chunks(window, frame.end, frame.start + FRAME_HEADER)
    picture = next((each for each in inside if each.kind in _STILL), None)
    if picture is None or picture.end > frame.end:
        return "a frame of it contains no complete picture"
    own, place = _sized(window, picture), window.read(frame.start, FRAME_HEADER)
    if own is None:
        return DAMAGED
    left, top, width, height = (int.from_bytes(place[at : at + 3], "little") for at in (0, 3, 6, 9))
    right, bottom = 2 * left + max(own[0], width + 1), 2 * top + max(own[1], height + 1)
    if right <= canvas[0] and bottom <= canvas[1]:
        return None
    return (
        f"a frame of it reaches to {right} by {bottom} pixels, and its canvas has {canvas[0]} by {canvas[1]}"
    )


def _sized(window: Window, picture: _Chunk) -> tuple[int, int] | None:
    return _size(picture.kind, window.read(picture.start, min(picture.size, 10)))


def _size(kind: bytes, body: bytes) -> tuple[int, int] | None:
    """Width and height; `None` also if decoders would refuse the header, such as that of a hidden picture."""
    if len(body) < 10:  # noqa: PLR2004 - the longest of the three headers
        return None
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L" and body[0] == 0x2F and not body[4] >> 5:  # noqa: PLR2004 - its signature, its version
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and body[0] & 0x11 == 0x10 and body[3:6] == b"\x9d\x01\x2a":  # noqa: PLR2004 - shown, and a key frame
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        return (width, height) if width and height else None
    return None


def _orientation(window: Window, end: int) -> int | None:
    """Searches the EXIF chunk, which follows the picture."""
    for each in _chunks(window, end):
        if each.kind == b"EXIF":
            return tiff.orientation(window.read(each.start, min(each.size, MAX_EXIF)))
    return None


def _chunks(window: Window, end: int, at: int = 12) -> Iterator[_Chunk]:
    for _ in range(MAX_CHUNKS):
        header = window.read(at, 8)
        if at >= end or len(header) < 8:  # noqa: PLR2004 - kind and size
            return
        size = int.from_bytes(header[4:], "little")
        yield _Chunk(header[:4], at + 8, size)
        at += 8 + size + size % 2
