"""Laws of reading a plain link: of one version, from any place or not at all, whatever its server does."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import SourceError
from syncer.model import Asset
from tests.links.asked import looked, read, refusal, source
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, StartNginx
from tests.servers.ports import free_port, stop, wait_for
from tests.servers.scripted import Scripted, answer, scripted

URL = f"https://{HOST}/a.mp4"
CLIP = mp4(200_000)
VIDEO = "Content-Type: video/mp4"


@pytest.mark.parametrize("server", ["", "etag off;"], ids=["with ETags", "without"])
def test_a_file_of_a_web_server_is_read_and_a_change_is_another_version(
    nginx: StartNginx, web_root: Path, server: str
) -> None:
    file = web_root / "a.mp4"
    file.write_bytes(CLIP)
    site = nginx(web_root, server=server)
    others: dict[str, Any] = {"ca": site.ca, "connect_to": site.connect_to}
    asset = looked(URL, **others)
    assert (asset.size, asset.media_type) == (len(CLIP), "video/mp4")
    assert looked(URL, **others) == asset
    assert read(URL, **others) == CLIP
    assert read(URL, start=70_000, **others) == CLIP[70_000:]
    file.write_bytes(CLIP[::-1])
    os.utime(file, (1, 1))
    assert looked(URL, **others).version != asset.version
    assert all(" HEAD " not in line for line in site.log())


def test_a_server_without_ranges_is_read_from_the_start_only(nginx: StartNginx, web_root: Path) -> None:
    (web_root / "a.mp4").write_bytes(CLIP)
    site = nginx(web_root, server="max_ranges 0;")
    others: dict[str, Any] = {"ca": site.ca, "connect_to": site.connect_to}
    assert read(URL, **others) == CLIP
    assert read(URL, start=len(CLIP), **others) == b""
    with pytest.raises(SourceError) as caught:
        read(URL, start=5, **others)
    assert caught.value.code == "source.range"


def test_a_login_of_the_link_is_sent(nginx: StartNginx, web_root: Path) -> None:
    (web_root / "a.mp4").write_bytes(CLIP)
    passwords = web_root.parent / "passwords"
    passwords.write_text("me:{PLAIN}hunter2\n")
    passwords.chmod(0o644)
    site = nginx(web_root, location=f'auth_basic "x"; auth_basic_user_file {passwords};')
    others: dict[str, Any] = {"ca": site.ca, "connect_to": site.connect_to}
    assert read(URL.replace("//", "//me:hunter2@"), **others) == CLIP
    error = refusal(URL.replace("//", "//me:other@"), **others)
    assert error.code == "source.denied"
    assert "other" not in f"{error}"


@pytest.fixture
def rclone_http(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and where `rclone serve http` has it."""
    folder, port = tmp_path / "served", free_port()
    folder.mkdir()
    program = Path(sysconfig.get_path("scripts")) / "rclone"
    own = {name: value for name, value in os.environ.items() if not name.startswith("RCLONE_")}
    command: list[str | Path] = [
        program,
        "serve",
        "http",
        f"--addr=127.0.0.1:{port}",
        f"--config={os.devnull}",
        "--dir-cache-time=0",
    ]
    server = subprocess.Popen([*command, "--log-level=ERROR", folder], env=own)
    try:
        wait_for(port, server)
        yield folder, f"http://127.0.0.1:{port}"
    finally:
        stop(server)


@pytest.mark.server
def test_another_web_server_is_read_and_its_folders_are_pages(rclone_http: tuple[Path, str]) -> None:
    folder, url = rclone_http
    (folder / "a b.mp4").write_bytes(CLIP)
    assert read(f"{url}/a b.mp4") == CLIP
    assert read(f"{url}/a b.mp4", start=100_000) == CLIP[100_000:]
    before = looked(f"{url}/a b.mp4").version
    (folder / "a b.mp4").write_bytes(CLIP[:-1])
    assert looked(f"{url}/a b.mp4").version != before
    assert refusal(f"{url}/").code == "source.page"
    assert refusal(f"{url}/gone.mp4").code == "source.missing"


# Servers that get it wrong


def whole(body: bytes, *headers: str) -> bytes:
    return answer("200 OK", body, VIDEO, *headers)


def part(body: bytes, said: str, *headers: str) -> bytes:
    return answer("206 Partial Content", body, VIDEO, f"Content-Range: bytes {said}", *headers)


FIRST = part(b"0", "0-0/10", 'ETag: "1"')
TEN = b"0123456789"
CHUNKED = ("Transfer-Encoding: chunked",)


def attempt(certificates: Certificates, start: int, *answers: bytes) -> tuple[bytes | SourceError, Scripted]:
    with scripted(certificates.leaf(HOST), *answers) as server:
        try:
            return read(URL, start=start, ca=certificates.ca, connect_to=server.connect_to), server
        except SourceError as error:
            return error, server


WRONG = {
    "cut off": (
        0,
        whole(TEN, 'ETag: "1"')[:-4].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        "cut",
    ),
    "cut off before its end": (
        5,
        part(b"567", "5-7/10", 'ETag: "1"'),
        "cut",
    ),
    "another length": (0, whole(TEN[:8], 'ETag: "1"'), "changed"),
    "another tag": (0, whole(TEN, 'ETag: "2"'), "changed"),
    "no tag any more": (0, whole(TEN), "changed"),
    "another total": (5, part(b"56789", "5-9/11", 'ETag: "1"'), "changed"),
    "another tag in a part": (5, part(b"56789", "5-9/10", 'ETag: "2"'), "changed"),
    "another start": (5, part(b"456789", "4-9/10", 'ETag: "1"'), "range"),
    "the whole for a part": (5, whole(TEN, 'ETag: "1"'), "range"),
    "nothing for a part": (5, answer("416 No", b"", "Content-Range: bytes */10"), "range"),
    "shorter now": (5, answer("416 No", b"", "Content-Range: bytes */3"), "changed"),
    "a part without its place": (5, answer("206 Partial Content", b"56789", VIDEO, 'ETag: "1"'), "answer"),
    "the condition fails": (0, answer("412 Precondition Failed"), "changed"),
    "gone": (0, answer("404 Not Found"), "changed"),
    "compressed": (0, whole(TEN, 'ETag: "1"', "Content-Encoding: gzip"), "answer"),
    "a page": (0, answer("200 OK", TEN, "Content-Type: text/html; charset=utf-8", 'ETag: "1"'), "page"),
    "a page without its type": (0, whole(b"\xef\xbb\xbf <!DOCTYPE html><p>hi", 'ETag: "1"'), "page"),
    "longer than it says": (
        0,
        answer("200 OK", b"b\r\n0123456789a\r\n0\r\n\r\n", VIDEO, 'ETag: "1"', *CHUNKED, length=False),
        "changed",
    ),
    "shorter than it says": (
        0,
        answer("200 OK", b"3\r\n012\r\n0\r\n\r\n", VIDEO, 'ETag: "1"', *CHUNKED, length=False),
        "cut",
    ),
}


@pytest.mark.parametrize(("start", "reply", "word"), WRONG.values(), ids=WRONG)
def test_bytes_that_are_not_the_rest_of_what_was_seen_are_refused(
    certificates: Certificates, start: int, reply: bytes, word: str
) -> None:
    got, server = attempt(certificates, start, FIRST, reply)
    assert isinstance(got, SourceError)
    assert got.code == f"source.{word}", got
    assert got.transient is (word == "cut")
    assert 'if-match: "1"' in server.requests[1].lower()


RIGHT = {
    "ranges with status 200": (5, answer("200 OK", b"56789", "Content-Range: bytes 5-9/10", 'ETag: "1"')),
    "no length": (0, answer("200 OK", b"a\r\n0123456789\r\n0\r\n\r\n", 'ETag: "1"', *CHUNKED, length=False)),
    "a total that is not told": (5, part(b"56789", "5-9/*", 'ETag: "1"')),
    "an encoding that is none": (0, whole(TEN, 'ETag: "1"', "Content-Encoding: aws-chunked")),
}


@pytest.mark.parametrize(("start", "reply"), RIGHT.values(), ids=RIGHT)
def test_odd_answers_that_are_right_are_taken(certificates: Certificates, start: int, reply: bytes) -> None:
    assert attempt(certificates, start, FIRST, reply)[0] == TEN[start:]


def test_a_weak_tag_is_compared_and_not_asked_for(certificates: Certificates) -> None:
    weak, other = (whole(TEN, f'ETag: W/"{number}"') for number in (1, 2))
    got, server = attempt(certificates, 0, weak, weak)
    assert got == TEN
    assert "if-match" not in server.requests[1].lower()
    assert isinstance(attempt(certificates, 0, weak, other)[0], SourceError)


def test_without_tag_and_date_the_length_is_the_version_and_without_that_nothing(
    certificates: Certificates,
) -> None:
    unsized = answer("200 OK", b"a\r\n0123456789\r\n0\r\n\r\n", VIDEO, *CHUNKED, length=False)
    assert attempt(certificates, 0, whole(TEN), whole(TEN))[0] == TEN
    assert attempt(certificates, 0, unsized, unsized)[0] == TEN
    dated = whole(TEN, "Last-Modified: nonsense")
    assert attempt(certificates, 0, dated, dated)[0] == TEN
    with scripted(certificates.leaf(HOST), unsized) as server:
        asset = looked(URL, ca=certificates.ca, connect_to=server.connect_to)
    assert (asset.size, asset.version) == (None, "unknown")


def test_an_empty_file_has_no_first_byte_and_is_looked_at_again(certificates: Certificates) -> None:
    answers = (
        answer("416 No", b"", "Content-Range: bytes */0"),
        whole(b"", 'ETag: "1"'),
        whole(b"", 'ETag: "1"'),
    )
    assert attempt(certificates, 0, *answers)[0] == b""


def test_what_is_known_is_not_looked_at_again(certificates: Certificates) -> None:
    with scripted(certificates.leaf(HOST), whole(TEN)) as server:
        asset = looked(URL, ca=certificates.ca, connect_to=server.connect_to)
        with closing(source(URL, ca=certificates.ca, connect_to=server.connect_to)) as made:
            assert made.look(asset) == asset
            assert made.place(asset) is None
            assert made.remarks() == ()
    assert len(server.requests) == 1


def test_what_is_no_web_server_is_told(certificates: Certificates) -> None:
    with scripted(certificates.leaf(HOST), b"SSH-2.0-OpenSSH\r\n\r\n") as server:
        error = refusal(URL, ca=certificates.ca, connect_to=server.connect_to)
    assert error.code == "source.answer"
    assert refusal(f"https://127.0.0.1:{free_port()}/a.mp4").code == "source.unreachable"
    assert Asset("s", "k", "l").version is None
