"""Laws of shared links: bytes are fetched where they are, a page in their place is told for what it says.

The pages are written after the documents and what others have seen; no real server of theirs is asked.
"""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from syncer.errors import SourceError
from tests.links.asked import looked, read, refusal
from tests.servers.certificates import Certificates
from tests.servers.ports import free_port
from tests.servers.scripted import Scripted, answer, scripted

CLIP = b"\0\0\0\x18ftypmp42" + bytes(5000)
BYTES = answer(
    "200 OK", CLIP, "Content-Type: video/mp4", "Content-Disposition: attachment; filename=a.mp4", 'ETag: "1"'
)
FILE = "https://drive.google.com/file/d/1AbC-d_E/view?usp=sharing"
NAMES = (
    *("drive.google.com", "drive.usercontent.google.com", "accounts.google.com", "evil.example"),
    *(
        "www.dropbox.com",
        "uc1.dl.dropboxusercontent.com",
        "api.onedrive.com",
        "tenant.sharepoint.com",
        "github.com",
    ),
)


def page(body: str, status: str = "200 OK") -> bytes:
    text = f"<!DOCTYPE html><html><head><title>Google Drive</title></head><body>{body}</body></html>"
    return answer(status, text.encode(), "Content-Type: text/html; charset=utf-8")


def form(action: str = "https://drive.usercontent.google.com/download") -> bytes:
    return page(
        '<p>Google Drive can\'t scan this file for viruses.</p><form action="/search"><input name="q"></form>'
        f'<form id="download-form" action="{action}" method="get"><input type="submit" value="Download anyway">'
        '<input type="hidden" name="id" value="1AbC-d_E"><input type="hidden" name="export" value="download">'
        '<input type="hidden" name="confirm" value="t"><input type="hidden" name="uuid" value="5-6&amp;7"></form>'
        '<form><input type="hidden" name="other" value="x"></form>'
    )


@pytest.fixture
def pem(certificates: Certificates) -> Path:
    return certificates.leaf(*NAMES)


def got(pem: Path, certificates: Certificates, url: str, *answers: bytes) -> tuple[Scripted, bytes]:
    with scripted(pem, *answers) as server:
        return server, read(url, ca=certificates.ca, connect_to=server.connect_to)


def refused(pem: Path, certificates: Certificates, url: str, *answers: bytes) -> SourceError:
    with scripted(pem, *answers) as server:
        return refusal(url, ca=certificates.ca, connect_to=server.connect_to)


DRIVE = "GET /download?id=1AbC-d_E&export=download&confirm=t"

ASKED = {
    FILE: DRIVE,
    "https://drive.google.com/open?id=1AbC-d_E": DRIVE,
    "https://drive.google.com/uc?export=download&id=1AbC-d_E": DRIVE,
    "https://drive.google.com/file/d/1AbC-d_E/view?resourcekey=0-xY": f"{DRIVE}&resourcekey=0-xY",
    "https://www.dropbox.com/scl/fi/x1/a.mp4?rlkey=k1&amp;dl=0": "GET /scl/fi/x1/a.mp4?rlkey=k1&dl=1",
    "https://www.dropbox.com/s/x1/a.mp4?raw=1": "GET /s/x1/a.mp4?dl=1",
    "https://tenant.sharepoint.com/:v:/g/personal/me/EaBc?e=5f": "GET /:v:/g/personal/me/EaBc?e=5f&download=1",
    "https://github.com/me/films/blob/main/a.mp4": "GET /me/films/raw/main/a.mp4",
}


@pytest.mark.parametrize(("url", "asked"), ASKED.items())
def test_a_shared_link_is_asked_where_its_bytes_are(
    pem: Path, certificates: Certificates, url: str, asked: str
) -> None:
    server, data = got(pem, certificates, url, BYTES)
    assert data == CLIP
    assert {request.partition(" HTTP")[0] for request in server.requests} == {asked}


@pytest.mark.parametrize(
    "url", ["https://1drv.ms/v/s!AbC", "https://onedrive.live.com/redir?resid=1!2&authkey=!x"]
)
def test_a_link_of_onedrive_is_asked_by_its_documented_name(
    pem: Path, certificates: Certificates, url: str
) -> None:
    server, data = got(pem, certificates, url, BYTES)
    assert data == CLIP
    token = server.requests[0].split("/shares/u!")[1].split("/root/content")[0]
    assert base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode() == url


def test_the_form_of_a_large_file_is_followed_with_its_hidden_fields(
    pem: Path, certificates: Certificates
) -> None:
    server, data = got(pem, certificates, FILE, form(), BYTES, form(), BYTES)
    assert data == CLIP
    asked = "GET /download?id=1AbC-d_E&export=download&confirm=t&uuid=5-6%267 HTTP"
    assert [request.startswith(asked) for request in server.requests] == [False, True, False, True]
    assert "range: bytes=0-0" in server.requests[1].lower()
    with scripted(pem, form("/download"), BYTES) as server:
        asset = looked(FILE, ca=certificates.ca, connect_to=server.connect_to)
    assert (asset.key, asset.nameless, asset.size) == ("drive.google.com/1AbC-d_E", True, len(CLIP))


PAGES = {
    "quota": (page("<p>Sorry, you can't view or download this file at this time. Too many users have viewed or "
                   "downloaded this file recently.</p>"), "quota"),
    "quota by its title": (page("<title>Google Drive - Quota exceeded</title>"), "quota"),
    "a virus": (page("Sorry, this file is infected with a virus"), "denied"),
    "no permission": (page("<p>You need access</p>"), "denied"),
    "a login": (page('<form action="https://accounts.google.com/v3/signin/identifier">'), "denied"),
    "a deleted file": (page("Sorry, the file you have requested does not exist."), "missing"),
    "no file": (page("", "404 Not Found"), "missing"),
    "something else": (page("<p>hello</p>"), "page"),
    "no attachment": (answer("200 OK", b"{}", "Content-Type: application/json"), "page"),
    "a form that leads elsewhere": (form("https://evil.example/download"), "page"),
    "a form that looks like Google's": (form("https://evilgoogle.com/download"), "page"),
    "the form again and again": (form(), "page"),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "word"), PAGES.values(), ids=PAGES)
def test_a_page_in_place_of_a_file_is_told_for_what_it_says(
    pem: Path, certificates: Certificates, reply: bytes, word: str
) -> None:
    assert refused(pem, certificates, FILE, reply).code == f"source.{word}"


def test_a_redirect_to_a_login_is_denied(pem: Path, certificates: Certificates) -> None:
    login = answer("302 Found", b"", "Location: https://accounts.google.com/ServiceLogin?continue=x")
    error = refused(pem, certificates, FILE, login, page("<p>Welcome</p>"))
    assert error.code == "source.denied"
    assert "anyone who has the link" in (error.hint or "")


def test_a_page_of_another_host_is_a_page(pem: Path, certificates: Certificates) -> None:
    url = "https://www.dropbox.com/s/x1/a.mp4?dl=0"
    assert refused(pem, certificates, url, page("<p>This link was removed</p>")).code == "source.page"
    assert refused(pem, certificates, url, form()).code == "source.page", "a form is followed for Drive only"


@pytest.mark.parametrize(
    "url",
    [
        "https://docs.google.com/document/d/1AbC/edit",
        "https://drive.google.com/drive/folders/1AbC",
        "https://photos.app.goo.gl/x",
        "https://storage.cloud.google.com/b/a.mp4",
        "https://www.dropbox.com/scl/fo/x1/y?rlkey=k",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://www.tiktok.com/@me/video/1",
        "https://we.tl/t-x",
        "https://mega.nz/file/x#y",
    ],
)
def test_what_can_only_be_a_page_is_told_without_asking(url: str) -> None:
    error = refusal(url, connect_to=f"127.0.0.1:{free_port()}")
    assert error.code == "source.page"
    assert error.hint
