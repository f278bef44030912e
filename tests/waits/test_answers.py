"""Laws of answers that are none: nothing counts as stored without proof, and what may pass is tried again."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path
from typing import Any

import pytest

from syncer.connect.pace import SharedPace
from syncer.destinations.s3 import Config as Bucket
from syncer.destinations.s3 import S3Destination
from syncer.errors import DestinationError, SourceError
from syncer.model import Content, Stored
from syncer.protocols.patience import Patience, Policy
from syncer.sources.s3 import Config, S3Source
from tests.home import Home, plain
from tests.media import mp4
from tests.servers.sshd import Sshd
from tests.servers.stalling import Stalling, relayed, serving
from tests.servers.wire import Answer, scripted
from tests.waits.conftest import errors

ANONYMOUS: dict[str, Any] = {"kind": "s3", "bucket": "clips", "anonymous": True}
HTML = Answer(headers={"Content-Type": "text/html"}, body=b"<!DOCTYPE html><p>Welcome<br>")
XHTML = Answer(headers={"Content-Type": "text/html"}, body=b"<html><body>Welcome</body></html>")
EMPTY = Answer()
DOWN = Answer(503)
SMALL, LARGE = b"small", bytes(9 * 1024**2)
TAGS = [hashlib.md5(part, usedforsecurity=False).hexdigest() for part in (LARGE[: 8 << 20], LARGE[8 << 20 :])]
WHOLE = hashlib.md5(bytes.fromhex("".join(TAGS)), usedforsecurity=False).hexdigest() + "-2"
BEGUN = Answer(body=b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
PARTS = [Answer(headers={"ETag": f'"{tag}"'}) for tag in TAGS]
GONE = Answer(404, body=b"<Error><Code>NoSuchUpload</Code></Error>")


def quick() -> SharedPace:
    return SharedPace(patience=Patience(retry=Policy(4, first_wait=0.001)))


def seen(size: int, tag: str = "e", kind: str = "video/mp4") -> Answer:
    """To a HEAD: the length of a body that is not sent."""
    return Answer(headers={"Content-Type": kind, "ETag": f'"{tag}"'}, body=bytes(size))


def stored(body: bytes, *answers: Answer) -> Stored:
    with scripted(*answers) as endpoint:
        destination = S3Destination(Bucket(endpoint=endpoint, **ANONYMOUS), quick())
        with destination.stage("a.mp4", "video/mp4") as staged:
            staged.write(body)
            digest = hashlib.sha256(body).hexdigest()
            return staged.commit(Content(len(body), digest, digest, "video/mp4"))


@pytest.mark.parametrize(
    ("body", "answers"),
    [
        (SMALL, [HTML]),
        (SMALL, [XHTML]),
        (SMALL, [EMPTY]),
        (SMALL, [EMPTY, Answer(404)]),
        (SMALL, [EMPTY, seen(4)]),
        (SMALL, [EMPTY, seen(5, kind="text/html")]),
        (LARGE, [HTML]),
        (LARGE, [XHTML]),
        (LARGE, [EMPTY]),
        (LARGE, [BEGUN, EMPTY]),
        (LARGE, [BEGUN, HTML]),
        (LARGE, [BEGUN, *PARTS, EMPTY]),
        (LARGE, [BEGUN, *PARTS, HTML]),
        (LARGE, [BEGUN, *PARTS, XHTML]),
    ],
)
def test_nothing_counts_as_stored_that_only_says_yes(body: bytes, answers: list[Answer]) -> None:
    with pytest.raises(DestinationError) as caught:
        stored(body, *answers)
    assert caught.value.code == "destination.answer"
    assert "s3://clips/a.mp4" in caught.value.message


@pytest.mark.parametrize(
    ("body", "answers", "tag"),
    [
        (SMALL, [EMPTY, seen(5, "e")], "e"),
        (LARGE, [BEGUN, *PARTS, EMPTY, seen(len(LARGE), WHOLE)], WHOLE),
        (SMALL, [DOWN, DOWN, DOWN, Answer(headers={"ETag": '"e"'}), seen(5, "e")], "e"),
        (LARGE, [DOWN, BEGUN, DOWN, PARTS[0], DOWN, PARTS[1], DOWN, GONE, seen(len(LARGE), WHOLE)], WHOLE),
    ],
    ids=["no ETag", "no ETag of the whole", "a moment's trouble", "the answer to the last request was lost"],
)
def test_what_is_there_as_it_was_sent_is_stored(body: bytes, answers: list[Answer], tag: str) -> None:
    assert stored(body, *answers).etag == tag


def test_another_object_of_the_same_length_is_no_proof() -> None:
    with pytest.raises(DestinationError) as caught:
        stored(LARGE, BEGUN, *PARTS, DOWN, GONE, seen(len(LARGE), "0" * 32 + "-2"))
    assert caught.value.code == "destination.missing"


def page(*keys: str, following: str | None = None) -> Answer:
    found = "".join(
        f"<Contents><Key>{key}</Key><Size>1</Size><ETag>e</ETag>"
        "<LastModified>2026-01-01T00:00:00Z</LastModified></Contents>"
        for key in keys
    )
    more = f"<NextContinuationToken>{following}</NextContinuationToken>" if following else ""
    truncated = "true" if following else "false"
    text = f"<ListBucketResult><Name>clips</Name><IsTruncated>{truncated}</IsTruncated>{more}{found}"
    return Answer(body=f"{text}</ListBucketResult>".encode())


@pytest.mark.parametrize("trouble", [DOWN, HTML, XHTML, EMPTY, Answer(429), Answer(500)])
def test_a_listing_is_tried_again_and_holds_every_key_once(trouble: Answer) -> None:
    first, second = page("a", "b", following="2"), page("c")
    answers = [trouble, trouble, trouble, first, trouble, trouble, trouble, second]
    with scripted(*answers) as endpoint:
        source = S3Source("clips", Config(endpoint=endpoint, **ANONYMOUS), quick())
        assert [asset.key for asset in source.assets()] == ["a", "b", "c"]


@pytest.mark.parametrize("trouble", [DOWN, HTML, XHTML, EMPTY])
def test_a_listing_that_fails_for_good_is_an_error_and_no_short_list(trouble: Answer) -> None:
    with scripted(page("a", following="2"), trouble) as endpoint:
        assets = S3Source("clips", Config(endpoint=endpoint, **ANONYMOUS), quick()).assets()
        assert next(assets).key == "a"
        with pytest.raises(SourceError) as caught:
            next(assets)
    assert caught.value.code in ("source.busy", "source.answer")


def test_one_lost_connection_does_not_end_a_run(quick: Home, sshd: Sshd, web_root: Path) -> None:
    """The first of all, which only looks whether the destination is ready."""
    quick.put("a.mp4", mp4())

    def talk(server: Stalling, wire: socket.socket) -> None:
        if server.connections > 1:
            relayed(sshd.port, 10**9)(server, wire)

    with serving(talk) as server:
        known = quick.folder / "known"
        known.write_text(sshd.known_hosts.read_text().replace(f":{sshd.port} ", f":{server.port} "))
        quick.config["timeouts"] = {}
        quick.config["origin"]["destination"] = plain(sshd.destination(web_root)) | {
            "port": server.port,
            "known_hosts": str(known),
        }
        report = quick.sync()
    assert (report["exit_code"], errors(report), quick.public()) == (0, [], {"clips/a.mp4"})


def test_a_moment_of_an_origin_that_fails_does_not_end_a_run(quick: Home) -> None:
    """The first answer of all, about the signature file."""
    quick.put("a.mp4", mp4())
    quick.sign()
    assert quick.syncer("bootstrap").code == 0
    site = quick.config["origin"]["connect_to"]

    def talk(server: Stalling, wire: socket.socket) -> None:
        if server.connections > 1:
            relayed(int(site.rpartition(":")[2]), 10**9)(server, wire)

    with serving(talk) as server:
        quick.config["origin"]["connect_to"] = f"127.0.0.1:{server.port}"
        quick.config["timeouts"] = {}
        report = quick.sync()
        assert server.connections > 1
    assert (report["exit_code"], report["listed"]) == (0, 1)
