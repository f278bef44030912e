"""Laws of photos: displayed size, orientation, and completeness."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from syncer.model import Facts
from syncer.probe.jpeg import CUT, DAMAGED
from syncer.probe.prober import Prober
from tests.media import PNG, sample
from tests.probe.bytesmith import FTYP, chunk, exif, frame, jpeg, mpf, segment, vp8, vp8x, webp
from tests.probe.held import Held

MADE = {
    "baseline.jpg": "-pix_fmt yuvj420p -c:v mjpeg",
    "lossy.webp": "-c:v libwebp",
    "lossless.webp": "-c:v libwebp -lossless 1",
    "with-alpha.webp": "-pix_fmt yuva420p -c:v libwebp",
    "plain.png": "-c:v png",
    "plain.gif": "-c:v gif",
}


def probed(data: bytes) -> Facts:
    held = Held(data)
    with Prober() as prober:
        facts = held.probed(prober)
        assert prober.pid is None, "a photo needs no child"
    return facts


@pytest.mark.server
@pytest.mark.parametrize("name", MADE)
def test_the_size_is_that_of_the_picture(tmp_path: Path, name: str) -> None:
    picture = ["-f", "lavfi", "-i", "testsrc=size=98x54:duration=0.04", "-frames:v", "1"]
    command = [
        "ffmpeg",
        "-nostdin",
        "-loglevel",
        "error",
        *picture,
        *MADE[name].split(),
        str(tmp_path / name),
    ]
    subprocess.run(command, check=True)
    facts = probed((tmp_path / name).read_bytes())
    assert (facts.width, facts.height, facts.flaw) == (98, 54, None)
    assert facts.container == name.partition(".")[2].replace("jpg", "jpeg")
    assert facts.missing in (0, None)


@pytest.mark.parametrize("name", ["Sunset at the Lake.jpg", "café.webp"])
@pytest.mark.parametrize("share", [0.3, 0.99])
def test_a_cut_photo_is_reported(name: str, share: float) -> None:
    whole = sample(name)
    assert (probed(whole).missing, probed(whole).flaw) == (0, None)
    facts = probed(whole[: int(len(whole) * share)])
    assert facts.missing or facts.flaw == "it ends in the middle: no end marker"
    assert facts.width


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", "<>")
def test_the_size_of_a_photo_is_the_displayed_one(orientation: int, order: str) -> None:
    """In both byte orders of EXIF, in JPEG and in WebP, baseline or progressive."""
    sideways = orientation >= 5
    data = exif(orientation, order)
    for photo in (
        jpeg(segment(0xE1, data), frame(40, 30)),
        jpeg(segment(0xE1, data), segment(0xC4, bytes(20)), frame(40, 30, marker=0xC2)),
        webp(vp8x(40, 30, 0x08), vp8(40, 30), chunk(b"EXIF", data)),
        webp(vp8x(40, 30, 0x08), vp8(40, 30), chunk(b"EXIF", data.removeprefix(b"Exif\0\0"))),
    ):
        facts = probed(photo)
        assert (facts.width, facts.height) == ((30, 40) if sideways else (40, 30))
        assert facts.orientation == orientation


@pytest.mark.parametrize(
    "data", [exif(0), exif(9), b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0no"]
)
def test_an_invalid_orientation_is_ignored(data: bytes) -> None:
    facts = probed(jpeg(segment(0xE1, data), frame(40, 30)))
    assert (facts.orientation, facts.width, facts.flaw) == (None, 40, None)


def test_a_thumbnail_does_not_end_the_photo() -> None:
    thumbnail = segment(0xE1, exif(1) + jpeg(frame(4, 3)))
    assert probed(jpeg(thumbnail, frame(40, 30))).missing == 0
    assert probed(jpeg(thumbnail, frame(40, 30), end=b"")).flaw


@pytest.mark.parametrize(
    "behind",
    [
        b"\0" * 100,
        b"\0" * 200_000,
        b"\xff" * 200_000,
        b"\xff\xd8\xff" + b"\x55" * 100_000,
        FTYP + b"\7" * 100_000,
    ],
    ids=["padding", "much padding", "padding of a card", "an image that begins", "a film"],
)
@pytest.mark.parametrize("said", [b"GCamera:MotionPhoto='1'", b"Item:Length='7'", b""])
def test_bytes_after_a_picture_are_no_flaw(behind: bytes, said: bytes) -> None:
    """Whether its header mentions them or not."""
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x " + said + b"/>")
    assert told(jpeg(xmp, frame(40, 30)) + behind) == (None, 0)
    assert probed(jpeg(xmp, frame(40, 30), end=b"") + behind).flaw == CUT


def told(data: bytes) -> tuple[str | None, int | None]:
    facts = probed(data)
    return facts.flaw, facts.missing


def test_an_outdated_list_of_images_is_no_flaw() -> None:
    """An editor removed or moved the second image and kept the list."""
    photo = jpeg(segment(0xE2, mpf((100, 0), (5000, 1000))), frame(40, 30))
    assert told(photo) == (None, 0)
    assert told(photo.ljust(3000, b"\0")) == (None, 0)
    assert told(jpeg(segment(0xE2, mpf((100, 0))), frame(40, 30))) == (None, 0)


def test_a_listed_image_that_begins_must_have_its_end() -> None:
    photo = jpeg(segment(0xE2, mpf((100, 0), (5000, 1000))), frame(40, 30))
    header = photo.index(b"MPF\0") + 4
    begun = photo.ljust(header + 1000, b"\0") + b"\xff\xd8\xff\xe0"
    assert told(begun.ljust(header + 6000, b"\1")) == (None, 0)
    assert told(begun.ljust(header + 5990, b"\1")) == (None, 10)


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (b"\xff\xd8\xff", "it ends in the middle of its header"),
        (b"\xff\xd8" + frame(40, 30), "it ends in the middle of its header"),
        (b"\xff\xd8\xff\xd9\0\0\0\0", "its header is damaged"),
        (b"\xff\xd8\xff\xe0\0\1\0\0", "its header is damaged"),
        (b"\xff\xd8\xff\xe0\0\2\0\0\0\0", "it ends in the middle of its header"),
        (b"\xff\xd8" + b"\xff\xd0" * 3000, "its header is damaged"),
        (b"\xff\xd8\xff\xff\xff" + segment(0xDA, bytes(10))[1:12], "it ends in the middle of its header"),
        (b"RIFF\x04\0\0\0WEBP", "its header is damaged"),
        (webp(chunk(b"VP8 ", b"\x10\0\0nope" + bytes(20))), "its header is damaged"),
        (webp(chunk(b"what", bytes(20))), "its header is damaged"),
        (b"\x89PNG\r\n\x1a\nnothing of a header", "its header is damaged"),
    ],
)
def test_a_damaged_header_is_a_flaw(data: bytes, flaw: str) -> None:
    assert probed(data).flaw == flaw


def test_bytes_between_segments_are_skipped() -> None:
    assert probed(jpeg(b"\xff\xff\xff", b"\xff\x01", frame(40, 30))).width == 40


def test_an_animated_webp_has_the_size_of_its_canvas() -> None:
    animated = webp(vp8x(40, 30, 0x02 | 0x08), chunk(b"ANIM", bytes(6)), chunk(b"ANMF", bytes(50)))
    facts = probed(animated)
    assert (facts.width, facts.height, facts.orientation, facts.missing) == (40, 30, None, 0)


def test_a_webp_without_its_exif_is_not_turned() -> None:
    assert probed(webp(vp8x(40, 30, 0x08), vp8(40, 30))).orientation is None
    endless = webp(vp8x(40, 30, 0x08), *(chunk(b"xxxx", b"") for _ in range(100)))
    assert probed(endless).orientation is None


@pytest.mark.parametrize("end", [b"\xff\xd9", b"\xff\xd9" + bytes(200_000), b""])
def test_a_complete_photo_is_recognised_without_its_size(end: bytes) -> None:
    photo = jpeg(frame(40, 30), scan=bytes(200_000), end=end)
    held = Held(photo)
    with Prober() as prober:
        facts = prober.probe(held.head, None, "image/jpeg", held.reopen)
    assert (facts.width, facts.missing, facts.flaw) == ((40, 0, None) if end else (40, None, CUT))


def test_garbage_between_segments_is_skipped_as_decoders_do() -> None:
    first = segment(0xE0, b"JFIF\0")
    assert told(jpeg(first, b"no segment", frame(40, 30), bytes(300))) == (None, 0)
    assert probed(jpeg(first, bytes(70_000), frame(40, 30))).flaw == DAMAGED


def test_other_types_have_no_facts() -> None:
    assert probed(b"<!doctype html><html>") == Facts()
    assert probed(b"%PDF-1.7") == Facts()
    assert probed(PNG).container == "png"
