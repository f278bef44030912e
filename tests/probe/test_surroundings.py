"""Law: complete media counts as complete with any bytes after or around it, and a cut file is reported.

A file is complete if an independent decoder reads it without an error.
"""

from __future__ import annotations

import random
import struct
import subprocess
from pathlib import Path

import pytest

from syncer.model import Finding, Severity
from syncer.preflight import judge_media, load_limits
from syncer.probe.media_types import extension, sniff
from syncer.probe.prober import Prober
from tests.media import sample
from tests.probe.bytesmith import box, mpf, segment, wide_box
from tests.probe.held import Held

LIMITS = load_limits("tiktok")
NOISE = random.Random(7).randbytes(4000)  # noqa: S311 - any bytes will do
CLIP, QUICKTIME, WEBM = (
    sample(name) for name in ("Summer Trip.mp4", "müsli-tasting.mov", "street-food.webm")
)
PHOTO, WEBP = sample("Sunset at the Lake.jpg"), sample("café.webp")
FILM = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + box(b"mdat", NOISE)

SAMSUNG = FILM + b"SEFH" + struct.pack("<3I", 107, 1, 0) + bytes(12) + struct.pack("<I", 24) + b"SEFT"
INSTA360 = NOISE + b"8db42d694ccc418790edff439fe026bf"
BEHIND_MP4 = {
    "a camera's trailer": INSTA360,
    "a phone's trailer": SAMSUNG,
    "a card's padding": b"\xff" * 70_000,
    "zeros": bytes(70_000),
    "text": b"made by an editor " * 300,
    "small numbers": struct.pack(">2I", 16, 1) * 2000,
    "a photo": PHOTO[:5000],
    "three bytes": b"abc",
    "free space": box(b"free", bytes(99)),
    "free space that was cut off": box(b"free", bytes(9), size=10_000),
    "skipped space that was cut off": box(b"skip", bytes(9), size=1 << 30),
    "a maker's box that was cut off": wide_box(b"GPMF", bytes(40), size=1 << 33),
    "a box by its number": box(b"uuid", NOISE[:16], bytes(99)),
    "such a box that was cut off": box(b"uuid", NOISE[:16], size=5000),
}
BEHIND_PHOTO = {
    "a film": FILM,
    "a phone's trailer": SAMSUNG,
    "zeros": bytes(200_000),
    "a card's padding": b"\xff" * 200_000,
    "another photo": PHOTO,
    "the beginning of one": PHOTO[:3000],
    "noise": NOISE,
}
XMP = b"http://ns.adobe.com/xap/1.0/\0<x GCamera:MicroVideoOffset='%d' GCamera:MotionPhoto='1'/>"
ICC = b"ICC_PROFILE\0\1\3"
IN_PHOTO = {
    "a film that is not there": segment(0xE1, XMP % 99_999),
    "a list of images that are gone": segment(0xE2, mpf((len(PHOTO), 0), (50_000, len(PHOTO) + 9000))),
    "a list of images that lie elsewhere": segment(0xE2, mpf((99, 0), (50_000, len(PHOTO) - 2000))),
    "an incomplete colour profile": segment(0xE2, ICC + bytes(500)) + segment(0xE2, ICC[:12]),
    "EXIF that leads nowhere": segment(0xE1, b"Exif\0\0MM\0*\0\0\xff\xff") + segment(0xE1, b"Exif\0\0"),
    "a comment": segment(0xFE, b"<?php echo 1 ?>"),
    "filling": b"\xff" * 7,
}


def inside(photo: bytes, piece: bytes) -> bytes:
    return photo[:2] + piece + photo[2:]


def without_size(film: bytes) -> bytes:
    """Its `mdat` lasts to the end of the file."""
    at = film.index(b"mdat") - 4
    return film[:at] + bytes(4) + film[at + 4 :]


def branded(film: bytes, major: bytes, *compatible: bytes) -> bytes:
    brands = box(b"ftyp", major, bytes(4), *compatible)
    size = int.from_bytes(film[:4], "big") - len(brands)
    return brands + (box(b"free", bytes(size - 8)) if size else b"") + film[len(brands) + size :]


WHOLE = {
    **{f"MP4, {name}": CLIP + piece for name, piece in BEHIND_MP4.items()},
    **{f"MOV, {name}": QUICKTIME + piece for name, piece in BEHIND_MP4.items()},
    **{f"JPEG, {name}": PHOTO + piece for name, piece in BEHIND_PHOTO.items()},
    **{f"JPEG with {name}": inside(PHOTO, piece) for name, piece in IN_PHOTO.items()},
    **{f"WebP, {name}": WEBP + piece for name, piece in BEHIND_PHOTO.items()},
    "JPEG with a film": inside(PHOTO, segment(0xE1, XMP % len(FILM))) + FILM,
    "JPEG with a long film": inside(PHOTO, segment(0xE1, XMP % (len(FILM) + 99_000))) + FILM + bytes(99_000),
    "WebM, zeros": WEBM + bytes(5000),
    "WebM, noise": WEBM + NOISE,
    "WebM, void": WEBM + b"\xec\x88" + bytes(8),
    "MP4 whose last box has no size": without_size(CLIP),
    "QuickTime without brands": QUICKTIME.replace(b"ftypqt  ", b"wide\0\0\0\0", 1),
    "MP4 of an Android phone": branded(CLIP, b"3gp5", b"isom"),
    "MP4 of a flip phone": branded(CLIP, b"3g2a", b"mp42"),
    "MP4 without a major brand": branded(CLIP, bytes(4), b"avc1"),
}


def judged(prober: Prober, data: bytes) -> tuple[Finding, ...]:
    held = Held(data)
    found = judge_media(held.media_type, held.size, held.probed(prober), LIMITS)
    return tuple(each for each in found if each.severity is not Severity.WARN)


@pytest.mark.parametrize("name", WHOLE)
def test_complete_media_is_accepted_with_any_bytes_around_it(prober: Prober, name: str) -> None:
    assert judged(prober, WHOLE[name]) == ()


@pytest.mark.server
@pytest.mark.parametrize("name", [name for name in WHOLE if not name.startswith(("JPEG, n", "WebP"))][::7])
def test_a_decoder_agrees_that_the_file_is_complete(tmp_path: Path, name: str) -> None:
    file = tmp_path / f"made{extension(sniff(WHOLE[name]))}"
    file.write_bytes(WHOLE[name])
    command = ["ffmpeg", "-nostdin", "-v", "fatal", "-i", str(file), "-f", "null", "-"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


CUT = {
    "MP4": CLIP,
    "MOV": QUICKTIME,
    "WebM": WEBM,
    "JPEG": PHOTO,
    "WebP": WEBP,
    "MP4 whose last box has no size": WHOLE["MP4 whose last box has no size"],
    "MP4 of an Android phone": WHOLE["MP4 of an Android phone"],
    **{f"JPEG with {name}": inside(PHOTO, piece) for name, piece in IN_PHOTO.items()},
}


@pytest.mark.parametrize("share", [0.35, 0.7, 0.95, 1.0])
@pytest.mark.parametrize("name", CUT)
def test_a_cut_file_is_refused_whatever_its_header_says(prober: Prober, name: str, share: float) -> None:
    data = CUT[name]
    cut = data[: min(int(len(data) * share), len(data) - 3)]
    rules = {each.rule for each in judged(prober, cut)}
    assert rules & {"media.truncated", "media.unreadable"}


def test_a_listed_image_counts_as_cut_only_if_it_begins(prober: Prober) -> None:
    """A gain map of a phone."""
    length = len(segment(0xE2, mpf((0, 0), (0, 0))))
    origin = 2 + 4 + 4
    listed = segment(0xE2, mpf((len(PHOTO) + length, 0), (len(WEBP), len(PHOTO) + length - origin)))
    photo = inside(PHOTO, listed)
    second = (PHOTO * 3)[: len(WEBP)]
    assert judged(prober, photo) == judged(prober, photo + second) == ()
    assert [each.rule for each in judged(prober, photo + second[:-500])] == ["media.truncated"]
