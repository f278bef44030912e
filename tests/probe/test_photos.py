"""Laws of photos: displayed size, orientation, and completeness."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.model import Facts
from syncer.probe.jpeg import CUT, DAMAGED, EMPTY
from syncer.probe.prober import Prober
from tests.media import PNG, sample
from tests.probe.bytesmith import (
    FTYP,
    anmf,
    chunk,
    exif,
    frame,
    jpeg,
    mpf,
    segment,
    vp8,
    vp8l,
    vp8x,
    webp,
)
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
        (webp(vp8x(40, 30, 0), chunk(b"VP8 ", b"\x10\0\0nope" + bytes(20))), "its header is damaged"),
        (webp(vp8(0, 30)), "its header is damaged"),
        (webp(vp8(40, 30).replace(b"\x10\0\0\x9d", b"\0\0\0\x9d")), "its header is damaged"),
        (webp(vp8(40, 30).replace(b"\x10\0\0\x9d", b"\x11\0\0\x9d")), "its header is damaged"),
        (webp(chunk(b"VP8L", b"\x2f\0\0\0\x20" + bytes(20))), "its header is damaged"),
        (webp(vp8x(40, 30, 0x10), chunk(b"ALPH", bytes(20))), "it contains no complete picture"),
        (b"\x89PNG\r\n\x1a\nnothing of a header", "its header is damaged"),
    ],
)
def test_a_damaged_header_is_a_flaw(data: bytes, flaw: str) -> None:
    assert probed(data).flaw == flaw


def test_bytes_between_segments_are_skipped() -> None:
    assert probed(jpeg(b"\xff\xff\xff", b"\xff\x01", frame(40, 30))).width == 40


def test_an_animated_webp_has_the_size_of_its_canvas() -> None:
    frames = (anmf(vp8(40, 30), 40, 30), anmf(vp8l(20, 10), 20, 10, left=20, top=20))
    alpha = anmf(chunk(b"ALPH", bytes(9)) + vp8(38, 30), 38, 30, left=2)
    facts = probed(webp(vp8x(40, 30, 0x02 | 0x08), chunk(b"ANIM", bytes(6)), *frames, alpha))
    assert (facts.width, facts.height, facts.orientation, facts.missing) == (40, 30, None, 0)
    assert facts.flaw is None


@pytest.mark.parametrize("picture", [vp8, vp8l])
@pytest.mark.parametrize("before", [b"", chunk(b"ICCP", bytes(8)), chunk(b"ALPH", bytes(8))])
@pytest.mark.parametrize("canvas", [(40, 30), (41, 30), (40, 29), (4, 3), (400, 300)])
def test_a_still_webp_has_the_size_of_its_picture_whatever_its_canvas_says(
    picture: Callable[[int, int], bytes], before: bytes, canvas: tuple[int, int]
) -> None:
    """Decoders refuse another canvas, smaller or larger."""
    photo = webp(vp8x(*canvas, 0x10), before, picture(40, 30))
    facts = probed(photo)
    assert (facts.width, facts.height) == (40, 30)
    assert (facts.flaw is None) == (canvas == (40, 30))
    assert told(photo[:-4])[1] == 4, "a cut one is called cut"


@pytest.mark.parametrize(
    ("outside", "flaw"),
    [
        (anmf(vp8(42, 30), 42, 30), "a frame of it reaches to 42 by 30 pixels, and its canvas has 40 by 30"),
        (anmf(vp8(40, 30), 40, 30, top=2), "a frame of it reaches to 40 by 32"),
        (anmf(vp8l(20, 10), 20, 10, left=22), "a frame of it reaches to 42 by 10"),
        (anmf(vp8(3000, 3000), 40, 30), "a frame of it reaches to 3000 by 3000"),
        (anmf(vp8(40, 30), 40, 31), "a frame of it reaches to 40 by 31"),
        (anmf(b"", 40, 30), "a frame of it contains no complete picture"),
        (anmf(chunk(b"ALPH", bytes(40)), 40, 30), "a frame of it contains no complete picture"),
        (anmf(vp8(40, 30)[:-6], 40, 30), "a frame of it contains no complete picture"),
        (anmf(chunk(b"VP8L", bytes(30)), 40, 30), "its header is damaged"),
        (chunk(b"ANMF", b""), "a frame of it contains no complete picture"),
    ],
)
@pytest.mark.parametrize("good", [0, 1, 20])
def test_no_frame_of_an_animation_reaches_beyond_its_canvas(outside: bytes, flaw: str, good: int) -> None:
    """In whichever frame."""
    frames = [anmf(vp8(40, 30), 40, 30)] * good
    animated = webp(vp8x(40, 30, 0x02), chunk(b"ANIM", bytes(6)), *frames, outside)
    assert (probed(animated).flaw or "").startswith(flaw)
    assert (probed(animated).width, probed(animated).height) == (40, 30)


def test_a_photo_whose_scan_is_empty_contains_no_picture() -> None:
    assert probed(jpeg(frame(40, 30), scan=b"")).flaw == EMPTY
    assert told(jpeg(frame(40, 30), scan=b"\x01")) == (None, 0)


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
