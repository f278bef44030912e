"""The headers of H.264 that give the size and the pixel format of a video. Pure.

Only progressive pictures in 8-bit 4:2:0 of limited range are read here; all else raises `Unusual`. Each
number is checked at least as strictly as in libav, which does not report a format that it can't decode.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncer.probe.bits import Bits, unescaped
from syncer.probe.exact import need, uint

PIXEL_FORMAT = "yuv420p"
BASELINE, MAIN, HIGH = 66, 77, 100
MOST_BLOCKS = 512
"""In a row or column, of 16 pixels. libav refuses some larger pictures for their memory."""
MOST_UNITS = 64
"""In one sample; a sliced picture has eight."""
LENGTH = 4
"""Bytes of the length before a unit."""
START = 48
"""Bytes of a slice that are read; its header has fewer than 20."""
SLICE, KEY_SLICE, NOTE, SEQUENCE, PICTURE, DELIMITER, FILLER = 1, 5, 6, 7, 8, 9, 12

Held = Callable[[int, int], bytes | None]
"""(offset, size) → these bytes, if they are in memory."""


@dataclass(frozen=True, slots=True)
class SequenceSet:
    number: int
    width: int
    height: int
    frame_bits: int
    order_bits: int
    """Bits of a picture's place in the order; 0 if slices do not have it."""
    reorders: bool
    """Whether it says that pictures are reordered."""


@dataclass(frozen=True, slots=True)
class PictureSet:
    number: int
    has_order: bool
    quality: int
    has_deblocking: bool
    has_redundant: bool


@dataclass(frozen=True, slots=True)
class CodecConfig:
    """A configuration record (`avcC`) with one parameter set of each kind."""

    sequence: SequenceSet
    picture: PictureSet
    sets: tuple[bytes, bytes]

    def check_first(self, held: Held, at: int, size: int) -> None:
        """Raises `Unusual` unless the sample is a key picture that fits this record."""
        slices = [start for kind, start in self._units(held, at, size) if kind in (SLICE, KEY_SLICE)]
        need(slices and slices[0][0] & 0x1F == KEY_SLICE)
        self._check_slice(slices[0])

    def check_later(self, held: Held, at: int, size: int) -> None:
        """Raises `Unusual` unless the sample keeps the parameter sets of this record."""
        need(self._units(held, at, size))

    def _units(self, held: Held, at: int, size: int) -> list[tuple[int, bytes]]:
        """Kind and start of each unit; they fill the sample."""
        found: list[tuple[int, bytes]] = []
        end = at + size
        while at < end:
            header = held(at, LENGTH + START) or b""
            length, start = uint(header, 0, LENGTH), header[LENGTH:]
            at += LENGTH + length
            need(start and not start[0] & 0x80 and length and at <= end and len(found) < MOST_UNITS)
            kind = start[0] & 0x1F
            if kind in (SEQUENCE, PICTURE):
                need(held(at - length, length) in self.sets)
            else:
                need(kind in (SLICE, KEY_SLICE, NOTE, DELIMITER, FILLER))
            found.append((kind, start[:length]))
        return found

    def _check_slice(self, start: bytes) -> None:
        need(start[0] & 0x60)
        bits, sequence, picture = Bits(unescaped(start[1:])), self.sequence, self.picture
        bits.golomb(0)  # its first block
        need(bits.golomb(7) in (2, 7))  # predicted from nothing
        need(bits.golomb(255) == picture.number)
        need(bits.number(sequence.frame_bits) == 0)
        bits.golomb(65535)
        bits.number(sequence.order_bits)
        if sequence.order_bits and picture.has_order:
            bits.signed(-(1 << 15), 1 << 15)
        if picture.has_redundant:
            bits.golomb(0)
        bits.number(2)
        bits.signed(-picture.quality, 51 - picture.quality)
        if picture.has_deblocking and bits.golomb(2) != 1:
            bits.signed(-6, 6)
            bits.signed(-6, 6)


def config(record: bytes) -> CodecConfig:
    """The content of an `avcC` box. Raises `Unusual`."""
    need(len(record) > 8 and record[0] == 1 and record[4] & 3 == LENGTH - 1 and record[5] & 0x1F == 1)  # noqa: PLR2004 - up to the first set
    sps, at = _unit(record, 6)
    need(record[at : at + 1] == b"\1")
    pps, at = _unit(record, at + 1)
    need(sps[0] in (0x27, 0x47, 0x67) and pps[0] in (0x28, 0x48, 0x68))
    need(at == len(record) or (at + 4 == len(record) and record[-1] == 0))
    sequence = _sequence(Bits(unescaped(sps[1:])))
    return CodecConfig(sequence, _picture(Bits(unescaped(pps[1:])), sequence.number), (sps, pps))


def _unit(record: bytes, at: int) -> tuple[bytes, int]:
    end = at + 2 + uint(record, at, 2)
    need(at + 2 < end <= len(record))
    return record[at + 2 : end], end


def _sequence(bits: Bits) -> SequenceSet:
    profile = bits.number(8)
    need(profile in (BASELINE, MAIN, HIGH))
    bits.number(16)
    number = bits.golomb(31)
    if profile == HIGH:
        need(bits.golomb(3) == 1)  # 4:2:0
        bits.golomb(0)  # 8 bits
        bits.golomb(0)
        need(bits.number(2) == 0)
    frame_bits = 4 + bits.golomb(12)
    order = bits.golomb(2)
    need(order != 1)
    order_bits = 0 if order else 4 + bits.golomb(12)
    bits.golomb(16)
    bits.number(1)
    columns, lines = 1 + bits.golomb(MOST_BLOCKS - 1), 1 + bits.golomb(MOST_BLOCKS - 1)
    need(bits.number(1))  # progressive
    bits.number(1)
    left, right, top, bottom = [bits.golomb(255) for _ in range(4)] if bits.number(1) else [0] * 4
    width, height = 16 * columns - 2 * (left + right), 16 * lines - 2 * (top + bottom)
    need(width > 0 and height > 0)
    reorders = bool(bits.number(1)) and _reorders(bits)
    need(bits.ends())
    return SequenceSet(number, width, height, frame_bits, order_bits, reorders)


def _reorders(bits: Bits) -> bool:
    """Reads what the sequence says on its use."""
    if bits.number(1) and bits.number(8) == 255:  # noqa: PLR2004 - the shape of the pixels follows
        bits.number(32)
    if bits.number(1):
        bits.number(1)
    if bits.number(1):
        need(not bits.number(4) & 1)  # limited range
        bits.number(24 * bits.number(1))
    if bits.number(1):
        bits.golomb(5)
        bits.golomb(5)
    if bits.number(1):
        need(bits.number(32) and bits.number(32))
        bits.number(1)
    bits.number(1 + max(_has_buffer(bits), _has_buffer(bits)))
    if not bits.number(1):
        return False
    bits.number(1)
    for _ in range(4):
        bits.golomb(16)
    reordered = bits.golomb(16)
    need(reordered <= bits.golomb(16))
    return reordered > 0


def _has_buffer(bits: Bits) -> bool:
    """Reads the parameters of a buffer, if there are any."""
    if not bits.number(1):
        return False
    count = 1 + bits.golomb(31)
    bits.number(8)
    for _ in range(count):
        bits.golomb(1 << 31)
        bits.golomb(1 << 31)
        bits.number(1)
    bits.number(20)
    return True


def _picture(bits: Bits, sequence: int) -> PictureSet:
    number = bits.golomb(255)
    need(bits.golomb(31) == sequence)
    bits.number(1)
    has_order = bool(bits.number(1))
    bits.golomb(0)  # one group of slices
    bits.golomb(31)
    bits.golomb(31)
    need(bits.number(3) & 3 != 3)  # noqa: PLR2004 - reserved
    quality = 26 + bits.signed(-26, 25)
    bits.signed(-26, 25)
    bits.signed(-12, 12)
    has_deblocking = bool(bits.number(1))
    bits.number(1)
    has_redundant = bool(bits.number(1))
    if not bits.ends():
        bits.number(1)
        need(bits.number(1) == 0)
        bits.signed(-12, 12)
        need(bits.ends())
    return PictureSet(number, has_order, quality, has_deblocking, has_redundant)
