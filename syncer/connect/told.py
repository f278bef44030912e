"""Hashes of an object in the headers of an HTTP answer. A malformed one is ignored."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping

from syncer.connect.digests import digest
from syncer.model import Digest

ALGORITHMS = {
    "sha-256": "sha256",
    "sha-512": "sha512",
    "sha": "sha1",
    "md5": "md5",
    "crc32c": "crc32c",
}
"""Their names in `Digest` and `Repr-Digest`; other algorithms are not compared."""
USUAL_PARTS = tuple(
    mebi * 1024**2 for mebi in (5, 6, 7, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128, 256, 512)
)
"""Part sizes, in bytes, that uploading programs use."""
KMS, CUSTOMER = "x-amz-server-side-encryption", "x-amz-server-side-encryption-customer-algorithm"
CHECKSUM, CHECKSUM_TYPE = "x-amz-checksum-", "x-amz-checksum-type"


def by_web(headers: Mapping[str, str], *, whole: bool) -> Iterator[Digest]:
    """The hashes in the headers (names in lower case) of any server. `whole`: the body is the whole object,
    not a range of it.
    """
    for name in ("repr-digest", "digest", *(["content-digest"] if whole else [])):
        yield from _fields(name, headers.get(name, ""))
    yield from _google(headers)
    yield from _one("bz-sha1", "sha1", _hex(headers.get("x-bz-content-sha1", "")))
    azure = headers.get("x-ms-blob-content-md5", "")
    told = azure or (headers.get("content-md5", "") if whole and "content-range" not in headers else "")
    yield from _one("content-md5", "md5", _base64(told))


def by_s3(
    headers: Mapping[str, str], size: int | None, part: Callable[[], int | None], *, checksums: bool = True
) -> Iterator[Digest]:
    """The hashes in the headers of an S3 API. `size` is that of the object. `part` fetches the size of its
    parts, `None` if the server does not say. Without `checksums` only the ETag counts.
    """
    part = _once(part)
    # rclone stores it with an object that it uploads in parts.
    yield from _one("rclone-md5", "md5", _base64(headers.get("x-amz-meta-md5chksum", "")), certain=False)
    found = [*_checksums(headers, size, part)] if checksums else []
    yield from found
    if not any(each.certain for each in found):  # else the ETag is not compared, and its parts cost a request
        yield from _etag(headers, size, part)


def _checksums(
    headers: Mapping[str, str], size: int | None, part: Callable[[], int | None]
) -> Iterator[Digest]:
    for name, value in headers.items():
        if name.startswith(CHECKSUM) and name != CHECKSUM_TYPE:
            yield from _checksum(name.removeprefix(CHECKSUM), value, size, part)


def _etag(headers: Mapping[str, str], size: int | None, part: Callable[[], int | None]) -> Iterator[Digest]:
    """The MD5 of the bytes, or of the MD5s of the parts. With an encryption key it is neither."""
    if CUSTOMER in headers or headers.get(KMS, "AES256") != "AES256":
        return
    found = re.fullmatch('"?([0-9a-fA-F]{32})(?:-([0-9]{1,5}))?"?', headers.get("etag", ""))
    if found and found[2] is None:
        yield from _one("etag-md5", "md5", _hex(found[1]), certain=False)
    elif found:
        parts = _parts(size, int(found[2]), part)
        if parts:
            yield from _one("etag-multipart", "md5", _hex(found[1]), certain=False, parts=parts)


def _checksum(
    algorithm: str, value: str, size: int | None, part: Callable[[], int | None]
) -> Iterator[Digest]:
    encoded, _, number = value.partition("-")
    if not number:
        yield from _one(f"{_SHORT}{algorithm}", algorithm, _base64(encoded))
    elif number.isascii() and number.isdigit():
        told = part()
        parts = _parts(size, int(number), lambda: told)
        if parts:
            # What the sum covers is certain only if the server told the size of the parts.
            certain = parts == (told,)
            yield from _one(f"{_SHORT}{algorithm}", algorithm, _base64(encoded), certain=certain, parts=parts)


_SHORT = "checksum-"


def _parts(size: int | None, number: int, part: Callable[[], int | None]) -> tuple[int, ...]:
    """The possible sizes of the parts, if an object of that size has so many equal parts."""
    if not size or not number:
        return ()
    if number == 1:
        return (size,)
    told = part()
    fitting = [told] if told else USUAL_PARTS
    return tuple(each for each in fitting if -(-size // each) == number)


def _google(headers: Mapping[str, str]) -> Iterator[Digest]:
    """Hashes of the stored object. An object that is stored compressed may arrive unpacked, so it has none
    here.
    """
    if headers.get("x-goog-stored-content-encoding", "identity") != "identity":
        return
    for each in headers.get("x-goog-hash", "").split(","):
        name, _, value = each.strip().partition("=")
        if name in ("md5", "crc32c"):
            yield from _one(f"goog-{name}", name, _base64(value))


def _fields(name: str, text: str) -> Iterator[Digest]:
    """`sha-256=:BASE64:` of RFC 9530, or `SHA-256=BASE64` of RFC 3230, each with others after a comma."""
    for each in text.split(","):
        kind, _, value = each.strip().partition("=")
        algorithm = ALGORITHMS.get(kind.strip().lower())
        if algorithm:
            yield from _one(name, algorithm, _base64(value.partition(";")[0].strip().strip(":")))


def _one(
    name: str, algorithm: str, value: bytes, *, certain: bool = True, parts: tuple[int, ...] = ()
) -> Iterator[Digest]:
    made = digest(name, algorithm, value, certain=certain, parts=parts)
    if made:
        yield made


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _hex(text: str) -> bytes:
    return bytes.fromhex(text) if re.fullmatch("(?:[0-9a-fA-F]{2})+", text) else b""


def _once(ask: Callable[[], int | None]) -> Callable[[], int | None]:
    """Call `ask` once, when its answer is first needed."""
    answers: list[int | None] = []

    def remembered() -> int | None:
        if not answers:
            answers.append(ask())
        return answers[0]

    return remembered
