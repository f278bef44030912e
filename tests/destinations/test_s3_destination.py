"""Special features of a bucket as a destination."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

from syncer.destinations import s3
from syncer.destinations.s3 import Config, S3Destination, upload
from syncer.errors import DestinationError
from syncer.model import Litter
from tests.rigs.bucket import MEBI, Bench, content
from tests.servers.rgw import S3Service
from tests.servers.wire import Answer, scripted


@pytest.fixture
def bench(rgw: S3Service) -> Iterator[Bench]:
    made = Bench(rgw)
    with closing(made.eyes):
        yield made


def test_type_cache_control_and_acl_go_with_the_object(rgw: S3Service) -> None:
    bench = Bench(rgw, cache_control="public, max-age=86400", acl="public-read", prefix="media")
    for name, body in (("small.mp4", b"small"), ("large.mp4", bytes(9 * MEBI))):
        bench.publish(name, body)
        head = bench.eyes.head_object(Bucket=bench.bucket, Key=f"media/{name}")
        assert (head["ContentType"], head["CacheControl"]) == ("video/mp4", "public, max-age=86400")
        with closing(rgw.client(anonymous=True)) as anybody:
            assert anybody.get_object(Bucket=bench.bucket, Key=f"media/{name}")["Body"].read() == body
        stored = bench.destination.stat(name)
        assert stored
        assert (stored.path, stored.size, stored.media_type) == (name, len(body), "video/mp4")
        assert stored.etag == head["ETag"].strip('"')
    bench.eyes.close()


def test_what_is_not_there_has_no_stat(bench: Bench) -> None:
    bench.destination.check()
    assert bench.destination.stat("a.mp4") is None


def test_a_small_object_is_one_request(bench: Bench) -> None:
    bench.publish("a.mp4", bytes(8 * MEBI))
    assert bench.requests == ["PutObject"]


def test_a_large_object_goes_in_parts_and_is_public_only_as_a_whole(bench: Bench) -> None:
    body = hashlib.sha256(b"").digest() * (17 * MEBI // 32) + b"end"
    with bench.destination.stage("a.mp4", "video/mp4") as staged:
        staged.write(body)
        assert bench.names() == ["a.mp4 (unfinished)"]
        stored = staged.commit(content(body))
    assert bench.requests == ["CreateMultipartUpload", *["UploadPart"] * 3, "CompleteMultipartUpload"]
    assert bench.body("a.mp4") == body
    assert stored.size == len(body)
    assert bench.names() == ["a.mp4"]


def test_parts_are_even_up_to_40_gib_then_grow_to_fit_500() -> None:
    sizes = [upload.part_size(sent) for sent in range(upload.MAX_PARTS)]
    assert set(sizes[:5_000]) == {8 * MEBI}
    assert sizes == sorted(sizes)
    assert sum(sizes) > 500 * 1024**3
    assert sizes[-1] <= 512 * MEBI


def test_more_than_the_parts_can_hold_is_an_error_and_leaves_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "MAX_PARTS", 1)
    with pytest.raises(DestinationError) as caught:
        bench.publish("a.mp4", bytes(17 * MEBI))
    assert caught.value.code == "destination.large"
    assert bench.names() == []


@pytest.mark.parametrize("size", [10, 9 * MEBI])
def test_leaving_without_commit_or_with_too_few_bytes_leaves_nothing(bench: Bench, size: int) -> None:
    with bench.destination.stage("a.mp4", "video/mp4") as staged:
        staged.write(bytes(size))
    assert bench.names() == []
    with pytest.raises(DestinationError) as caught:
        _commit_short(bench, size)
    assert caught.value.code == "destination.size"
    assert bench.names() == []


def _commit_short(bench: Bench, size: int) -> None:
    with bench.destination.stage("a.mp4", "video/mp4") as staged:
        staged.write(bytes(size))
        staged.commit(content(bytes(size + 1)))


def test_an_upload_aborted_by_another_program_is_an_error(bench: Bench) -> None:
    with pytest.raises(DestinationError) as caught:
        _aborted(bench)
    assert caught.value.code == "destination.missing"
    assert bench.names() == []


def _aborted(bench: Bench) -> None:
    with bench.destination.stage("a.mp4", "video/mp4") as staged:
        staged.write(bytes(9 * MEBI))
        for litter in bench.destination.litter(timedelta()):
            bench.destination.discard(litter)
        staged.commit(content(bytes(9 * MEBI)))


def test_unfinished_uploads_are_litter_after_a_day_or_as_asked(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = ["a.mp4", "b/c.mp4", "d e.mp4"]
    for key in keys:
        bench.eyes.create_multipart_upload(Bucket=bench.bucket, Key=key)
    bench.eyes.put_object(Bucket=bench.bucket, Key=".syncer-trial", Body=b"x")
    monkeypatch.setattr(s3, "PAGE", 2)
    assert [litter.name for litter in bench.destination.litter()] == [
        f"object s3://{bench.bucket}/.syncer-trial"
    ], "an upload of today may belong to another program"
    assert list(bench.destination.litter(timedelta(hours=1))) == []
    found = list(bench.destination.litter(timedelta()))
    assert [litter.name for litter in found[1:]] == [
        f"unfinished upload of s3://{bench.bucket}/{key}" for key in keys
    ]
    for litter in found * 2:
        bench.destination.discard(litter)
    assert bench.names() == []


@pytest.mark.parametrize("locator", ["a.mp4", "a.mp4\n", "media/x\n", "\n"])
def test_only_what_was_staged_can_be_discarded(bench: Bench, locator: str) -> None:
    bench.publish("a.mp4", b"bytes")
    with pytest.raises(DestinationError) as caught:
        bench.destination.discard(Litter("it", locator))
    assert caught.value.code == "destination.path"
    assert bench.names() == ["a.mp4"]


def test_litter_elsewhere_is_none_of_ours(rgw: S3Service) -> None:
    bench = Bench(rgw, prefix="media")
    bench.eyes.create_multipart_upload(Bucket=bench.bucket, Key="mediation.mp4")
    assert list(bench.destination.litter(timedelta())) == []
    bench.eyes.close()


def test_a_missing_bucket_is_reported_by_every_verb(rgw: S3Service) -> None:
    nowhere = S3Destination(Config(kind="s3", **rgw.settings("nowhere")))
    for verb in (
        nowhere.check,
        lambda: nowhere.stat("a.mp4"),
        lambda: nowhere.delete("a.mp4"),
        lambda: list(nowhere.litter()),
        lambda: nowhere.discard(Litter("it", "a.mp4\nupload")),
        lambda: Bench.publish(_at(nowhere), "a.mp4", b"x"),
        lambda: Bench.publish(_at(nowhere), "a.mp4", bytes(9 * MEBI)),
    ):
        with pytest.raises(DestinationError) as caught:
            verb()
        assert caught.value.code == "destination.bucket"


def _at(destination: S3Destination) -> Bench:
    bench = object.__new__(Bench)
    bench.destination = destination
    return bench


def test_a_denied_look_is_reported(rgw: S3Service) -> None:
    bench = Bench(rgw, access_key=None, secret_key=None, anonymous=True)
    with pytest.raises(DestinationError) as caught:
        bench.destination.stat("a.mp4")
    assert caught.value.code == "destination.denied"
    bench.eyes.close()


def test_a_list_of_uploads_that_breaks_off_is_an_error(rgw: S3Service) -> None:
    objects = Answer(body=b"<ListBucketResult><Name>clips</Name></ListBucketResult>")
    uploads = Answer(
        body=b"<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>"
    )
    with scripted(objects, uploads) as endpoint:
        destination = S3Destination(Config(kind="s3", **rgw.settings("clips", endpoint=endpoint)))
        with pytest.raises(DestinationError):
            list(destination.litter())


def test_a_prefix_is_a_folder_and_begins_without_a_slash(rgw: S3Service) -> None:
    with pytest.raises(ValidationError, match="must not start with /"):
        Config(kind="s3", **rgw.settings("bucket", prefix="/media"))
    for prefix in ("media", "media/"):
        bench = Bench(rgw, prefix=prefix)
        bench.publish("a.mp4", b"x")
        assert bench.names() == ["media/a.mp4"]
        bench.eyes.close()


def test_the_endpoint_may_be_named_by_host(rgw: S3Service) -> None:
    """The bucket in the path, for a service without wildcard certificates."""
    named = f"http://localhost:{urlsplit(rgw.endpoint).port}"
    bench = Bench(rgw, endpoint=named, addressing="auto")
    bench.publish("a.mp4", b"x")
    assert bench.names() == ["a.mp4"]
    bench.eyes.close()
