"""The sample media are what their note says, and what TikTok accepts."""

from __future__ import annotations

import json
import re
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from syncer.probe.media_types import sniff
from syncer.serving import samples

NOTE = Path(samples.__file__).parent / "NOTE.md"

FACTS = {
    "Summer Trip.mp4": ("video/mp4", "h264", "avc1", "aac", 720, 1280, 30, 5),
    "müsli-tasting.mov": ("video/quicktime", "hevc", "hvc1", "aac", 540, 960, 24, 4),
    "street-food.webm": ("video/webm", "vp9", None, "opus", 540, 960, 24, 4),
}
PICTURES = {
    "Sunset at the Lake.jpg": ("image/jpeg", "mjpeg", 720, 720),
    "café.webp": ("image/webp", "webp", 1080, 1080),
    "screenshot.png": ("image/png", "png", 1080, 720),
}


def probe(path: Path) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The streams by kind, and the container, from ffprobe."""
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", path],
        capture_output=True,
        check=True,
    )
    told = json.loads(done.stdout)
    return {stream["codec_type"]: stream for stream in told["streams"]}, told["format"]


def sample(name: str) -> Path:
    return next(path for path in samples.paths() if path.name == name)


def check_video(path: Path) -> None:
    media_type, video, tag, audio, width, height, fps, seconds = FACTS[path.name]
    streams, container = probe(path)
    picture = streams["video"]
    assert sniff(path.read_bytes()) == media_type
    assert (picture["codec_name"], streams["audio"]["codec_name"]) == (video, audio)
    assert tag in (None, picture["codec_tag_string"])
    assert (picture["width"], picture["height"], picture["pix_fmt"]) == (width, height, "yuv420p")
    assert Fraction(picture["avg_frame_rate"]) == fps
    assert float(container["duration"]) == pytest.approx(seconds, abs=0.05)


def check_picture(path: Path) -> None:
    media_type, codec, width, height = PICTURES[path.name]
    streams, _ = probe(path)
    assert sniff(path.read_bytes()) == media_type
    picture = streams["video"]
    assert (picture["codec_name"], picture["width"], picture["height"]) == (codec, width, height)


def test_every_file_of_the_folder_is_named_and_every_name_is_a_file() -> None:
    there = {path for path in NOTE.parent.iterdir() if path.suffix not in (".py", ".md") and path.is_file()}
    assert there == set(samples.paths())
    assert {*FACTS, *PICTURES} == set(samples.NAMES)
    assert samples.REFUSED in samples.NAMES


@pytest.mark.parametrize("path", samples.paths(), ids=lambda path: path.name)
def test_every_sample_is_small_and_in_the_note(path: Path) -> None:
    assert 1000 < path.stat().st_size < 100_000
    assert f"| `{path.name}` |" in NOTE.read_text(encoding="utf-8")


@pytest.mark.server
@pytest.mark.parametrize("name", FACTS)
def test_a_video_is_what_the_note_says(name: str) -> None:
    check_video(sample(name))


@pytest.mark.server
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_note_says(name: str) -> None:
    check_picture(sample(name))


@pytest.mark.parametrize("name", ["Summer Trip.mp4", "müsli-tasting.mov"])
def test_the_index_comes_before_the_media(name: str) -> None:
    data = sample(name).read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_all_but_one_are_within_the_limits_of_tiktok() -> None:
    """Sides 360 to 4096 px, 23 to 60 frames a second, 3 s at least; photos up to 1080p, JPEG or WebP."""
    for _, _, _, _, width, height, fps, seconds in FACTS.values():
        assert 360 <= min(width, height) <= max(width, height) <= 4096
        assert 23 <= fps <= 60
        assert seconds >= 3
    for name, (media_type, _, width, height) in PICTURES.items():
        assert max(width, height) <= 1080
        assert (media_type in ("image/jpeg", "image/webp")) == (name != samples.REFUSED)


@pytest.mark.scale
@pytest.mark.server
def test_the_notes_commands_make_the_samples_again(tmp_path: Path) -> None:
    script = re.search(r"^```sh\n(.*?)^```$", NOTE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert script
    subprocess.run(["sh", "-eu", "-c", script[1]], cwd=tmp_path, check=True)
    assert {path.name for path in tmp_path.iterdir()} == set(samples.NAMES)
    for name in FACTS:
        check_video(tmp_path / name)
    for name in PICTURES:
        check_picture(tmp_path / name)
