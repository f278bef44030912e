"""Law: the hint of an S3 error speaks of the place where it happened, a source or the destination."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import botocore.exceptions
import pytest
from botocore.exceptions import ClientError

from syncer.connect.s3.errors import ANSWERS, EXCEPTIONS, STATUSES, s3_error
from syncer.destinations.s3 import S3Destination
from syncer.errors import DestinationError, SourceError, SyncerError
from syncer.sources.s3 import Config, S3Source
from tests.contracts.stores import publish
from tests.servers.rgw import S3Service


def errors() -> list[Exception]:
    answers: list[dict[str, Any]] = [
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}} for code in ANSWERS
    ]
    answers += [{"Error": {}, "ResponseMetadata": {"HTTPStatusCode": status}} for status in STATUSES]
    made: list[Exception] = [ClientError(answer, "PutObject") for answer in answers]  # type: ignore[arg-type]
    for name in EXCEPTIONS:
        kind = getattr(botocore.exceptions, name, None)
        if kind:
            error: Exception = kind.__new__(kind)
            Exception.__init__(error, name)
            made.append(error)
    return made


def hints(kind: type[SyncerError]) -> list[str]:
    return [s3_error(error, "storing s3://b/k", kind).hint or "" for error in errors()]


def test_no_hint_at_a_destination_is_about_sources() -> None:
    found = " ".join(hints(DestinationError))
    assert "s3:PutObject" in found
    assert not [word for word in ("source", "exclude", "public bucket") if word in found]


def test_no_hint_at_a_source_asks_for_rights_to_write() -> None:
    found = " ".join(hints(SourceError))
    assert "s3:GetObject" in found
    assert not [word for word in ("destination", "s3:Put", "s3:Delete") if word in found]


def deny(rgw: S3Service, bucket: str, action: str) -> None:
    resource = f"arn:aws:s3:::{bucket}"
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": [resource, f"{resource}/*"],
    }
    with closing(rgw.client()) as client:
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        client.put_bucket_policy(Bucket=bucket, Policy=policy)


@pytest.mark.server
def test_a_real_server_that_denies_gets_the_rights_of_the_place_named(rgw: S3Service) -> None:
    bucket = rgw.bucket()
    settings = rgw.settings(bucket)
    deny(rgw, bucket, "s3:PutObject")
    store = S3Destination(S3Destination.Config(kind="s3", **settings))
    with closing(store), pytest.raises(DestinationError) as storing:
        publish(store, "a.mp4", b"bytes")
    assert storing.value.code == "destination.denied"
    assert "s3:PutObject" in (storing.value.hint or "")
    deny(rgw, bucket, "s3:ListBucket")
    with (
        closing(S3Source("s", Config(kind="s3", **settings))) as source,
        pytest.raises(SourceError) as listing,
    ):
        list(source.assets())
    assert (listing.value.code, listing.value.hint) == (
        "source.denied",
        "allow this user s3:ListBucket and s3:GetObject",
    )
