"""Laws of the layout of a video: the place of its index, its edit list, missing bytes."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.model import Facts
from syncer.probe.edits import says_something
from syncer.probe.matroska import claimed_end
from syncer.probe.prober import Prober
from syncer.probe.tracks import Edit, Track, tracks
from tests.probe.bytesmith import FTYP, box, full, put, wide_box
from tests.probe.held import Held

VIDEO = Track(
    number=1, handler="vide", format="avc1", rotation=0, movie_scale=1000, scale=12800, duration=128000,
    edits=(), first=1024, end=0,
)  # fmt: skip
SOUND = replace(VIDEO, handler="soun", format="mp4a", scale=48000, duration=480000, first=0)
WAIT = Edit(500, -1, 65536)


def probed(prober: Prober, data: bytes) -> Facts:
    return Held(data).probed(prober)


@pytest.mark.parametrize(
    ("name", "first", "fragmented"),
    [
        ("h264.mp4", False, False),
        ("faststart.mp4", True, False),
        ("h264.mov", False, False),
        ("fragmented.mp4", True, True),
        ("dash.mp4", True, True),
        ("indexed.mp4", True, True),
        ("half-fragmented.mp4", True, True),
        ("vp9.webm", None, None),
    ],
)
def test_the_place_of_the_index_is_found(
    made: Path, prober: Prober, name: str, *, first: bool | None, fragmented: bool | None
) -> None:
    facts = Held(made / name).probed(prober)
    assert (facts.moov_first, facts.fragmented, facts.missing) == (first, fragmented, 0)


def test_an_empty_mdat_before_the_index_does_not_count(made: Path, prober: Prober) -> None:
    data = (made / "fragmented.mp4").read_bytes()
    assert probed(prober, FTYP + box(b"mdat") + data[data.index(b"moov") - 4 :]).moov_first


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("h264.mp4", False),  # begins at the first picture, without the priming of AAC
        ("silent.mp4", False),
        ("delayed-index.mp4", False),
        ("late-sound.mp4", True),
        ("late-picture.mp4", True),
        ("cut-in.mp4", True),
        ("cover.mp4", False),
    ],
)
def test_an_edit_list_counts_if_it_changes_what_is_played(
    made: Path, prober: Prober, name: str, *, says: bool
) -> None:
    data = (made / name).read_bytes()
    assert b"elst" in data
    assert probed(prober, data).edit_list == says


@pytest.mark.parametrize(
    ("track", "edits", "says"),
    [
        (VIDEO, (), False),
        (VIDEO, (Edit(10_000, 0, 65536),), False),
        (VIDEO, (Edit(9_920, 1024, 65536),), False),
        (VIDEO, (Edit(9_900, 1025, 65536),), True),
        (VIDEO, (Edit(9_000, 1024, 65536),), True),
        (VIDEO, (Edit(9_870, 1024, 65536),), True),
        (VIDEO, (Edit(0, 1024, 65536),), False),
        (replace(VIDEO, first=-512), (Edit(10_000, 0, 65536),), False),
        (VIDEO, (Edit(10_000, 0, 32768),), True),
        (VIDEO, (Edit(45, -1, 0), Edit(10_000, 0, 65536)), False),
        (VIDEO, (WAIT, Edit(10_000, 0, 65536)), True),
        (VIDEO, (Edit(5_000, 0, 65536), Edit(5_000, 64_000, 65536)), True),
        (replace(VIDEO, first=None), (Edit(0, 1024, 65536),), False),
        (replace(VIDEO, first=None), (Edit(0, 12_800, 65536),), True),
        (replace(VIDEO, scale=0), (Edit(9_000, 0, 65536),), False),
        (SOUND, (Edit(9_956, 2112, 65536),), False),
        (SOUND, (Edit(9_800, 9_600, 65536),), True),
        (SOUND, (Edit(5_000, 1024, 65536),), True),
    ],
)
def test_usual_edits_do_not_count_and_others_do(track: Track, edits: tuple[Edit, ...], *, says: bool) -> None:
    assert says_something(replace(track, edits=edits)) == says


def test_times_of_eight_bytes_are_read_too() -> None:
    table = box(b"stbl", full(b"co64", 2, 1, 0, 2, 0), full(b"stsz", 10, 5), full(b"stsc", 1, 1, 3, 1))
    moov = (
        full(b"mvhd", 0, 0, 0, 0, 600, 0, 6000, version=1)
        + box(
            b"trak",
            full(b"tkhd", 0, 0, 0, 0, 7, version=1),
            box(b"edts", full(b"elst", 1, 0, 6000, 0, 20, 65536, version=1)),
            box(
                b"mdia",
                full(b"mdhd", 0, 0, 0, 0, 90000, 0, 900000, version=1),
                full(b"hdlr", 0, 0x76696465),
                box(b"minf", table),
            ),
        )
    )  # fmt: skip
    (track,) = tracks(moov)
    assert (track.number, track.movie_scale, track.scale, track.duration) == (7, 600, 90000, 900000)
    assert track.edits == (Edit(6000, 20, 65536),)
    assert track.end == (2 << 32) + 20
    assert (track.handler, track.rotation, track.first) == ("vide", 0, None)


def test_a_mirror_is_no_rotation(made: Path, prober: Prober) -> None:
    """Also together with a rotation."""
    data = (made / "silent.mp4").read_bytes()
    one, minus = 1 << 16, (-1 << 16) & 0xFFFFFFFF
    for first, fourth, rotation in ((minus, one, 0), (one, minus, 180)):
        assert probed(prober, put(put(data, b"tkhd", 40, first), b"tkhd", 56, fourth)).rotation == rotation


def test_the_rotation_of_the_movie_counts_too(made: Path, prober: Prober) -> None:
    data = (made / "turned-90.mp4").read_bytes()
    minus = (-1 << 16) & 0xFFFFFFFF
    facts = probed(prober, put(put(data, b"mvhd", 36, minus), b"mvhd", 52, minus))
    assert (facts.rotation, facts.width, facts.height) == (270, 96, 128)


@pytest.mark.parametrize("lacking", [1, 1000, 5000])
@pytest.mark.parametrize("name", ["faststart.mp4", "vp9.webm", "h264.mkv"])
def test_every_missing_byte_is_counted(made: Path, prober: Prober, name: str, lacking: int) -> None:
    """Libav does not notice: the head is enough for all other facts."""
    data = (made / name).read_bytes()
    whole, cut = probed(prober, data), probed(prober, data[:-lacking])
    assert (whole.missing, cut.missing, cut.flaw) == (0, lacking, None)
    assert (cut.width, cut.duration_s) == (whole.width, whole.duration_s)


def test_a_video_without_sizes_is_measured_by_its_sample_tables(made: Path, prober: Prober) -> None:
    data = (made / "silent.mp4").read_bytes()
    at = data.index(b"mdat") - 4
    endless = data[:at] + bytes(4) + data[at + 4 :]
    assert [probed(prober, endless[: len(endless) - lacking]).missing for lacking in (0, 7)] == [0, 7]


def test_the_index_of_segments_is_believed(made: Path, prober: Prober) -> None:
    data = (made / "indexed.mp4").read_bytes()
    assert probed(prober, data).missing == 0
    assert probed(prober, data[:-3000]).missing


def test_bytes_after_the_last_box_are_ignored(made: Path, prober: Prober) -> None:
    data = (made / "faststart.mp4").read_bytes()
    for behind in (bytes(100), b"\0\0\0\2junk", b"abc", box(b"free", bytes(50)), wide_box(b"free", bytes(9))):
        facts = probed(prober, data + behind)
        assert (facts.missing, facts.flaw, facts.width) == (0, None, 128)


def test_a_live_recording_is_measured_at_its_end(made: Path, prober: Prober) -> None:
    facts = Held(made / "live.webm").probed(prober)
    assert (facts.missing, facts.flaw) == (0, None)
    assert facts.duration_s == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"", None),
        (b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x81", 11),
        (b"\x1a\x45\xdf\xa3\x80" + b"\xec\x82ab" + b"\x18\x53\x80\x67\x84", 18),
        (b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01" + b"\xff" * 7, None),
        (b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01" + b"\xff" * 6, None),
        (b"\x1a\x45\xdf\xa3" + b"\0" * 30, None),
        (b"\xec\x80" * 40, None),
    ],
)
def test_the_claimed_end_of_a_matroska_file_is_found(data: bytes, end: int | None) -> None:
    assert claimed_end(lambda offset, size: data[offset : offset + size]) == end


def test_a_video_that_nobody_can_decode_has_a_flaw(made: Path, prober: Prober) -> None:
    data = (made / "silent.mp4").read_bytes()
    at = data.index(b"stsd")
    for kind, flaw in (
        (b"encv", "its video is encrypted"),
        (b"Qx7\n", "its video has an unknown codec (Qx7?)"),
    ):
        facts = probed(prober, data[: at + 16] + kind + data[at + 20 :])
        assert (facts.flaw, facts.missing) == (flaw, 0)


def test_numbers_fit_into_the_database(prober: Prober) -> None:
    facts = probed(prober, FTYP + wide_box(b"mdat", size=2**64 - 1))
    assert facts.missing == 2**63 - 1
    assert facts.flaw
    assert probed(prober, struct.pack(">I", 0) + b"moov" + FTYP).flaw
