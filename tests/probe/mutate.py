"""Damages good files like a bad disk, an interrupted upload or an attacker."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from syncer.probe.media_types import sniff

VALUES = (0, 1, 7, 8, 16, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 1 << 28)
NAMES = re.compile(
    rb"moov|mvhd|mvex|trex|trak|tkhd|edts|elst|mdia|mdhd|hdlr|minf|stbl|stsd|stts|ctts|stsc|stsz|stco|stss|moof|traf"
    rb"|tfhd|trun|tfdt|sidx|mdat|avcC|hvcC|esds|colr|pasp|RIFF|VP8.|EXIF|IHDR|Exif|\xff[\xc0-\xfe]"
    rb"|\x1a\x45\xdf\xa3|\x18\x53\x80\x67|\x16\x54\xae\x6b|\x1f\x43\xb6\x75|\x1c\x53\xbb\x6b"
)
"""Names in the structure: boxes, chunks, segments, elements."""
SIGNED = (
    b"\0\0\0\x18ftypisom\0\0\2\0isommp42",
    b"\0\0\0\x14ftypqt  \0\0\2\0qt  ",
    b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm",
    b"\xff\xd8\xff\xe1",
    b"RIFF\0\1\0\0WEBPVP8X",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"GIF89a",
    b"FLV\1\5\0\0\0\x09",
    b"\0\0\1\xba",
    b"OggS",
)


def case(chance: random.Random, seeds: Sequence[bytes]) -> tuple[bytes, str]:
    """A file, and the type by its first bytes."""
    if chance.random() < 0.05:
        data = chance.choice(SIGNED) + chance.randbytes(chance.randrange(2000))
    else:
        data = chance.choice(seeds)
        for _ in range(chance.choice((1, 1, 2, 3, 8))):
            data = chance.choice(WAYS)(chance, data, seeds)
    return data, sniff(data[:65536])


def _flip(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _turn in range(chance.choice((1, 4, 64))):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _number(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Changes a number near a name of the structure: a size, a count, a version."""
    at = max(0, _somewhere(chance, data) + chance.randrange(-8, 40))
    return data[:at] + chance.choice(VALUES).to_bytes(4, "big") + data[at + 4 :]


def _cut(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _splice(chance: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = chance.choice(seeds)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other)) :]


def _repeat(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Repeats a piece, from one name of the structure to another."""
    here, there = sorted((_somewhere(chance, data), _somewhere(chance, data)))
    piece = data[max(0, here - 4) : max(0, there - 4)][:20_000]
    return data[:here] + piece * chance.choice((1, 2, 5)) + data[here:]


def _leave_out(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    here, there = sorted((_somewhere(chance, data), _somewhere(chance, data)))
    return data[:here] + data[there:]


def _somewhere(chance: random.Random, data: bytes) -> int:
    places = [found.start() for found in NAMES.finditer(data[:65536])]
    return chance.choice(places) if places and chance.random() < 0.9 else chance.randrange(len(data) + 1)


WAYS: tuple[Callable[[random.Random, bytes, Sequence[bytes]], bytes], ...] = (
    _flip,
    _number,
    _number,
    _number,
    _cut,
    _splice,
    _repeat,
    _leave_out,
)
