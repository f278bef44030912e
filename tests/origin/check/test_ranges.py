"""Laws of servers that do not serve a range as asked, and serve the file by a plain GET."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.home import Home
from tests.media import SMALLEST, mp4
from tests.origin.looks import ROOT, URL, content, verdicts, view
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, StartNginx
from tests.servers.scripted import answer, scripted

VIDEO = "Content-Type: video/mp4"
FREE = (100_000).to_bytes(4, "big") + b"free" + bytes(range(1, 101)) * 1000
LATE_INDEX = SMALLEST[:48] + FREE[:100_000] + SMALLEST[48:]
"""Its index lies behind the first 64 KiB, so that facts need a range or a whole read."""
REFUSES = "if ($http_range) { return 416; }"


def checked(ca: Path, connect_to: str) -> dict[str, Any]:
    where = ("--ca", str(ca), "--connect-to", connect_to)
    ran = Home.syncer_alone("check", "-c", "none.yaml", "--json", *where, "--property", ROOT, URL)
    (result,) = ran.json["results"]
    assert ran.code == (4 if result["accepted"] is False else 0)
    return dict(result)


def rules(result: dict[str, Any]) -> dict[str, str]:
    return {each["rule"]: each["severity"] for each in result["findings"]}


def span(body: bytes, start: int, end: int, total: str) -> bytes:
    return answer(
        "206 Partial Content", body[start:end], f"Content-Range: bytes {start}-{end - 1}/{total}", VIDEO
    )


@pytest.mark.parametrize("body", [mp4(2000), mp4(300_000), LATE_INDEX], ids=["short", "long", "late index"])
def test_a_refused_range_is_a_finding_and_the_facts_come_from_a_plain_get(
    nginx: StartNginx, web_root: Path, body: bytes
) -> None:
    (web_root / "a.mp4").write_bytes(body)
    site = nginx(web_root, server=REFUSES)
    result = checked(site.ca, site.connect_to)
    assert rules(result) == {"origin.range": "reject"}
    assert result["facts"]["video_codec"] == "h264"
    assert result["facts"]["missing"] == 0


@pytest.mark.parametrize(
    "server", ['if ($http_range ~ "bytes=[1-9]") { return 416; }', REFUSES, "max_ranges 0;"]
)
def test_an_index_behind_the_start_is_read_from_a_server_without_ranges(
    nginx: StartNginx, web_root: Path, server: str
) -> None:
    (web_root / "a.mp4").write_bytes(LATE_INDEX)
    site = nginx(web_root, server=server)
    assert checked(site.ca, site.connect_to)["facts"]["duration_s"] is not None


def test_a_look_at_a_published_file_tells_a_refused_range_from_an_empty_file(
    nginx: StartNginx, web_root: Path
) -> None:
    body = mp4(200_000)
    site = nginx(web_root, server=REFUSES)
    for served, expected in (
        (body, ["origin.range reject"]),
        (b"", ["origin.length reject", "origin.bytes reject"]),
    ):
        (web_root / "a.mp4").write_bytes(served)
        with view(site) as seen:
            found = seen.look(URL, content(body))
        assert verdicts(found) == expected


@pytest.mark.parametrize("size", [5_000, 300_000])
def test_a_range_of_an_unknown_total_is_the_range_that_was_requested(
    certificates: Certificates, size: int
) -> None:
    """RFC 9110 allows `*` for the total."""
    body = mp4(size)
    start, end = (65024, 66048) if size > 65536 else (size - 1024, size)
    first, later = span(body, 0, min(size, 65536), "*"), span(body, start, end, "*")
    plain = answer("200 OK", body, VIDEO)
    with scripted(
        certificates.leaf(HOST), first, plain, later, plain.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    ) as server:
        result = checked(certificates.ca, server.connect_to)
        assert f"bytes={start}-{end - 1}" in "".join(server.requests)
    assert (rules(result), result["accepted"]) == ({}, True)
    shifted = span(body, start - 1, end - 1, "*")
    with scripted(certificates.leaf(HOST), first, plain, shifted, plain) as server:
        assert rules(checked(certificates.ca, server.connect_to))["origin.range"] == "reject"


@pytest.mark.parametrize(
    "page",
    [b"<!DOCTYPE html><title>Sign in</title>" + bytes(2000), b'{"error": "log in"}', b"PK\3\4" + bytes(9)],
)
def test_a_later_range_that_gets_other_content_with_200_is_rejected(
    certificates: Certificates, page: bytes
) -> None:
    body = mp4(300_000)
    whole, other = answer("200 OK", body, VIDEO), answer("200 OK", page)
    first = span(body, 0, 65536, str(len(body)))
    for later, grade in ((other, "reject"), (whole, "warn")):
        with scripted(certificates.leaf(HOST), first, whole, later, whole) as server:
            assert rules(checked(certificates.ca, server.connect_to)) == {"origin.range": grade}


@pytest.mark.parametrize("length", [1_000, 40_000])
def test_a_plain_get_that_ends_early_is_called_cut_and_not_other_bytes(
    certificates: Certificates, length: int
) -> None:
    body = mp4(90_000)
    first, later = span(body, 0, 65536, str(len(body))), span(body, 65024, 66048, str(len(body)))
    for served, says in (
        (body, "they are right, and the rest is cut off"),
        (b"x" + body[1:], "serves other bytes"),
    ):
        cut = answer("200 OK", served[:length], VIDEO)
        with scripted(certificates.leaf(HOST), first, cut, later, answer("200 OK", body, VIDEO)) as server:
            result = checked(certificates.ca, server.connect_to)
        got = [each["message"] for each in result["findings"] if each["rule"] == "origin.get"]
        assert any(says in each for each in got)
        assert len(got) == (1 if served == body else 2)


@pytest.mark.parametrize("then", ["503 Service Unavailable", "500 Internal Server Error", "another file"])
def test_check_never_gives_the_hint_to_run_check_where_it_can_not_read_the_facts(
    certificates: Certificates, then: str
) -> None:
    body = LATE_INDEX
    size = str(len(body))
    first, later = span(body, 0, 65536, size), span(body, 65024, 66048, size)
    whole = answer("200 OK", body, VIDEO)
    head = whole[: whole.index(b"\r\n\r\n") + 4]
    last = span(body, 81920, len(body) + 9, f"{len(body) + 9}") if then == "another file" else answer(then)
    with scripted(certificates.leaf(HOST), first, whole, later, head, last) as server:
        result = checked(certificates.ca, server.connect_to)
    (finding,) = result["findings"]
    assert (finding["rule"], finding["severity"]) == ("media.unread", "unknown")
    assert "syncer check" not in finding["hint"]
    assert "before the copy" not in finding["message"]
    assert "Range" in finding["hint"]
