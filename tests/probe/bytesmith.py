"""Builds boxes and photos by hand."""

from __future__ import annotations

import struct

FTYP = b"\0\0\0\x18ftypisom\0\0\2\0isommp42"


def box(kind: bytes, *bodies: bytes, size: int | None = None) -> bytes:
    """`size` if it differs from the real one."""
    body = b"".join(bodies)
    return struct.pack(">I", 8 + len(body) if size is None else size) + kind + body


def wide_box(kind: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    return b"\0\0\0\1" + kind + struct.pack(">Q", 16 + len(body) if size is None else size) + body


def full(kind: bytes, *numbers: int, version: int = 0) -> bytes:
    """A box with numbers of four bytes."""
    return box(kind, bytes((version, 0, 0, 0)), *(struct.pack(">I", number) for number in numbers))


def insert(data: bytes, before: bytes, piece: bytes) -> bytes:
    """Inserts a box before the first one of that kind; the sizes around it stay."""
    at = data.index(before) - 4
    return data[:at] + piece + data[at:]


def put(data: bytes, kind: bytes, at: int, number: int, width: int = 4) -> bytes:
    """Changes a number in the body of the first box of that kind."""
    start = data.index(kind) + 4 + at
    return data[:start] + number.to_bytes(width, "big") + data[start + width :]


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", 2 + len(body)) + body


def frame(width: int, height: int, marker: int = 0xC0) -> bytes:
    return segment(marker, struct.pack(">BHHB", 8, height, width, 3) + bytes(9))


def jpeg(*segments: bytes, scan: bytes = b"\x12\x34\xff\x00\x56", end: bytes = b"\xff\xd9") -> bytes:
    return b"\xff\xd8" + b"".join(segments) + segment(0xDA, bytes(10)) + scan + end


def exif(orientation: int, order: str = "<") -> bytes:
    head = b"II*\0" if order == "<" else b"MM\0*"
    entries = ((0x010F, 2, 4, 0x41424300), (0x0112, 3, 1, orientation if order == "<" else orientation << 16))
    rows = b"".join(struct.pack(f"{order}HHII", *entry) for entry in entries)
    return b"Exif\0\0" + head + struct.pack(f"{order}IH", 8, len(entries)) + rows


def mpf(*images: tuple[int, int]) -> bytes:
    """An MPF segment with the sizes and offsets of the images."""
    rows = b"".join(struct.pack(">IIIHH", 0, size, start, 0, 0) for size, start in images)
    entry = struct.pack(">HHII", 0xB002, 7, len(rows), 26)
    return b"MPF\0MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4) + rows


def chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def webp(*chunks: bytes, size: int | None = None) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def vp8x(width: int, height: int, flags: int) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return chunk(b"VP8X", bytes((flags, 0, 0, 0)) + sides)


def vp8(width: int, height: int) -> bytes:
    return chunk(b"VP8 ", b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(20))


def vp8l(width: int, height: int) -> bytes:
    sides = (width - 1) | (height - 1) << 14
    return chunk(b"VP8L", b"\x2f" + struct.pack("<I", sides) + bytes(20))


def anmf(picture: bytes, width: int, height: int, left: int = 0, top: int = 0) -> bytes:
    """A frame of an animation. `left` and `top` are even."""
    numbers = (left // 2, top // 2, width - 1, height - 1, 40)
    return chunk(b"ANMF", b"".join(each.to_bytes(3, "little") for each in numbers) + b"\0" + picture)
