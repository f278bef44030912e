"""A stored file is looked at until it is seen at its public URL, and again when a look is due."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from syncer.model import State
from tests.home import Home
from tests.media import mp4, sample
from tests.servers.nginx import StartNginx

pytestmark = pytest.mark.usefixtures("quick_retries")


def test_what_is_stored_but_not_seen_is_looked_at_again_and_not_copied_again(
    home: Home, nginx: StartNginx
) -> None:
    home.put("a.mp4", mp4())
    good = home.site
    home.config["origin"]["connect_to"] = nginx(good.root, location="return 403;").connect_to
    done = home.sync()
    assert done["exit_code"] == 3
    assert done["counts"]["stored"] == 1
    assert home.manifest() == {}
    assert home.troubles()["a.mp4"]["code"] == "origin.status"
    home.config["origin"]["connect_to"] = good.connect_to
    done = home.sync()
    assert done["exit_code"] == 0
    assert done["counts"] == {"rechecked": 1}
    assert set(home.manifest()) == {"a.mp4"}


def lose(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("spoil", [lose, cut])
@pytest.mark.parametrize("checked", [False, True])
def test_what_the_destination_lost_is_copied_again_in_the_run_that_finds_it(
    home: Home, spoil: Callable[[Path], None], *, checked: bool
) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        home.put(name, mp4(seed=ord(name[0])))
    home.sync()
    for name in ("a.mp4", "b.mp4"):
        spoil(home.site.root / "clips" / name)
    if checked:
        assert home.syncer("check").code == 4
    else:
        home.config["check"]["recheck"] = "0s"
    planned = home.syncer("plan", "--json").json["counts"]
    done = home.sync()
    assert planned == ({"recheck": 2, "keep": 1} if checked else {"recheck": 3})
    assert done["counts"].pop("bytes") > 0
    assert (done["exit_code"], done["counts"]) == (0, {"copied": 2, ("kept" if checked else "rechecked"): 1})
    (found,) = done["findings"]
    assert (found["rule"], found["value"]) == ("destination.changed", "2")
    assert set(home.manifest()) == {"a.mp4", "b.mp4", "c.mp4"}
    assert home.site.get("clips/a.mp4").content == mp4(seed=ord("a"))


def test_a_file_that_is_gone_everywhere_fails_as_lost(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.put("b.mp4", mp4(seed=1))
    home.sync()
    (home.site.root / "clips/a.mp4").unlink()
    (home.media / "a.mp4").unlink()
    home.config["check"]["recheck"] = "0s"
    assert home.sync()["counts"] == {"rechecked": 1, "failed": 1}
    assert home.troubles()["a.mp4"]["code"] == "destination.changed"
    assert set(home.manifest()) == {"b.mp4"}


def test_another_origin_url_is_looked_at_and_copies_nothing(home: Home, nginx: StartNginx) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    other = nginx(home.site.root, host="cdn.example.test")
    home.config["origin"] |= {"url": other.url, "property": other.url, "connect_to": other.connect_to}
    assert home.sync()["counts"] == {"rechecked": 1}
    assert home.manifest()["a.mp4"]["url"] == "https://cdn.example.test/clips/a.mp4"


def test_verify_full_downloads_and_compares_all_of_it(home: Home, nginx: StartNginx) -> None:
    """The web server serves a file that differs only far behind the first 64 KiB."""
    home.config["check"]["verify"] = "full"
    content = mp4(200_000)
    home.put("a.mp4", content)
    assert home.sync()["exit_code"] == 0
    other = home.site.root.parent / "other"
    (other / "clips").mkdir(parents=True)
    (other / "clips/b.mp4").write_bytes(content[:-1] + b"?")
    home.put("b.mp4", content)
    home.config["origin"]["connect_to"] = nginx(other).connect_to
    home.sync()
    assert home.troubles()["b.mp4"]["code"] == "origin.bytes"


def test_a_plain_get_is_tried_once_for_each_media_type(home: Home) -> None:
    for number in range(4):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.put("a.webp", sample("café.webp"))
    home.sync()
    log = "\n".join(home.site.log())
    assert log.count('"HEAD ') == 2
    assert log.count('"GET /clips/') == 5 + 2


def test_verify_full_is_asked_of_the_next_look_too(home: Home) -> None:
    """For a stored file, the first 64 KiB are not enough to count as seen."""
    home.config["check"]["verify"] = "full"
    content = mp4(200_000)
    home.put("a.mp4", content)
    home.sync()
    (home.site.root / "clips/a.mp4").write_bytes(content[:-1] + b"?")
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        entry = catalogue.entry("clips", "a.mp4")
        assert entry
        catalogue.put(replace(entry, state=State.STORED))
    for _ in range(2):
        assert home.sync()["exit_code"] == 3
        assert home.manifest() == {}


def test_bytes_that_stay_other_ones_are_copied_again(home: Home) -> None:
    """Something else wrote a file of the same size over ours."""
    home.config["check"]["recheck"] = "0s"
    home.put("a.mp4", mp4())
    home.sync()
    (home.site.root / "clips/a.mp4").write_bytes(mp4(seed=7))
    codes = [home.sync()["exit_code"] for _ in range(4)]
    assert codes == [3, 3, 0, 0]
    assert home.site.get("clips/a.mp4").content == mp4()


def test_what_no_source_lists_any_more_is_still_looked_at(home: Home) -> None:
    home.config["check"]["recheck"] = "0s"
    home.config["sources"]["other"] = {"kind": "local", "root": "media"}
    home.put("a.mp4", mp4())
    home.put("b.mp4", mp4(seed=1))
    home.sync()
    del home.config["sources"]["other"]
    (home.media / "a.mp4").unlink()
    assert home.sync()["exit_code"] == 0
    assert len(json.loads((home.folder / "urls.json").read_text())["items"]) == 4
    (home.site.root / "clips/a.mp4").unlink()
    (home.site.root / "other/b.mp4").unlink()
    assert home.sync()["exit_code"] == 3
    paths = {item["path"] for item in json.loads((home.folder / "urls.json").read_text())["items"]}
    assert paths == {"clips/b.mp4", "other/a.mp4"}


def test_an_origin_that_fails_a_plain_get_empties_the_type(home: Home, nginx: StartNginx) -> None:
    """A look with Range passes, but a platform that asks without Range gets nothing."""
    for number in range(3):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.put("a.webp", sample("café.webp"))
    location = 'if ($http_range = "") { return 403; }'
    home.config["origin"]["connect_to"] = nginx(home.site.root, location=location).connect_to
    done = home.sync()
    assert done["exit_code"] == 3
    assert {finding["rule"] for finding in done["findings"]} >= {"origin.get"}
    assert home.manifest() == {}
    ran = home.syncer("sync")
    assert "! without Range" in ran.out
    assert "0 URLs in" in ran.out
