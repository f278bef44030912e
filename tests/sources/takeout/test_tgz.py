"""Unusual tgz archives."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
from pathlib import Path

import pytest

from syncer.errors import SourceError
from syncer.sources.takeout import tgz
from tests.sources.takeout.exports import lacking, listed, make, part, read, said

NOISE = random.Random(2).randbytes(3_000_000)  # noqa: S311 - any bytes will do


def info(name: str, size: int = 0, **fields: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size = size
    for field, value in fields.items():
        setattr(made, field, value)
    return made


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_long_and_foreign_names_are_read_in_every_form(tmp_path: Path, form: int) -> None:
    names = [f"Takeout/{'folder/' * 12}{number}-{'日本' * 4}.mp4" for number in range(3)]
    with tarfile.open(tmp_path / part(1, "tgz"), "w:gz", format=form) as archive:
        for number, name in enumerate(names):
            archive.addfile(info(name, 1), io.BytesIO(b"%d" % number))
    assets = listed(tmp_path)
    assert [read(assets[name.removeprefix("Takeout/")], tmp_path) for name in names] == [b"0", b"1", b"2"]


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_very_long_names_are_read(tmp_path: Path, form: int) -> None:
    name = f"{'folder/' * 200}é.mp4"
    with tarfile.open(tmp_path / part(1, "tgz"), "w:gz", format=form) as archive:
        archive.addfile(info(name, 1), io.BytesIO(b"1"))
    assert [*listed(tmp_path)] == [name]


def test_members_are_read_from_the_nearest_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tgz, "SPACING", 256 * 1024)
    members = {f"{number}.mp4": NOISE[number:] for number in range(4)}
    path = make(tmp_path / part(1, "tgz"), members)
    assets = listed(tmp_path)
    for number in range(4):
        for start in (0, 1, 1_500_000, len(NOISE) - number):
            assert read(assets[f"{number}.mp4"], tmp_path, start=start) == NOISE[number + start :]
    with path.open("rb") as file:
        _, points = tgz.index_tgz(file, path.stat().st_size, 256 * 1024)
    assert len(points.taken) > 30


def test_gzip_streams_one_after_the_other_are_one(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(info("a.mp4", len(NOISE)), io.BytesIO(NOISE))
        archive.addfile(info("b.mp4", 1), io.BytesIO(b"2"))
    tar = packed.getvalue()
    halves = gzip.compress(tar[:1_000_000], 1) + bytes(100_000) + gzip.compress(tar[1_000_000:], 1)
    (tmp_path / part(1, "tgz")).write_bytes(halves + bytes(70_000))
    assets = listed(tmp_path)
    assert read(assets["a.mp4"], tmp_path, start=999_000) == NOISE[999_000:]
    assert read(assets["b.mp4"], tmp_path) == b"2"


def test_a_digest_is_reported(tmp_path: Path) -> None:
    make(tmp_path / part(1, "tgz"), {"a.mp4": b""})
    asset = listed(tmp_path)["a.mp4"]
    assert asset.digest == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert asset.version == f"{asset.digest}-0"


@pytest.mark.parametrize("left", [0.15, 0.45, 0.75, 0.999])
def test_of_a_tgz_that_is_cut_off_the_beginning_is_taken(tmp_path: Path, left: float) -> None:
    members = {f"{number}.mp4": NOISE[number : number + 300_000] for number in range(10)}
    path = make(tmp_path / part(1, "tgz"), members)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * left)])
    assets, error = lacking(tmp_path)
    assert len(assets) == int(left * 10)
    for key, asset in assets.items():
        assert read(asset, tmp_path) == members[key]
    assert error.code == "source.archive"
    assert part(1, "tgz") in error.message
    assert "ends in the middle" in error.message


def test_nothing_is_taken_where_the_checksum_of_all_is_wrong(tmp_path: Path) -> None:
    """It is unknown which member is damaged."""
    path = make(tmp_path / part(1, "tgz"), {"a.mp4": NOISE, "b.mp4": b"2"})
    data = bytearray(path.read_bytes())
    data[1_000_000] ^= 1
    path.write_bytes(bytes(data))
    assets, error = lacking(tmp_path)
    assert not assets
    assert "check" in error.message


def test_a_damaged_stream_costs_what_follows(tmp_path: Path) -> None:
    text = b"".join(b"%d bottles, " % number for number in range(50_000))
    path = make(tmp_path / part(1, "tgz"), {"a.mp4": NOISE, "b.mp4": text})
    data = bytearray(path.read_bytes())
    data[-60_000:-50_000] = b"\xff" * 10_000
    path.write_bytes(bytes(data))
    assets, error = lacking(tmp_path)
    assert set(assets) == {"a.mp4"}
    assert "unpacked" in error.message


def test_a_file_that_is_not_tar_is_reported(tmp_path: Path) -> None:
    (tmp_path / part(1, "tgz")).write_bytes(gzip.compress(b"just text" * 1000))
    _, error = lacking(tmp_path)
    assert "header" in error.message


def _sized(size: int) -> bytes:
    header = bytearray(info("big.mp4").tobuf())
    header[124:136] = b"\x80" + size.to_bytes(11, "big") if size >= 0 else b"\xff" * 12
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


@pytest.mark.parametrize(
    ("tar", "said"),
    [
        (_sized(2**62), "ends in the middle"),
        (_sized(-1), "damaged"),
        (info("x", 2**21, type=tarfile.XHDTYPE).tobuf(), "a name in it"),
        (info("x", 2**40, type=tarfile.GNUTYPE_LONGNAME).tobuf(tarfile.GNU_FORMAT), "a name in it"),
        (info("x", 20, type=tarfile.XHDTYPE).tobuf() + b"99 path=a".ljust(512, b"\0"), "damaged"),
        (info("x", 20, type=tarfile.XHDTYPE).tobuf() + b"no number".ljust(512, b"\0"), "damaged"),
        (info("x", 20, type=tarfile.XHDTYPE).tobuf() + b"short", "ends in the middle"),
        (info("x", 512, type=tarfile.GNUTYPE_SPARSE).tobuf() + bytes(512), "of a kind"),
        (b"\xff" * 512, "header"),
        (b"half a block", "ends in the middle"),
    ],
)
def test_wrong_headers_are_reported(tmp_path: Path, tar: bytes, said: str) -> None:
    first = io.BytesIO()
    with tarfile.open(fileobj=first, mode="w") as archive:
        archive.addfile(info("a.mp4", 1), io.BytesIO(b"1"))
    (tmp_path / part(1, "tgz")).write_bytes(gzip.compress(first.getvalue()[:1024] + tar))
    assets, error = lacking(tmp_path)
    assert set(assets) == {"a.mp4"}
    assert said in error.message


def test_a_tar_without_its_end_mark_is_whole(tmp_path: Path) -> None:
    tar = info("a.mp4", 1).tobuf() + b"1".ljust(512, b"\0")
    (tmp_path / part(1, "tgz")).write_bytes(gzip.compress(tar))
    assert [*listed(tmp_path)] == ["a.mp4"]


def test_an_archive_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tgz, "ROOM", 1_000_000)
    make(tmp_path / part(1, "tgz"), {"a.mp4": b"1", "bomb.mp4": bytes(20_000_000)})
    assets, error = lacking(tmp_path)
    assert set(assets) == {"a.mp4"}
    assert "unpacks to over" in error.message


def test_the_number_of_members_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tgz, "MOST", 2)
    make(tmp_path / part(1, "tgz"), {f"{number}.mp4": b"%d" % number for number in range(3)})
    assets, error = lacking(tmp_path)
    assert len(assets) == 2
    assert "more than 2 files" in error.message


def test_links_and_escaping_names_have_a_flaw_and_devices_are_left_out(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / part(1, "tgz"), "w:gz") as archive:
        archive.addfile(info("folder", type=tarfile.DIRTYPE))
        archive.addfile(info("pipe", type=tarfile.FIFOTYPE))
        archive.addfile(info("link.mp4", type=tarfile.SYMTYPE, linkname="/etc/passwd"))
        archive.addfile(info("hard.mp4", type=tarfile.LNKTYPE, linkname="a.mp4"))
        archive.addfile(info("../up.mp4", 1), io.BytesIO(b"1"))
        archive.addfile(info("\udcff.mp4", 1), io.BytesIO(b"1"))
        archive.addfile(info("holes.mp4", 1, pax_headers={"GNU.sparse.major": "1"}), io.BytesIO(b"1"))
        archive.addfile(info("a.mp4", 1), io.BytesIO(b"1"))
    assert {key: asset.flaw for key, asset in listed(tmp_path).items()} == {
        "link.mp4": "it is a link",
        "hard.mp4": "it is a link",
        "../up.mp4": "its name leads out of the archive by ..",
        "\\xff.mp4": "its name is not UTF-8",
        "holes.mp4": "it is a sparse file, which is not supported",
        "a.mp4": None,
    }


def test_a_change_between_listing_and_reading_in_an_equal_archive_is_reported(tmp_path: Path) -> None:
    """An archive of the same name, which another listing has read since."""
    make(tmp_path / part(1, "tgz"), {"a.mp4": b"1"})
    before = listed(tmp_path)["a.mp4"]
    make(tmp_path / part(1, "tgz"), {"a.mp4": b"22"})
    listed(tmp_path)
    with pytest.raises(SourceError, match=r"a\.mp4") as caught:
        read(before, tmp_path)
    assert caught.value.code == "source.changed"


def test_sidecars_are_read_on_the_way(tmp_path: Path) -> None:
    make(tmp_path / part(1, "tgz"), {"a.mp4": b"1", "a.mp4.json": said("Original.mp4")})
    assert [*listed(tmp_path)] == ["Original.mp4"]
