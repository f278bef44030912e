"""The entries of a TIFF directory, which contains the EXIF data of photos. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

ByteOrder = Literal["little", "big"]

ORIENTATION = 0x0112
MP_ENTRIES = 0xB002
MAX_ENTRIES = 512
_ORDERS: dict[bytes, ByteOrder] = {b"II*\0": "little", b"MM\0*": "big"}
_SHORT = 3


def byte_order(tiff: bytes) -> ByteOrder | None:
    return _ORDERS.get(tiff[:4])


def orientation(exif: bytes) -> int | None:
    """1 to 8; `exif` may begin with the name `Exif` or without it."""
    tiff = exif.removeprefix(b"Exif\0\0")
    by = byte_order(tiff)
    for tag, kind, value in _entries(tiff):
        if by and tag == ORIENTATION and kind == _SHORT:
            turned = int.from_bytes(value[:2], by)
            return turned if 1 <= turned <= 8 else None  # noqa: PLR2004 - there are eight
    return None


def images(mpf: bytes) -> Iterator[tuple[int, int]]:
    """Start and size of each image in a file with several images (CIPA DC-007). The start counts from the
    TIFF header; the first image begins the file and has 0. Empty without such a list.
    """
    by = byte_order(mpf)
    for tag, _, value in _entries(mpf):
        if by and tag == MP_ENTRIES:
            at = int.from_bytes(value, by)
            for entry in range(at, min(at + 16 * MAX_ENTRIES, len(mpf) - 15), 16):
                size, start = (int.from_bytes(mpf[entry + here : entry + here + 4], by) for here in (4, 8))
                yield start, size


def _entries(tiff: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Tag, type, and the four bytes of the value or of its offset."""
    by = byte_order(tiff)
    if not by:
        return
    at = int.from_bytes(tiff[4:8], by)
    count = min(int.from_bytes(tiff[at : at + 2], by), MAX_ENTRIES)
    for start in range(at + 2, min(at + 2 + 12 * count, len(tiff) - 11), 12):
        entry = tiff[start : start + 12]
        yield int.from_bytes(entry[:2], by), int.from_bytes(entry[2:4], by), entry[8:]
