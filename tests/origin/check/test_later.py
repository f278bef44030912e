"""Laws of a later range and of HEAD in `check`: any range must be served; HEAD may fail with a warning."""

from __future__ import annotations

import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, StartNginx
from tests.servers.scripted import answer, scripted
from tests.servers.stalling import mute, serving

HEAD_SIZE = 65536
VIDEO = "Content-Type: video/mp4"
SIZES = {"short": 5_000, "of one head": HEAD_SIZE, "long": 300_000}


def part(body: bytes, start: int, end: int, told: str | None = None) -> bytes:
    given = f"Content-Range: bytes {told or f'{start}-{end - 1}'}/{len(body)}"
    return answer("206 Partial Content", body[start:end], given, VIDEO)


def later(size: int) -> tuple[int, int]:
    return (HEAD_SIZE - 512, HEAD_SIZE + 512) if size > HEAD_SIZE else (size - 1024, size)


@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize(
    ("lie", "verdict"),
    [
        ("none", None),
        ("the start again, told as asked for", "reject"),
        ("the start again, told as such", "reject"),
        ("nothing", "reject"),
        ("416", "reject"),
        ("404", "reject"),
        ("200", "warn"),
        ("another total", "reject"),
    ],
)
def test_a_server_that_serves_only_the_first_range_is_reported(
    certificates: Certificates, kind: str, lie: str, verdict: str | None
) -> None:
    body = mp4(SIZES[kind])
    start, end = later(len(body))
    span = f"{start}-{end - 1}"
    whole = answer("200 OK", body, VIDEO)
    said = {
        "none": part(body, start, end),
        "the start again, told as asked for": part(body, 0, end - start, span),
        "the start again, told as such": part(body, 0, end - start),
        "nothing": part(body, 0, 0, span),
        "416": answer("416 Range Not Satisfiable", b"", f"Content-Range: bytes */{len(body)}"),
        "404": answer("404 Not Found", b"gone"),
        "200": whole,
        "another total": part(body, start, end).replace(b"/%d" % len(body), b"/%d" % (len(body) + 1)),
    }[lie]
    first = part(body, 0, min(len(body), HEAD_SIZE))
    with scripted(certificates.leaf(HOST), first, whole, said, whole) as server:
        where = ("--ca", str(certificates.ca), "--connect-to", server.connect_to)
        url = f"https://{HOST}/"
        ran = Home.syncer_alone(
            "check", "-c", "none.yaml", "--json", *where, "--property", url, f"{url}a.mp4"
        )
        assert f"Range: bytes={span}\r\n" in "".join(server.requests)
    (result,) = ran.json["results"]
    told = {each["rule"]: each["severity"] for each in result["findings"]}
    assert told == ({"origin.range": verdict} if verdict else {})
    assert ran.code == (4 if verdict == "reject" else 0)


@pytest.mark.parametrize("refusal", ["return 416;", "return 403;"])
def test_a_published_file_without_a_later_range_is_rejected(
    home: Home, nginx: StartNginx, refusal: str
) -> None:
    home.put("a.mp4", mp4(200_000))
    assert home.sync()["exit_code"] == 0
    assert home.syncer("check").code == 0
    server = f'if ($http_range ~ "bytes=[1-9]") {{ {refusal} }}'
    home.config["origin"]["connect_to"] = nginx(home.site.root, server=server).connect_to
    ran = home.syncer("check")
    assert ran.code == 4
    assert "[origin.range]" in ran.out


def test_an_unanswered_head_is_a_warning_and_sent_once(home: Home, nginx: StartNginx) -> None:
    home.config |= {"timeouts": {"answer": "500ms"}, "workers": 1}
    for name in ("a.mp4", "b.mp4"):
        home.put(name, mp4(seed=ord(name[0])))
    assert home.sync()["exit_code"] == 0
    with serving(mute) as silent:
        server = (
            "if ($request_method = HEAD) { rewrite ^ /hangs last; }"
            f" location = /hangs {{ internal; proxy_pass {silent.url}; }}"
        )
        home.config["origin"]["connect_to"] = nginx(home.site.root, server=server).connect_to
        ran = home.syncer("check", "--json")
        shown = home.syncer("check", f"{home.site.url}clips/a.mp4")
        silent.ended.set()
    assert ran.code == 0, ran.out
    for result in ran.json["results"]:
        assert result["accepted"] is True
        (finding,) = result["findings"]
        assert (finding["rule"], finding["severity"]) == ("origin.head", "warn")
    assert silent.connections == 2, "once in each run"
    assert shown.code == 0
    assert "origin.unreachable" not in shown.out
    assert "asked with HEAD" in shown.out
