"""Laws of the requests of `syncer migrate`, in every format: only files, no link on which a GET may act."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.scripted import Scripted, answer, scripted

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE5MDAwMDAwMDB9.c2ln"
MEDIA = (
    "https://drive.usercontent.google.com/download?id=1AbC&export=download",
    "https://cdn.shop.example/films/Launch.mp4?v=2&token=24f3",
    "https://raw.s3.amazonaws.com/clip-17",
    "https://app.box.com/shared/static/0a1b2c3d.mp4",
)
TOLD = (
    "https://photos.app.goo.gl/AbC",
    "https://drive.google.com/drive/folders/1FoLder",
    "https://cdn.shop.example/d/8473?signature=24f3",
    "https://shop.example/cancel.jpg?uid=77",
    "https://shop.example/o/open.png?c=77",
)
OTHERS = (
    "https://shop.example/cancel.gif?uid=77",
    "https://shop.example/unsubscribe?token=24f3&u=5",
    "https://shop.example/password/reset/24f3?signature=24f3&expires=1900000000",
    f"https://shop.example/verify?token={JWT}",
    "https://shop.example/about",
)
LINKS = (*MEDIA, *TOLD, *OTHERS)
NAMES = (
    "drive.usercontent.google.com",
    "cdn.shop.example",
    "raw.s3.amazonaws.com",
    "app.box.com",
    "photos.app.goo.gl",
    "drive.google.com",
    "shop.example",
)


def table() -> str:
    text = io.StringIO()
    csv.writer(text).writerows([["id", "link"], *([str(number), url] for number, url in enumerate(LINKS))])
    return text.getvalue()


DOCUMENTS = {
    "dump.sql": "INSERT INTO mails VALUES {};\n".format(",".join(f"(1,'see {url} now')" for url in LINKS)),  # noqa: S608 - a dump
    "posts.csv": table(),
    "posts.json": json.dumps({"posts": [{"text": f"see {url}"} for url in LINKS]}),
    "lines.jsonl": "".join(json.dumps({"text": f"<{url}>"}) + "\n" for url in LINKS),
    "page.html": "".join(f'<p><a href="{html.escape(url)}">here</a></p>\n' for url in LINKS),
    "notes.txt": "".join(f"- *{url}* and _{url}_\n" for url in LINKS),
}


@contextmanager
def everywhere(home: Home, certificates: Certificates) -> Iterator[Scripted]:
    """One server for all of these hosts, with a video at every path."""
    held = answer("200 OK", mp4(), "Content-Type: video/mp4", "Content-Disposition: attachment", 'ETag: "1"')
    with scripted(certificates.leaf(*NAMES), held) as server:
        home.config["sources"] = {}
        home.config["migrate"] = {"ca": str(certificates.ca), "connect_to": server.connect_to}
        yield server


@pytest.mark.parametrize("name", DOCUMENTS)
def test_only_links_to_files_are_requested_and_unsure_ones_are_listed(
    home: Home, certificates: Certificates, name: str
) -> None:
    (home.folder / name).write_text(DOCUMENTS[name])
    with everywhere(home, certificates) as server:
        ran = home.syncer("migrate", str(home.folder / name), "--json")
    asked = {request.split(" ", 2)[1].partition("?")[0] for request in server.requests}
    assert asked == {"/download", "/films/Launch.mp4", "/clip-17", "/shared/static/0a1b2c3d.mp4"}
    assert ran.code == 3, "some links stay as they were"
    assert (ran.json["counts"]["replaced"], ran.json["others"]) == (len(MEDIA), len(OTHERS))
    reasons = {left["link"]: left["reason"] for left in ran.json["left"]}
    assert len(reasons) == len(TOLD)
    assert "it is a page of Google Photos, not a file" in reasons["https://photos.app.goo.gl/AbC"]
    assert "a folder of Google Drive" in reasons["https://drive.google.com/drive/folders/1FoLder"]
    assert "nothing in the link says that it leads to media" in reasons["https://cdn.shop.example/d/8473"]
    for link in ("https://shop.example/cancel.jpg", "https://shop.example/o/open.png"):
        assert "opening it may count or confirm something" in reasons[link]
    out = home.folder / name.replace(".", ".migrated.")
    written = html.unescape(out.read_text())
    assert all(url not in written for url in MEDIA)
    assert all(url in written for url in (*TOLD, *OTHERS))


def test_every_link_of_a_column_is_requested(home: Home, certificates: Certificates) -> None:
    (home.folder / "posts.csv").write_text("id,link\n1,https://cdn.shop.example/d/8473?signature=24f3\n")
    with everywhere(home, certificates) as server:
        ran = home.syncer("migrate", str(home.folder / "posts.csv"), "--column", "link")
    assert ran.code == 0, ran.err
    assert {request.split(" ", 2)[1] for request in server.requests} == {"/d/8473?signature=24f3"}


@pytest.mark.parametrize(
    ("links", "code", "said"),
    [
        (OTHERS, 0, "no link to media was found"),
        (TOLD, 3, f"no link replaced; {len(TOLD)} links stay as they are"),
        ((), 0, "no link to media was found"),
    ],
)
def test_a_document_without_a_link_to_media_says_so(
    home: Home, links: tuple[str, ...], code: int, said: str
) -> None:
    home.config["sources"] = {}
    (home.folder / "a.txt").write_text("\n".join(links))
    ran = home.syncer("migrate", str(home.folder / "a.txt"))
    assert (ran.code, ran.err) == (code, "")
    assert said in ran.out
    assert "0 of 0" not in ran.out
    assert (f"{len(OTHERS)} links were left as they are" in ran.out) is (links == OTHERS)
    planned = home.syncer("migrate", str(home.folder / "a.txt"), "--plan", "--json").json
    assert (planned["failed"], planned["others"]) == (
        len(TOLD) if code else 0,
        len(OTHERS) if links == OTHERS else 0,
    )


def test_a_page_of_a_published_file_is_also_replaced(home: Home, certificates: Certificates) -> None:
    pair = ("https://app.box.com/s/0a1b2c3d", "https://app.box.com/shared/static/0a1b2c3d.mp4")
    (home.folder / "a.txt").write_text("\n".join(pair))
    with everywhere(home, certificates):
        ran = home.syncer("migrate", str(home.folder / "a.txt"))
    assert ran.code == 0, ran.out
    one, other = (home.folder / "a.migrated.txt").read_text().split("\n")
    assert one == other
    assert one.startswith(home.site.url)
