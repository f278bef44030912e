"""One upload to a bucket, in parts or in one request."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from syncer.connect.circuit import WRITING
from syncer.connect.course import Course
from syncer.connect.s3 import client as aws
from syncer.destinations.s3.answers import WORK_RATE, etag, no_s3, said, seen
from syncer.destinations.s3.sums import Sums, Tags
from syncer.destinations.staging import check_size, kept_differs
from syncer.errors import DestinationError
from syncer.model import PART, Content, Stored
from syncer.protocols import Resume

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, PartTypeDef

MAX_PARTS = 10_000


class S3Upload:
    """An upload in parts, or in one request at the commit if it is small."""

    def __init__(
        self, api: aws.Api, target: Mapping[str, Any], path: str, tags: Tags, resume: Resume | None = None
    ) -> None:
        self._api = api
        self._target = target
        self._where: dict[str, Any] = {"Bucket": target["Bucket"], "Key": target["Key"]}
        self._what = f"storing {aws.uri(*self._where.values())}"
        self._sums = Sums(api, self._where, tags)
        self._path = path
        self._resume = resume
        self._buffer = bytearray()
        self._size = 0
        self._upload: str | None = None
        self._parts: list[CompletedPartTypeDef] = []
        self._kept: dict[int, tuple[int, str]] = {}
        """Size and ETag of the parts that an earlier attempt sent, by number."""

    def write(self, chunk: bytes, /) -> None:
        self._buffer += chunk
        self._size += len(chunk)
        while len(self._buffer) > part_size(len(self._parts)):
            self._send(part_size(len(self._parts)))

    def _send(self, size: int) -> None:
        if len(self._parts) == MAX_PARTS:
            raise DestinationError(
                f"{self._what}: it needs more than {MAX_PARTS} parts", code="destination.large"
            )
        if self._upload is None:
            self._upload = self._begin()
        number, part = len(self._parts) + 1, bytes(self._buffer[:size])
        del self._buffer[:size]
        header = self._sums.header(part)
        tag = self._proven(number, part)
        tag = tag or self._sent(partial(self._put_part, self._upload, number, part, header))
        self._parts.append({"PartNumber": number, "ETag": tag})

    def _begin(self) -> str:
        """The upload of an earlier attempt, or a new one."""
        if upload := self._reopened():
            return upload
        upload = self._api.persisting(self._create)
        if self._resume:
            self._resume.keep(f"{self._where['Key']}\n{upload}")
        return upload

    def _create(self) -> str:
        with self._api.asking(self._what, WRITING) as client:
            return said(client.create_multipart_upload(**self._target), "UploadId", self._what)

    def _reopened(self) -> str | None:
        """The upload of an earlier attempt; `None` if there is none, or its parts can't be listed."""
        key, _, upload = ((self._resume and self._resume.kept()) or "").rpartition("\n")
        if not self._resume or key != self._where["Key"]:
            return None
        try:
            self._kept = self._api.persisting(partial(self._listed, upload))
        except DestinationError as error:
            if error.transient or error.attempts > 1:
                raise
            self._abort(upload)
            return None
        self._resume.keep(f"{key}\n{upload}")  # as of now
        return upload

    def _listed(self, upload: str) -> dict[int, tuple[int, str]]:
        what = f"listing the parts of {aws.uri(*self._where.values())}"
        course = Course(what, DestinationError, self._api.pace.patience)
        parts: list[PartTypeDef] = []
        follow: dict[str, Any] = {}
        while True:
            with self._api.asking(what, listing=True) as client:
                page = course.ask(partial(client.list_parts, **self._where, UploadId=upload, **follow))
            parts += course.new(page.get("Parts", ()), lambda part: str(part["PartNumber"]))
            if not page.get("IsTruncated"):
                break
            follow = {"PartNumberMarker": page.get("NextPartNumberMarker")}
            course.follow(follow["PartNumberMarker"])
        return {part["PartNumber"]: (part["Size"], part.get("ETag", "").strip('"')) for part in parts}

    def _proven(self, number: int, part: bytes) -> str | None:
        """The ETag of the kept part if it is the MD5 of these bytes; with KMS it never is."""
        size, tag = self._kept.get(number, (0, ""))
        if size != len(part) or tag != hashlib.md5(part, usedforsecurity=False).hexdigest():
            return None
        return f'"{tag}"'

    def _sent(self, put: Callable[[], str]) -> str:
        """Send a part. Some services drop the upload when they refuse a part; then it is retried from the
        start.
        """
        try:
            return self._api.persisting(put)
        except DestinationError as error:
            error.transient = error.transient or error.code == "destination.missing"
            raise

    def _put_part(self, upload: str, number: int, part: bytes, header: Mapping[str, Any]) -> str:
        with self._api.asking(self._what, WRITING) as client:
            sent = client.upload_part(**self._where, UploadId=upload, PartNumber=number, Body=part, **header)
            tag = said(sent, "ETag", self._what)
        self._sums.note_part(sent)
        return tag

    def commit(self, content: Content) -> Stored:
        check_size(self._path, content.size, self._size)
        answer = self._put(content) if self._upload is None else self._finish(self._upload)
        tag = etag(answer)
        if not tag and answer.get("Key") != self._where["Key"]:  # Ceph names that, and leaves the ETag empty
            tag = self._api.persisting(self._seen)
        return Stored(self._path, self._size, self._target["ContentType"], tag)

    def _finish(self, upload: str) -> Mapping[str, Any]:
        self._send(len(self._buffer))
        if self._kept and max(self._kept) > len(self._parts):
            raise kept_differs(self._path)  # some services refuse to complete without all parts
        self._sums.check_parts()
        answer = self._completed(upload)
        self._upload = None
        self._forget()
        return answer

    def _put(self, content: Content) -> Mapping[str, Any]:
        body = bytes(self._buffer)
        header = self._sums.header(body)

        def ask() -> Mapping[str, Any]:
            with self._api.asking(self._what, WRITING) as client:
                return client.put_object(**self._target, Body=body, **header)

        stored = self._api.persisting(ask)
        if not self._sums.prove(stored, content) and self._api.persisting(self._seen) != etag(stored):
            raise no_s3(self._what, "the object there has another ETag")
        return stored

    def _completed(self, upload: str) -> Mapping[str, Any]:
        """Complete the upload. If an answer was lost, the request may have worked, and the next one finds no
        upload.
        """
        asked = 0

        def ask() -> Mapping[str, Any]:
            nonlocal asked
            asked += 1
            with self._api.asking(self._what, WRITING, work=self._size / WORK_RATE) as client:
                return client.complete_multipart_upload(
                    **self._where, UploadId=upload, MultipartUpload={"Parts": self._parts}
                )

        try:
            return self._api.persisting(ask)
        except DestinationError as error:
            if error.code == "destination.missing" and asked > 1 and (tag := self._made_final()):
                return {"ETag": tag}
            raise

    def _made_final(self) -> str | None:
        """The ETag, if the object has that of our parts."""
        expected = composite(part["ETag"] for part in self._parts)
        with suppress(DestinationError):
            return expected if self._api.persisting(self._seen) == expected else None
        return None

    def _seen(self) -> str | None:
        return seen(self._api, self._target, self._size, self._what)

    def leave(self, *, keep: bool = False) -> None:
        """End the upload. With `keep`, the next attempt continues it."""
        if keep and self._resume:
            return
        kept = (self._resume and self._resume.kept()) or ""
        if upload := self._upload or kept.rpartition("\n")[2]:
            self._abort(upload)

    def _abort(self, upload: str) -> None:
        """Abort the upload. If this fails, it becomes litter; the first error is the one to report."""
        what = f"giving up {aws.uri(*self._where.values())}"
        with suppress(DestinationError), self._api.asking(what, WRITING) as client:
            client.abort_multipart_upload(**self._where, UploadId=upload)
        self._forget()

    def _forget(self) -> None:
        if self._resume:
            self._resume.forget()


def part_size(sent: int) -> int:
    """Bytes of the part after `sent` others. Parts are equal up to 40 GiB, as some services need; 500 GiB
    fit.
    """
    return PART << max(0, sent // 1_000 - 4)


def composite(parts: Iterable[str]) -> str | None:
    """The ETag of an object from parts with these ETags; `None` if they are not MD5 sums."""
    tags = [tag.strip('"') for tag in parts]
    if not all(re.fullmatch("[0-9a-f]{32}", tag) for tag in tags):
        return None
    whole = hashlib.md5(b"".join(map(bytes.fromhex, tags)), usedforsecurity=False)
    return f"{whole.hexdigest()}-{len(tags)}"
