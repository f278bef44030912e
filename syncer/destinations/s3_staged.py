"""One object on its way into a bucket: sent from here, or copied there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from syncer.connect import aws
from syncer.destinations.staging import check_size, kept_differs
from syncer.errors import DestinationError
from syncer.model import PART, Content, Stored
from syncer.seams import Resume

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

T = TypeVar("T")

MAX_PARTS = 10_000


class Upload:
    """Sent in parts as it comes, or in one request at the commit if it is small."""

    def __init__(
        self, client: S3Client, target: Mapping[str, Any], path: str, resume: Resume | None = None
    ) -> None:
        self._client = client
        self._target = target
        self._where: dict[str, Any] = {"Bucket": target["Bucket"], "Key": target["Key"]}
        self._path = path
        self._resume = resume
        self._buffer = bytearray()
        self._size = 0
        self._upload: str | None = None
        self._parts: list[CompletedPartTypeDef] = []
        self._kept: dict[int, tuple[int, str]] = {}
        """Size and ETag of the parts that an earlier try has sent, by number."""

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
        if self._upload is None:
            self._upload = self._begin()
        number, body = len(self._parts) + 1, bytes(self._buffer[:size])
        del self._buffer[:size]
        tag = self._proven(number, body) or self._again(lambda: self._put(number, body))
        self._parts.append({"PartNumber": number, "ETag": tag})

    def _put(self, number: int, body: bytes) -> str:
        with translated("storing", *self._where.values()):
            return self._client.upload_part(
                **self._where, UploadId=self._upload or "", PartNumber=number, Body=body
            )["ETag"]

    def _begin(self) -> str:
        """The upload that an earlier try began, or a new one."""
        if upload := self._again(self._reopened):
            return upload
        return self._again(self._create)

    def _create(self) -> str:
        with translated("storing", *self._where.values()):
            upload = self._client.create_multipart_upload(**self._target)["UploadId"]
        if self._resume:
            self._resume.keep(f"{self._where['Key']}\n{upload}")
        return upload

    def _reopened(self) -> str | None:
        """`None` where nothing was kept, or where it can't be told what."""
        key, _, upload = ((self._resume and self._resume.kept()) or "").rpartition("\n")
        if not self._resume or key != self._where["Key"]:
            return None
        try:
            with translated("listing the parts of", *self._where.values()):
                pages = self._client.get_paginator("list_parts").paginate(**self._where, UploadId=upload)
                listed = [part for page in pages for part in page.get("Parts", ())]
        except DestinationError as error:
            if error.transient:
                raise
            self._abort(upload)
            return None
        self._kept = {part["PartNumber"]: (part["Size"], part["ETag"].strip('"')) for part in listed}
        self._resume.keep(f"{key}\n{upload}")  # as of now
        return upload

    def _proven(self, number: int, body: bytes) -> str | None:
        """The ETag of the kept part if its MD5 is that of these bytes; with KMS it never is."""
        size, tag = self._kept.get(number, (0, ""))
        if size != len(body) or tag != hashlib.md5(body, usedforsecurity=False).hexdigest():
            return None
        return f'"{tag}"'

    def _again(self, call: Callable[[], T]) -> T:
        return self._resume.again(call) if self._resume else call()

    def commit(self, content: Content) -> Stored:
        check_size(self._path, content.size, self._size)
        if self._upload is not None:
            self._send(len(self._buffer))
        if self._kept and max(self._kept) > len(self._parts):
            raise kept_differs(self._path)  # some services refuse to complete a part of an upload
        if self._upload is not None:
            stored = self._again(self._complete)
            self._upload = None
            self._forget()
        else:
            with translated("storing", *self._where.values()):
                stored = self._client.put_object(**self._target, Body=bytes(self._buffer))
        return Stored(self._path, self._size, self._target["ContentType"], etag(stored))

    def _complete(self) -> Mapping[str, Any]:
        try:
            with translated("storing", *self._where.values()):
                return self._client.complete_multipart_upload(
                    **self._where, UploadId=self._upload or "", MultipartUpload={"Parts": self._parts}
                )
        except DestinationError as error:
            if error.code != "destination.missing" or not (stored := self._completed()):
                raise
            return stored

    def _completed(self) -> Mapping[str, Any] | None:
        """The object, if it is what this upload would make: the answer to an earlier request may be lost."""
        with translated("looking for", *self._where.values()):
            found = self._client.head_object(**self._where)
        whole = etag_of(part["ETag"] for part in self._parts)
        return found if whole == etag(found) and found["ContentLength"] == self._size else None

    def leave(self, *, keep: bool = False) -> None:
        """With `keep`, the next try goes on from what was sent."""
        if keep and self._resume:
            return
        kept = (self._resume and self._resume.kept()) or ""
        if upload := self._upload or kept.rpartition("\n")[2]:
            self._abort(upload)

    def _abort(self, upload: str) -> None:
        """If this fails, the upload is litter, and the error that brought us here is the one to tell."""
        with suppress(DestinationError), translated("giving up", *self._where.values()):
            self._client.abort_multipart_upload(**self._where, UploadId=upload)
        self._forget()

    def _forget(self) -> None:
        if self._resume:
            self._resume.forget()


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

    def leave(self, *, keep: bool = False) -> None:
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


def etag_of(parts: Iterable[str]) -> str | None:
    """The ETag of an object that was made of parts with these; `None` where they are no MD5s."""
    tags = [part.strip('"') for part in parts]
    try:
        joined = b"".join(bytes.fromhex(tag) for tag in tags)
    except ValueError:
        return None
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(tags)}"


def translated(doing: str, bucket: str, key: str) -> AbstractContextManager[None]:
    return aws.translated(f"{doing} {aws.uri(bucket, key)}", DestinationError)
