"""The tracks in the `moov` box of an MP4 or QuickTime file. Pure, over bytes in memory."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from syncer.probe.boxes import box_body, first_boxes, parts
from syncer.probe.exact import uint

MAX_TRACKS = 64
MAX_EDITS = 64
"""More than any program writes. One more is read, to see that there are too many."""
FIRST_SAMPLES = 64
"""The first displayed sample is among these: a decoder holds back fewer."""

_UNITY = (1.0, 0.0, 0.0, 1.0)
Matrix = tuple[float, float, float, float]
"""a, b, c, d: a point (x, y) is displayed at (a·x + c·y, b·x + d·y)."""


@dataclass(frozen=True, slots=True)
class Edit:
    duration: int
    """In the movie's time scale; 0 may mean: to the end."""
    start: int
    """In the track's time scale; -1: an empty edit, which shows nothing."""
    rate: int
    """In 1/65536."""


@dataclass(frozen=True, slots=True)
class Track:
    number: int
    handler: str
    """`vide`, `soun`, …"""
    format: str
    """The format of its first sample entry: `avc1`, `hvc1`, `mp4a`, …"""
    rotation: int
    """Degrees clockwise."""
    movie_scale: int
    scale: int
    """Ticks a second."""
    duration: int
    """In ticks."""
    edits: tuple[Edit, ...]
    first: int | None
    """Tick of its first picture, later than 0 if pictures are reordered; `None` without samples."""
    end: int
    """Where its last samples end in the file; 0 without samples."""
    exact: bool = True
    """Whether the sizes of these samples are known and included in `end`."""
    filled: bool = True
    """Whether its tables have a sample with bytes."""


def tracks(moov: bytes) -> list[Track]:
    movie = box_body(moov, b"mvhd")
    found = (body for kind, body in parts(moov) if kind == b"trak")
    return [_track(body, movie) for body in islice(found, MAX_TRACKS)]


def _track(trak: bytes, movie: bytes) -> Track:
    inside = first_boxes(trak)
    media = first_boxes(inside[b"mdia"])
    table = first_boxes(box_body(media[b"minf"], b"stbl"))
    header = inside[b"tkhd"]
    scale, duration = _times(media[b"mdhd"])
    end, exact = _end(table)
    return Track(
        number=uint(header, 20 if _is_wide(header) else 12, 4),
        handler=_name(media[b"hdlr"][8:12]),
        format=_name(table[b"stsd"][12:16]),
        rotation=_rotation(_matrix(header, 40), _matrix(movie, 36)),
        movie_scale=_times(movie)[0],
        scale=scale,
        duration=duration,
        edits=tuple(_edits(box_body(inside[b"edts"], b"elst"))),
        first=_first(table[b"stts"], table[b"ctts"]),
        end=end,
        exact=exact,
        filled=_is_filled(table),
    )


def movie_seconds(moov: bytes) -> float | None:
    """The duration that the `mvhd` box claims, empty edits included; `None` if it has none."""
    header = box_body(moov, b"mvhd")
    scale, duration = _times(header)
    unknown = (1 << (64 if _is_wide(header) else 32)) - 1
    return duration / scale if scale and duration not in (0, unknown) else None


def _is_wide(body: bytes) -> bool:
    """Version 1 of a box has times of 8 bytes instead of 4."""
    return body[:1] == b"\1"


def _name(four: bytes) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in four.decode("latin-1"))


def _times(header: bytes) -> tuple[int, int]:
    """Time scale and duration, of `mvhd` or `mdhd`."""
    if _is_wide(header):
        return uint(header, 20, 4), uint(header, 24, 8)
    return uint(header, 12, 4), uint(header, 16, 4)


def _matrix(header: bytes, at: int) -> Matrix:
    """`at` in version 0 of the box; `mvhd` and `tkhd` both are 12 bytes longer in version 1."""
    at += 12 if _is_wide(header) else 0
    if len(header) < at + 36:
        return _UNITY
    a, b, _, c, d = struct.unpack_from(">5i", header, at)
    return a / 65536, b / 65536, c / 65536, d / 65536


def _rotation(track: Matrix, movie: Matrix) -> int:
    """Degrees clockwise, in quarter turns; a mirror is undone first."""
    a, b, c, d = track
    e, f, g, h = movie
    across, down = a * e + b * g, a * f + b * h
    if across * (c * f + d * h) - down * (c * e + d * g) < 0:
        across, down = -across, -down
    return round(math.degrees(math.atan2(down, across)) / 90) % 4 * 90


def _edits(elst: bytes) -> Iterator[Edit]:
    row = struct.Struct(">QqI" if _is_wide(elst) else ">IiI")
    count = min(uint(elst, 4, 4), (len(elst) - 8) // row.size, MAX_EDITS + 1)
    for number in range(count):
        yield Edit(*row.unpack_from(elst, 8 + number * row.size))


def _runs(table: bytes) -> Iterator[int]:
    """The first values of `stts` or `ctts`, which store how many samples in a row have the same value."""
    for at in range(8, min(len(table) - 7, 8 + 8 * FIRST_SAMPLES), 8):
        count, value = struct.unpack_from(">Ii", table, at)
        yield from [value] * min(count, FIRST_SAMPLES)


def _first(stts: bytes, ctts: bytes) -> int | None:
    """The earliest composition time: decoding time and offset together."""
    lengths = list(islice(_runs(stts), FIRST_SAMPLES))
    if not lengths:
        return None
    offsets = [*islice(_runs(ctts), FIRST_SAMPLES)] or [0] * len(lengths)
    decoded, times = 0, []
    for length, offset in zip(lengths, offsets, strict=False):
        times.append(decoded + offset)
        decoded += length
    return min(times)


def _end(table: Mapping[bytes, bytes]) -> tuple[int, bool]:
    """Where the last chunk in the file ends, and whether the sizes of its samples are known."""
    chunk, furthest = _furthest(table)
    if not furthest:
        return 0, True
    sizes = table[b"stsz"]
    if not sizes:
        return furthest, False
    before, samples = _samples(table[b"stsc"], chunk)
    return furthest + _size(sizes, before, samples), True


def _is_filled(table: Mapping[bytes, bytes]) -> bool:
    """Without a row in each of these tables, decoders find no sample."""
    sizes, compact = table[b"stsz"], table[b"stz2"]
    same = any(sizes[4:8])
    has_bytes = uint(sizes or compact, 8, 4) and (same or any((sizes or compact)[12:]))
    chunks = any(uint(table[kind], 4, 4) for kind in (b"stco", b"co64"))
    counts = _counts(table[b"stts"], ">II", 0), _counts(table[b"stsc"], ">III", 1)
    return bool(has_bytes and chunks and all(map(any, counts)))


def _counts(table: bytes, code: str, column: int) -> Iterator[int]:
    """How many samples each row of the table is for."""
    row = struct.Struct(code)
    count = max(0, min(uint(table, 4, 4), (len(table) - 8) // row.size))
    return (each[column] for each in row.iter_unpack(table[8 : 8 + count * row.size]))


def _furthest(table: Mapping[bytes, bytes]) -> tuple[int, int]:
    """The number of the last chunk in the file, from 0, and its offset; two zeros if there is none."""
    found = 0, 0
    for kind, code in ((b"stco", ">I"), (b"co64", ">Q")):
        body = table[kind]
        offsets = enumerate(_numbers(body[8:], code, uint(body, 4, 4)))
        found = max(found, max(offsets, key=lambda each: each[1], default=found), key=lambda each: each[1])
    return found


def _samples(stsc: bytes, chunk: int) -> tuple[int, int]:
    """The number of samples in the chunks before this one, and in this one."""
    count = max(0, min(uint(stsc, 4, 4), (len(stsc) - 8) // 12))
    rows = [*struct.iter_unpack(">III", stsc[8 : 8 + 12 * count])]
    before = 0
    for (first, each, _), (following, _, _) in zip(rows, [*rows[1:], (chunk + 2, 0, 0)], strict=False):
        if chunk < following - 1:
            return before + max(0, chunk + 1 - first) * each, each
        before += max(0, following - first) * each
    return before, 0


def _size(stsz: bytes, before: int, samples: int) -> int:
    """Bytes of these samples."""
    each, count = uint(stsz, 4, 4), uint(stsz, 8, 4)
    if each:
        return each * min(samples, max(0, count - before))
    there = min(samples, max(0, min(count, max(0, len(stsz) - 12) // 4) - before))
    return sum(_numbers(stsz[12 + 4 * before : 12 + 4 * (before + there)], ">I", there))


def _numbers(body: bytes, code: str, count: int) -> Iterator[int]:
    """`count` numbers, or as many as there are."""
    width = struct.calcsize(code)
    whole = min(count, len(body) // width) * width
    return (number for (number,) in struct.iter_unpack(code, body[:whole]))
