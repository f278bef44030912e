"""Zip: the directory at the end lists the members, and each member is read by a range.

`zipfile` is not used: it needs 1 KB for each member, reads the whole directory whatever its size, and makes a
new request for each small piece.
"""

from __future__ import annotations

import zlib
from calendar import timegm
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception among exceptions

from syncer.protocols import Reader
from syncer.sources.takeout import names
from syncer.sources.takeout.index import CRC32, MOST, Index
from syncer.sources.takeout.streams import RAW, Broken, Inflated, Onward, Open, SizedReader, Steady, skip

STORED, DEFLATED = 0, 8
MOST_BYTES = 2**60
MOST_DEFLATED = 1032
"""The highest compression ratio of deflate; a member that claims more is invalid."""

_END = Struct("<4s4H2LH")
_END64_PLACE = Struct("<4sLQL")
_END64 = Struct("<4sQ2H2L4Q")
_ENTRY = Struct("<4s4B4HL2L5H2L")
_HEADER = Struct("<4s2B4HL2L2H")
_LONGEST_COMMENT = 65_535
_IN_END64 = 0xFFFFFFFF
_LINK = 0o120000


@dataclass(frozen=True, slots=True)
class _Directory:
    place: int
    size: int
    count: int
    shift: int
    """Bytes before the archive, which its own positions do not count."""


def index_zip(archive: Steady, size: int) -> Index:
    """The members in the directory. Raises `Broken` if there is no directory."""
    found = Index(width=CRC32)
    try:
        directory = _directory(archive, size)
        _fill(found, archive, directory)
    except StructError:
        raise Broken("its directory is damaged") from None
    _mark_overlaps(found, directory.place)
    return found


def _directory(archive: Steady, size: int) -> _Directory:
    tail_size = min(size, _END.size + _LONGEST_COMMENT + _END64_PLACE.size)
    start = size - tail_size
    tail = archive.read(start, tail_size)
    at = _end(tail)
    _, disk, first, _, count, length, place, _ = _END.unpack_from(tail, at)
    end = start + at
    if tail[:at][-_END64_PLACE.size :].startswith(b"PK\6\7"):
        end, disk, first, count, length, place = _directory64(archive, tail[:at], start + at)
    if disk or first:
        raise Broken("it is one piece of a split zip")
    shift = end - length - place
    if shift < 0:
        raise Broken("its directory is damaged")
    if count > MOST:
        raise Broken(f"it has {count} files, but at most {MOST} are supported")
    return _Directory(place + shift, length, count, shift)


def _end(tail: bytes) -> int:
    """The position of the last record, which ends at the end of the file. Earlier ones belong to an inner
    zip.
    """
    at = len(tail)
    while (at := tail.rfind(b"PK\5\6", 0, at)) >= 0:
        if at + _END.size + int.from_bytes(tail[at + _END.size - 2 : at + _END.size], "little") == len(tail):
            return at
    raise Broken("it has no directory at its end, so it is cut off")


def _directory64(archive: Steady, before: bytes, end: int) -> tuple[int, int, int, int, int, int]:
    """The same for a zip64, with 64-bit numbers: (its own position, …)."""
    _, _, place, disks = _END64_PLACE.unpack(before[-_END64_PLACE.size :])
    if disks > 1:
        raise Broken("it is one piece of a split zip")
    # If there are bytes before the archive, the stated position is too low.
    for at in (place, end - _END64_PLACE.size - _END64.size):
        sign, _, _, _, disk, first, _, count, length, begin = _END64.unpack(archive.read(at, _END64.size))
        if sign == b"PK\6\6":
            return at, disk, first, count, length, begin
    raise Broken("its directory is damaged")


def _fill(found: Index, archive: Steady, directory: _Directory) -> None:
    place, end = directory.place, directory.place + directory.size
    for _ in range(directory.count):
        entry = _ENTRY.unpack(archive.read(place, _ENTRY.size))
        lengths = entry[12], entry[13], entry[14]
        if entry[0] != b"PK\1\2" or place + _ENTRY.size + sum(lengths) > end:
            raise Broken("its directory is damaged")
        rest = archive.read(place + _ENTRY.size, lengths[0] + lengths[1])
        _add(found, entry, rest[: lengths[0]], rest[lengths[0] :], directory.shift)
        place += _ENTRY.size + sum(lengths)


def _add(found: Index, entry: tuple[int, ...], raw: bytes, extra: bytes, shift: int) -> None:
    made_by, flags, method = entry[2], entry[5], entry[6]
    name, flaw = names.decoded(raw, utf8=bool(flags & 0x800))
    size, packed, place = _sizes64(extra, entry[11], entry[10], entry[18])
    if max(size, packed, place + shift) > MOST_BYTES:
        raise Broken("its directory is damaged")
    if name.endswith("/") and not size:
        return
    if made_by == 3 and (entry[17] >> 16) & 0o170000 == _LINK:  # noqa: PLR2004 - Unix
        flaw = "it is a link"
    found.add(
        name,
        place=place + shift,
        size=size,
        packed=packed,
        time=_time(entry[8], entry[7]),
        check=entry[9].to_bytes(4, "big"),
        method=method,
        flaw=flaw or names.name_flaw(name) or _unreadable(flags, method, size, packed),
    )


def _unreadable(flags: int, method: int, size: int, packed: int) -> str | None:
    if flags & (0x1 | 0x40 | 0x2000):
        return "it is encrypted"
    if method not in (STORED, DEFLATED):
        return f"it uses a compression (zip's number {method}) that is not supported"
    if size > (packed if method == STORED else (packed + 1) * MOST_DEFLATED):
        return f"it claims {size} bytes, but {packed} packed bytes can't have so many"
    return None


def _sizes64(extra: bytes, size: int, packed: int, place: int) -> tuple[int, int, int]:
    """The numbers, with those over 32 bits from an extra field, in this order."""
    values = [size, packed, place]
    while len(extra) >= 4:  # noqa: PLR2004 - two numbers of 16 bits
        kind, length = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if kind == 1:
            field = extra[4 : 4 + length]
            for number, value in enumerate(values):
                if value == _IN_END64 and len(field) >= 8:  # noqa: PLR2004 - 64 bits
                    values[number] = int.from_bytes(field[:8], "little")
                    field = field[8:]
        extra = extra[4 + length :]
    return values[0], values[1], values[2]


def _time(date: int, time: int) -> int:
    """In seconds, taken as UTC, as zip stores no time zone. 0 if there is none."""
    year, month, day = (date >> 9) + 1980, date >> 5 & 15, date & 31
    if not 1 <= month <= 12 or not day:  # noqa: PLR2004 - months
        return 0
    return timegm((year, month, day, time >> 11, time >> 5 & 63, (time & 31) * 2))


def _mark_overlaps(found: Index, end: int) -> None:
    """Mark members that share their bytes, as in a zip bomb."""
    reached, before = 0, -1
    for row in sorted(range(len(found)), key=found.places.__getitem__):
        past = found.places[row] + _HEADER.size + found.packed[row]
        if found.places[row] < reached:
            for each in (before, row):
                found.flaws.setdefault(each, "it shares its bytes with another member")
        elif past > end:
            found.flaws.setdefault(row, "its bytes would be after the end of the archive")
        if past > reached:
            reached, before = past, row


@contextmanager
def zip_member(open_at: Open, found: Index, row: int, start: int) -> Iterator[Reader]:
    """A member from `start` on. A stored one is read from there; a deflated one is unpacked up to there.

    The caller compares the checksum, as a read may consist of several parts.
    """
    with open_at(found.places[row]) as reader:
        length = _header(reader, found.names[row])
        if found.methods[row] == DEFLATED or not start:
            whole = _Whole(_unpacked(reader, found, row), found.sizes[row])
            skip(whole, start)
            yield whole
            return
    with open_at(found.places[row] + length + start) as reader:
        yield SizedReader(reader, found.sizes[row] - start)


def _unpacked(reader: Reader, found: Index, row: int) -> Reader:
    packed = SizedReader(reader, found.packed[row])
    return Inflated(packed, RAW) if found.methods[row] == DEFLATED else packed


def small(archive: Steady, found: Index, row: int) -> bytes:
    """The bytes of a small member. Raises `Broken` if its checksum is wrong."""
    reader = Onward(archive, found.places[row])
    _header(reader, found.names[row])
    data = _exactly(_Whole(_unpacked(reader, found, row), found.sizes[row]), found.sizes[row])
    if zlib.crc32(data).to_bytes(CRC32, "big") != found.check(row):
        raise Broken("its checksum is wrong: it is damaged")
    return data


def _header(reader: Reader, name: str) -> int:
    """Read the header before a member's bytes, and return its length."""
    fixed = _exactly(reader, _HEADER.size)
    sign, *_ = _HEADER.unpack(fixed)
    name_length, extra_length = int.from_bytes(fixed[26:28], "little"), int.from_bytes(fixed[28:], "little")
    raw = _exactly(reader, name_length + extra_length)[:name_length]
    if sign != b"PK\3\4" or names.decoded(raw, utf8=False)[0] != name:
        raise Broken("another member is at its position, so the archive is damaged")
    return len(fixed) + name_length + extra_length


def _exactly(reader: Reader, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = reader.read(size - len(data))
        if not chunk:
            raise Broken("it ends in the middle")
        data += chunk
    return data


class _Whole(SizedReader):
    """All bytes of a member: exactly the declared size."""

    def read(self, size: int, /) -> bytes:
        chunk = super().read(size)
        if chunk and not self._left and self._reader.read(1):
            raise Broken("it is longer than its header says")
        return chunk
