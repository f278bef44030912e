"""Deletes in a bucket: an object counts as deleted only if it is gone, whatever the answer is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from syncer.destinations.s3 import S3Destination
from syncer.errors import DestinationError
from tests.faults.proxy import Fault, Proxy, proxy
from tests.servers.rgw import S3Service

LYING = ("html", "empty")
"""Both with 200, and the request never reaches the server."""


@pytest.fixture
def liar(rgw: S3Service) -> Iterator[Proxy]:
    with proxy(rgw.address) as made:
        yield made


@pytest.fixture
def bucket(rgw: S3Service) -> str:
    return rgw.bucket()


@pytest.fixture
def destination(rgw: S3Service, liar: Proxy, bucket: str) -> S3Destination:
    settings: dict[str, Any] = rgw.settings(bucket, endpoint=liar.endpoint)
    return S3Destination(S3Destination.Config(kind="s3", **settings))


@pytest.mark.parametrize("kind", LYING)
def test_object_that_is_still_there_is_not_deleted(
    rgw: S3Service, destination: S3Destination, liar: Proxy, bucket: str, kind: str
) -> None:
    with closing(rgw.client()) as client:
        client.put_object(Bucket=bucket, Key="a.mp4", Body=b"a")
        client.put_object(Bucket=bucket, Key="a.mp4.jpg", Body=b"a")
        liar.arm(Fault(kind, 1))
        with pytest.raises(DestinationError, match="the object is still there") as caught:
            destination.delete("a.mp4")
        assert (caught.value.code, caught.value.transient) == ("destination.answer", True)
        destination.delete("a.mp4")
        left = client.list_objects_v2(Bucket=bucket)["Contents"]
        assert [each["Key"] for each in left] == ["a.mp4.jpg"]


@pytest.mark.parametrize("kind", LYING)
def test_object_that_is_gone_is_deleted_whatever_the_status(
    rgw: S3Service, destination: S3Destination, liar: Proxy, bucket: str, kind: str
) -> None:
    with closing(rgw.client()) as client:
        client.put_object(Bucket=bucket, Key="a.mp4.jpg", Body=b"a")
    liar.arm(Fault(kind, 1))
    destination.delete("a.mp4")


@pytest.mark.parametrize("kind", LYING)
def test_an_unknown_state_deletes_nothing(destination: S3Destination, liar: Proxy, kind: str) -> None:
    liar.arm(Fault(kind, 1, always=True))
    with pytest.raises(DestinationError) as caught:
        destination.delete("a.mp4")
    assert (caught.value.code, caught.value.transient) == ("destination.answer", True)


@pytest.mark.parametrize("kind", LYING)
def test_upload_that_is_still_there_is_discarded_again(
    rgw: S3Service, destination: S3Destination, liar: Proxy, bucket: str, kind: str
) -> None:
    with closing(rgw.client()) as client:
        client.create_multipart_upload(Bucket=bucket, Key="a.mp4")
        (found,) = destination.litter(timedelta(0))
        liar.arm(Fault(kind, 1))
        destination.discard(found)
        assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket)
    methods = [each.partition(" ")[0] for each in liar.seen]
    assert methods == ["DELETE", "GET", "DELETE"]
    liar.arm(Fault(kind, 1))
    destination.discard(found)  # the listing shows that it is gone
    assert len(liar.seen) == 2
