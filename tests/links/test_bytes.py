"""Laws of types: bytes tell media, whatever their server calls them, and a page stays a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.links.asked import looked, read, refusal
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.nginx import StartNginx
from tests.servers.scripted import answer, scripted

HOST = "cdn.example.com"
URL = f"https://{HOST}/download.php?id=5"
HTML = "Content-Type: text/html; charset=UTF-8"
VIDEO = "Content-Type: video/mp4"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(3000)
WEBM = b"\x1aE\xdf\xa3\x9f\x42\x82\x84webm" + bytes(3000)
PAGE = b"<!-- \xf0 " + b"x" * 2000 + b" -->\n<!DOCTYPE html><html><body>Sign in</body></html>"


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/octet-stream"])
@pytest.mark.parametrize("ranges", ["", "max_ranges 0;"])
def test_a_file_under_a_wrong_type_is_read(nginx: StartNginx, web_root: Path, kind: str, ranges: str) -> None:
    """From nginx, which answers a range with a part of the file, or with all of it where it may not."""
    (web_root / "a").write_bytes(mp4())
    site = nginx(web_root, server=f"location = /a {{ types {{ }} default_type {kind}; {ranges} }}")
    others: dict[str, Any] = {"ca": site.ca, "connect_to": site.connect_to}
    assert read(f"{site.url}a", **others) == mp4()
    assert looked(f"{site.url}a", **others).size == len(mp4())
    if not ranges:
        assert read(f"{site.url}a", start=100, **others) == mp4()[100:]


@pytest.mark.parametrize("data", [mp4(), JPEG, WEBM], ids=["mp4", "jpeg", "webm"])
@pytest.mark.parametrize("header", ["Transfer-Encoding: chunked", "Content-Encoding: identity"])
def test_bytes_that_come_a_few_at_a_time_are_told_too(
    certificates: Certificates, data: bytes, header: str
) -> None:
    """As a script sends them, with no length."""
    if "chunked" in header:
        pieces = [data[at : at + 3] for at in range(0, 60, 3)] + [data[60:]]
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        reply = answer("200 OK", body, HTML, header, length=False)
    else:
        reply = answer("200 OK", data, HTML, header)
    with scripted(certificates.leaf(HOST), reply) as server:
        assert read(URL, ca=certificates.ca, connect_to=server.connect_to) == data


PAGES = {
    "a page under its type": answer("200 OK", PAGE, HTML),
    "a page under another type": answer("200 OK", PAGE[PAGE.index(b"<!DOC") :], VIDEO, 'ETag: "1"'),
    "a part of a page": answer("206 Partial Content", b"<", HTML, "Content-Range: bytes 0-0/2000"),
    "a page without bytes": answer("200 OK", b"", HTML),
    "words that are called a page": answer("200 OK", b"Please sign in", HTML),
}


@pytest.mark.parametrize("reply", PAGES.values(), ids=PAGES)
def test_a_page_is_a_page(certificates: Certificates, reply: bytes) -> None:
    with scripted(certificates.leaf(HOST), reply) as server:
        assert refusal(URL, ca=certificates.ca, connect_to=server.connect_to).code == "source.page"


def test_a_page_that_nginx_serves_in_parts_is_a_page(nginx: StartNginx, web_root: Path) -> None:
    (web_root / "a.html").write_bytes(PAGE)
    site = nginx(web_root)
    assert refusal(f"{site.url}a.html", ca=site.ca, connect_to=site.connect_to).code == "source.page"
