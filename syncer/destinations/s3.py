"""A bucket behind a domain of our own, in AWS S3 or in any service with its API."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator

from syncer.connect import aws
from syncer.destinations import Store
from syncer.destinations.keys import MAX_MARK, OWNER_MARK, STAGED_PREFIX, check
from syncer.destinations.s3_staged import Copy, Upload, copying, etag, translated
from syncer.errors import DestinationError
from syncer.model import Litter, Stored
from syncer.seams import Staged

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PAGE = 1_000
"""Unfinished uploads asked for at once."""
UNKNOWN_AGE = timedelta(days=1)
"""An upload that was begun more recently may be somebody's who is still sending."""


_THERE_ALREADY = ("destination.changed", "destination.conflict")
"""What a write that is only for a new object is answered with; the second while another is being written."""


_UNCONDITIONAL = ("destination.unsupported", "destination.refused")
"""What services answer that know no such write."""


class S3Destination:
    """One bucket, or a folder in it. An object replaces the one before as a whole."""

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

        @field_validator("prefix")
        @classmethod
        def _is_relative(cls, value: str) -> str:
            if value.startswith("/"):
                raise ValueError("must not begin with /: keys do not, and the public URL would have a //")
            return value

    def __init__(self, config: Config) -> None:
        self._config = config
        self._root = f"{config.prefix.rstrip('/')}/" if config.prefix else ""
        self._pins: dict[str, bool] = {}

    def check(self) -> None:
        with self._translated("opening", ""):
            self._client().list_objects_v2(Bucket=self._config.bucket, Prefix=self._root, MaxKeys=1)

    def stage(self, path: str, media_type: str, place: str | None = None) -> AbstractContextManager[Staged]:
        return self._stage(check(path), media_type, place)

    @contextmanager
    def _stage(self, path: str, media_type: str, place: str | None) -> Iterator[Staged]:
        target = {"Bucket": self._config.bucket, "Key": self._root + path, "ContentType": media_type}
        if self._config.cache_control:
            target["CacheControl"] = self._config.cache_control
        if self._config.acl:
            target["ACL"] = self._config.acl
        with self._translated("storing", path):
            client = self._client()
            near = self._near(client, place)
        staged = Copy(client, target, path, near) if near else Upload(client, target, path)
        try:
            yield staged
        finally:
            staged.leave()

    def _near(self, client: S3Client, place: str | None) -> aws.Place | None:
        """The place, if the endpoint can copy from there and from no other version than the one read."""
        if not place or not self._config.server_side_copy:
            return None
        near = aws.Place.parse(place)
        return near if near.host == aws.host(client) and self._pinning(client, near) else None

    def _pinning(self, client: S3Client, near: aws.Place) -> bool:
        """Whether a copy of a version that never was is refused: some services copy whatever is there.

        Asked once for each source bucket. That may be refused for other reasons too: then the bytes are sent.
        """
        if near.bucket not in self._pins:
            trial = {
                "Bucket": self._config.bucket,
                "Key": f"{self._root}{STAGED_PREFIX}{secrets.token_hex(16)}",
            }
            try:
                with self._translated("copying to", trial["Key"]):
                    client.copy_object(**copying(trial, near._replace(etag="syncer")))
            except DestinationError as error:
                if error.transient or error.code == "destination.missing":
                    return False  # which says nothing of the next one
                self._pins[near.bucket] = error.code == "destination.changed"
            else:
                client.delete_object(Bucket=trial["Bucket"], Key=trial["Key"])
                self._pins[near.bucket] = False
        return self._pins[near.bucket]

    def stat(self, path: str) -> Stored | None:
        where: dict[str, Any] = {"Bucket": self._config.bucket, "Key": self._root + check(path)}
        try:
            with self._translated("looking for", path):
                found = self._client().head_object(**where)
        except DestinationError as error:
            if error.code != "destination.missing":
                raise
            self.check()  # a HEAD does not tell a missing object from a missing bucket
            return None
        return Stored(path, found["ContentLength"], found.get("ContentType"), etag(found))

    def delete(self, path: str) -> None:
        key = self._root + check(path)
        with self._translated("deleting", path):
            self._client().delete_object(Bucket=self._config.bucket, Key=key)

    def litter(self, older_than: timedelta | None = None) -> Iterator[Litter]:
        """What `_pinning` left if it was killed, and unfinished uploads, which may be anybody's."""
        now = datetime.now(UTC)
        with self._translated("listing", STAGED_PREFIX):
            trials = self._client().list_objects_v2(
                Bucket=self._config.bucket, Prefix=self._root + STAGED_PREFIX
            )
        for trial in trials.get("Contents", ()):
            if trial["Key"] == self._root + OWNER_MARK:
                continue
            if older_than is None or trial["LastModified"] <= now - older_than:
                yield self._litter("object", trial["Key"], "", trial["LastModified"])
        for key, upload, begun in self._uploads():
            if begun <= now - (UNKNOWN_AGE if older_than is None else older_than):
                yield self._litter("unfinished upload of", key, upload, begun)

    def _litter(self, what: str, key: str, upload: str, since: datetime) -> Litter:
        return Litter(f"{what} {aws.uri(self._config.bucket, key)}", f"{key}\n{upload}", since)

    def _uploads(self) -> Iterator[tuple[str, str, datetime]]:
        follow: dict[str, Any] = {}
        while True:
            with self._translated("listing the uploads of", ""):
                page = self._client().list_multipart_uploads(
                    Bucket=self._config.bucket, Prefix=self._root, MaxUploads=PAGE, **follow
                )
            for upload in page.get("Uploads", ()):
                yield upload["Key"], upload["UploadId"], upload["Initiated"]
            if not page.get("IsTruncated"):
                return
            follow = {
                "KeyMarker": page.get("NextKeyMarker"),
                "UploadIdMarker": page.get("NextUploadIdMarker"),
            }

    def discard(self, litter: Litter) -> None:
        key, end, upload = litter.locator.rpartition("\n")
        staged = key.startswith(self._root + STAGED_PREFIX) and key != self._root + OWNER_MARK
        if not end or not (upload or staged):
            raise DestinationError(f"{litter.name} was not staged by us", code="destination.path")
        where: dict[str, Any] = {"Bucket": self._config.bucket, "Key": key}
        try:
            with aws.translated(f"discarding {litter.name}", DestinationError):
                if upload:
                    self._client().abort_multipart_upload(**where, UploadId=upload)
                else:
                    self._client().delete_object(**where)
        except DestinationError as error:
            if error.code != "destination.missing":
                raise

    def listing(self) -> Iterator[Stored]:
        """Without the empty objects that stand for folders."""
        follow: dict[str, Any] = {}
        while True:
            with self._translated("listing", ""):
                page = self._client().list_objects_v2(
                    Bucket=self._config.bucket, Prefix=self._root, MaxKeys=PAGE, **follow
                )
            for found in page.get("Contents", ()):
                path = found["Key"].removeprefix(self._root)
                staged = any(part.startswith(STAGED_PREFIX) for part in path.split("/"))
                if not staged and not found["Key"].endswith("/"):
                    yield Stored(path, found["Size"], etag=etag(found))
            if not page.get("IsTruncated"):
                return
            follow = {"ContinuationToken": page.get("NextContinuationToken")}

    def mark(self) -> bytes | None:
        where: dict[str, Any] = {"Bucket": self._config.bucket, "Key": self._root + OWNER_MARK}
        try:
            with self._translated("reading", OWNER_MARK):
                body = self._client().get_object(**where)["Body"]
                with closing(body):
                    return body.read(MAX_MARK)
        except DestinationError as error:
            if error.code != "destination.missing":
                raise
            return None

    def put_mark(self, content: bytes, *, new: bool) -> bool:
        """A service that knows no conditions may write it all the same: whoever writes reads it again."""
        target: dict[str, Any] = {
            "Bucket": self._config.bucket,
            "Key": self._root + OWNER_MARK,
            "Body": content,
            "ContentType": "application/json",
            "CacheControl": "no-store",
        }
        target |= {"IfNoneMatch": "*"} if new else {}
        try:
            with self._translated("writing", OWNER_MARK):
                self._client().put_object(**target)
        except DestinationError as error:
            if new and error.code in _THERE_ALREADY:
                return False
            if not new or error.code not in _UNCONDITIONAL:
                raise
            return self.put_mark(content, new=False)
        return True

    def close(self) -> None:
        """Nothing of its own to close: the client belongs to the process."""

    def _client(self) -> S3Client:
        return aws.client(self._config)

    def _translated(self, doing: str, path: str) -> AbstractContextManager[None]:
        return translated(doing, self._config.bucket, self._root + path)


Config = S3Destination.Config
