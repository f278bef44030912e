"""Laws of a body that ends by itself at another length than is known: it is refused, and stays refused."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from syncer.connect.web.client import Answer
from syncer.mirror import checks
from syncer.model import HEAD_SIZE, Content, rejects
from syncer.origin import http
from syncer.origin.rules import Look, Manner, judge_answer
from tests.home import Home
from tests.media import mp4
from tests.origin.looks import ROOT, URL
from tests.servers.certificates import Certificates
from tests.servers.faulty import ENDS, faulty
from tests.servers.nginx import HOST, StartNginx
from tests.servers.scripted import answer, scripted

VIDEO = "Content-Type: video/mp4"
SHORT, LONG = mp4(78_319), mp4(600_000, seed=3)
CHUNKED = {"transfer-encoding": "chunked"}
FRAMES: dict[str, dict[str, str]] = {
    "closed": {},
    "chunked": CHUNKED,
    "chunked with a length": CHUNKED | {"content-length": "78319"},
}


def framed(how: str, body: bytes) -> bytes:
    if how == "closed":
        return answer("200 OK", body, VIDEO, "Connection: close", length=False)
    chunk = b"%x\r\n%s\r\n" % (len(body), body) if body else b""
    told = ("Content-Length: 78319",) if how == "chunked with a length" else ()
    return answer("200 OK", chunk + b"0\r\n\r\n", VIDEO, "Transfer-Encoding: chunked", *told, length=False)


def span(body: bytes, start: int, end: int, total: str) -> bytes:
    told = f"Content-Range: bytes {start}-{end - 1}/{total}"
    return answer("206 Partial Content", body[start:end], told, VIDEO)


def by_url(certificates: Certificates, *answers: bytes) -> dict[str, Any]:
    with scripted(certificates.leaf(HOST), *answers) as server:
        where = ("--ca", str(certificates.ca), "--connect-to", server.connect_to, "--property", ROOT)
        ran = Home.syncer_alone("check", "-c", "none.yaml", "--json", *where, URL)
    (result,) = ran.json["results"]
    assert ran.code == (0 if result["accepted"] else 4)
    return dict(result)


@pytest.mark.parametrize("stored", ["ours", "any"])
@pytest.mark.parametrize("how", FRAMES)
@pytest.mark.parametrize("manner", [Manner.PLAIN, Manner.WHOLE, Manner.RANGE])
@pytest.mark.parametrize("size", [0, 1, 1000, HEAD_SIZE, 70_000, 78_318, 78_320])
def test_a_body_that_ends_elsewhere_than_is_known_is_refused(
    size: int, manner: Manner, how: str, stored: str
) -> None:
    body, sent = mp4(78_319), (mp4(78_319) + b"X")[:size]
    content = Content(
        len(body),
        hashlib.sha256(body).hexdigest(),
        hashlib.sha256(body[:HEAD_SIZE]).hexdigest(),
        "video/mp4",
    )
    told = {"content-type": "video/mp4"} | FRAMES[how]
    came = Answer(200, told, size, hashlib.sha256(sent).hexdigest(), sent[:HEAD_SIZE], whole=True)
    known = body[:HEAD_SIZE] if manner is Manner.PLAIN else b""
    found = rejects(judge_answer(Look(manner, URL, content, came, stored=stored == "ours", known=known)))
    lengths = [each.message for each in found if each.rule == "origin.length"]
    assert len(lengths) == 1
    expected = f"sent {size} of 78319 bytes and " if size < len(body) else "serves 78320 bytes, but 78319"
    assert expected in lengths[0]
    assert "another file" not in "".join(each.hint or "" for each in found if size < len(body)) or sent == b""


@pytest.mark.parametrize("how", FRAMES)
@pytest.mark.parametrize("size", [0, 1000, 70_000, 78_318, 78_328])
def test_check_of_a_url_refuses_a_plain_get_that_ends_elsewhere_than_its_range_says(
    certificates: Certificates, how: str, size: int
) -> None:
    body = SHORT
    total = str(len(body))
    assert len(body) == 78_319
    first, later = span(body, 0, HEAD_SIZE, total), span(body, 65_024, 66_048, total)
    result = by_url(certificates, first, framed(how, (body + bytes(9))[:size]), later, framed(how, body))
    assert result["accepted"] is False
    assert (result["bytes_read"], result["bytes_total"]) == (size, len(body))
    (found,) = [each for each in result["findings"] if each["severity"] == "reject"]
    assert found["rule"] == "origin.get"
    assert f"{size} of 78319 bytes" in found["message"] or (size > 78_319 and "78328" in found["message"])


@pytest.mark.parametrize("size", [1000, 65_000])
def test_a_range_of_an_unknown_total_shows_that_a_shorter_plain_get_is_cut(
    certificates: Certificates, size: int
) -> None:
    first = span(SHORT, 0, HEAD_SIZE, "*")
    result = by_url(certificates, first, framed("chunked", SHORT[:size]), first)
    assert result["accepted"] is False
    assert f"sent {size} of at least 65536 bytes" in "".join(each["message"] for each in result["findings"])


@pytest.mark.parametrize(("size", "accepted"), [(70_000, False), (1000, False), (78_319, True)])
def test_a_length_that_only_head_tells_shows_that_a_body_is_cut(
    certificates: Certificates,
    size: int,
    accepted: bool,  # noqa: FBT001 - a parameter
) -> None:
    came, head = framed("closed", SHORT[:size]), answer("200 OK", SHORT, VIDEO)
    result = by_url(certificates, came, came, head)
    assert result["accepted"] is accepted
    cut = f"sent {size} of 78319 bytes" in "".join(each["message"] for each in result["findings"])
    assert cut is not accepted


@pytest.mark.parametrize("which", ["the first", "a later"])
@pytest.mark.parametrize("change", [-1, -600, 7])
def test_a_range_with_another_number_of_bytes_than_it_says_is_refused(
    certificates: Certificates, which: str, change: int
) -> None:
    body, total = SHORT, str(len(SHORT))
    first, later = (0, HEAD_SIZE), (65_024, 66_048)
    start, end = first if which == "the first" else later
    wrong = framed("chunked", body[start : end + change])
    told = f"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{end - 1}/{total}\r\n".encode()
    wrong = told + wrong.partition(b"\r\n")[2]
    whole = answer("200 OK", body, VIDEO)
    answers = (
        (wrong, whole, span(body, *later, total), whole)
        if which == "the first"
        else (span(body, *first, total), whole, wrong, whole)
    )
    result = by_url(certificates, *answers)
    assert result["accepted"] is False
    (found,) = [each for each in result["findings"] if each["rule"] == "origin.range"]
    assert "bytes of a range" in found["message"]


def behind(home: Home, nginx: StartNginx, url: str, *names: str) -> None:
    told = "".join(f"location = /clips/{name}.mp4 {{ proxy_pass {url}; }}" for name in names)
    home.config["origin"]["connect_to"] = nginx(home.site.root, server=told).connect_to


@pytest.mark.parametrize("body", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("verify", ["start", "full"])
def test_sync_and_check_list_no_body_that_ends_early_until_it_is_proven_whole(
    home: Home, nginx: StartNginx, monkeypatch: pytest.MonkeyPatch, body: bytes, verify: str
) -> None:
    monkeypatch.setattr(http, "PROOF", 100_000)
    monkeypatch.setattr(http, "SAMPLE", HEAD_SIZE)
    home.config["check"] = {"recheck": "1ms"} | ({"verify": "full"} if verify == "full" else {})
    healthy = home.config["origin"]["connect_to"]
    for name in ("good", *ENDS):
        home.put(f"{name}.mp4", body)
    with faulty(body) as origin:
        behind(home, nginx, origin.url, *ENDS)
        assert home.sync()["exit_code"] == 3
        assert set(home.manifest()) == {"good.mp4"}
        for command in (("check",), ("sync",), ("check",)):
            assert home.syncer(*command).code in (3, 4), command
            assert set(home.manifest()) == {"good.mp4"}, command
        told = home.syncer("status", "--all").out
        assert "closed" in told or "ended the answer" in told
        assert all("longer.mp4" in line for line in told.splitlines() if "more than" in line)
    home.config["origin"]["connect_to"] = healthy
    monkeypatch.setattr(checks, "WHOLE", 0)
    home.syncer("check")
    assert len(body) > http.PROOF or len(home.manifest()) == 5
    assert home.sync()["exit_code"] == 0
    assert len(home.manifest()) == 5, "sync reads all of them"


@pytest.mark.parametrize("seen_by", ["check", "sync"])
def test_a_published_body_that_ends_early_leaves_the_manifest(
    home: Home, nginx: StartNginx, seen_by: str
) -> None:
    home.config["check"] = {"recheck": "1ms"}
    for name in ("good", *ENDS):
        home.put(f"{name}.mp4", LONG)
    assert home.sync()["exit_code"] == 0
    with faulty(LONG) as origin:
        behind(home, nginx, origin.url, *ENDS)
        home.syncer(seen_by)
        assert set(home.manifest()) == {"good.mp4"}
        (home.folder / "syncer.db").unlink()
        assert home.syncer("catalogue", "rebuild").code == 0
        assert set(home.syncer("urls").out.split()) == {f"{home.site.url}clips/good.mp4"}
