"""One object on its way into a bucket: sent from here, or copied there.

A server may answer 200 and have stored nothing: a proxy, a login page. So nothing counts as stored before the
answer names the ETag, or a look at the object shows it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from syncer.connect.course import Course
from syncer.connect.s3 import client as aws
from syncer.destinations.s3.sums import Sums, Tags, no_s3
from syncer.destinations.staging import check_size, kept_differs
from syncer.errors import DestinationError
from syncer.model import PART, Content, Stored
from syncer.protocols import Resume

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, PartTypeDef

MAX_PARTS = 10_000
WRITING = "writing to"
"""Has a circuit of its own: an endpoint may list, and take nothing."""
WORK_RATE = 10 * 1000**2
"""Bytes a second that an endpoint joins or copies at least, while it says nothing."""


class S3Upload:
    """Sent in parts as it comes, or in one request at the commit if it is small."""

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
        """Size and ETag of the parts that an earlier try has sent, by number."""

    def write(self, chunk: bytes, /) -> None:
        self._buffer += chunk
        self._size += len(chunk)
        while len(self._buffer) > part_size(len(self._parts)):
            self._send(part_size(len(self._parts)))

    def _send(self, size: int) -> None:
        if len(self._parts) == MAX_PARTS:
            raise DestinationError(
                f"{self._what}: more than {MAX_PARTS} parts hold", code="destination.large"
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
        """The upload that an earlier try began, or a new one."""
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
        """`None` where nothing was kept, or where it can't be told what."""
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
        """The ETag of the kept part if its MD5 is that of these bytes; with KMS it never is."""
        size, tag = self._kept.get(number, (0, ""))
        if size != len(part) or tag != hashlib.md5(part, usedforsecurity=False).hexdigest():
            return None
        return f'"{tag}"'

    def _sent(self, put: Callable[[], str]) -> str:
        """Some services drop the whole upload when a part is refused: then it has to begin anew."""
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
            raise kept_differs(self._path)  # some services refuse to complete a part of an upload
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
        """If the answer to a request was lost, it may be done all the same: then the next finds no upload."""
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
        """The ETag, if the object is there and it is that of our parts."""
        expected = composite(part["ETag"] for part in self._parts)
        with suppress(DestinationError):
            return expected if self._api.persisting(self._seen) == expected else None
        return None

    def _seen(self) -> str | None:
        return seen(self._api, self._target, self._size, self._what)

    def leave(self, *, keep: bool = False) -> None:
        """With `keep`, the next try goes on from what was sent."""
        if keep and self._resume:
            return
        kept = (self._resume and self._resume.kept()) or ""
        if upload := self._upload or kept.rpartition("\n")[2]:
            self._abort(upload)

    def _abort(self, upload: str) -> None:
        """If this fails, the upload is litter, and the error that brought us here is the one to tell."""
        what = f"giving up {aws.uri(*self._where.values())}"
        with suppress(DestinationError), self._api.asking(what, WRITING) as client:
            client.abort_multipart_upload(**self._where, UploadId=upload)
        self._forget()

    def _forget(self) -> None:
        if self._resume:
            self._resume.forget()


class S3Copy:
    """Copied by the endpoint at the commit; what is written here is only counted."""

    def __init__(self, api: aws.Api, target: Mapping[str, Any], path: str, near: aws.S3Location) -> None:
        self._api = api
        self._target = target
        self._what = f"copying to {aws.uri(target['Bucket'], target['Key'])}"
        self._path = path
        self._near = near
        self._size = 0

    def write(self, chunk: bytes, /) -> None:
        self._size += len(chunk)

    def commit(self, content: Content) -> Stored:
        check_size(self._path, content.size, self._size)
        tag = self._api.persisting(self._copied) or self._api.persisting(self._seen)
        return Stored(self._path, self._size, self._target["ContentType"], tag)

    def _copied(self) -> str | None:
        with self._api.asking(self._what, WRITING, work=self._size / WORK_RATE) as client:
            answer: Mapping[str, Any] = client.copy_object(**copying(self._target, self._near))
        return etag(answer.get("CopyObjectResult", {}))

    def _seen(self) -> str | None:
        return seen(self._api, self._target, self._size, self._what)

    def leave(self, *, keep: bool = False) -> None:
        """A copy is whole or not there."""


def copying(target: Mapping[str, Any], near: aws.S3Location) -> dict[str, Any]:
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


def composite(parts: Iterable[str]) -> str | None:
    """The ETag of an object that was sent in parts with these ETags; `None` where they are no MD5 sums."""
    tags = [tag.strip('"') for tag in parts]
    if not all(re.fullmatch("[0-9a-f]{32}", tag) for tag in tags):
        return None
    whole = hashlib.md5(b"".join(map(bytes.fromhex, tags)), usedforsecurity=False)
    return f"{whole.hexdigest()}-{len(tags)}"


def said(answer: Mapping[str, Any], name: str, what: str) -> str:
    """A value that an answer of an S3 API has. Raises `DestinationError` for what only looks like one."""
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise no_s3(what, f"it lacks {name}")
    return value


def seen(api: aws.Api, target: Mapping[str, Any], size: int, what: str) -> str | None:
    """The ETag, if it has one, of an object whose upload was answered without it: some services leave it out.

    Raises `DestinationError` unless the object is there with this size and media type.
    """
    missing = "it lacks the ETag, and the object is not there as it was sent"
    try:
        with api.asking(what, WRITING) as client:
            found: Mapping[str, Any] = client.head_object(Bucket=target["Bucket"], Key=target["Key"])
    except DestinationError as error:
        if error.code != "destination.missing":
            raise
        raise no_s3(what, missing) from error
    kind = found.get("ContentType", "").partition(";")[0].strip().lower()
    if found.get("ContentLength") != size or kind != target["ContentType"].lower():
        raise no_s3(what, missing)
    return etag(found)
