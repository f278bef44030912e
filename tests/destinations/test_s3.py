"""Special features of a bucket as a source, on real and on scripted servers."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from syncer.connect.s3 import client as aws
from syncer.errors import SourceChanged, SourceError
from syncer.model import Asset
from syncer.protocols import Reader
from syncer.sources.s3 import Config, S3Source
from tests.servers.rgw import S3Service
from tests.servers.wire import Answer, Relay, relay, scripted

MEBI = 1024**2


def source(service: S3Service, bucket: str, **others: Any) -> S3Source:
    return S3Source("clips", Config(kind="s3", **service.settings(bucket, **others)))


@pytest.fixture
def wire(rgw: S3Service) -> Iterator[Relay]:
    port = urlsplit(rgw.endpoint).port
    assert port
    with relay(port) as made:
        yield made


def put(service: S3Service, bucket: str, key: str, body: bytes = b"x", **others: Any) -> None:
    with closing(service.client()) as client:
        client.put_object(Bucket=bucket, Key=key, Body=body, **others)


def drain(reader: Reader) -> None:
    while reader.read(100_000):
        pass


def test_a_key_is_the_rest_after_the_prefix(rgw: S3Service) -> None:
    bucket = rgw.bucket()
    for key in ("exports/a.mp4", "exports/b/c.mp4", "exports", "other/d.mp4"):
        put(rgw, bucket, key)
    assert {a.key: a.locator for a in source(rgw, bucket, prefix="exports/").assets()} == {
        "a.mp4": "exports/a.mp4",
        "b/c.mp4": "exports/b/c.mp4",
    }
    (whole,) = source(rgw, bucket, prefix="other/d.mp4").assets()
    assert whole.key == "other/d.mp4", "the rest of it would be an empty name"


def test_a_placeholder_of_a_folder_is_not_an_asset(rgw: S3Service) -> None:
    bucket = rgw.bucket()
    put(rgw, bucket, "folder/", b"")
    put(rgw, bucket, "bytes/", b"these are bytes")
    assert [asset.key for asset in source(rgw, bucket).assets()] == ["bytes/"]


def test_an_archived_object_is_listed_with_its_flaw(rgw: S3Service) -> None:
    bucket = rgw.bucket()
    put(rgw, bucket, "cold.mp4", StorageClass="GLACIER")
    put(rgw, bucket, "warm.mp4")
    flaws = {asset.key: asset.flaw for asset in source(rgw, bucket).assets()}
    assert flaws["warm.mp4"] is None
    assert "archived (GLACIER)" in str(flaws["cold.mp4"])


def test_a_public_bucket_is_read_without_an_identity(rgw: S3Service) -> None:
    bucket = rgw.bucket()
    put(rgw, bucket, "clip.mp4", b"bytes", ACL="public-read")
    with closing(rgw.client()) as client:
        client.put_bucket_acl(Bucket=bucket, ACL="public-read")
    clips = source(rgw, bucket, access_key=None, secret_key=None, anonymous=True)
    (asset,) = clips.assets()
    with clips.open(asset) as reader:
        assert reader.read(99) == b"bytes"


def test_an_unreadable_object_is_not_reported_as_changed(rgw: S3Service) -> None:
    bucket = rgw.bucket()
    put(rgw, bucket, "clip.mp4")
    with closing(rgw.client()) as client:
        client.put_bucket_acl(Bucket=bucket, ACL="public-read")
    clips = source(rgw, bucket, access_key=None, secret_key=None, anonymous=True)
    (asset,) = clips.assets()
    with pytest.raises(SourceError) as caught, clips.open(asset):
        pass
    assert caught.value.code == "source.denied"


def test_the_place_names_endpoint_bucket_version_and_key(rgw: S3Service) -> None:
    bucket = rgw.bucket()
    put(rgw, bucket, "a//b?c.mp4")
    clips = source(rgw, bucket)
    (asset,) = clips.assets()
    place = aws.S3Location.parse(str(clips.place(asset)))
    assert place == (urlsplit(rgw.endpoint).netloc, bucket, asset.version, "a//b?c.mp4")


@pytest.mark.parametrize("fields", [{"size": aws.MAX_COPY + 1}, {"size": None}, {"size": 1, "version": None}])
def test_an_object_too_large_for_one_copy_has_no_place(rgw: S3Service, fields: dict[str, Any]) -> None:
    asset = Asset(**({"source": "clips", "key": "k", "locator": "k", "version": "etag"} | fields))
    assert source(rgw, "bucket").place(asset) is None


def test_leaving_early_does_not_read_the_rest(rgw: S3Service, wire: Relay) -> None:
    bucket = rgw.bucket()
    put(rgw, bucket, "clip.mp4", bytes(64 * MEBI))
    clips = source(rgw, bucket, endpoint=f"http://127.0.0.1:{wire.port}")
    (asset,) = clips.assets()
    with clips.open(asset) as reader:
        reader.read(1024)
    assert wire.passed < 32 * MEBI, "only buffers were under way, not the object"


def test_reading_to_the_end_keeps_the_connection_for_the_next(rgw: S3Service, wire: Relay) -> None:
    bucket = rgw.bucket()
    put(rgw, bucket, "clip.mp4", bytes(MEBI))
    clips = source(rgw, bucket, endpoint=f"http://127.0.0.1:{wire.port}")
    (asset,) = clips.assets()
    for _ in range(5):
        with clips.open(asset) as reader:
            drain(reader)
    assert wire.connections == 1


def test_a_body_that_is_cut_short_is_an_error_that_may_pass(rgw: S3Service, wire: Relay) -> None:
    bucket = rgw.bucket()
    put(rgw, bucket, "clip.mp4", os.urandom(8 * MEBI))
    clips = source(rgw, bucket, endpoint=f"http://127.0.0.1:{wire.port}")
    (asset,) = clips.assets()
    wire.cut_after = MEBI
    with pytest.raises(SourceError) as caught, clips.open(asset) as reader:
        drain(reader)
    assert (caught.value.code, caught.value.transient) == ("source.cut", True)


def test_many_threads_share_the_connections(rgw: S3Service, wire: Relay) -> None:
    bucket = rgw.bucket()
    put(rgw, bucket, "clip.mp4", bytes(100_000))
    here = rgw.settings(bucket, endpoint=f"http://127.0.0.1:{wire.port}")
    (asset,) = S3Source("clips", Config(kind="s3", **here)).assets()
    read: list[int] = []

    def work() -> None:
        clips = S3Source("clips", Config(kind="s3", **here))
        for _ in range(20):
            with clips.open(asset) as reader:
                read.append(len(reader.read(200_000)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [100_000] * 160
    assert wire.connections <= 9


def page(*contents: str, truncated: str = "false", more: str = "") -> Answer:
    return Answer(
        body=f"<ListBucketResult><Name>clips</Name><IsTruncated>{truncated}</IsTruncated>{more}"
        f"{''.join(contents)}</ListBucketResult>".encode()
    )


SEEN = "<LastModified>2026-01-02T03:04:05.678Z</LastModified>"
UNTAGGED = f"<Contents><Key>k.mp4</Key><Size>10</Size>{SEEN}</Contents>"
TAGGED = UNTAGGED.replace("</Key>", "</Key><ETag>&quot;e&quot;</ETag>")
DATE = {"Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT"}


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("SYNCER_TEST_ANY", "any")
    return {
        "kind": "s3",
        "bucket": "clips",
        "access_key": "env:SYNCER_TEST_ANY",
        "secret_key": "env:SYNCER_TEST_ANY",
    }


def test_a_listing_that_breaks_off_is_an_error(keys: dict[str, Any]) -> None:
    with scripted(page(TAGGED, truncated="true")) as endpoint, pytest.raises(SourceError) as caught:
        list(S3Source("clips", Config(**keys, endpoint=endpoint)).assets())
    assert "breaks off" in caught.value.message
    assert caught.value.transient


def test_a_listing_that_gives_the_same_page_again_is_endless(keys: dict[str, Any]) -> None:
    again = page(TAGGED, truncated="true", more="<NextContinuationToken>t</NextContinuationToken>")
    with scripted(again) as endpoint, pytest.raises(SourceError) as caught:
        list(S3Source("clips", Config(**keys, endpoint=endpoint)).assets())
    assert caught.value.code == "source.endless"
    assert not caught.value.transient


@pytest.mark.parametrize(
    "wrong", ["<Size>ten</Size>", "<Size></Size>", "<Size>10</Size><LastModified>x</LastModified>"]
)
def test_a_listing_that_makes_no_sense_is_an_error_by_name(keys: dict[str, Any], wrong: str) -> None:
    contents = f"<Contents><Key>k.mp4</Key>{wrong}</Contents>"
    with scripted(page(contents)) as endpoint, pytest.raises(SourceError) as caught:
        list(S3Source("clips", Config(**keys, endpoint=endpoint)).assets())
    assert caught.value.code == "source.answer"


def test_a_page_is_asked_for_only_when_the_listing_comes_to_it(keys: dict[str, Any]) -> None:
    first = page(TAGGED, truncated="true", more="<NextContinuationToken>t</NextContinuationToken>")
    with scripted(first, Answer(403)) as endpoint:
        assets = S3Source("clips", Config(**keys, endpoint=endpoint)).assets()
        assert next(assets).key == "k.mp4"
        with pytest.raises(SourceError, match="403"):
            next(assets)


def read_scripted(keys: dict[str, Any], listing: Answer, answer: Answer, start: int = 0) -> bytes:
    with scripted(listing, answer) as endpoint:
        clips = S3Source("clips", Config(**keys, endpoint=endpoint))
        (asset,) = clips.assets()
        with clips.open(asset, start) as reader:
            parts = list(iter(lambda: reader.read(4), b""))
    return b"".join(parts)


def test_without_an_etag_size_and_date_are_the_version(keys: dict[str, Any]) -> None:
    listing = page(UNTAGGED)
    assert read_scripted(keys, listing, Answer(headers=DATE, body=b"0123456789")) == b"0123456789"
    tagged = Answer(headers=DATE | {"ETag": '"new"'}, body=b"0123456789")
    assert read_scripted(keys, listing, tagged) == b"0123456789"
    later = Answer(headers={"Last-Modified": "Fri, 02 Jan 2026 03:04:06 GMT"}, body=b"0123456789")
    with pytest.raises(SourceChanged):
        read_scripted(keys, listing, later)
    with pytest.raises(SourceChanged):
        read_scripted(keys, listing, Answer(body=b"0123456789"))


ETAG = {"ETag": '"e"'}
CHUNKED = ETAG | {"Transfer-Encoding": "chunked"}


@pytest.mark.parametrize(
    ("start", "answer", "code"),
    [
        (0, Answer(headers={"ETag": '"f"'}, body=b"0123456789"), "source.changed"),
        (0, Answer(headers=ETAG, body=b"012345678"), "source.changed"),
        (4, Answer(headers=ETAG, body=b"0123456789"), "source.range"),
        (4, Answer(206, ETAG | {"Content-Range": "bytes 3-9/10"}, b"3456789"), "source.range"),
        (4, Answer(206, ETAG | {"Content-Range": "bytes 4-8/9"}, b"45678"), "source.changed"),
        (4, Answer(206, ETAG | {"Content-Range": "bytes 4-9/10"}, b"4567"), "source.cut"),
        (
            0,
            Answer(headers=CHUNKED, body=b"3\r\n012\r\n0\r\n\r\n"),
            "source.cut",
        ),
        (
            0,
            Answer(headers=CHUNKED, body=b"b\r\n0123456789a\r\n0\r\n\r\n"),
            "source.changed",
        ),
        (10, Answer(headers={"ETag": '"f"', "Content-Length": "10"}), "source.changed"),
    ],
)
def test_other_bytes_are_never_returned_as_the_listed_ones(
    keys: dict[str, Any], start: int, answer: Answer, code: str
) -> None:
    with pytest.raises(SourceError) as caught:
        read_scripted(keys, page(TAGGED), answer, start)
    assert caught.value.code == code


def test_a_range_may_come_as_a_200_and_a_body_without_a_length(keys: dict[str, Any]) -> None:
    ranged = Answer(200, ETAG | {"Content-Range": "bytes 4-9/10"}, b"456789")
    assert read_scripted(keys, page(TAGGED), ranged, 4) == b"456789"
    chunked = Answer(headers=CHUNKED, body=b"a\r\n0123456789\r\n0\r\n\r\n")
    assert read_scripted(keys, page(TAGGED), chunked) == b"0123456789"
