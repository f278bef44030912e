"""Laws of a file whose size nobody tells: what came is the least, and an unknown size is never accepted."""

from __future__ import annotations

from typing import Any

import pytest

from syncer.model import HEAD_SIZE
from syncer.origin import http
from tests.home import Home
from tests.media import sample
from tests.origin.looks import ROOT
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST
from tests.servers.scripted import ENDLESS, answer, scripted

MIB = 1024 * 1024
PHOTOS = {"Sunset at the Lake.jpg": "image/jpeg", "café.webp": "image/webp"}
VIDEOS = {
    "Summer Trip.mp4": "video/mp4",
    "müsli-tasting.mov": "video/quicktime",
    "street-food.webm": "video/webm",
}


def served(certificates: Certificates, name: str, how: str, end: bytes) -> tuple[int, dict[str, Any]]:
    """What `check` says of a file that is served in one chunk and `end`, without a length."""
    body, kind = sample(name), f"Content-Type: {(PHOTOS | VIDEOS)[name]}"
    frame = b"%x\r\n%s\r\n" % (len(body), body) + end
    whole = answer("200 OK", frame, kind, "Transfer-Encoding: chunked", length=False)
    start, part = body[:HEAD_SIZE], f"Content-Range: bytes 0-{len(body[:HEAD_SIZE]) - 1}/*"
    first = [answer("206 Partial Content", start, kind, part)] if how == "ranges" else []
    with scripted(certificates.leaf(HOST), *first, whole) as server:
        where = ("--ca", str(certificates.ca), "--connect-to", server.connect_to, "--property", ROOT)
        ran = Home.syncer_alone("check", "-c", "none.yaml", "--json", *where, f"{ROOT}a")
    (result,) = ran.json["results"]
    return ran.code, result


def graded(result: dict[str, Any], severity: str) -> list[str]:
    return [each["rule"] for each in result["findings"] if each["severity"] == severity]


@pytest.mark.parametrize("how", ["ranges", "no ranges"])
@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_is_refused_if_more_came_than_the_limit(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, name: str, how: str
) -> None:
    monkeypatch.setattr(http, "PROOF", 21 * MIB)
    code, result = served(certificates, name, how, ENDLESS)
    assert (code, result["accepted"], result["bytes_total"]) == (4, False, None)
    assert graded(result, "reject") == ["media.size"]
    assert not graded(result, "unknown")
    (found,) = (each for each in result["findings"] if each["rule"] == "media.size")
    assert (found["value"], found["limit"]) == (f"at least {21 * MIB}", "20000000")


@pytest.mark.parametrize("how", ["ranges", "no ranges"])
@pytest.mark.parametrize("name", [*PHOTOS, *VIDEOS])
def test_a_file_whose_end_is_not_seen_is_unknown_and_not_accepted(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, name: str, how: str
) -> None:
    monkeypatch.setattr(http, "PROOF", MIB)
    code, result = served(certificates, name, how, ENDLESS)
    assert (code, result["accepted"], result["bytes_total"]) == (0, None, None)
    (found,) = (each for each in result["findings"] if each["severity"] == "unknown")
    assert found["rule"] == "media.unread"
    assert "size" in found["message"]
    assert "Content-Length" in found["hint"]


@pytest.mark.parametrize("how", ["ranges", "no ranges"])
@pytest.mark.parametrize("name", [*PHOTOS, *VIDEOS])
def test_a_file_whose_end_is_seen_needs_no_length(certificates: Certificates, name: str, how: str) -> None:
    code, result = served(certificates, name, how, b"0\r\n\r\n")
    assert (code, graded(result, "reject")) == (0, [])
    assert result["accepted"] is True
    assert result["bytes_total"] == result["bytes_read"] == len(sample(name))
