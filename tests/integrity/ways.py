"""Each kind of source with each hash that it tells, behind a relay that changes bytes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anycrc  # type: ignore[import-untyped] # it has no types
import pytest

from syncer.sources.drive import Config as DriveConfig
from syncer.sources.links import Config as LinksConfig
from syncer.sources.s3 import Config as S3Config
from syncer.sources.takeout import Config as TakeoutConfig
from tests.media import mp4
from tests.servers.drive_http import serving
from tests.servers.flip import Flip, flipping
from tests.servers.rgw import S3Service
from tests.servers.wire import Answer, scripted

MEBI = 1024**2
CLIP, LARGE = mp4(300_000), mp4(11 * MEBI)
AT, LEAST = 200_000, 250_000
"""The byte that is changed, of bodies that have at least so many."""


@dataclass(frozen=True)
class Way:
    config: Any
    flip: Flip
    data: bytes
    verified_by: str


Set = Callable[[pytest.FixtureRequest, Path, ExitStack], Way]


def _behind(handles: ExitStack, endpoint: str) -> Flip:
    return handles.enter_context(flipping(urlsplit(endpoint).port or 0))


def _put(service: S3Service, data: bytes, key: str = "a.mp4") -> str:
    """Its bucket; what is larger than 5 MiB goes in parts of that size, as rclone sends it."""
    bucket = service.bucket()
    with closing(service.client()) as client:
        if len(data) <= 5 * MEBI:
            client.put_object(Bucket=bucket, Key=key, Body=data)
            return bucket
        where: dict[str, Any] = {"Bucket": bucket, "Key": key}
        upload = client.create_multipart_upload(**where)["UploadId"]
        parts = []
        for number, start in enumerate(range(0, len(data), 5 * MEBI), start=1):
            body = data[start : start + 5 * MEBI]
            sent = client.upload_part(**where, UploadId=upload, PartNumber=number, Body=body)
            parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        client.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": parts})  # type: ignore[typeddict-item]
    return bucket


def _s3(server: str, data: bytes, fact: str) -> Set:
    def made(request: pytest.FixtureRequest, _folder: Path, handles: ExitStack) -> Way:
        service: S3Service = request.getfixturevalue(server)
        flip = _behind(handles, service.endpoint)
        settings = service.settings(_put(service, data), endpoint=flip.endpoint)
        return Way(S3Config(kind="s3", **settings), flip, data, fact)

    return made


def _signed(server: str, data: bytes, fact: str) -> Set:
    def made(request: pytest.FixtureRequest, _folder: Path, handles: ExitStack) -> Way:
        service: S3Service = request.getfixturevalue(server)
        url = service.signed(_put(service, data), "a.mp4")
        flip = _behind(handles, service.endpoint)
        config = {
            "kind": "links",
            "urls": (url,),
            "connect_to": f"127.0.0.1:{flip.port}",
            "allow_private": True,
        }
        return Way(LinksConfig.model_validate(config), flip, data, fact)

    return made


def _told(headers: Mapping[str, str], fact: str) -> Set:
    """By a server without ranges that tells this of the clip."""

    def made(_request: pytest.FixtureRequest, _folder: Path, handles: ExitStack) -> Way:
        answer = Answer(headers={"Content-Type": "video/mp4", "ETag": '"v1"'} | dict(headers), body=CLIP)
        flip = _behind(handles, handles.enter_context(scripted(answer)))
        config = {"kind": "links", "urls": (f"{flip.endpoint}/a.mp4",), "allow_private": True}
        return Way(LinksConfig.model_validate(config), flip, CLIP, fact)

    return made


def _s3_told(headers: Mapping[str, str], fact: str) -> Set:
    """By an S3 API without ranges, whose ETag is no hash."""

    def made(request: pytest.FixtureRequest, _folder: Path, handles: ExitStack) -> Way:
        request.getfixturevalue("monkeypatch").setenv("SYNCER_TEST_ANY", "any")
        listing = (
            "<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated><Contents><Key>a.mp4</Key>"
            f"<ETag>&quot;v1&quot;</ETag><Size>{len(CLIP)}</Size>"
            "<LastModified>2026-01-02T03:04:05.678Z</LastModified></Contents></ListBucketResult>"
        )
        answer = Answer(headers={"ETag": '"v1"'} | dict(headers), body=CLIP)
        flip = _behind(handles, handles.enter_context(scripted(Answer(body=listing.encode()), answer)))
        keys: dict[str, Any] = dict.fromkeys(("access_key", "secret_key"), "env:SYNCER_TEST_ANY")
        return Way(S3Config(kind="s3", bucket="b", endpoint=flip.endpoint, **keys), flip, CLIP, fact)

    return made


def _drive(number: int, fact: str) -> Set:
    def made(_request: pytest.FixtureRequest, folder: Path, handles: ExitStack) -> Way:
        drive = handles.enter_context(serving())
        for _ in range(number):
            drive.add("a folder", "application/vnd.google-apps.folder")
        drive.put("a.mp4", CLIP)
        flip = _behind(handles, drive.endpoint)
        account = str(drive.account(folder))
        config = {"kind": "drive", "folder": "folder0000", "endpoint": flip.endpoint, "credentials": account}
        return Way(DriveConfig.model_validate(config, context={"folder": folder}), flip, CLIP, fact)

    return made


def _takeout(name: str, archive: Callable[[], bytes], fact: str) -> Set:
    def made(request: pytest.FixtureRequest, _folder: Path, handles: ExitStack) -> Way:
        service: S3Service = request.getfixturevalue("rgw")
        flip = _behind(handles, service.endpoint)
        inner = service.settings(_put(service, archive(), name), endpoint=flip.endpoint)
        config = {"kind": "takeout", "source": {"kind": "s3"} | inner}
        return Way(TakeoutConfig.model_validate(config), flip, CLIP, fact)

    return made


def _zip(method: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("Takeout/a.mp4", CLIP)
    return made.getvalue()


def _tgz() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        info = tarfile.TarInfo("Takeout/a.mp4")
        info.size = len(CLIP)
        archive.addfile(info, io.BytesIO(CLIP))
    return gzip.compress(made.getvalue(), 1)


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def hashed(algorithm: str, data: bytes = CLIP) -> str:
    return _b64(hashlib.new(algorithm, data).digest())


def crc(algorithm: str, size: int, data: bytes = CLIP) -> str:
    model = {"crc32": "CRC32", "crc32c": "CRC32-ISCSI", "crc64nvme": "CRC64-NVME"}[algorithm]
    return _b64(anycrc.Model(model).calc(data).to_bytes(size, "big"))


S3 = {"x-amz-request-id": "tx0"}
MD5_HEX = hashlib.md5(CLIP, usedforsecurity=False).hexdigest()
TAKEOUT = "takeout-20250912T060118Z-1-001"

WAYS: dict[str, Set] = {
    "s3 ceph": _s3("rgw", CLIP, "etag-md5"),
    "s3 ceph in parts": _s3("rgw", LARGE, "etag-multipart"),
    "s3 rclone": _s3("rclone_s3", CLIP, "etag-md5"),
    "s3 CRC-64": _s3_told({"x-amz-checksum-crc64nvme": crc("crc64nvme", 8)}, "checksum-crc64nvme"),
    "s3 CRC-32": _s3_told({"x-amz-checksum-crc32": crc("crc32", 4)}, "checksum-crc32"),
    "link ceph": _signed("rgw", CLIP, "etag-md5"),
    "link ceph in parts": _signed("rgw", LARGE, "etag-multipart"),
    "drive sha256": _drive(1, "sha256"),
    "drive md5": _drive(0, "md5"),
    "zip stored": _takeout(f"{TAKEOUT}.zip", lambda: _zip(zipfile.ZIP_STORED), "zip-crc32"),
    "zip deflated": _takeout(f"{TAKEOUT}.zip", lambda: _zip(zipfile.ZIP_DEFLATED), "zip-crc32"),
    "tgz": _takeout(f"{TAKEOUT}.tgz", _tgz, "gzip-crc32"),
    "link Content-MD5": _told({"Content-MD5": hashed("md5")}, "content-md5"),
    "link Digest": _told({"Digest": f"MD5=Zm9v,SHA-256={hashed('sha256')}"}, "digest"),
    "link Repr-Digest": _told({"Repr-Digest": f"sha-512=:{hashed('sha512')}:"}, "repr-digest"),
    "link Content-Digest": _told({"Content-Digest": f"sha-256=:{hashed('sha256')}:"}, "content-digest"),
    "link x-goog-hash": _told({"x-goog-hash": f"crc32c={crc('crc32c', 4)}"}, "goog-crc32c"),
    "link Azure": _told({"x-ms-blob-content-md5": hashed("md5")}, "content-md5"),
    "link B2": _told({"x-bz-content-sha1": hashlib.sha1(CLIP, usedforsecurity=False).hexdigest()}, "bz-sha1"),
    "link rclone": _told(S3 | {"x-amz-meta-md5chksum": hashed("md5")}, "rclone-md5"),
    "link ETag of S3": _told(S3 | {"ETag": f'"{MD5_HEX}"'}, "etag-md5"),
    **{
        f"link {name}": _told(S3 | {f"x-amz-checksum-{name}": value}, f"checksum-{name}")
        for name, value in {
            "sha256": hashed("sha256"),
            "sha1": hashed("sha1"),
            "crc32": crc("crc32", 4),
            "crc32c": crc("crc32c", 4),
            "crc64nvme": crc("crc64nvme", 8),
        }.items()
    },
}


@contextmanager
def standing(name: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Way]:
    with ExitStack() as handles:
        yield WAYS[name](request, folder, handles)
