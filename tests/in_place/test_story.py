"""The ways of the first page, and the page about files in place, as they are printed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.home import SIGNATURE, Home
from tests.in_place.ground import UPLOADS, folder
from tests.media import mp4, sample
from tests.project.test_docs import README, ROOT, block
from tests.servers.tiktok import TiktokServer
from tests.servers.wire import Answer, scripted

PAGE = (ROOT / "docs/in-place.md").read_text()
DOMAIN, WEB_ROOT = "https://yourdomain.com/", "/var/www/html"


def printed(home: Home, page: str) -> None:
    """The page's first config, for this machine: another domain, another web root, and the way to nginx."""
    there = page.replace(DOMAIN, home.site.url).replace(WEB_ROOT, str(home.site.root))
    config = yaml.safe_load(block("yaml", there))
    config["origin"] |= {"ca": str(home.site.ca), "connect_to": home.site.connect_to}
    home.config.clear()
    home.config.update(config)


def said(text: str, home: Home) -> set[str]:
    """As on the page."""
    text = text.replace(str(home.folder), "/home/you").replace(home.site.url, DOMAIN)
    return set(filter(None, text.splitlines()))


def shown(command: str) -> set[str]:
    found = re.search(rf"<!-- output: {command} -->\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return set(found[1].splitlines())


def test_the_page_about_files_in_place_runs_as_printed_and_writes_one_signature_file(
    home: Home,
) -> None:
    ground = folder(home)
    ground.put(f"{UPLOADS}video.mp4", sample("Summer Trip.mp4"))
    ground.put(f"{UPLOADS}2024/photo.jpg", sample("Sunset at the Lake.jpg"))
    ground.put(f"{UPLOADS}screenshot.png", sample("screenshot.png"))
    home.sign()
    printed(home, PAGE)
    before = ground.everything()
    for line in block("sh", PAGE).splitlines():
        ran = home.syncer(*shlex.split(line)[1:])
        assert ran.code == (4 if line == "syncer sync" else 0), ran.err
        if line != "syncer bootstrap --wait 60":
            assert said(ran.out, home) == shown(line.split()[1])
    after = ground.everything()
    assert {path for path, held in after.items() if held != before.get(path)} == {
        str(home.site.root),
        str(home.site.root / SIGNATURE),
    }


def test_the_pages_second_config_loads(home: Home) -> None:
    from syncer.config import load
    from syncer.config.places import places

    file = home.folder / "second.yaml"
    file.write_text(block("yaml", PAGE, 1))
    assert places(load(file)) == {"uploads": UPLOADS}


def test_a_file_in_place_arrives_in_the_inbox(home: Home, tiktok: TiktokServer) -> None:
    folder(home).put(f"{UPLOADS}video.mp4", sample("Summer Trip.mp4"))
    home.sign()
    printed(home, PAGE)
    home.config["tiktok"] = tiktok.config
    tiktok.verified, tiktok.origins = [home.site.url], {home.site.host: home.site.port}
    assert home.syncer("bootstrap").code == home.syncer("sync").code == 0
    assert home.syncer("push", "video.mp4").out == "✓ uploads:video.mp4: in the inbox\n"
    (draft,) = tiktok.drafts.values()
    assert draft.urls == [f"{home.site.url}{UPLOADS}video.mp4"]


@pytest.mark.parametrize("server", ["nginx", "caddy"])
def test_a_web_server_for_media_alone_comes_with_a_warning(home: Home, server: str) -> None:
    folder(home)
    home.sign()
    printed(home, PAGE)
    first, *_ = home.syncer("origin", server, "--json").json["steps"]
    assert "serves files in place already" in first


# The table of the first page


def in_place(home: Home) -> Iterator[None]:
    folder(home).put(f"{UPLOADS}video.mp4", mp4())
    printed(home, PAGE)
    yield


def mirror(home: Home) -> Iterator[None]:
    home.put("a.mp4", mp4())
    home.config["origin"]["signature_files"] = [SIGNATURE]
    yield


def links(home: Home) -> Iterator[None]:
    with scripted(Answer(headers={"Content-Type": "video/mp4"}, body=mp4())) as cdn:
        home.config["origin"]["signature_files"] = [SIGNATURE]
        home.config |= {"sources": {}, "migrate": {"allow_private": True}}
        (home.folder / "posts.csv").write_text(f"id,video\n1,{cdn}/films/a.mp4\n")
        yield


@pytest.mark.parametrize(("row", "lay_out"), [(0, in_place), (1, mirror), (2, links)])
def test_each_way_of_the_first_page_runs_as_printed(
    home: Home, monkeypatch: pytest.MonkeyPatch, row: int, lay_out: Callable[[Home], Iterator[None]]
) -> None:
    table = README.partition("## Which of three ways is yours?")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    assert len(rows) == 3
    commands = re.findall(r"`(syncer [^`]+)`", rows[row])
    assert len(commands) == 3
    monkeypatch.chdir(home.folder)
    home.sign()
    for _ in lay_out(home):
        for command in commands:
            ran = home.syncer(*shlex.split(command)[1:])
            assert ran.code == 0, ran.err
    assert "https://media.example.test/" in ran.out
    written = Path("posts.migrated.csv")
    assert written.exists() == (row == 2)
    assert not written.exists() or home.site.url in written.read_text()
