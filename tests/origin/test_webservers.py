"""Laws of the configurations that `syncer origin` prints, in the real web servers."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path
from urllib.parse import quote

import pytest

from syncer.destinations.keys import OWNER_MARK
from syncer.origin.webservers import CHANGING, KINDS
from tests.home import SIGNATURE, Home
from tests.servers.nginx import HOST
from tests.servers.printed import BELOW, ROOT, Serve, Server

pytestmark = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(params=[ROOT, BELOW], ids=["root", "below"])
def server(request: pytest.FixtureRequest, kind: str, home: Home, serve: Serve) -> Server:
    """A server with some files at the destination, ours and others."""
    home.config["sources"]["hashed"] = {
        "kind": "local",
        "root": "media",
        "path": "h/{stem} {sha256:12}.{ext}",
    }
    (home.folder / ODD_PROOF).write_text("<html>12ab</html>")
    home.config["origin"]["signature_files"] = [ODD_PROOF]
    running = serve(kind, request.param)
    root = home.site.root
    for name in (
        "a.mp4",
        "clips/a.mp4",
        "clips/index.html",
        "index.html",
        ".syncer-x/a.mp4",
        ".syncer-1.part",
        OWNER_MARK,
    ):
        put(root / name, b"0123456789" * 2000)
    put(root / "clips" / ".syncer-2.part", b"staged")
    put(root / "syncer-3.part.mp4", b"not staged")
    for name in DANGEROUS:
        put(root / name, b"<?php system($_GET['c']); ?>")
    put(root / ODD_PROOF, b"<html>12ab</html>")
    put(root / SIGNATURE, b"tiktok-developers-site-verification=x")
    return running


def put(file: Path, content: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    staged = file.with_name(".new")
    staged.write_bytes(content)
    staged.chmod(0o644)
    staged.replace(file)


ODD_PROOF = "tiktok_verify_12ab.html"

DANGEROUS = [
    *(
        "shell.php",
        "shell.phtml",
        ".htaccess",
        ".user.ini",
        "photo.html",
        "photo.svg",
        "sw.js",
        "x.cgi",
        "web.config",
    ),
    *(
        "notes.txt",
        "data.json",
        "noending",
        "style.css",
        "clip.mp4.gz",
        "clips/.hidden.mp4",
        "tiktok_verify_2.html",
    ),
]

NOWHERE = [
    OWNER_MARK,
    ".syncer-1.part",
    "%2esyncer-1.part",
    "%2Esyncer%2d1.part",
    "clips/.syncer-2.part",
    "clips//.syncer-2.part",
    "clips/../.syncer-1.part",
    ".syncer-x/a.mp4",
    ".syncer-x",
    ".syncer-x/",
    "clips",
    "index.html",
    "clips/",
    "clips//",
    "",
    "/",
    "a.mp4/",
    "clips/index.html/",
    "none.mp4",
    "none/none.mp4",
    "none/",
    "../",
    "../../../../../../../../etc/passwd",
    "..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "tiktok00000000000000000000000000000000.txt",
    "CLIPS/a.mp4",
]
"""Folders, index pages, staged files, files outside the root: in any spelling."""


def test_only_published_files_are_found(server: Server) -> None:
    for name, method in product(NOWHERE, ("GET", "HEAD")):
        answer = server.ask(server.base + name, method)
        assert answer.status in (400, 404), name
        assert "location" not in answer.headers, name


def test_no_cache_keeps_a_404(server: Server) -> None:
    """The file may be published a minute later."""
    for name in ("none.mp4", "h/none%200123456789ab.mp4"):
        assert "cache-control" not in server.ask(server.base + name).headers


def test_a_nul_in_the_path_finds_nothing(server: Server) -> None:
    for name in ("%00", "a.mp4%00", "a.mp4%00.jpg"):
        assert server.ask(server.base + name).status in (400, 404, 500), name


def test_each_file_is_served_under_its_own_name(server: Server) -> None:
    for name in ("a.mp4", "clips/a.mp4", "syncer-3.part.mp4", SIGNATURE, ODD_PROOF):
        answer, head = (server.ask(server.base + name, method) for method in ("GET", "HEAD"))
        assert (answer.status, head.status) == (200, 200), name
        assert answer.body == (server.root / name).read_bytes()
        assert head.body == b""
        assert {**head.headers, "date": ""} == {**answer.headers, "date": ""}


def test_a_signature_file_has_the_type_of_its_name(server: Server) -> None:
    for name, kind in ((SIGNATURE, "text/plain"), (ODD_PROOF, "text/html")):
        answer = server.ask(server.base + name)
        assert answer.headers["content-type"].partition(";")[0] == kind
        assert answer.headers["cache-control"] == CHANGING


def test_a_file_that_could_run_is_neither_run_nor_served(server: Server) -> None:
    """In any spelling, also if somebody else put it there."""
    spelt = [
        *DANGEROUS,
        "shell%2ephp",
        "SHELL.PHP",
        "shell.php/x.mp4",
        "a.mp4/x.php",
        "%2ehtaccess",
        "a.mp4%2f.php",
    ]
    for name in spelt:
        answer = server.ask(server.base + name)
        assert answer.status in (400, 404), name
        assert b"<?php" not in answer.body


def test_no_browser_guesses_another_type(server: Server) -> None:
    """For existing and for missing files."""
    for name in ("a.mp4", SIGNATURE, ODD_PROOF, "none.mp4", "shell.php"):
        assert server.ask(server.base + name).headers["x-content-type-options"] == "nosniff", name
    assert server.ask(server.base + "a.mp4").headers["content-type"] == "video/mp4"


def test_only_get_and_head_are_answered(server: Server) -> None:
    targets = [server.base + name for name in ("a.mp4", "none.mp4", "", ".syncer-1.part")]
    targets += ["/robots.txt", "/"] if server.base == "/" else []
    for target, method in product(targets, ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND")):
        assert server.ask(target, method).status == 405, (method, target)


def test_a_path_beside_the_origins_path_is_not_found(server: Server) -> None:
    for target in ("/videos", "/other/a.mp4", server.base.rstrip("/") or "/", "/.well-known/x"):
        answer = server.ask(target)
        assert (answer.status, answer.headers.get("location")) == (404, None)


def test_robots_are_allowed(server: Server) -> None:
    if server.base != "/":  # the site has a robots.txt of its own
        assert server.ask("/robots.txt").status == 404
        return
    answer = server.ask("/robots.txt")
    assert answer.status == 200
    assert answer.headers["content-type"].partition(";")[0] == "text/plain"
    assert answer.body == b"User-agent: *\nDisallow:\n"
    put(server.root / "robots.txt", b"User-agent: x\n")
    assert server.ask("/robots.txt").body == b"User-agent: x\n"


RANGES = {
    "bytes=0-9": slice(0, 10),
    "bytes=100-": slice(100, None),
    "bytes=-7": slice(-7, None),
    "bytes=19999-30000": slice(19999, None),
}


def test_a_single_range_is_answered_exactly(server: Server) -> None:
    whole = server.ask(server.base + "a.mp4").body
    for asked, part in RANGES.items():
        answer = server.ask(server.base + "a.mp4", Range=asked)
        first = range(len(whole))[part][0]
        assert (answer.status, answer.body) == (206, whole[part]), asked
        assert answer.headers["content-length"] == str(len(answer.body))
        assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.body) - 1}/{len(whole)}"
        assert answer.headers["content-type"] == "video/mp4"
    beyond = server.ask(server.base + "a.mp4", Range="bytes=20000-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, "bytes */20000")


def test_a_replaced_file_never_continues_the_old_one(server: Server) -> None:
    """Validators change: a range continues only in the same bytes, and a cache notices the new file."""
    target, file = server.base + "a.mp4", server.root / "a.mp4"
    old = server.ask(target)
    etag = old.headers["etag"]
    assert server.ask(target, Range="bytes=5-", If_Range=etag).status == 206
    assert server.ask(target, If_None_Match=etag).status == 304
    put(file, b"new")
    os.utime(file, (2_000_000_000, 2_000_000_000))
    fresh = server.ask(target, Range="bytes=5-", If_Range=etag)
    assert (fresh.status, fresh.body) == (200, b"new")
    assert server.ask(target, If_None_Match=etag).status == 200


def test_a_running_download_ends_with_the_bytes_of_its_start(server: Server) -> None:
    file, size = server.root / "long.mp4", 8_000_000
    put(file, b"o" * size)
    with server.opened(server.base + "long.mp4") as answer:
        first = answer.read(1)
        put(file, b"n" * (size // 2))
        assert first + answer.read() == b"o" * size
    assert server.ask(server.base + "long.mp4").body == b"n" * (size // 2)


def test_plain_http_redirects_to_the_same_url_over_https(server: Server) -> None:
    if server.base != "/":  # the site decides that
        assert server.ask(server.base, port=80).status == 404
        return
    target = f"{server.base}{quote('a b.mp4')}?x=1"
    answer = server.ask(target, port=80)
    assert answer.status == 301
    assert answer.headers["location"] == f"https://{HOST}{target}"


def test_odd_spellings_of_a_path_are_never_redirected(server: Server) -> None:
    for name in (
        "/a.mp4",
        "./a.mp4",
        "clips/../a.mp4",
        "%61.mp4",
        "a.mp4?x=1",
        "clips%2fa.mp4",
        "/robots.txt",
    ):
        answer = server.ask(server.base + name)
        assert answer.status in (200, 404), name
        assert "location" not in answer.headers, name
