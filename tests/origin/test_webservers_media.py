"""Laws of the printed configurations in the real servers: all media are seen as they were stored."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

import pytest

from syncer.model import HEAD_SIZE, Content
from syncer.origin.view import PublicOrigin, PublicView
from syncer.origin.webservers import CHANGING, KINDS, LASTING
from syncer.runners import SharedPace
from tests.home import Home
from tests.media import mp4, sample
from tests.servers.printed import BELOW, ROOT, Serve

MEDIA = {
    "a.mp4": sample("Summer Trip.mp4"),
    "LOUD.MP4": mp4(seed=1),
    "my trip/müsli #1 100%.mov": sample("müsli-tasting.mov"),
    "Old.MOV": mp4()[:8] + b"qt  " + mp4()[12:],
    "street.webm": sample("street-food.webm"),
    "lake.jpg": sample("Sunset at the Lake.jpg"),
    "IMG_1.JPEG": sample("Sunset at the Lake.jpg") + b"\0",
    "café [1] {x}; $y 'q' \"z\" a+b&c=d,~.webp": sample("café.webp"),
    "日本/ビデオ.mp4": mp4(seed=2),
    "one%20two?.mp4": mp4(seed=3),
    "big.mp4": mp4(3 * HEAD_SIZE, seed=4),
}

pytestmark = pytest.mark.parametrize("kind", KINDS)


def filled(home: Home) -> None:
    home.sign()
    home.config["sources"] = {
        "clips": {"kind": "local", "root": "media"},
        "hashed": {"kind": "local", "root": "media", "path": "h/{stem} {sha256:12}.{ext}"},
    }
    for key, content in MEDIA.items():
        home.put(key, content)


@pytest.mark.parametrize("url", [ROOT, BELOW], ids=["root", "below"])
def test_bootstrap_and_sync_have_no_finding(kind: str, url: str, home: Home, serve: Serve) -> None:
    filled(home)
    server = serve(kind, url)
    told = home.syncer("bootstrap", "--json")
    assert told.code == 0, told.err
    home.config["check"]["verify"] = "full"
    done = home.sync()
    assert (done["exit_code"], done["findings"]) == (0, []), done
    urls = [line for line in home.syncer("urls").out.splitlines() if line]
    assert len(urls) == 2 * len(MEDIA)
    told = home.syncer("urls", "--format", "json")
    origin = PublicOrigin(url, url, server.ca, home.config["origin"]["connect_to"])
    with PublicView(origin, SharedPace()) as view:
        for item in told.json["items"]:
            bytes_ = MEDIA[item["key"]]
            head = hashlib.sha256(bytes_[:HEAD_SIZE]).hexdigest()
            content = Content(len(bytes_), item["sha256"], head, item["content_type"])
            assert item["findings"] == []
            assert view.inspect(item["url"], content) == ()
            answer = server.ask(urlsplit(item["url"]).path, Accept_Encoding="gzip, br, zstd, deflate")
            assert "content-encoding" not in answer.headers
            assert answer.body == bytes_
            assert answer.headers["cache-control"] == (LASTING if item["source"] == "hashed" else CHANGING)
            assert {"etag", "last-modified", "accept-ranges"} <= set(answer.headers)
