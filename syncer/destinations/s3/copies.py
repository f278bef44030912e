"""Copies by the endpoint itself, in place of uploads."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from syncer.connect.circuit import WRITING
from syncer.connect.s3 import client as aws
from syncer.destinations.keys import STAGED_PREFIX
from syncer.destinations.s3.answers import WORK_RATE, etag, seen
from syncer.destinations.s3.removal import delete
from syncer.destinations.staging import check_size
from syncer.errors import DestinationError
from syncer.model import Content, Stored


class Copies:
    """Finds out whether the endpoint can copy an object from its source."""

    def __init__(self, settings: aws.S3Settings, api: aws.Api, root: str) -> None:
        """`root` is the start of all keys of the destination."""
        self._settings = settings
        self._api = api
        self._root = root
        self._pins: dict[str, bool] = {}

    def near(self, place: str) -> aws.S3Location | None:
        """The place, if the endpoint can copy from there, and only the version that was read."""
        near = aws.S3Location.parse(place)
        with aws.s3_errors(f"opening {aws.uri(self._settings.bucket)}", DestinationError):
            host = aws.host(aws.s3_client(self._settings))
        return near if near.host == host and self._pinning(near) else None

    def _pinning(self, near: aws.S3Location) -> bool:
        """Whether a copy of a version that does not exist is refused: some services copy any version.

        Tested once for each source bucket. If the test fails for another reason, the bytes are uploaded.
        """
        if near.bucket not in self._pins:
            bucket, key = self._settings.bucket, f"{self._root}{STAGED_PREFIX}{secrets.token_hex(16)}"
            trial = {"Bucket": bucket, "Key": key}
            try:
                with self._api.asking(f"copying to {aws.uri(bucket, key)}") as client:
                    client.copy_object(**copying(trial, near._replace(etag="syncer")))
            except DestinationError as error:
                if error.transient or error.code == "destination.missing":
                    return False  # the next copy may still work
                self._pins[near.bucket] = error.code == "destination.changed"
            else:
                delete(self._api, bucket, key, "discarding")
                self._pins[near.bucket] = False
        return self._pins[near.bucket]


class S3Copy:
    """A copy by the endpoint at the commit. Bytes that are written are only counted."""

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
        """Nothing to do: a copy is complete or does not exist."""


def copying(target: Mapping[str, Any], near: aws.S3Location) -> dict[str, Any]:
    return {
        **target,
        "CopySource": {"Bucket": near.bucket, "Key": near.key},
        "CopySourceIfMatch": f'"{near.etag}"',
        "MetadataDirective": "REPLACE",
    }
