"""Ranges and validators of the local origin."""

from __future__ import annotations

import email

import httpx
import pytest

from tests.serving.visitors import BIG_SIZE, big


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-65535", 0, 65536),
        ("bytes=1000000-19999999", 1_000_000, 20_000_000),
        ("bytes=20971519-", 20_971_519, BIG_SIZE),
        ("bytes=-500", BIG_SIZE - 500, BIG_SIZE),
        ("bytes=-99999999", 0, BIG_SIZE),
        ("bytes=20971000-99999999", 20_971_000, BIG_SIZE),
    ],
)
def test_a_range_is_answered_with_206(client: httpx.Client, asked: str, start: int, end: int) -> None:
    answer = client.get("big.mp4", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{BIG_SIZE}"
    assert answer.headers["content-length"] == str(end - start)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.content == big()[start:end]


def test_several_ranges_come_as_parts(client: httpx.Client) -> None:
    answer = client.get("big.mp4", headers={"Range": "bytes=0-9, 1000-1099, -5"})
    assert answer.status_code == 206
    assert int(answer.headers["content-length"]) == len(answer.content)
    heading = f"content-type: {answer.headers['content-type']}\r\n\r\n".encode()
    parts = email.message_from_bytes(heading + answer.content).get_payload()
    assert isinstance(parts, list)
    bodies = [part.get_payload(decode=True) for part in parts if isinstance(part, email.message.Message)]
    assert bodies == [big()[0:10], big()[1000:1100], big()[-5:]]


@pytest.mark.parametrize("asked", ["bytes=20971520-", "bytes=-0", "bytes=30000000-30000001"])
def test_a_range_beyond_the_end_is_416(client: httpx.Client, asked: str) -> None:
    answer = client.get("big.mp4", headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{BIG_SIZE}"


@pytest.mark.parametrize(
    "asked", ["bytes=", "bytes=a-b", "bytes", "seconds=0-1", "bytes=0-1;2-3", "bytes=--5"]
)
def test_a_malformed_range_is_ignored(client: httpx.Client, asked: str) -> None:
    answer = client.get("big.mp4", headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, BIG_SIZE)


def test_a_range_with_head_is_ignored(client: httpx.Client) -> None:
    answer = client.head("big.mp4", headers={"Range": "bytes=0-0"})
    assert (answer.status_code, answer.headers["content-length"]) == (200, str(BIG_SIZE))


def test_validators_are_honoured(client: httpx.Client) -> None:
    etag = client.head("big.mp4").headers["etag"]
    assert client.get("big.mp4", headers={"If-None-Match": etag}).status_code == 304
    assert client.get("big.mp4", headers={"If-Range": etag, "Range": "bytes=0-0"}).status_code == 206
    assert client.get("big.mp4", headers={"If-Range": '"old"', "Range": "bytes=0-0"}).status_code == 200
