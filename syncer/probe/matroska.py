"""How long a Matroska or WebM file claims to be. Pure.

    EBML header, perhaps padding, Segment: each an id, a size, a body

An id and a size are of 1 to 8 bytes; the first set bit says how many.
"""

from __future__ import annotations

from syncer.probe.boxes import Read

SEGMENT = 0x18538067
MAX_ELEMENTS = 16
"""Before the segment there are the header and perhaps some padding."""


def claimed_end(read: Read) -> int | None:
    """Where its segment ends; `None` where that was not known when it was written, as of a live recording."""
    offset = 0
    for _ in range(MAX_ELEMENTS):
        header = read(offset, 16)
        kind, width = _variable(header, marked=True)
        size, more = _variable(header[width:], marked=False)
        if not width or not more:
            return None
        offset += width + more
        if kind == SEGMENT:
            return None if size == (1 << 7 * more) - 1 else offset + size
        offset += size
    return None


def _variable(data: bytes, *, marked: bool) -> tuple[int, int]:
    """The number, with its marker or without, and how many bytes it took: 0 if there is none."""
    if not data or not data[0]:
        return 0, 0
    width = 9 - data[0].bit_length()
    if len(data) < width:
        return 0, 0
    number = int.from_bytes(data[:width], "big")
    return (number if marked else number & (1 << 7 * width) - 1), width
