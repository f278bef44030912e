"""The local origin serves the files of its root, whole, with their types, and nothing else."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from syncer.destinations.keys import OWNER_MARK
from syncer.serving import Running
from tests.home import SIGNATURE
from tests.serving.visitors import BIG_SIZE, ODD_NAMES, big, curl


def test_a_file_is_served_whole_with_its_exact_length_and_no_encoding(client: httpx.Client) -> None:
    answer = client.get("big.mp4", headers={"Accept-Encoding": "gzip, br, zstd"})
    assert answer.status_code == 200
    assert answer.content == big()
    assert answer.headers["content-length"] == str(BIG_SIZE)
    assert answer.headers["accept-ranges"] == "bytes"
    assert "content-encoding" not in answer.headers
    assert {"etag", "last-modified", "date"} <= set(answer.headers)


@pytest.mark.server
def test_curl_that_trusts_the_ca_gets_the_same_bytes(origin: Running) -> None:
    status, body = curl(origin, "/big.mp4")
    assert status == 200
    assert hashlib.sha256(body).digest() == hashlib.sha256(big()).digest()


def test_head_answers_as_get_without_a_body(client: httpx.Client) -> None:
    got, head = client.get("big.mp4"), client.head("big.mp4")
    assert head.status_code == 200
    assert head.content == b""
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


def test_an_empty_file_is_served(client: httpx.Client) -> None:
    answer = client.get("empty.mp4")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.mp4", "video/mp4"),
        ("a.MP4", "video/mp4"),
        ("a.mov", "video/quicktime"),
        ("a.webm", "video/webm"),
        ("a.jpg", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("a.png", "image/png"),
        ("a.jfif", "image/jpeg"),
        (f"deep/{SIGNATURE}", "text/plain"),
        ("tiktok_verify_12ab.html", "text/html"),
        ("my proof.txt", "text/plain"),
        ("robots.txt", "text/plain"),
    ],
)
def test_types_follow_our_table(client: httpx.Client, root: Path, name: str, media_type: str) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(b"<script>alert(1)</script>")
    answer = client.get(name)
    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "photo.html",
            "shell.php",
            "sw.js",
            "photo.svg",
            "notes.txt",
            "data.json",
            "none",
            "a.mp4.gz",
            "a.unheard-of",
        ),
        *(".hidden.mp4", ".htaccess", ".well-known/a.mp4", "clips/.git/a.mp4", "other proof.txt"),
    ],
)
def test_dotfiles_and_other_files_than_media_are_not_served(
    client: httpx.Client, root: Path, name: str
) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(b"<script>alert(1)</script>")
    answer = client.get(quote(name))
    assert (answer.status_code, answer.text) == (404, "Not Found\n")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.server
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/clips",
        "/clips/",
        "/clips/deep",
        "/nowhere.mp4",
        "/big.mp4/",
        "/big.mp4/x",
        "//big.mp4",
        "/clips//deep/one.webm",
        "/./big.mp4",
        "/clips/../big.mp4",
        "/clips/%2e%2e/big.mp4",
        "/../secret.mp4",
        "/%2e%2e/secret.mp4",
        "/..%2fsecret.mp4",
        "/clips/../../secret.mp4",
        "/big.mp4%00",
        "/big%ff.mp4",
        "/" + "n" * 300,
        "/" + "deep/" * 1000,
        "/.syncer-ab12",
        f"/{OWNER_MARK}",
        "/clips/.syncer-ab12/x.mp4",
        "/out.mp4",
        "/out/secret.mp4",
        "/loop.mp4",
        "/pipe.mp4",
        "/socket.mp4",
    ],
)
def test_a_missing_path_is_404_and_never_a_redirect(
    origin: Running, root: Path, folder: Path, path: str
) -> None:
    (folder / "secret.mp4").write_text("secret")
    (root / ".syncer-ab12").write_text("staged")
    (root / OWNER_MARK).write_text("{}")
    (root / "clips" / ".syncer-ab12").mkdir(exist_ok=True)
    (root / "clips" / ".syncer-ab12" / "x.mp4").write_text("staged")
    for name, target in (
        ("out.mp4", folder / "secret.mp4"),
        ("out", folder),
        ("loop.mp4", root / "loop.mp4"),
    ):
        if not (root / name).is_symlink():
            (root / name).symlink_to(target)
    if not (root / "pipe.mp4").exists():
        os.mkfifo(root / "pipe.mp4")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.relpath(root / "socket.mp4"))
    assert curl(origin, path) == (404, b"Not Found\n")


def test_a_link_within_the_root_is_followed(client: httpx.Client, root: Path) -> None:
    (root / "link.webm").symlink_to("clips/deep/one.webm")
    assert client.get("link.webm").content == b"webm"


@pytest.mark.server
@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_is_reached_by_its_percent_encoding(origin: Running, name: str) -> None:
    assert curl(origin, "/clips/" + quote(name)) == (200, name.encode())
    assert curl(origin, "/clips/" + quote(name) + "?v=2") == (200, name.encode())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(client: httpx.Client, root: Path, method: str) -> None:
    answer = client.request(method, "big.mp4")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert (root / "big.mp4").stat().st_size == BIG_SIZE


def test_an_unreadable_file_is_403(client: httpx.Client, root: Path) -> None:
    (root / "private.mp4").touch(mode=0)
    me = os.geteuid()
    if me == 0:  # who may read everything
        os.seteuid(65534)
    try:
        assert client.get("private.mp4").status_code == 403
    finally:
        os.seteuid(me)


def test_a_file_that_vanishes_is_404(client: httpx.Client, root: Path) -> None:
    (root / "fleeting.mp4").write_bytes(b"x")
    assert client.get("fleeting.mp4").status_code == 200
    (root / "fleeting.mp4").unlink()
    assert client.get("fleeting.mp4").status_code == 404
