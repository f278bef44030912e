"""Law: the first bytes decide the type of a file. With real files of ffmpeg, without their names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.probe.media_types import TYPES, UNKNOWN, by_name, sniff

PICTURES = "-f lavfi -i testsrc=size=64x48:rate=25:duration=0.4"
PICTURE = f"{PICTURES} -frames:v 1"
SOUND = "-f lavfi -i sine=duration=0.3"
H264 = f"{PICTURES} -c:v libx264 -pix_fmt yuv420p"
H265 = "-c:v libx265 -x265-params log-level=none"


@pytest.mark.server
@pytest.mark.parametrize(
    ("recipe", "media_type"),
    [
        (f"{H264} -f mp4", "video/mp4"),
        (f"{H264} -movflags +faststart -f mp4", "video/mp4"),
        (f"{H264} -movflags frag_keyframe+empty_moov -f mp4", "video/mp4"),
        (f"{H264} -movflags +dash -f mp4", "video/mp4"),
        (f"{H264} -f ipod", "video/mp4"),
        (f"{H264} -brand avc1 -f mp4", "video/mp4"),
        (f"{PICTURES} {H265} -tag:v hvc1 -f mp4", "video/mp4"),
        (f"{H264} -f mov", "video/quicktime"),
        (f"{PICTURES} -c:v prores -f mov", "video/quicktime"),
        (f"{PICTURES} -c:v mpeg4 -f 3gp", "video/mp4"),  # its brand is isom
        (f"{H264} -f 3g2", "video/mp4"),
        (f"{PICTURES} -c:v libvpx-vp9 -f webm", "video/webm"),
        (f"{PICTURES} -c:v libvpx -f webm", "video/webm"),
        (f"{H264} -f matroska", "video/x-matroska"),
        (f"{PICTURES} -f avi", "video/x-msvideo"),
        (f"{PICTURES} -f mpegts", "video/mp2t"),
        (f"{PICTURES} -f mpegts -mpegts_m2ts_mode 1", "video/mp2t"),
        (f"{PICTURES} -f vob", "video/mpeg"),
        (f"{PICTURES} -f mpeg2video", "video/mpeg"),
        (f"{PICTURES} -f ogg -c:v libtheora", "video/ogg"),
        (f"{PICTURES} -f flv", "video/x-flv"),
        (f"{PICTURES} -f asf", "video/x-ms-wmv"),
        (f"{PICTURE} -f image2 -c:v mjpeg", "image/jpeg"),
        (f"{PICTURE} -f webp", "image/webp"),
        (f"{PICTURES} -f webp", "image/webp"),
        (f"{PICTURE} -f image2 -c:v png", "image/png"),
        (f"{PICTURES} -f apng", "image/png"),
        (f"{PICTURES} -f gif", "image/gif"),
        (f"{PICTURE} -f image2 -c:v bmp", "image/bmp"),
        (f"{PICTURE} -f image2 -c:v tiff", "image/tiff"),
        (f"{PICTURE} {H265} -brand heic -f mp4", "image/heic"),
        (f"{PICTURE} -c:v libaom-av1 -still-picture 1 -f avif", "image/avif"),
        (f"{SOUND} -f ipod", "audio/mp4"),
        (f"{SOUND} -f mp3", "audio/mpeg"),
        (f"{SOUND} -f wav", "audio/wav"),
        (f"{SOUND} -f ogg", "audio/ogg"),
    ],
)
def test_real_files_have_the_type_of_their_bytes(tmp_path: Path, recipe: str, media_type: str) -> None:
    made = tmp_path / "made"
    subprocess.run(["ffmpeg", "-v", "error", "-y", *recipe.split(), made], check=True)
    head = made.read_bytes()[: 64 * 1024]
    assert sniff(head) == media_type
    assert sniff(head, "notes.txt") == media_type


@pytest.mark.server
def test_an_old_quicktime_file_has_no_ftyp(tmp_path: Path) -> None:
    made = tmp_path / "made.mov"
    subprocess.run(["ffmpeg", "-v", "error", *H264.split(), made], check=True)
    whole = made.read_bytes()
    assert sniff(whole[int.from_bytes(whole[:4], "big") :]) == "video/quicktime"


def atom(name: bytes, body: bytes = b"") -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + name + body


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (atom(b"free", bytes(9)) + atom(b"ftyp", b"isom" + bytes(4)), "video/mp4"),
        (atom(b"free") + atom(b"moov"), "video/quicktime"),
        (bytes(4) + b"free", "video/quicktime"),
        (atom(b"ftyp", b"mif1" + bytes(4) + b"mif1heic"), "image/heic"),
        (atom(b"ftyp", b"mif1" + bytes(4) + b"avifmiaf"), "image/avif"),
        (atom(b"ftyp", b"mif1" + bytes(4) + b"miaf"), "image/heif"),
        (atom(b"ftyp", b"M4V " + bytes(4)), "video/mp4"),
        (atom(b"ftyp", b"3gp4" + bytes(4) + b"3gp43gp6"), "video/3gpp"),
        (atom(b"ftyp", b"3gp5" + bytes(4) + b"3gp5mp42"), "video/mp4"),
        (atom(b"ftyp", b"3g2a" + bytes(4) + b"3g2aavc1"), "video/mp4"),
        (atom(b"ftyp", b"XAVC" + bytes(4) + b"XAVCmp42iso2"), "video/mp4"),
        (atom(b"ftyp", b"NIKO" + bytes(4)), "video/mp4"),
        (atom(b"ftyp", b"caqv" + bytes(4) + b"caqvqt  "), "video/quicktime"),
        (atom(b"ftyp", b"qt  " + bytes(4) + b"qt  mp42"), "video/quicktime"),
        (atom(b"ftyp", b"mp42" + bytes(4) + b"mp42qt  "), "video/mp4"),
        (atom(b"ftyp", b"M4A " + bytes(4) + b"M4A mp42isom"), "audio/mp4"),
        (atom(b"ftyp", b"heic" + bytes(4) + b"mif1heicmp42"), "image/heic"),
        (atom(b"ftyp", b"crx " + bytes(4) + b"crx isom"), "image/x-canon-cr3"),
        (atom(b"ftyp", b"avci" + bytes(4) + b"avcimif1"), "image/heif"),
        (atom(b"ftyp", b"xiso" + bytes(4) + b"mmp4xiso"), "video/mp4"),
        (b"\x1aE\xdf\xa3\x9f\x42\x82\x40\x04webm", "video/webm"),
        (b"\x1aE\xdf\xa3 nothing of the kind", UNKNOWN),
        (b"RIFF\0\0\0\0ODD ", UNKNOWN),
        (b"%PDF-1.4\n", "application/pdf"),
        (b"PK\x03\x04" + bytes(40), "application/zip"),
        (b"<html>", "text/html"),
        (b"\xef\xbb\xbf\n <!-- a --><!-- b -->\n<!DOCTYPE html>", "text/html"),
        (b'<?xml version="1.0"?><html xmlns="x">', "text/html"),
        (b"<!-- " + b"--><!-- " * 500 + b"x", "text/plain"),
        (b"<heading>", "text/plain"),
        (b"BMX bikes are fun to ride in the afternoon", "text/plain"),
        ("häll".encode()[:-1] + b"\xc3", "text/plain"),
        (b"h\xe4llo", UNKNOWN),
        (b"\xc3", UNKNOWN),
        (b"\x00\x01", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_other_first_bytes_have_their_types(head: bytes, media_type: str) -> None:
    assert sniff(head) == media_type


@given(
    st.binary(max_size=300),
    st.sampled_from(["a.mp4", "a.mov", "a.webm", "a.jpg", "a.webp", "a.png", "a.html"]),
)
def test_no_name_makes_a_file_media(head: bytes, name: str) -> None:
    assert sniff(head, name) == sniff(head)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.json", "application/json"),
        ("A.CSV", "text/csv"),
        ("a.svg", "image/svg+xml"),
        ("a.mp4", "text/plain"),
        ("a.html", "text/plain"),
        ("a", "text/plain"),
    ],
)
def test_the_name_of_a_text_file_gives_its_type(name: str, media_type: str) -> None:
    assert sniff(b"just text", name) == media_type


def test_types_of_names_do_not_depend_on_the_machine() -> None:
    assert by_name("clips/A.MP4") == "video/mp4"
    assert by_name("clips/none") == by_name("odd.xyz") == UNKNOWN
    assert all(ending == ending.lower() for ending in TYPES)
