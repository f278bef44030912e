"""Unusual zips: cut, encrypted, with 64 bits, with wrong numbers."""

from __future__ import annotations

import random
import struct
import zipfile
from pathlib import Path

import pytest

from syncer.errors import SourceError
from tests.sources.takeout.exports import in_directory, lacking, listed, make, part, read

NOISE = random.Random(1).randbytes(300_000)  # noqa: S311 - any bytes will do


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("start", [0, 1, 65_536, 299_999, 300_000])
def test_members_are_read_from_any_place(tmp_path: Path, method: int, start: int) -> None:
    make(tmp_path / part(1), {"a.mp4": b"x", "b.mp4": NOISE, "c.mp4": b"y"}, method)
    assert read(listed(tmp_path)["b.mp4"], tmp_path, start=start) == NOISE[start:]


def test_zip64_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip64 as Python writes it for large numbers, here with small ones."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    path = make(tmp_path / part(1), {"a.mp4": NOISE, "b.mp4": NOISE[::-1]}, zipfile.ZIP_STORED)
    assert b"PK\6\6" in path.read_bytes()
    assert {key: read(asset, tmp_path) for key, asset in listed(tmp_path).items()} == {
        "a.mp4": NOISE,
        "b.mp4": NOISE[::-1],
    }


def test_zip64_with_bytes_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    path = make(tmp_path / "whole.zip", {"a.mp4": b"1", "b.mp4": b"2"})
    path.write_bytes(b"PK\3\4 something else" + path.read_bytes())
    assert read(listed(path)["b.mp4"], path) == b"2"


def test_a_member_of_more_than_4_gib_has_its_size(tmp_path: Path) -> None:
    path = tmp_path / part(1)
    with zipfile.ZipFile(path, "w") as archive, archive.open("huge.mp4", "w", force_zip64=True) as member:
        member.write(b"1")
    extra = struct.pack("<HHQQ", 1, 16, 5 * 2**30, 5 * 2**30)
    data = path.read_bytes()
    at = data.rindex(b"huge.mp4") - 46
    entry = bytearray(data[at : at + 54])
    entry[20:28] = b"\xff" * 8
    entry[30:32] = len(extra).to_bytes(2, "little")
    end = data[at + 54 :]
    size = (54 + len(extra)).to_bytes(4, "little")
    path.write_bytes(data[:at] + bytes(entry) + extra + end[:12] + size + end[16:])
    (asset,) = listed(tmp_path).values()
    assert asset.size == 5 * 2**30
    assert asset.flaw == "its bytes would be after the end of the archive"


def test_an_empty_zip_holds_nothing(tmp_path: Path) -> None:
    make(tmp_path / part(1), {})
    assert listed(tmp_path) == {}


def test_a_comment_at_the_end_does_no_harm(tmp_path: Path) -> None:
    path = make(tmp_path / part(1), {"a.mp4": b"1"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"made by hand" * 5000
    assert read(listed(tmp_path)["a.mp4"], tmp_path) == b"1"


# What is wrong with all of an archive


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\n<!DOCTYPE html><title>Sign in</title>", "a web page"),
        (b"\xef\xbb\xbf<HTML>", "a web page"),
        (b"\x85\x02 what gpg makes", "neither a zip nor a tgz"),
        (b"PK\3\4 and no more", "cut off"),
        (b"PK\3\4" + b"PK\5\6" + b"\xff" * 16 + bytes(2), "split"),
        (b"PK\3\4" + struct.pack("<4s4H2LH", b"PK\5\6", 3, 3, 1, 1, 46, 0, 0), "split"),
        (b"PK\3\4" + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 99, 0, 0), "damaged"),
        (bytes(60) + b"PK\3\4", "neither a zip nor a tgz"),
        (b"PK\3\4" + bytes(60) + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 46, 4, 0), "damaged"),
        (b"PK\3\4" + bytes(60) + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, 2**32 - 1, 4, 0), "damaged"),
    ],
)
def test_a_wrong_file_is_reported_and_the_others_are_listed(
    tmp_path: Path, content: bytes, said: str
) -> None:
    make(tmp_path / part(2), {"a.mp4": b"1"})
    (tmp_path / part(1)).write_bytes(content)
    assets, error = lacking(tmp_path)
    assert set(assets) == {"a.mp4"}
    assert error.code == "source.archive"
    assert part(1) in error.message
    assert said in error.message


@pytest.mark.parametrize("left", [0.2, 0.5, 0.9, 0.999])
def test_a_zip_that_is_cut_off_is_reported(tmp_path: Path, left: float) -> None:
    path = make(tmp_path / part(1), {f"{number}.mp4": NOISE for number in range(9)})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * left)])
    assets, error = lacking(tmp_path)
    assert not assets
    assert "cut off" in error.message


@pytest.mark.parametrize("at", range(0, 46, 3))
def test_a_damaged_directory_is_always_reported_as_damage(tmp_path: Path, at: int) -> None:
    """The part is an error, or the member has a flaw or can't be read, or the damage does not matter."""
    path = make(tmp_path / part(1), {"a.mp4": b"1", "b.mp4": b"2"})
    in_directory(path, "a.mp4", at, b"\xff\xff\xff\xff")
    codes = set()
    try:
        for asset in listed(tmp_path).values():
            assert asset.flaw or len(read(asset, tmp_path)) == asset.size
    except SourceError as error:
        codes.add(error.code)
    assert codes <= {"source.archive", "source.corrupt"}


def test_a_zip_inside_a_zip_that_is_cut_off_is_not_taken_for_it(tmp_path: Path) -> None:
    inner = make(tmp_path / "inner.zip", {"inner.mp4": b"1"}).read_bytes()
    path = make(tmp_path / part(1), {"backup.zip": inner, "a.mp4": NOISE}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes()[: len(inner) + 5000])
    assets, error = lacking(path)
    assert not assets
    assert "cut off" in error.message


@pytest.mark.scale
def test_a_million_members_are_the_most(tmp_path: Path) -> None:
    path = tmp_path / part(1)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1_000_001, 1_000_001, 46_000_046, 4)
    place = struct.pack("<4sLQL", b"PK\6\7", 0, 46_000_050, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    with path.open("wb") as file:
        file.write(b"PK\3\4")
        file.seek(46_000_050)
        file.write(end64 + place + end)
    _, error = lacking(tmp_path)
    assert "1000001 files" in error.message
