"""The warnings about a file that left its source, and about a source that left the config."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.home import Home
from tests.media import mp4


@pytest.fixture
def theirs(home: Home) -> Path:
    """Two of three published files are the user's own; all three leave the source before the next run."""
    there = home.site.root / "clips"
    there.mkdir()
    for name in ("a.mp4", "b.mp4", "ours.mp4", "stays.mp4"):
        home.put(name, mp4())
    for name in ("a.mp4", "b.mp4"):
        (there / name).write_bytes(mp4())
    assert home.sync()["counts"]["found"] == 2
    for name in ("a.mp4", "b.mp4", "ours.mp4"):
        (home.media / name).unlink()
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    return there


def test_a_run_warns_that_a_found_file_stays_public_after_it_left_its_source(
    home: Home, theirs: Path
) -> None:
    done = home.sync()
    assert (done["exit_code"], done["counts"]) == (0, {"kept": 1, "stays": 2, "deleted": 1})
    assert home.manifest().keys() == {"stays.mp4"}
    told = [found for found in done["findings"] if found["rule"] == "source.stays"]
    for name, found in zip(("a.mp4", "b.mp4"), told, strict=True):
        assert (theirs / name).read_bytes() == home.site.get(f"clips/{name}").content
        assert f"clips:{name} left its source" in found["message"]
        assert f"{home.site.url}clips/{name} is not syncer's own and stays public" in found["message"]
    status = home.syncer("status").out
    assert "2 gone from the source and still public" in status
    assert f"{home.site.url}clips/b.mp4 is not syncer's own" in status


def test_many_of_them_are_counted_beyond_those_that_are_named(home: Home) -> None:
    there = home.site.root / "clips"
    there.mkdir()
    for number in range(25):
        home.put(f"{number:02}.mp4", mp4())
        (there / f"{number:02}.mp4").write_bytes(mp4())
    home.put("stays.mp4", mp4())
    home.sync()
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    for number in range(25):
        (home.media / f"{number:02}.mp4").unlink()
    told = [found for found in home.sync()["findings"] if found["rule"] == "source.stays"]
    assert (len(told), told[-1]["value"]) == (21, "5")


def test_a_failure_of_a_source_that_left_the_config_is_forgotten(home: Home) -> None:
    there = home.site.root / "a"
    there.mkdir()
    (there / "taken.mp4").write_bytes(mp4(5000))
    home.config["sources"] = {
        "a": {"kind": "local", "root": "media", "include": ["taken.mp4", "photo.png"]},
        "b": {"kind": "local", "root": "media"},
    }
    (home.site.root / "b").mkdir()
    (home.site.root / "b/taken.mp4").write_bytes(mp4(6000))
    home.put("taken.mp4", mp4())
    home.put("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert home.sync()["exit_code"] == 3
    before = home.syncer("status", "--json").json
    assert len(before["troubles"]) == 4
    del home.config["sources"]["a"]
    assert {each["source"] for each in home.syncer("status", "--json").json["troubles"]} == {"b"}
    ran = home.syncer("sync")
    assert ran.code == 3
    assert "a:" not in ran.out
    assert "2 assets" not in ran.out
    after = home.syncer("status", "--json").json
    assert (len(after["troubles"]), after["counts"]["failed"]) == (2, 1)


def test_a_file_that_is_still_served_is_no_failure_once_its_source_left_the_config(home: Home) -> None:
    """No run tries to replace it any more."""
    home.config["sources"]["other"] = {"kind": "local", "root": "media", "include": ["none.mp4"]}
    there = home.site.root / "clips"
    there.mkdir()
    home.put("a.mp4", mp4())
    (there / "a.mp4").write_bytes(mp4())
    home.sync()
    home.put("a.mp4", mp4(5000))
    assert home.sync()["exit_code"] == 3
    assert home.troubles()["a.mp4"]["code"] == "destination.taken"
    del home.config["sources"]["clips"]
    assert home.troubles() == {}
    home.sync()
    assert home.manifest().keys() == {"a.mp4"}
