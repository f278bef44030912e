"""Faults of one member of a zip: they affect only this member, and no name leads elsewhere."""

from __future__ import annotations

import random
import zipfile
import zlib
from pathlib import Path

import pytest

from syncer.errors import SourceError
from tests.sources.takeout.exports import digests, in_directory, listed, make, part, patched, read

NOISE = random.Random(1).randbytes(300_000)  # noqa: S311 - any bytes will do


def test_encrypted_members_have_a_flaw(tmp_path: Path) -> None:
    path = make(tmp_path / part(1), {"a.mp4": b"1", "b.mp4": b"2"})
    in_directory(path, "a.mp4", 8, b"\1\0")
    assert {key: asset.flaw for key, asset in listed(tmp_path).items()} == {
        "a.mp4": "it is encrypted",
        "b.mp4": None,
    }


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_compression_is_a_flaw(tmp_path: Path, method: int) -> None:
    make(tmp_path / part(1), {"a.mp4": NOISE}, method)
    assert f"zip's number {method}" in str(listed(tmp_path)["a.mp4"].flaw)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_damaged_member_costs_only_itself(tmp_path: Path, method: int) -> None:
    path = make(tmp_path / part(1), {"a.mp4": b"1", "b.mp4": NOISE, "c.mp4": b"3"}, method)
    patched(path, NOISE[200_000:200_008], b"damaged!")
    assets = listed(tmp_path)
    assert read(assets["a.mp4"], tmp_path) == b"1"
    assert read(assets["c.mp4"], tmp_path) == b"3"
    damaged = read(assets["b.mp4"], tmp_path)
    (told,) = digests(assets["b.mp4"], tmp_path)
    assert (told.name, told.value) == ("zip-crc32", f"{zlib.crc32(NOISE):08x}")
    assert told.value != f"{zlib.crc32(damaged):08x}", "so a complete read refuses it"


def test_deflate_that_can_not_be_unpacked_costs_only_itself(tmp_path: Path) -> None:
    text = b"".join(b"%d bottles, " % number for number in range(5000))
    path = make(tmp_path / part(1), {"a.mp4": text, "b.mp4": b"2"})
    data = bytearray(path.read_bytes())
    data[60:3000] = b"\xff" * 2940
    path.write_bytes(bytes(data))
    assets = listed(tmp_path)
    with pytest.raises(SourceError, match="unpacked"):
        read(assets["a.mp4"], tmp_path)
    assert read(assets["b.mp4"], tmp_path) == b"2"


@pytest.mark.parametrize("declared", [10, 499_999, 500_001, 510_000])
def test_a_member_of_another_size_than_declared_is_cut_with_an_error(tmp_path: Path, declared: int) -> None:
    zeros = bytes(500_000)
    path = make(tmp_path / part(1), {"a.mp4": zeros})
    crc = zlib.crc32(bytes(declared)).to_bytes(4, "little")
    in_directory(path, "a.mp4", 16, crc)
    in_directory(path, "a.mp4", 24, declared.to_bytes(4, "little"))
    with pytest.raises(SourceError, match=r"ends|is longer") as caught:
        read(listed(tmp_path)["a.mp4"], tmp_path)
    assert caught.value.code == "source.corrupt"


def test_an_impossible_size_is_a_flaw(tmp_path: Path) -> None:
    path = make(tmp_path / part(1), {"a.mp4": bytes(1000), "b.mp4": b"2"})
    in_directory(path, "a.mp4", 24, (2**31).to_bytes(4, "little"))
    assert "can't have so many" in str(listed(tmp_path)["a.mp4"].flaw)


def test_members_that_share_their_bytes_have_a_flaw(tmp_path: Path) -> None:
    path = make(tmp_path / part(1), {"a.mp4": NOISE, "b.mp4": NOISE[::-1], "c.mp4": b"3"})
    in_directory(path, "b.mp4", 42, (20).to_bytes(4, "little"))
    flaws = {key: asset.flaw for key, asset in listed(tmp_path).items()}
    assert flaws["c.mp4"] is None
    assert flaws["a.mp4"] == flaws["b.mp4"] == "it shares its bytes with another member"


def test_an_entry_that_leads_to_another_member_is_damaged(tmp_path: Path) -> None:
    path = make(tmp_path / part(1), {"a.mp4": b"1", "b.mp4": b"2"})
    data = path.read_bytes()
    path.write_bytes(data.replace(b"a.mp4", b"x.mp4", 1))
    with pytest.raises(SourceError, match="another member"):
        read(listed(tmp_path)["a.mp4"], tmp_path)


def test_links_are_a_flaw(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link.mp4")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / part(1), "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert listed(tmp_path)["link.mp4"].flaw == "it is a link"


@pytest.mark.parametrize(
    ("name", "flaw"),
    [
        ("../up.mp4", "leads out"),
        ("a/../../up.mp4", "leads out"),
        ("..\\..\\up.mp4", "leads out"),
        ("Takeout/../up.mp4", "leads out"),
        ("/etc/up.mp4", "absolute"),
        ("\\\\server\\up.mp4", "absolute"),
        ("C:\\up.mp4", "absolute"),
        ("c:/up.mp4", "absolute"),
        ("nul\0.mp4", "NUL"),
    ],
)
def test_names_never_lead_elsewhere(tmp_path: Path, name: str, flaw: str) -> None:
    info = zipfile.ZipInfo("x" * len(name))
    with zipfile.ZipFile(tmp_path / part(1), "w") as archive:
        archive.writestr(info, b"1")
    patched(tmp_path / part(1), info.filename.encode(), name.encode(), count=2)
    data = (tmp_path / part(1)).read_bytes().replace(info.filename.encode(), name.encode())
    (tmp_path / part(1)).write_bytes(data)
    (asset,) = listed(tmp_path).values()
    assert flaw in str(asset.flaw)
    assert "\0" not in asset.key


@pytest.mark.parametrize(
    ("raw", "flags", "key", "flaw"),
    [
        ("é.mp4".encode(), 0x800, "é.mp4", None),
        ("é.mp4".encode(), 0, "é.mp4", None),
        ("é.mp4".encode("cp437"), 0, "é.mp4", None),
        (b"\xe9\xff.mp4", 0x800, "\\xe9\\xff.mp4", "its name is not UTF-8"),
    ],
)
def test_names_in_every_encoding(tmp_path: Path, raw: bytes, flags: int, key: str, flaw: str | None) -> None:
    path = make(tmp_path / part(1), {"n" * len(raw): b"1"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"n" * len(raw), raw))
    at = path.read_bytes().rindex(raw) - 46
    data = bytearray(path.read_bytes())
    data[at + 8 : at + 10] = flags.to_bytes(2, "little")
    path.write_bytes(bytes(data))
    (asset,) = listed(tmp_path).values()
    assert (asset.key, asset.flaw) == (key, flaw)
    assert flaw or read(asset, tmp_path) == b"1"


def test_two_members_of_one_name_both_arrive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / part(1), "w") as archive:
        archive.writestr("a.mp4", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.mp4", b"2")
    found = listed(tmp_path)
    assert {read(asset, tmp_path) for asset in found.values()} == {b"1", b"2"}


def test_an_invalid_time_is_none(tmp_path: Path) -> None:
    path = make(tmp_path / part(1), {"a.mp4": b"1"})
    in_directory(path, "a.mp4", 12, b"\0\0\0\0")
    assert listed(tmp_path)["a.mp4"].modified is None
