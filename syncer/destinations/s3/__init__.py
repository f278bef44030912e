"""A bucket behind your own domain, at AWS S3 or any service with its API."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator

from syncer.connect.course import Course
from syncer.connect.s3 import client as aws
from syncer.destinations import Store
from syncer.destinations.keys import MAX_MARK, OWNER_MARK, STAGED_PREFIX, path_below_root, to_publish
from syncer.destinations.s3 import removal
from syncer.destinations.s3.answers import etag, no_s3, said
from syncer.destinations.s3.copies import Copies, S3Copy
from syncer.destinations.s3.reading import reading_object
from syncer.destinations.s3.sums import Tags
from syncer.destinations.s3.upload import S3Upload
from syncer.destinations.staging import interrupted
from syncer.errors import DestinationError
from syncer.model import Litter, Stored
from syncer.protocols import Pace, Reader, Resume, Staged

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListMultipartUploadsOutputTypeDef, ListObjectsV2OutputTypeDef

PAGE = 1_000
"""Unfinished uploads or objects in one page."""
UNKNOWN_AGE = timedelta(days=1)
"""A more recent upload may still be in progress."""


_THERE_ALREADY = ("destination.changed", "destination.conflict")
"""The errors of a write for a new object only: it exists already, or another write is in progress."""


_UNCONDITIONAL = ("destination.unsupported", "destination.refused")
"""The errors of services without such a write."""


class S3Destination:
    """One bucket, or a folder in it. A new object replaces the old one in one step."""

    class Config(Store, aws.S3Settings):
        kind: Literal["s3"]
        cache_control: str | None = Field(
            default=None,
            description="Sent by the bucket with each object.",
            examples=["public, max-age=86400"],
        )
        acl: str | None = Field(
            default=None,
            description="A canned ACL for buckets that still use them.",
            examples=["public-read"],
        )
        server_side_copy: bool = Field(
            default=False,
            description=(
                "Let the endpoint copy what a source has there, up to 5 GiB an object. The destination's"
                " identity has to be allowed to read the source's bucket. Where the endpoint can't copy just"
                " the version that was read, the bytes are sent."
            ),
        )

        def identity(self) -> str:
            """With the access key or profile: two tenants of a service may have buckets of the same name."""
            names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
            endpoint = self.endpoint or next(filter(None, map(os.environ.get, names)), "aws")
            keys = self.access_key or self.profile
            where = f"{self.kind} {endpoint.lower().rstrip('/')} {self.bucket}/{self.prefix.rstrip('/')}"
            return f"{where} as {keys}" if keys else where

        @field_validator("prefix")
        @classmethod
        def _is_relative(cls, value: str) -> str:
            if value.startswith("/"):
                raise ValueError("must not start with /: keys do not, and the public URL would have a //")
            if value.endswith("*"):
                raise ValueError("must be one folder: write it without the *")
            return value

    mark_lasts = (5.0, 5.0)
    """Nothing is mounted in a bucket: only another catalogue can take it over."""

    def __init__(self, config: Config, pace: Pace | None = None) -> None:
        self._config = config
        self._api = aws.Api(config, DestinationError, pace)
        self._root = f"{config.prefix.rstrip('/')}/" if config.prefix else ""
        self._copies = Copies(config, self._api, self._root) if config.server_side_copy else None
        self._tags = Tags()

    def check(self, folder: str = "") -> None:
        del folder  # a bucket has no folders
        with self._asking("opening", "") as client:
            found = client.list_objects_v2(Bucket=self._config.bucket, Prefix=self._root, MaxKeys=1)
            said(found, "Name", f"opening {aws.uri(self._config.bucket, self._root)}")

    def stage(
        self,
        path: str,
        media_type: str,
        place: str | None = None,
        resume: Resume | None = None,
        *,
        proof: bool = False,
    ) -> AbstractContextManager[Staged]:
        return self._stage(to_publish(path, proof=proof), media_type, place, resume)

    @contextmanager
    def _stage(
        self, path: str, media_type: str, place: str | None, resume: Resume | None
    ) -> Iterator[Staged]:
        target = {"Bucket": self._config.bucket, "Key": self._root + path, "ContentType": media_type}
        if self._config.cache_control:
            target["CacheControl"] = self._config.cache_control
        if self._config.acl:
            target["ACL"] = self._config.acl
        near = self._copies.near(place) if place and self._copies else None
        staged = (
            S3Copy(self._api, target, path, near)
            if near
            else S3Upload(self._api, target, path, self._tags, resume)
        )
        try:
            yield staged
        except BaseException as error:
            staged.leave(keep=interrupted(error))
            raise
        else:
            staged.leave()

    def stat(self, path: str) -> Stored | None:
        where: dict[str, Any] = {"Bucket": self._config.bucket, "Key": self._root + path_below_root(path)}
        try:
            with self._asking("looking for", path) as client:
                found = client.head_object(**where)
        except DestinationError as error:
            if error.code != "destination.missing":
                raise
            self.check()  # a HEAD has the same answer for a missing object and a missing bucket
            return None
        size: int | None = found.get("ContentLength")
        if size is None:
            raise no_s3(f"looking for {aws.uri(self._config.bucket, where['Key'])}", "it lacks the size")
        kind, tag, modified = found.get("ContentType"), etag(found), found.get("LastModified")
        return Stored(path, size, kind, tag, version=tag, modified=modified)

    def open(self, stored: Stored) -> AbstractContextManager[Reader]:
        key = self._root + path_below_root(stored.path)
        return reading_object(self._api, self._config.bucket, key, stored)

    def room(self) -> None:
        """`None`: no S3 API says how much space is free."""

    def delete(self, path: str) -> None:
        key = self._root + path_below_root(path)
        removal.delete(self._api, self._config.bucket, key, "deleting")

    def litter(self, older_than: timedelta | None = None) -> Iterator[Litter]:
        """Objects of a killed `_pinning`, and unfinished uploads, which may be those of other programs."""
        now = datetime.now(UTC)
        for trial in self._api.retrying(self._trials).get("Contents", ()):
            if trial["Key"] == self._root + OWNER_MARK:
                continue
            if older_than is None or trial["LastModified"] <= now - older_than:
                yield self._litter("object", trial["Key"], "", trial["LastModified"])
        for key, upload, begun in self._uploads():
            if begun <= now - (UNKNOWN_AGE if older_than is None else older_than):
                found = self._litter("unfinished upload of", key, upload, begun)
                yield replace(found, path=key.removeprefix(self._root))

    def _trials(self) -> ListObjectsV2OutputTypeDef:
        with self._asking("listing", STAGED_PREFIX) as client:
            return client.list_objects_v2(Bucket=self._config.bucket, Prefix=self._root + STAGED_PREFIX)

    def _litter(self, what: str, key: str, upload: str, since: datetime) -> Litter:
        return Litter(f"{what} {aws.uri(self._config.bucket, key)}", f"{key}\n{upload}", since)

    def _uploads(self) -> Iterator[tuple[str, str, datetime]]:
        follow: dict[str, Any] = {}
        course = self._course("listing the uploads of")
        while True:
            page = course.ask(partial(self._api.retrying, partial(self._page, follow)))
            for upload in course.new(
                page.get("Uploads", ()), lambda each: each["Key"] + "\n" + each["UploadId"]
            ):
                yield upload["Key"], upload["UploadId"], upload["Initiated"]
            if not page.get("IsTruncated"):
                return
            follow = {
                "KeyMarker": page.get("NextKeyMarker"),
                "UploadIdMarker": page.get("NextUploadIdMarker"),
            }
            course.follow(follow["KeyMarker"] and (follow["KeyMarker"], follow["UploadIdMarker"]))

    def _course(self, doing: str) -> Course:
        where = aws.uri(self._config.bucket, self._root)
        return Course(f"{doing} {where}", DestinationError, self._api.pace.patience)

    def _page(self, follow: Mapping[str, Any]) -> ListMultipartUploadsOutputTypeDef:
        with self._asking("listing the uploads of", "", listing=True) as client:
            page = client.list_multipart_uploads(
                Bucket=self._config.bucket, Prefix=self._root, MaxUploads=PAGE, **follow
            )
            said(page, "Bucket", f"listing the uploads of {aws.uri(self._config.bucket, self._root)}")
            return page

    def discard(self, litter: Litter) -> None:
        key, end, upload = litter.locator.rpartition("\n")
        staged = key.startswith(self._root + STAGED_PREFIX) and key != self._root + OWNER_MARK
        if not end or not (upload or staged):
            raise DestinationError(f"{litter.name} is not one of our staged files", code="destination.path")
        self._api.retrying(lambda: self._discard(key, upload))

    def _discard(self, key: str, upload: str = "") -> None:
        if upload:
            removal.abort(self._api, self._config.bucket, key, upload)
        else:
            removal.delete(self._api, self._config.bucket, key, "discarding")

    def listing(self) -> Iterator[Stored]:
        """All objects but the empty ones that stand for folders."""
        follow: dict[str, Any] = {}
        course = self._course("listing")
        while True:
            page = course.ask(partial(self._api.retrying, partial(self._objects, follow)))
            for found in course.new(page.get("Contents", ()), itemgetter("Key")):
                path = found["Key"].removeprefix(self._root)
                staged = any(part.startswith(STAGED_PREFIX) for part in path.split("/"))
                if not staged and not found["Key"].endswith("/"):
                    yield Stored(path, found["Size"], etag=etag(found))
            if not page.get("IsTruncated"):
                return
            follow = {"ContinuationToken": page.get("NextContinuationToken")}
            course.follow(follow["ContinuationToken"])

    def _objects(self, follow: Mapping[str, Any]) -> ListObjectsV2OutputTypeDef:
        with self._asking("listing", "", listing=True) as client:
            page = client.list_objects_v2(
                Bucket=self._config.bucket, Prefix=self._root, MaxKeys=PAGE, **follow
            )
            said(page, "Name", f"listing {aws.uri(self._config.bucket, self._root)}")
            return page

    def mark(self) -> bytes | None:
        where: dict[str, Any] = {"Bucket": self._config.bucket, "Key": self._root + OWNER_MARK}
        try:
            with (
                self._asking("reading", OWNER_MARK) as client,
                closing(client.get_object(**where)["Body"]) as body,
            ):
                return body.read(MAX_MARK)
        except DestinationError as error:
            if error.code != "destination.missing":
                raise
            return None

    def put_mark(self, content: bytes, *, new: bool) -> bool:
        """A service without conditional writes may replace a mark, so the caller reads it again."""
        target: dict[str, Any] = {
            "Bucket": self._config.bucket,
            "Key": self._root + OWNER_MARK,
            "Body": content,
            "ContentType": "application/json",
            "CacheControl": "no-store",
        }
        target |= {"IfNoneMatch": "*"} if new else {}
        try:
            with self._asking("writing", OWNER_MARK) as client:
                client.put_object(**target)
        except DestinationError as error:
            if new and error.code in _THERE_ALREADY:
                return False
            if not new or error.code not in _UNCONDITIONAL:
                raise
            return self.put_mark(content, new=False)
        return True

    def close(self) -> None:
        """Nothing to close: the client belongs to the process."""

    def _asking(self, doing: str, path: str, *, listing: bool = False) -> AbstractContextManager[S3Client]:
        what = f"{doing} {aws.uri(self._config.bucket, self._root + path)}"
        return self._api.asking(what, listing=listing)


Config = S3Destination.Config
