"""Laws of the look at a public URL: each wrong answer has exactly the finding of its rule."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.model import HEAD_SIZE, Severity
from syncer.origin.view import PublicOrigin, PublicView
from syncer.runners import SharedPace
from tests.origin import looks
from tests.origin.looks import MP4, ROOT, URL, content, verdicts, view
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, StartNginx
from tests.servers.scripted import ENDLESS, answer, scripted

shared_root = looks.shared_root


# Wrong answers


ELSEWHERE = "location = /a.mp4 { return 301 https://www.media.example.test/a.mp4?sig=secret; }"


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (ELSEWHERE, ["origin.redirect reject"]),
        ("location = /a.mp4 { return 403; }", ["origin.status reject"]),
        ("location = /a.mp4 { return 401; }", ["origin.wall reject"]),
        ("location = /a.mp4 { return 404; }", ["origin.status reject"]),
        ("location = /a.mp4 { return 204; }", ["origin.status reject"]),
        ("location = /a.mp4 { try_files /index.html =404; }", ["origin.page reject"]),
        ("location = /a.mp4 { types { } default_type text/plain; }", ["origin.type warn"]),
        ("location = /a.mp4 { types { } default_type VIDEO/MP4; }", []),
        ("location = /a.mp4 { types { } default_type application/mp4; }", ["origin.type warn"]),
        ("location = /a.mp4 { types { } default_type ''; }", ["origin.type warn"]),
        ("max_ranges 0;", ["origin.range warn"]),
        ("add_header Content-Encoding gzip;", ["origin.encoding reject"]),
        ("add_header Content-Encoding identity;", []),
    ],
)
def test_each_wrong_answer_has_its_rule(
    nginx: StartNginx, shared_root: Path, server: str, expected: list[str]
) -> None:
    with view(nginx(shared_root, server=server)) as seen:
        findings = seen.look(f"{URL}?X-Amz-Signature=secret", content(MP4))
        whole = seen.compare(URL, content(MP4))
    assert verdicts(findings) == expected
    assert verdicts(whole) == [verdict for verdict in expected if "range" not in verdict]
    assert "secret" not in repr(findings)


def test_a_redirect_names_its_target_and_www_gets_its_own_hint(nginx: StartNginx, shared_root: Path) -> None:
    with view(nginx(shared_root, server=ELSEWHERE)) as seen:
        (finding,) = seen.look(URL, content(MP4))
    assert finding.value == "https://www.media.example.test/a.mp4"
    assert "https://www.media.example.test/" in str(finding.hint)
    with view(
        nginx(shared_root, server="absolute_redirect off; location = /a.mp4 { return 302 /b.mp4; }")
    ) as seen:
        (finding,) = seen.look(URL, content(MP4))
    assert finding.value == "https://media.example.test/b.mp4"
    assert "follows no redirect" in str(finding.hint)


def test_a_web_page_instead_of_media_is_reported_as_one(nginx: StartNginx, shared_root: Path) -> None:
    with view(nginx(shared_root, server="error_page 404 =200 /index.html;")) as seen:
        (finding,) = seen.look(f"{ROOT}missing.mp4", content(MP4))
    assert (finding.rule, finding.value) == ("origin.page", "text/html")
    assert "web page" in finding.message


@pytest.mark.parametrize(
    ("served", "looked", "compared"),
    [
        (MP4[:-1], ["origin.length reject"], ["origin.length reject", "origin.bytes reject"]),
        (MP4[:-1] + b"x", ["origin.bytes reject"], ["origin.bytes reject"]),
        (b"x" + MP4[1:], ["origin.bytes reject"], ["origin.bytes reject"]),
        (MP4 + b"x", ["origin.length reject"], ["origin.length reject", "origin.bytes reject"]),
        (
            MP4[:9],
            ["origin.length reject", "origin.bytes reject"],
            ["origin.length reject", "origin.bytes reject"],
        ),
    ],
)
def test_other_bytes_are_found_in_the_bytes_that_are_read(
    nginx: StartNginx, web_root: Path, served: bytes, looked: list[str], compared: list[str]
) -> None:
    (web_root / "a.mp4").write_bytes(served)
    with view(nginx(web_root)) as seen:
        assert verdicts(seen.look(URL, content(MP4))) == looked
        assert verdicts(seen.compare(URL, content(MP4))) == compared


def test_compressed_bytes_are_not_compared(nginx: StartNginx, web_root: Path) -> None:
    (web_root / "a.mp4").write_bytes(gzip.compress(MP4))
    with view(nginx(web_root, server="add_header Content-Encoding gzip;")) as seen:
        (finding,) = seen.look(URL, content(MP4))
    assert (finding.rule, finding.value) == ("origin.encoding", "gzip")


@pytest.mark.parametrize("kind", ["expired", "unknown", "other name"])
def test_a_flaw_of_the_certificate_is_a_finding(
    nginx: StartNginx, certificates: Certificates, shared_root: Path, kind: str
) -> None:
    make: dict[str, Callable[[], Path]] = {
        "expired": lambda: certificates.expired(HOST),
        "unknown": lambda: certificates.unknown(HOST),
        "other name": lambda: certificates.leaf("www.example.test"),
    }
    with view(nginx(shared_root, certificate=make[kind]())) as seen:
        (finding,) = seen.look(URL, content(MP4))
        assert seen.inspect(URL, content(MP4)) == (finding,)
    assert (finding.rule, finding.severity) == ("origin.tls", Severity.REJECT)
    assert kind in finding.message


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (answer("416 Range Not Satisfiable", b"", "Content-Range: bytes */0"), ["origin.status reject"]),
        (
            answer("206 Partial Content", MP4[1:9], f"Content-Range: bytes 1-8/{len(MP4)}"),
            ["origin.range reject"],
        ),
        (
            answer("206 Partial Content", MP4[:HEAD_SIZE], "Content-Range: bytes 0-65535/*"),
            ["origin.get reject"],
        ),
        (answer("206 Partial Content", MP4[:HEAD_SIZE]), ["origin.range reject"]),
        (
            answer("200 OK", ENDLESS, "Transfer-Encoding: chunked", length=False),
            ["origin.range warn", "origin.length warn"],
        ),
    ],
)
def test_odd_answers_to_a_range_have_their_rules(
    certificates: Certificates, reply: bytes, expected: list[str]
) -> None:
    with (
        scripted(certificates.leaf(HOST), reply) as server,
        PublicView(PublicOrigin(ROOT, ROOT, certificates.ca, server.connect_to), SharedPace()) as seen,
    ):
        found = verdicts(seen.look(URL, content(MP4)))
    assert [verdict for verdict in found if "type" not in verdict and "bytes" not in verdict] == expected


def test_an_endless_body_is_read_until_one_byte_too_many(certificates: Certificates) -> None:
    body = content(bytes(100_000))
    endless = answer("200 OK", ENDLESS, "Transfer-Encoding: chunked", "Content-Type: video/mp4", length=False)
    with (
        scripted(certificates.leaf(HOST), endless) as server,
        PublicView(PublicOrigin(ROOT, ROOT, certificates.ca, server.connect_to), SharedPace()) as seen,
    ):
        findings = seen.compare(URL, body)
    assert verdicts(findings) == ["origin.length reject", "origin.bytes reject"]
    assert findings[0].value == "more than 100000"


# A plain GET, and HEAD


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("if ($request_method = HEAD) { return 405; }", ["origin.head warn"]),
        ('if ($http_range = "") { return 403; }', ["origin.get reject", "origin.head warn"]),
        ("max_ranges 0;", []),
        ("location = /a.mp4 { types { } default_type application/mp4; }", ["origin.head warn"]),
        ("location = /a.mp4 { return 301 /b.mp4; }", ["origin.get reject", "origin.head warn"]),
    ],
)
def test_plain_get_and_head_have_their_rules(
    nginx: StartNginx, shared_root: Path, server: str, expected: list[str]
) -> None:
    with view(nginx(shared_root, server=server)) as seen:
        assert verdicts(seen.inspect(URL, content(MP4))) == expected


@pytest.mark.parametrize(
    ("server", "rule", "manner"),
    [
        ("if ($request_method = HEAD) { return 404; }", "origin.head", "HEAD"),
        ("if ($request_method = HEAD) { return 403; }", "origin.head", "HEAD"),
        ('if ($http_range = "") { return 404; }', "origin.get", "a GET without Range"),
    ],
)
def test_a_file_that_one_request_gets_is_never_reported_missing(
    nginx: StartNginx, shared_root: Path, server: str, rule: str, manner: str
) -> None:
    with view(nginx(shared_root, server=server)) as seen:
        found = next(each for each in seen.inspect(URL, content(MP4)) if each.rule == rule)
    assert found.hint == f"a GET with Range gets the file: let the web server answer {manner} in the same way"
