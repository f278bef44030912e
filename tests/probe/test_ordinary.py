"""Law: the facts of an ordinary MP4 or MOV, which libav is not asked for, are those that libav gives.

A damaged file is the same case: libav is not asked about it only if its answer is known.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from syncer.model import Facts
from syncer.probe import libav, videos
from syncer.probe.media_types import sniff
from syncer.probe.prober import Prober
from syncer.probe.window import Window
from syncer.serving import samples
from tests.media import SMALLEST
from tests.probe import mutate
from tests.probe.bytesmith import box, put
from tests.probe.encoded import FILM, NTSC, encoded
from tests.probe.held import Held
from tests.probe.recipes import NAMES
from tests.probe.reshaped import reshaped

ORDINARY = {
    *("h264.mp4", "faststart.mp4", "silent.mp4", "h264.mov", "ntsc.mp4", "film.mov", "fast.mp4"),
    *("stretched.mp4", "turned-90.mp4", "turned-180.mov", "damaged-media.mp4"),
}
"""Of all recipes."""

SETTINGS = {
    "baseline": {"profile": "baseline"},
    "main": {"profile": "main", "bf": "2"},
    "reordered": {"bf": "3"},
    "slices": {"x264-params": "slices=4"},
    "buffers": {"x264-params": "nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500"},
    "headers in samples": {"x264-params": "aud=1:repeat-headers=1:keyint=3"},
    "open groups": {"x264-params": "open-gop=1:keyint=5"},
    "only key pictures": {"x264-params": "keyint=1"},
    "colours": {"x264-params": "colorprim=bt709:transfer=bt709:colormatrix=bt709"},
}
LAYOUTS = {
    "no edit list": {"use_editlist": "0"},
    "bit rates": {"write_btrt": "1"},
    "another scale": {"video_track_timescale": "90000"},
    "another movie scale": {"movie_timescale": "600"},
}
UNUSUAL: dict[str, dict[str, Any]] = {
    "fragments": {"muxer": {"movflags": "frag_keyframe+empty_moov"}},
    "negative offsets": {"muxer": {"movflags": "negative_cts_offsets"}, "encoder": {"bf": "3"}},
    "interlaced": {"encoder": {"x264-params": "interlaced=1"}},
    "full range": {"encoder": {"x264-params": "fullrange=on"}},
    "uneven": {"uneven": True},
    "Opus": {"sound": "libopus"},
    "MP3": {"sound": "libmp3lame"},
    "4:4:4": {"pixels": "yuv444p"},
    "10 bits": {"pixels": "yuv420p10le"},
    "grey": {"pixels": "gray"},
    "HEVC": {"codec": "libx265"},
    "HEVC of 10 bits": {"codec": "libx265", "pixels": "yuv420p10le"},
    "VP9": {"codec": "libvpx-vp9"},
    "AV1": {"codec": "libsvtav1"},
    "MPEG-4": {"codec": "mpeg4"},
}
DAMAGES = 5_000


def agrees(data: bytes) -> bool:
    """Whether our own parsers read all of it; then they agree with libav."""
    kind = videos.KINDS.get(sniff(data[:65536]))
    if kind is None or kind.demuxer != "mov":
        return False
    with Window(data, len(data), Held(data).reopen) as window:
        layout = videos.video_layout(window, kind)
    if layout.told is None:
        return False
    told = libav.libav_facts(io.BytesIO(data), kind.demuxer)
    assert videos.merge(layout, layout.told, len(data)) == videos.merge(layout, told, len(data))
    return True


def shares(cases: Iterable[bytes]) -> float:
    results = [agrees(each) for each in cases]
    return sum(results) / len(results)


@lru_cache
def ordinary_files(made: Path) -> tuple[bytes, ...]:
    clips = [path.read_bytes() for path in samples.paths() if path.suffix == ".mp4"]
    return SMALLEST, *clips, *((made / name).read_bytes() for name in sorted(ORDINARY))


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith((".mp4", ".mov", ".3gp"))])
def test_a_file_by_ffmpeg_has_the_facts_of_libav(made: Path, name: str) -> None:
    assert agrees((made / name).read_bytes()) == (name in ORDINARY)


def test_the_clips_of_the_demo_and_of_the_tests_are_ordinary() -> None:
    told = {path.name: agrees(path.read_bytes()) for path in samples.paths()}
    assert {name for name, is_ordinary in told.items() if is_ordinary} == {"Summer Trip.mp4"}
    assert agrees(SMALLEST)


@pytest.mark.parametrize("container", ["mp4", "mov"])
@pytest.mark.parametrize("sound", ["aac", None])
@pytest.mark.parametrize("rate", [Fraction(30), NTSC, FILM, Fraction(25), Fraction(60), Fraction(15)])
def test_a_file_of_any_rate_has_the_facts_of_libav(container: str, sound: str | None, rate: Fraction) -> None:
    assert agrees(encoded(rate=rate, container=container, sound=sound, encoder={"bf": "2"}))


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_file_with_any_setting_has_the_facts_of_libav(setting: str) -> None:
    assert agrees(encoded(encoder=SETTINGS[setting]))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_file_of_any_layout_has_the_facts_of_libav(layout: str) -> None:
    assert agrees(encoded(muxer=LAYOUTS[layout], encoder={"bf": "2"}))


@pytest.mark.parametrize("what", UNUSUAL)
def test_an_unusual_file_is_left_to_libav(what: str) -> None:
    assert not agrees(encoded(**UNUSUAL[what]))


@pytest.mark.usefixtures("own_pool")
def test_no_process_is_started_for_an_ordinary_file(made: Path, prober: Prober) -> None:
    for data in ordinary_files(made):
        facts = Held(data).probed(prober)
        assert (facts.flaw, facts.video_codec, facts.pixel_format) == (None, "h264", "yuv420p")
    assert prober.pid is None
    assert Held(made / "h264.mkv").probed(prober) != Facts()
    assert prober.pid


def test_a_file_that_is_cut_anywhere_is_not_ordinary(made: Path) -> None:
    for data in ordinary_files(made):
        step = len(data) // 40
        assert not any(agrees(data[:end]) for end in (*range(0, len(data), step), len(data) - 1))


def test_a_picture_that_is_not_in_memory_is_left_to_libav() -> None:
    """No source is asked for bytes that libav might not need."""
    moov, mdat = SMALLEST.index(b"moov") - 4, SMALLEST.index(b"mdat") - 4
    start, index = SMALLEST[:moov], SMALLEST[moov : moov + int.from_bytes(SMALLEST[moov : moov + 4], "big")]
    filler = bytes(400_000)
    index = put(index, b"stco", 8, len(start) + 8 + len(filler))
    data = start + box(b"mdat", filler, SMALLEST[mdat + 8 :], filler) + index
    assert agrees(data)
    held = Held(data)
    with Window(data[:100], len(data), held.reopen) as window:
        assert videos.video_layout(window, videos.KINDS["video/mp4"]).told is None
        assert held.fetched < 100_000


def test_samples_that_bring_other_parameters_are_left_to_libav() -> None:
    data = encoded(encoder=SETTINGS["headers in samples"])
    assert agrees(data)
    at = data.index(b"mdat")
    for _ in range(2):  # of the first picture, and of another one
        at = data.index(b"\x67\x64", at + 1)
        assert not agrees(data[: at + 3] + bytes((data[at + 3] ^ 1,)) + data[at + 4 :])


def near(data: bytes | bytearray) -> list[int]:
    """Places of the bytes that decide: all of the index, and the start of the first picture."""
    moov, mdat = data.index(b"moov") - 4, data.index(b"mdat") - 4
    index = range(moov, moov + int.from_bytes(data[moov : moov + 4], "big"))
    return [*range(40), *index, *range(mdat, min(len(data), mdat + 900))]


def damaged(chance: random.Random, files: tuple[bytes, ...]) -> bytes:
    data = bytearray(chance.choice(files))
    if chance.random() < 0.2:
        return chance.choice(mutate.WAYS)(chance, bytes(data), files)
    places = near(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.choice(places)
        data[at] = chance.choice(
            (data[at] ^ 1 << chance.randrange(8), chance.choice((0, 255)), (data[at] + 1) % 256)
        )
    return bytes(data)


@pytest.mark.parametrize("cases", [range(600), pytest.param(range(600, DAMAGES), marks=pytest.mark.scale)])
def test_a_damaged_file_has_the_facts_of_libav(made: Path, cases: range) -> None:
    """The seed of a case is its number."""
    files = ordinary_files(made)
    share = shares(damaged(random.Random(number), files) for number in cases)  # noqa: S311 - repeatable
    assert 0.2 < share < 0.8, "both ways are taken"


@pytest.mark.parametrize("cases", [range(400), pytest.param(range(400, DAMAGES), marks=pytest.mark.scale)])
def test_a_file_with_a_changed_box_has_the_facts_of_libav(made: Path, cases: range) -> None:
    """A box is missing, repeated, shorter or longer; all sizes around it are right."""
    ended = [made / "h264.mp4", made / "h264.mov"]
    files = [*(path.read_bytes() for path in ended), encoded(muxer={"write_btrt": "1"}, encoder={"bf": "2"})]
    chances = (random.Random(number) for number in cases)  # noqa: S311 - repeatable
    share = shares(reshaped(chance, chance.choice(files)) for chance in chances)
    assert 0 < share < 0.8, "both ways are taken"


@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.scale)])
def test_a_file_with_any_wrong_byte_has_the_facts_of_libav(step: int) -> None:
    for data in (SMALLEST, encoded(pictures=3, encoder={"bf": "2"})):
        for at in near(data)[::step]:
            for value in {0, 255, data[at] ^ 1, data[at] ^ 128, (data[at] + 1) % 256} - {data[at]}:
                agrees(data[:at] + bytes((value,)) + data[at + 1 :])
