"""Changes one box of an index; the sizes of the boxes around it stay right."""

from __future__ import annotations

import random

from tests.probe.bytesmith import box

BEFORE = {
    **dict.fromkeys(
        (
            b"moov",
            b"trak",
            b"mdia",
            b"minf",
            b"stbl",
            b"edts",
            b"dinf",
            b"udta",
            b"ilst",
            b"\xa9too",
            b"wave",
        ),
        0,
    ),
    b"meta": 4,
    b"stsd": 8,
    b"dref": 8,
    b"avc1": 78,
    b"mp4a": 28,
}
"""Bytes before the boxes inside a box."""


def reshaped(chance: random.Random, data: bytes) -> bytes:
    """`data` ends with its index, so that no offset in it changes."""
    at = data.rindex(b"moov") - 4
    return data[:at] + _changed(chance, b"moov", data[at + 8 :])


def _changed(chance: random.Random, kind: bytes, body: bytes) -> bytes:
    start = BEFORE.get(kind)
    inner = [] if start is None else _boxes(body[start:])
    if not inner or (kind != b"moov" and chance.random() < 0.15):
        return _other(chance, kind, body)
    number = chance.randrange(len(inner))
    pieces = [box(*each) for each in inner]
    pieces[number] = _changed(chance, *inner[number])
    return box(kind, body[:start], *pieces)


def _other(chance: random.Random, kind: bytes, body: bytes) -> bytes:
    cut = chance.choice((1, 4, 8, 12))
    return chance.choice(
        (
            b"",
            box(kind, body) * 2,
            box(kind, body, bytes(cut)),
            box(kind, body[:-cut]),
            box(kind, body[cut:]),
            box(kind, bytes((1,)), body[1:]),
            box(b"free", body),
            box(kind),
            box(kind, body) + box(b"free", bytes(cut)),
            box(kind, body[:8], body[8 + cut :]),
        )
    )


def _boxes(body: bytes) -> list[tuple[bytes, bytes]]:
    at, found = 0, []
    while at + 8 <= len(body) and (size := int.from_bytes(body[at : at + 4], "big")) >= 8:
        found.append((body[at + 4 : at + 8], body[at + 8 : at + size]))
        at += size
    return found
