"""One object on its way into a bucket: sent from here, or copied there."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any

from syncer.connect import aws
from syncer.destinations.s3_sums import Sums, Tags
from syncer.destinations.staging import check_size
from syncer.errors import DestinationError
from syncer.model import Content, Stored

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART = 8 * 1024**2
"""Bytes; what is not larger is sent in one request, at its commit."""
MAX_PARTS = 10_000


class Upload:
    """Sent in parts as it comes, or in one request at the commit if it is small."""

    def __init__(self, client: S3Client, target: Mapping[str, Any], path: str, tags: Tags) -> None:
        self._client = client
        self._target = target
        self._where: dict[str, Any] = {"Bucket": target["Bucket"], "Key": target["Key"]}
        self._sums = Sums(client, self._where, tags)
        self._path = path
        self._buffer = bytearray()
        self._size = 0
        self._upload: str | None = None
        self._parts: list[CompletedPartTypeDef] = []

    def write(self, chunk: bytes, /) -> None:
        self._buffer += chunk
        self._size += len(chunk)
        while len(self._buffer) > part_size(len(self._parts)):
            self._send(part_size(len(self._parts)))

    def _send(self, size: int) -> None:
        if len(self._parts) == MAX_PARTS:
            raise DestinationError(
                f"storing {aws.uri(*self._where.values())}: more than {MAX_PARTS} parts hold",
                code="destination.large",
            )
        number, part = len(self._parts) + 1, bytes(self._buffer[:size])
        del self._buffer[:size]
        header = self._sums.header(part)
        with translated("storing", *self._where.values()):
            if self._upload is None:
                self._upload = self._client.create_multipart_upload(**self._target)["UploadId"]
            sent = self._client.upload_part(
                **self._where, UploadId=self._upload, PartNumber=number, Body=part, **header
            )
        self._sums.note_part(header, sent)
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})

    def commit(self, content: Content) -> Stored:
        check_size(self._path, content.size, self._size)
        stored = self._put(content) if self._upload is None else self._complete(self._upload)
        return Stored(self._path, self._size, self._target["ContentType"], etag(stored))

    def _put(self, content: Content) -> Mapping[str, Any]:
        body = bytes(self._buffer)
        header = self._sums.header(body)
        with translated("storing", *self._where.values()):
            stored = self._client.put_object(**self._target, Body=body, **header)
        self._sums.check_whole(header, stored, content)
        return stored

    def _complete(self, upload: str) -> Mapping[str, Any]:
        self._send(len(self._buffer))
        self._sums.check_parts()
        with translated("storing", *self._where.values()):
            stored = self._client.complete_multipart_upload(
                **self._where, UploadId=upload, MultipartUpload={"Parts": self._parts}
            )
        self._upload = None
        return stored

    def leave(self) -> None:
        if self._upload is not None:
            # If this fails too, the upload is litter, and the error that brought us here is the one to tell.
            with suppress(DestinationError), translated("giving up", *self._where.values()):
                self._client.abort_multipart_upload(**self._where, UploadId=self._upload)


class Copy:
    """Copied by the endpoint at the commit; what is written here is only counted."""

    def __init__(self, client: S3Client, target: Mapping[str, Any], path: str, near: aws.Place) -> None:
        self._client = client
        self._target = target
        self._path = path
        self._near = near
        self._size = 0

    def write(self, chunk: bytes, /) -> None:
        self._size += len(chunk)

    def commit(self, content: Content) -> Stored:
        check_size(self._path, content.size, self._size)
        with translated("copying to", self._target["Bucket"], self._target["Key"]):
            stored = self._client.copy_object(**copying(self._target, self._near))
        return Stored(self._path, self._size, self._target["ContentType"], etag(stored["CopyObjectResult"]))

    def leave(self) -> None:
        """A copy is whole or not there."""


def copying(target: Mapping[str, Any], near: aws.Place) -> dict[str, Any]:
    return {
        **target,
        "CopySource": {"Bucket": near.bucket, "Key": near.key},
        "CopySourceIfMatch": f'"{near.etag}"',
        "MetadataDirective": "REPLACE",
    }


def part_size(sent: int) -> int:
    """Of the next part after so many: of one size up to 40 GiB, as some services want it; 500 GiB fit."""
    return PART << max(0, sent // 1_000 - 4)


def etag(answer: Mapping[str, Any]) -> str | None:
    return answer.get("ETag", "").strip('"') or None


def translated(doing: str, bucket: str, key: str) -> AbstractContextManager[None]:
    return aws.translated(f"{doing} {aws.uri(bucket, key)}", DestinationError)
