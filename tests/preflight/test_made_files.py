"""Laws of the limits, with files made by ffmpeg: a file at a limit is accepted, one just over it is not."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.model import HEAD_SIZE
from syncer.preflight import judge_media, load_limits
from syncer.probe.media_types import sniff
from syncer.probe.prober import Prober
from syncer.protocols import Reader
from tests.media import SMALLEST

pytestmark = pytest.mark.server

LIMITS = load_limits("tiktok")
H264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"
VP8, VP9 = "-c:v libvpx -b:v 200k -deadline realtime", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"
GB = 10**9
SHORT, LONG = 2, 60
"""Seconds."""


@pytest.fixture(scope="module")
def prober() -> Iterator[Prober]:
    with Prober() as made:
        yield made


def made(file: Path, size: str, rate: float, seconds: float, options: str) -> Path:
    repeats = seconds / SHORT - 1 if seconds > LONG else 0  # no encoder: it repeats the same seconds
    picture = f"color=gray:s={size}:r={rate}:d={SHORT if repeats else seconds}"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", picture, *options.split(), file],
        check=True,
        timeout=120,
    )
    if repeats:
        once = file.rename(file.with_stem("once"))
        again = ["-stream_loop", f"{repeats:.0f}", "-i", str(once), "-c", "copy", str(file)]
        subprocess.run(["ffmpeg", "-v", "error", *again], check=True, timeout=120)
    return file


def verdicts(prober: Prober, file: Path) -> list[str]:
    with file.open("rb") as opened:
        head, size = opened.read(HEAD_SIZE), file.stat().st_size

        @contextmanager
        def reopen(start: int) -> Iterator[Reader]:
            opened.seek(start)
            yield opened

        media_type = sniff(head, file.name)
        facts = prober.probe(head, size, media_type, reopen)
    return [f"{found.rule} {found.severity}" for found in judge_media(media_type, size, facts, LIMITS)]


@pytest.mark.parametrize(
    ("name", "size", "rate", "seconds", "options", "expected"),
    [
        ("fps.mp4", "360x640", 23, 2, H264, []),
        ("fps.mp4", "360x640", 22, 2, H264, ["media.fps reject"]),
        ("fps.mp4", "360x640", 60, 2, H264, []),
        ("fps.mp4", "360x640", 61, 2, H264, ["media.fps reject"]),
        ("fps.webm", "360x640", 23, 2, VP8, []),
        ("fps.webm", "360x640", 22, 2, VP8, ["media.fps reject"]),
        ("sides.mp4", "360x360", 30, 1, H264, []),
        ("sides.mp4", "358x640", 30, 1, H264, ["media.dimensions reject"]),
        ("sides.mp4", "640x358", 30, 1, H264, ["media.dimensions reject"]),
        ("sides.mp4", "4096x4096", 30, 0.2, H264, []),
        ("sides.mp4", "4098x2160", 30, 0.2, H264, ["media.dimensions reject"]),
        ("sides.mov", "2160x4098", 30, 0.2, H264, ["media.dimensions reject"]),
        ("long.mp4", "360x360", 23, 180, H264, []),
        ("long.mp4", "360x360", 23, 182, H264, ["media.duration warn"]),
        ("long.mp4", "360x360", 23, 600, H264, ["media.duration warn"]),
        ("long.mp4", "360x360", 23, 602, H264, ["media.duration reject"]),
        ("codec.mp4", "360x360", 30, 1, "-c:v libx265 -preset ultrafast -x265-params log-level=0", []),
        ("codec.webm", "360x360", 30, 1, VP9, []),
        ("codec.mov", "360x360", 30, 1, H264, []),
        ("codec.mp4", "360x360", 30, 1, "-c:v mpeg4", ["media.codec reject"]),
        ("codec.mov", "360x360", 30, 1, "-c:v prores_ks", ["media.codec reject"]),
        ("codec.mov", "360x360", 30, 1, "-c:v mjpeg", ["media.codec reject"]),
        ("format.mkv", "360x360", 30, 1, H264, ["media.format reject"]),
        ("format.ts", "360x360", 30, 1, H264, ["media.format reject"]),
        ("format.avi", "360x360", 30, 1, H264, ["media.format reject"]),
        ("photo.jpg", "1080x1920", 1, 1, "-frames:v 1", []),
        ("photo.jpg", "1920x1080", 1, 1, "-frames:v 1", []),
        ("photo.jpg", "1082x1920", 1, 1, "-frames:v 1", ["media.dimensions reject"]),
        ("photo.jpg", "1080x1922", 1, 1, "-frames:v 1", ["media.dimensions warn"]),
        ("photo.webp", "1080x1920", 1, 1, "-frames:v 1 -c:v libwebp", []),
        ("photo.webp", "1082x1082", 1, 1, "-frames:v 1 -c:v libwebp", ["media.dimensions reject"]),
        ("photo.png", "1080x1080", 1, 1, "-frames:v 1", ["media.format reject"]),
        ("photo.gif", "360x360", 10, 1, "", ["media.format reject"]),
    ],
)
def test_the_edges(  # noqa: PLR0913 - a row of the table
    prober: Prober,
    tmp_path: Path,
    name: str,
    size: str,
    rate: float,
    seconds: float,
    options: str,
    expected: list[str],
) -> None:
    assert verdicts(prober, made(tmp_path / name, size, rate, seconds, options)) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (4 * GB, []),
        (4 * GB + 1, ["media.size warn"]),
        (4 * 2**30, ["media.size warn"]),
        (4 * 2**30 + 1, ["media.size reject"]),
    ],
)
def test_the_edges_of_4_gb(prober: Prober, tmp_path: Path, size: int, expected: list[str]) -> None:
    """Most of the file is a free box that takes no space on disk."""
    file = tmp_path / "big.mp4"
    free = (1).to_bytes(4, "big") + b"free" + (size - len(SMALLEST)).to_bytes(8, "big")
    with file.open("wb") as opened:
        opened.write(SMALLEST + free)
        opened.truncate(size)
    assert verdicts(prober, file) == expected


def test_a_cut_file_is_refused(prober: Prober, tmp_path: Path) -> None:
    file = made(tmp_path / "cut.mp4", "360x360", 30, 2, H264 + " -movflags +faststart")
    file.write_bytes(file.read_bytes()[:-100])
    assert verdicts(prober, file) == ["media.truncated reject"]
    last = made(tmp_path / "last.mp4", "360x360", 30, 2, H264)
    last.write_bytes(last.read_bytes()[:-100])
    assert verdicts(prober, last) == ["media.truncated reject"]
