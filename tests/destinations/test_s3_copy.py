"""Server-side copies: exactly the version that was read, or the bytes are uploaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from syncer.connect.s3 import client as aws
from syncer.errors import DestinationError
from tests.rigs.bucket import MEBI, Bench, content
from tests.servers.rgw import S3Service


@pytest.fixture
def copying(rgw: S3Service) -> Iterator[Bench]:
    made = Bench(rgw, server_side_copy=True, cache_control="max-age=60", prefix="media")
    with closing(made.eyes):
        yield made


def test_what_the_endpoint_has_is_copied_there(copying: Bench) -> None:
    for number, body in enumerate((b"small", bytes(9 * MEBI))):
        _, place = copying.source("a//b c?.mp4", body)
        copying.publish(f"{number}.mp4", body, place)
        head = copying.eyes.head_object(Bucket=copying.bucket, Key=f"media/{number}.mp4")
        assert (head["ContentType"], head["CacheControl"]) == ("video/mp4", "max-age=60")
        assert copying.body(f"media/{number}.mp4") == body
    assert set(copying.requests) == {"CopyObject"}


def test_a_copy_is_of_the_version_that_was_read_or_none(copying: Bench) -> None:
    asset, place = copying.source("a.mp4", b"as listed")
    copying.publish("first.mp4", b"as listed", place)
    copying.eyes.put_object(Bucket=aws.S3Location.parse(place).bucket, Key=asset.locator, Body=b"otherwise")
    with pytest.raises(DestinationError) as caught:
        copying.publish("a.mp4", b"as listed", place)
    assert caught.value.code == "destination.changed"
    assert copying.names() == ["media/first.mp4"]


def test_a_short_copy_is_refused_too(copying: Bench) -> None:
    _, place = copying.source("a.mp4", b"bytes")
    with copying.destination.stage("a.mp4", "video/mp4", place) as staged:
        staged.write(b"byte")
        with pytest.raises(DestinationError) as caught:
            staged.commit(content(b"bytes"))
    assert caught.value.code == "destination.size"
    assert copying.names() == []


def test_bytes_are_sent_unless_told_to_copy(rgw: S3Service) -> None:
    bench = Bench(rgw)
    _, place = bench.source("a.mp4", b"bytes")
    bench.publish("a.mp4", b"bytes", place)
    assert bench.requests == ["PutObject"]
    bench.eyes.close()


def test_bytes_from_another_endpoint_are_uploaded(copying: Bench) -> None:
    _, place = copying.source("a.mp4", b"bytes")
    elsewhere = aws.S3Location.parse(place)._replace(host="s3.example.com")
    copying.publish("a.mp4", b"bytes", str(elsewhere))
    copying.publish("b.mp4", b"bytes", None)
    assert copying.requests == ["PutObject", "PutObject"]


def test_bytes_are_sent_when_the_source_may_not_be_read(copying: Bench) -> None:
    _, place = copying.source("a.mp4", b"bytes")
    bucket = aws.S3Location.parse(place).bucket
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    copying.eyes.put_bucket_policy(Bucket=bucket, Policy=policy)
    for path in ("a.mp4", "b.mp4"):
        copying.publish(path, b"bytes", place)
    assert copying.requests == ["CopyObject", "PutObject", "PutObject"], "and it is tested once"


def test_bytes_are_sent_when_the_source_is_gone_and_the_next_is_copied(copying: Bench) -> None:
    asset, place = copying.source("a.mp4", b"bytes")
    bucket = aws.S3Location.parse(place).bucket
    copying.eyes.delete_object(Bucket=bucket, Key=asset.locator)
    copying.publish("a.mp4", b"bytes", place)
    assert copying.requests == ["CopyObject", "PutObject"]
    copying.eyes.put_object(Bucket=bucket, Key=asset.locator, Body=b"bytes")
    copying.publish("a.mp4", b"bytes", place)
    assert copying.requests[2:] == ["CopyObject", "CopyObject"]


def test_bytes_are_sent_where_a_copy_can_not_be_pinned(rclone_s3: S3Service) -> None:
    bench = Bench(rclone_s3, server_side_copy=True)
    _, place = bench.source("a.mp4", b"bytes")
    for path in ("a.mp4", "b.mp4"):
        bench.publish(path, b"bytes", place)
        assert bench.body(path) == b"bytes"
    assert bench.requests == ["CopyObject", "DeleteObject", "PutObject", "PutObject"]
    found = bench.eyes.list_objects_v2(Bucket=bench.bucket)["Contents"]
    assert [each["Key"] for each in found] == ["a.mp4", "b.mp4"]
    bench.eyes.close()
