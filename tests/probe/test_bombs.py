"""Law: a file that claims to be huge, deep or endless costs little time and memory."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from syncer.probe.boxes import MAX_BOXES, MAX_PARTS, box_at, indexed_end, parts, walk
from syncer.probe.prober import Prober
from syncer.probe.tracks import MAX_EDITS, MAX_TRACKS, tracks
from tests.probe.bytesmith import FTYP, box, full, insert, put, wide_box
from tests.probe.held import Held

pytestmark = pytest.mark.usefixtures("own_pool")  # the test watches the children

HUGE = 0xFFFFFFFF
CHUNK = full(b"stco", 1, 500)
EBML = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm"


def track(*table: bytes, edits: bytes = b"") -> bytes:
    return box(
        b"trak",
        full(b"tkhd", 0, 0, 1, 0, 100, *(0,) * 15),
        edits,
        box(
            b"mdia",
            full(b"mdhd", 0, 0, 12800, 12800, 0),
            full(b"hdlr", 0, 0x76696465, 0, 0, 0, 0),
            box(b"minf", box(b"stbl", *table)),
        ),
    )


def film(*table: bytes, edits: bytes = b"") -> bytes:
    """A video with one track and these sample tables."""
    entry = box(b"avc1", bytes(24), struct.pack(">HH", 640, 480), bytes(50))
    description = box(b"stsd", bytes(4), struct.pack(">I", 1), entry)
    movie = full(b"mvhd", 0, 0, 1000, 1000, *(0,) * 20)
    return FTYP + box(b"moov", movie, track(description, *table, edits=edits)) + box(b"mdat", bytes(1000))


def nested(kind: bytes, depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = box(kind, data)
    return data


BOMBS = {
    "samples of one size": film(full(b"stsz", 1, 1 << 28), full(b"stts", 1, 1 << 28, 1), CHUNK),
    "samples without sizes": film(full(b"stsz", 0, 1 << 28), full(b"stts", 1, HUGE, 1), full(b"stco", HUGE)),
    "a chunk of all samples": film(
        full(b"stsz", 1, HUGE), full(b"stsc", 1, 1, HUGE, 1), full(b"stts", 1, HUGE, 0), full(b"stco", 1, 40)
    ),
    "times that turn back": film(full(b"stts", 2, HUGE, HUGE, HUGE, 0), full(b"ctts", 1, HUGE, HUGE)),
    "as many runs as fit": film(full(b"stts", 20_000, *(1, 0) * 20_000), full(b"stsz", 4, 20_000)),
    "edits without end": film(edits=box(b"edts", full(b"elst", 1 << 31, 1000, 0, 65536))),
    "many edits": film(edits=box(b"edts", full(b"elst", 5000, *(1, 0, 65536) * 5000))),
    "an index within an index": FTYP + nested(b"moov", 7000),
    "tracks within tracks": FTYP + box(b"moov", nested(b"trak", 7000)),
    "as many tracks as fit": FTYP + box(b"moov", *(track() for _ in range(1000))),
    "a track of no size": FTYP + box(b"moov", box(b"trak", box(b"mdia", bytes(7)))),
    "boxes of size 0": FTYP + bytes(60_000),
    "boxes of size 1": FTYP + (b"\0\0\0\1free" + bytes(8)) * 3000,
    "boxes of size 8": FTYP + box(b"free") * 8000,
    "a compressed index": FTYP + box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), full(b"cmvd", 0x78DA0300))),
    "a box of all there is": FTYP + wide_box(b"moov", size=2**64 - 1),
    "segments of all there is": FTYP + box(b"moov") + full(b"sidx", 1, 1000, 0, 0, HUGE, HUGE, 0, 0),
    "a header of all there is": b"\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xfe\x42\x82\x84webm",
    "a name of all there is": EBML + b"\x42\x86\x01\x7f\xff\xff\xff\xff\xff\xff" + bytes(50),
    "segments in segments": EBML + b"\x18\x53\x80\x67\x01\0\0\0\0\0\x40\0" * 2000,
    "tags in tags": EBML + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"\x12\x54\xc3\x67\xff\x73\x73\xff" * 5000,
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_not_go_off(prober: Prober, name: str) -> None:
    held = Held(BOMBS[name])
    facts = held.probed(prober)
    assert facts.container in ("mp4", "webm")
    assert held.fetched <= 2 * held.size
    if prober.pid:
        status = Path(f"/proc/{prober.pid}/status").read_text(encoding="ascii")
        assert int(status.split("VmHWM:")[1].split()[0]) < 1_200_000, "kB"


@pytest.mark.parametrize(
    ("kind", "at", "number"),
    [
        (b"stsz", 8, 1 << 28),
        (b"stsz", 4, 1 << 28),
        (b"stts", 8, HUGE),
        (b"stsc", 12, HUGE),
        (b"stco", 4, HUGE),
        (b"elst", 4, 1 << 31),
        (b"stsd", 4, HUGE),
        (b"mdhd", 12, 0),
        (b"mvhd", 12, 0),
    ],
)
def test_a_good_video_with_one_huge_number_is_read(
    made: Path, prober: Prober, kind: bytes, at: int, number: int
) -> None:
    data = (made / "h264.mp4").read_bytes()
    good = Held(data).probed(prober)
    facts = Held(put(data, kind, at, number)).probed(prober)
    assert facts.moov_first == good.moov_first
    assert Held(data).probed(prober) == good, "the next one is read as before"


def test_a_video_with_a_repeated_box_is_read(made: Path, prober: Prober) -> None:
    data = (made / "faststart.mp4").read_bytes()
    twice = insert(data, b"mdat", box(b"moov"))
    assert Held(twice).probed(prober).container == "mp4"


def test_the_walk_ends_after_the_maximum_of_boxes() -> None:
    many = box(b"free") * (MAX_BOXES + 10)
    assert sum(1 for _ in walk(lambda offset, size: many[offset : offset + size])) == MAX_BOXES
    assert sum(1 for _ in parts(many)) == MAX_PARTS
    assert len(tracks(box(b"trak") * 500)) == MAX_TRACKS
    (one,) = tracks(track(edits=box(b"edts", full(b"elst", 500, *(1, 0, 1) * 500))))
    assert len(one.edits) == MAX_EDITS + 1


@pytest.mark.parametrize(
    "data", [b"", b"\0\0\0\x08fre", bytes(16), b"\0\0\0\7free", b"\0\0\0\1free" + bytes(7)]
)
def test_the_walk_ends_at_bytes_that_are_no_box(data: bytes) -> None:
    assert box_at(lambda offset, size: data[offset : offset + size], 0) is None


@pytest.mark.parametrize("version", [0, 1])
def test_the_end_of_the_segments_is_the_sum_of_their_sizes(version: int) -> None:
    times = (0, 0, 0, 7) if version else (0, 7)
    sidx = full(
        b"sidx", 1, 1000, *times, 3, *(100, 0, 0), *(1 << 31 | 200, 0, 0), *(300, 0, 0), version=version
    )
    assert indexed_end(sidx[8:], 5000) == 5000 + 7 + 600
    assert indexed_end(sidx[8:-5], 5000) == 5000 + 7 + 300
    assert indexed_end(b"", 5000) == 5000
