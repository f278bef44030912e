"""Law: the requested text and the replaced text are the same, so each URL of the new document works."""

from __future__ import annotations

import csv
import json
import ssl
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers.wire import Answer, scripted

ENDS = (
    "/p/a.mp4.",
    "/p/b.php.",
    "/p/c.mp4!",
    "/p/d.mp4)",
    "/p/e.mp4;",
    "/p/f.mp4'",
    "/p/g.mov。",
    "/p/h.mp4?v=1.",
    "/p/i.mp4...",
    "/p/j.mp4",
)
"""Links that fill a cell, followed by marks that end a sentence in prose."""


def written(home: Home, form: str, values: list[str]) -> Path:
    file = home.folder / f"posts.{form}"
    if form == "json":
        file.write_text(json.dumps([{"video": value} for value in values], ensure_ascii=False))
    else:
        with file.open("w", newline="") as stream:
            csv.writer(stream).writerows(
                [("id", "video"), *((str(n), each) for n, each in enumerate(values))]
            )
    return file


def read(file: Path, form: str) -> list[str]:
    text = file.with_name(f"posts.migrated.{form}").read_text()
    if form == "json":
        return [each["video"] for each in json.loads(text)]
    return [row["video"] for row in csv.DictReader(text.splitlines())]


def status(home: Home, url: str) -> int:
    """The status of a public URL for a client that requests the whole value."""
    parts = urlsplit(url)
    host, port = home.site.connect_to.split(":")
    context = ssl.create_default_context(cafile=str(home.site.ca))
    context.check_hostname = False  # the test server has another address
    wire = HTTPSConnection(host, int(port), context=context, timeout=30)
    try:
        wire.request("HEAD", parts.path, headers={"Host": parts.netloc})
        return wire.getresponse().status
    finally:
        wire.close()


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize("options", [("--column", "video"), ()])
def test_every_replaced_value_works(home: Home, form: str, options: tuple[str, ...]) -> None:
    home.config |= {"sources": {}, "migrate": {"allow_private": True}}
    with scripted(Answer(headers={"Content-Type": "video/mp4"}, body=mp4(seed=77))) as server:
        values = [f"{server}{end}" for end in ENDS]
        file = written(home, form, values)
        ran = home.syncer("migrate", str(file), *options)
    assert ran.code in (0, 3), ran.err
    found = read(file, form)
    new = [value for value in found if value not in values]
    assert len(new) >= (len(values) if options else 5), found
    assert all(value.startswith(home.site.url) for value in new)
    assert {status(home, value) for value in new} == {200}


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_value_that_does_not_work_stays_and_is_reported(home: Home, form: str) -> None:
    home.config |= {"sources": {}, "migrate": {"allow_private": True}}
    with scripted(Answer(404)) as server:
        values = [f"{server}{end}" for end in ENDS]
        file = written(home, form, values)
        ran = home.syncer("migrate", str(file), "--column", "video", "--map", str(home.folder / "map.csv"))
    assert ran.code == 3, ran.err
    assert read(file, form) == values
    with (home.folder / "map.csv").open(newline="") as stream:
        assert {row["link"] for row in csv.DictReader(stream)} == set(values)
