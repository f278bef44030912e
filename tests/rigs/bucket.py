"""A destination in a bucket, and a second client to look at it."""

from __future__ import annotations

import hashlib
from typing import Any

from syncer.connect.s3 import client as aws
from syncer.destinations.s3 import Config, S3Destination
from syncer.model import Asset, Content
from syncer.sources.s3 import Config as SourceConfig
from syncer.sources.s3 import S3Source
from tests.servers.rgw import S3Service

MEBI = 1024**2


def content(body: bytes) -> Content:
    digest = hashlib.sha256(body).hexdigest()
    return Content(len(body), digest, digest, "video/mp4")


class Bench:
    """A destination in a new bucket, a second client, and a counter of requests."""

    def __init__(self, service: S3Service, **others: Any) -> None:
        self.service = service
        self.bucket = service.bucket()
        self.eyes = service.client()
        self.settings = Config(kind="s3", **service.settings(self.bucket, **others))
        self.destination = S3Destination(self.settings)
        self.requests: list[str] = []
        aws.s3_client(self.settings).meta.events.register(
            "before-call.s3", lambda model, **_: self.requests.append(model.name)
        )

    def publish(self, path: str, body: bytes, place: str | None = None) -> None:
        with self.destination.stage(path, "video/mp4", place) as staged:
            for start in range(0, len(body), MEBI):
                staged.write(body[start : start + MEBI])
            staged.commit(content(body))

    def source(self, key: str, body: bytes) -> tuple[Asset, str]:
        """An object in another bucket of the same service, and its place."""
        bucket = self.service.bucket()
        self.eyes.put_object(Bucket=bucket, Key=key, Body=body)
        source = S3Source("clips", SourceConfig(kind="s3", **self.service.settings(bucket)))
        (asset,) = source.assets()
        place = source.place(asset)
        assert place
        return asset, place

    def body(self, key: str) -> bytes:
        return self.eyes.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def names(self) -> list[str]:
        keys = [found["Key"] for found in self.eyes.list_objects_v2(Bucket=self.bucket).get("Contents", ())]
        uploads = self.eyes.list_multipart_uploads(Bucket=self.bucket).get("Uploads", ())
        return keys + [f"{upload['Key']} (unfinished)" for upload in uploads]
