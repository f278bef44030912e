"""A bucket of Ceph's S3 that anybody may read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from urllib.parse import quote

import httpx
import pytest

from syncer.destinations.s3 import Config
from tests.rigs.destination import Rig, Visit
from tests.servers.rgw import S3Service


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    service: S3Service = request.getfixturevalue("rgw")
    bucket = service.bucket()
    with ExitStack() as stack:
        client = stack.enter_context(closing(service.client()))
        visitor = stack.enter_context(httpx.Client(trust_env=False, timeout=30))

        def visit(path: str) -> Visit | None:
            answer = visitor.get(f"{service.endpoint}/{bucket}/media/{quote(path)}")
            if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN):
                return None  # 403: without permission to list, S3 does not answer 404
            answer.raise_for_status()
            return Visit(answer.content, answer.headers.get("Content-Type"))

        def names() -> list[str]:
            keys = [
                found["Key"]
                for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
                for found in page.get("Contents", ())
            ]
            unfinished = client.list_multipart_uploads(Bucket=bucket).get("Uploads", ())
            uploads = [f"{upload['Key']} (unfinished)" for upload in unfinished]
            return sorted(name.removeprefix("media/") for name in keys + uploads)

        yield Rig(
            config=Config(kind="s3", **service.settings(bucket, prefix="media", acl="public-read")),
            visit=visit,
            names=names,
            keeps_media_type=True,
            has_folders=False,
            litter_is_ours=False,
        )
