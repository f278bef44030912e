"""Sums are those of the published definitions, however the bytes are cut."""

from __future__ import annotations

import hashlib
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.connect.digests import Comparison, choose
from syncer.model import Digest

CHECK = b"123456789"
KNOWN = {
    "crc32": "cbf43926",
    "crc32c": "e3069283",
    "crc64nvme": "ae8b14860a799888",
    "md5": "25f9e794323b453885f5181f1b624d0b",
    "sha1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "sha256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
    "sha512": "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a"
    "d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85",
}


@pytest.mark.parametrize("algorithm", KNOWN)
@given(cuts=st.lists(st.integers(0, len(CHECK)), max_size=4))
def test_a_sum_is_that_of_the_definition_however_the_bytes_come(algorithm: str, cuts: list[int]) -> None:
    comparison = Comparison(Digest("x", algorithm, "00"))
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(CHECK)], strict=True):
        comparison.update(CHECK[start:end])
    assert comparison.came(KNOWN["sha256"]) == KNOWN[algorithm]


@given(size=st.integers(1, 60), part=st.integers(1, 20), chunk=st.integers(1, 30))
def test_the_sum_of_parts_is_the_sum_of_their_sums(size: int, part: int, chunk: int) -> None:
    data = random.Random(size).randbytes(size)  # noqa: S311 - any bytes will do
    pieces = [data[start : start + part] for start in range(0, size, part)]
    md5 = hashlib.md5(b"".join(hashlib.md5(piece).digest() for piece in pieces)).hexdigest()  # noqa: S324 - as S3 has it
    crc = zlib.crc32(b"".join(zlib.crc32(piece).to_bytes(4, "big") for piece in pieces)).to_bytes(4, "big")
    for algorithm, value in (("md5", md5), ("crc32", crc.hex())):
        comparison = Comparison(Digest("x", algorithm, value, parts=(part, part + 1)))
        for start in range(0, size, chunk):
            comparison.update(data[start : start + chunk])
        assert comparison.came("") == value


def test_what_is_certain_is_compared_before_an_etag_and_what_is_free_before_all() -> None:
    etag = Digest("etag-md5", "md5", "00", certain=False)
    crc32, md5, sha256 = (Digest(name, name, "00") for name in ("crc32", "md5", "sha256"))
    assert choose([etag, crc32]) == crc32
    assert choose([crc32, md5, etag]) == md5
    assert choose([etag, crc32, md5, sha256]) == sha256
    assert choose([]) is None


def test_what_can_not_be_summed_counts_as_not_told() -> None:
    unknown = Digest("checksum-xxhash3", "xxhash3", "00")
    many = Digest("etag-multipart", "md5", "00", certain=False, parts=(1, 2, 3))
    assert choose([unknown, many]) is None
