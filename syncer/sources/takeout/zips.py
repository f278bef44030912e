"""Zip: the directory at the end says what there is, and each member is read by its own range.

Read here and not by `zipfile`, which holds 1 KB for a member, reads the directory whole whatever its size,
and asks for a place anew for each of the small pieces that it reads.
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
"""Times that deflate can make anything smaller: what says to unpack to more lies."""

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
    """Bytes before the archive, which its own places do not count."""


def index_zip(archive: Steady, size: int) -> Index:
    """What the directory lists. Raises `Broken` where there is none."""
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
        raise Broken("it is one piece of a zip that was split")
    shift = end - length - place
    if shift < 0:
        raise Broken("its directory is damaged")
    if count > MOST:
        raise Broken(f"it holds {count} files, more than the {MOST} that are listed")
    return _Directory(place + shift, length, count, shift)


def _end(tail: bytes) -> int:
    """Where the last record begins. It reaches to the very end; one further ahead is of a zip in this one."""
    at = len(tail)
    while (at := tail.rfind(b"PK\5\6", 0, at)) >= 0:
        if at + _END.size + int.from_bytes(tail[at + _END.size - 2 : at + _END.size], "little") == len(tail):
            return at
    raise Broken("it has no directory at its end, so it is cut off")


def _directory64(archive: Steady, before: bytes, end: int) -> tuple[int, int, int, int, int, int]:
    """The same of a zip64, whose numbers have 64 bits: (its own place, …)."""
    _, _, place, disks = _END64_PLACE.unpack(before[-_END64_PLACE.size :])
    if disks > 1:
        raise Broken("it is one piece of a zip that was split")
    # Where bytes lie before the archive, the place it names is that much too low.
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
        return f"it is compressed in a way (zip's number {method}) that is not read here"
    if size > (packed if method == STORED else (packed + 1) * MOST_DEFLATED):
        return f"it says to have {size} bytes, which {packed} can't unpack to"
    return None


def _sizes64(extra: bytes, size: int, packed: int, place: int) -> tuple[int, int, int]:
    """Those that do not fit into 32 bits stand in an extra field, in this order."""
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
    """In seconds, as if it were UTC: zip does not say which zone. 0 for none."""
    year, month, day = (date >> 9) + 1980, date >> 5 & 15, date & 31
    if not 1 <= month <= 12 or not day:  # noqa: PLR2004 - months
        return 0
    return timegm((year, month, day, time >> 11, time >> 5 & 63, (time & 31) * 2))


def _mark_overlaps(found: Index, end: int) -> None:
    """Members that share their bytes unpack to far more than was ever packed."""
    reached, before = 0, -1
    for row in sorted(range(len(found)), key=found.places.__getitem__):
        past = found.places[row] + _HEADER.size + found.packed[row]
        if found.places[row] < reached:
            for each in (before, row):
                found.flaws.setdefault(each, "its bytes are those of another member too")
        elif past > end:
            found.flaws.setdefault(row, "its bytes would lie behind the end of the archive")
        if past > reached:
            reached, before = past, row


@contextmanager
def zip_member(open_at: Open, found: Index, row: int, start: int) -> Iterator[Reader]:
    """A member from a place on. What is stored begins there, what is deflated is unpacked up to there.

    Its checksum is compared by whoever reads all of it, as a read that broke off and went on is one too.
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
    """All of a small member, with its checksum compared."""
    reader = Onward(archive, found.places[row])
    _header(reader, found.names[row])
    data = _exactly(_Whole(_unpacked(reader, found, row), found.sizes[row]), found.sizes[row])
    if zlib.crc32(data).to_bytes(CRC32, "big") != found.check(row):
        raise Broken("its checksum is another one: it is damaged")
    return data


def _header(reader: Reader, name: str) -> int:
    """Reads what stands before a member's bytes, and says how long that was."""
    fixed = _exactly(reader, _HEADER.size)
    sign, *_ = _HEADER.unpack(fixed)
    name_length, extra_length = int.from_bytes(fixed[26:28], "little"), int.from_bytes(fixed[28:], "little")
    raw = _exactly(reader, name_length + extra_length)[:name_length]
    if sign != b"PK\3\4" or names.decoded(raw, utf8=False)[0] != name:
        raise Broken("what lies there is another member, so the archive is damaged")
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
    """A member's bytes from the first to the last: as many as were declared."""

    def read(self, size: int, /) -> bytes:
        chunk = super().read(size)
        if chunk and not self._left and self._reader.read(1):
            raise Broken("it goes on where it says to end")
        return chunk
