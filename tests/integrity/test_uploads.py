"""What a bucket stores is what was sent there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from syncer.destinations.s3 import Config, S3Destination
from syncer.errors import DestinationError
from tests.rigs.bucket import MEBI, Bench, content
from tests.servers.flip import Flip, every, flipping, once
from tests.servers.rgw import S3Service
from tests.servers.wire import Answer, scripted

BODY = b"0123456789" * 100


@pytest.fixture(params=["rgw", "rclone_s3"])
def service(request: pytest.FixtureRequest) -> S3Service:
    made: S3Service = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def flip(service: S3Service) -> Iterator[Flip]:
    with flipping(urlsplit(service.endpoint).port or 0) as made:
        yield made


@pytest.fixture
def bench(service: S3Service, flip: Flip) -> Iterator[Bench]:
    made = Bench(service, endpoint=flip.endpoint)
    with closing(made.eyes):
        yield made


def stored(bench: Bench) -> list[str]:
    return [each["Key"] for each in bench.eyes.list_objects_v2(Bucket=bench.bucket).get("Contents", ())]


@pytest.mark.parametrize("size", [1000, 9 * MEBI])
def test_a_byte_that_changes_on_its_way_there_is_not_stored(bench: Bench, flip: Flip, size: int) -> None:
    """What it belongs to is sent again; some services want the whole upload anew."""
    flip.uploads = once(500, verb="PUT")
    try:
        bench.publish("a.mp4", bytes(size))
    except DestinationError as error:
        assert (error.transient, stored(bench)) == (True, [])  # noqa: PT017 - some services raise none
        bench.publish("a.mp4", bytes(size))
    assert flip.flipped == 1
    assert bench.body("a.mp4") == bytes(size)


@pytest.mark.parametrize("size", [1000, 9 * MEBI])
def test_bytes_that_always_change_on_their_way_there_are_never_stored(
    bench: Bench, flip: Flip, size: int
) -> None:
    flip.uploads = every(500, least=1000, verb="PUT")
    with pytest.raises(DestinationError) as caught:
        bench.publish("a.mp4", bytes(size))
    assert caught.value.code in ("destination.corrupt", "destination.missing")
    assert stored(bench) == []


def test_where_etags_are_none_a_small_object_is_read_back_once(bench: Bench, flip: Flip) -> None:
    flip.etag = "0123456789abcdef0123456789abcdef"
    for number in range(3):
        bench.publish(f"{number}.mp4", BODY)
    assert bench.requests == ["PutObject", "GetObject", *["PutObject", "HeadObject"] * 2]


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("SYNCER_TEST_ANY", "any")
    return {"bucket": "clips", "access_key": "env:SYNCER_TEST_ANY", "secret_key": "env:SYNCER_TEST_ANY"}


def tag(body: bytes) -> dict[str, str]:
    return {"ETag": f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'}


def put(keys: dict[str, Any], body: bytes, *answers: Answer) -> DestinationError:
    """What comes of storing it at a server that looks at no MD5."""
    with scripted(*answers) as endpoint:
        destination = S3Destination(Config(kind="s3", endpoint=endpoint, **keys))
        with pytest.raises(DestinationError) as caught:
            store(destination, body)
    return caught.value


def store(destination: S3Destination, body: bytes) -> None:
    with destination.stage("a.mp4", "video/mp4") as staged:
        staged.write(body)
        staged.commit(content(body))


def test_other_bytes_than_were_sent_are_found_where_the_server_does_not_look(keys: dict[str, Any]) -> None:
    error = put(keys, BODY, Answer(headers=tag(b"other")), Answer(headers=tag(b"other"), body=b"other"))
    assert (error.code, error.transient) == ("destination.corrupt", True)


PAGE = Answer(headers={"Content-Type": "text/html", "ETag": '"65f3a-26"'}, body=b"<html>Log in</html>")
"""What a login page of a web server says to any request."""

OLD = Answer(headers=tag(b"old") | {"Content-Type": "video/mp4", "Content-Length": str(len(BODY))})


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ((PAGE, Answer(404)), "the object is not there"),
        ((PAGE, OLD), "another ETag"),
        ((Answer(headers=tag(b"other")), Answer(404)), "the object is not there"),
        ((Answer(headers=tag(b"other")), PAGE), "sha256"),
    ],
    ids=["new", "changed", "new with another MD5", "a page for all"],
)
def test_a_yes_that_no_bucket_said_is_none(
    keys: dict[str, Any], answers: tuple[Answer, ...], why: str
) -> None:
    error = put(keys, BODY, *answers)
    assert error.code in ("destination.answer", "destination.corrupt")
    assert why in error.message


def test_a_part_with_another_md5_ends_the_upload_before_it_is_public(keys: dict[str, Any]) -> None:
    begun = b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
    right, wrong = Answer(headers=tag(bytes(8 * MEBI))), Answer(headers=tag(b"other"))
    error = put(keys, bytes(9 * MEBI), Answer(body=begun), right, wrong, Answer(204))
    assert (error.code, error.transient) == ("destination.corrupt", True)
    assert "1 of its parts" in error.message
