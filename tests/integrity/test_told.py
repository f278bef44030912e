"""What headers tell of the bytes: which hash, of what, and how sure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest

from syncer.connect import told
from syncer.model import Digest
from tests.integrity.ways import crc, hashed

MEBI = 1024**2
MD5 = "9e107d9d372bb6826bd81d3542a419d6"
SHA256 = hashed("sha256")


def by_web(headers: Mapping[str, str], *, whole: bool = True) -> list[str]:
    return [f"{each.name} {each.algorithm}" for each in told.by_web(headers, whole=whole)]


def by_s3(headers: Mapping[str, str], size: int | None = 100, part: int | None = None) -> list[Digest]:
    return [*told.by_s3(headers, size, lambda: part)]


@pytest.mark.parametrize(
    ("headers", "names"),
    [
        ({"digest": f"SHA-256={SHA256}"}, ["digest sha256"]),
        ({"digest": f"unixsum=30637, md5={hashed('md5')}"}, ["digest md5"]),
        ({"repr-digest": f"sha-256=:{SHA256}:;x=1, sha=:AA=:"}, ["repr-digest sha256"]),
        ({"x-goog-hash": f"crc32c={crc('crc32c', 4)},md5=AA"}, ["goog-crc32c crc32c"]),
        ({"x-goog-hash": f"md5={hashed('md5')}"}, ["goog-md5 md5"]),
        ({"x-goog-hash": f"md5={hashed('md5')}", "x-goog-stored-content-encoding": "gzip"}, []),
        ({"x-bz-content-sha1": "none"}, []),
        ({"x-bz-content-sha1": "unverified:" + "ab" * 20}, []),
        ({"content-md5": hashed("md5")}, ["content-md5 md5"]),
        ({"content-md5": hashed("md5"), "content-range": "bytes 5-9/10"}, []),
        ({"content-md5": "not base64"}, []),
        ({"content-md5": SHA256}, []),
        ({"repr-digest": f"sha-256=:{hashed('md5')}:"}, []),
        ({"etag": f'"{MD5}"'}, []),
    ],
)  # fmt: skip
def test_only_a_hash_that_can_be_one_is_told(headers: Mapping[str, str], names: list[str]) -> None:
    assert by_web(headers) == names


def test_the_hash_of_a_range_is_none_of_the_object() -> None:
    headers = {"content-md5": hashed("md5"), "content-digest": f"sha-256=:{SHA256}:"}
    assert len(by_web(headers)) == 2
    assert by_web(headers, whole=False) == []
    assert by_web({"x-ms-blob-content-md5": hashed("md5")}, whole=False) == ["content-md5 md5"]


@pytest.mark.parametrize(
    "headers",
    [
        {"x-amz-server-side-encryption": "aws:kms"},
        {"x-amz-server-side-encryption": "aws:kms:dsse"},
        {"x-amz-server-side-encryption-customer-algorithm": "AES256"},
    ],
)
def test_the_etag_of_what_is_encrypted_by_key_is_no_md5(headers: Mapping[str, str]) -> None:
    assert by_s3({"etag": f'"{MD5}"'} | dict(headers)) == []


@pytest.mark.parametrize("etag", [f'W/"{MD5}"', f'"{MD5}-"', '"CNjA"', "", f'"{MD5}-2-3"'])
def test_what_does_not_look_like_an_md5_is_none(etag: str) -> None:
    assert by_s3({"etag": etag}) == []


def test_the_etag_of_one_put_is_an_md5_that_may_be_none() -> None:
    for headers in ({"etag": f'"{MD5}"'}, {"etag": MD5.upper(), "x-amz-server-side-encryption": "AES256"}):
        assert by_s3(headers) == [Digest("etag-md5", "md5", MD5, certain=False)]


@pytest.mark.parametrize(
    ("size", "number", "told_size", "parts"),
    [
        (100 * MEBI, 13, None, (8 * MEBI,)),
        (100 * MEBI, 13, 8_000_000, ()),
        (100 * MEBI, 14, 7_500_000, (7_500_000,)),
        (11 * MEBI, 3, None, (5 * MEBI,)),
        (100 * MEBI, 2, None, (50 * MEBI, 64 * MEBI)),
        (100 * MEBI, 1, None, (100 * MEBI,)),
        (100 * MEBI, 99, None, ()),
        (0, 1, None, ()),
        (None, 3, None, ()),
    ],
)
def test_an_etag_of_parts_counts_where_their_size_can_be_told(
    size: int | None, number: int, told_size: int | None, parts: tuple[int, ...]
) -> None:
    found = by_s3({"etag": f'"{MD5}-{number}"'}, size, told_size)
    assert [each.parts for each in found] == ([parts] if parts else [])


def test_a_composite_checksum_is_certain_only_with_the_size_of_its_parts() -> None:
    value = f"{crc('crc32', 4)}-2"
    (certain,) = by_s3(
        {"x-amz-checksum-crc32": value, "x-amz-checksum-type": "COMPOSITE"}, 9 * MEBI, 8 * MEBI
    )
    assert (certain.certain, certain.parts) == (True, (8 * MEBI,))
    (guessed,) = by_s3({"x-amz-checksum-crc32": value}, 9 * MEBI)
    assert not guessed.certain
    assert by_s3({"x-amz-checksum-crc32": f"{value}-x"}, 9 * MEBI) == []


def test_the_server_is_asked_for_the_size_of_parts_once_and_only_where_it_matters() -> None:
    asked = []
    headers = {"etag": f'"{MD5}-2"', "x-amz-checksum-crc32": f"{crc('crc32', 4)}-2"}
    assert len([*told.by_s3(headers, 9 * MEBI, lambda: asked.append(1))]) == 2
    assert len(asked) == 1
    whole = {"etag": f'"{MD5}-2"', "x-amz-checksum-crc64nvme": crc("crc64nvme", 8)}
    for others in ({"etag": f'"{MD5}"'}, whole):
        assert len([*told.by_s3(others, 9 * MEBI, lambda: asked.append(1))]) == 1
    assert len(asked) == 1


def test_a_hash_can_be_left_out() -> None:
    headers = {"x-amz-checksum-sha256": SHA256, "etag": f'"{hashlib.md5(b"").hexdigest()}"'}  # noqa: S324 - as S3 has it
    names = [each.name for each in told.by_s3(headers, 9, lambda: None, checksums=False)]
    assert names == ["etag-md5"]
