"""Laws of bytes behind the first 64 KiB that are not the published ones: found where all bytes are read."""

from __future__ import annotations

import pytest

from syncer.mirror import checks
from syncer.origin import http
from tests.home import Home
from tests.media import mp4

SIZES = {"short": 100_000, "long": 600_000}


def damage(home: Home, name: str, at: int) -> None:
    """Overwrites four bytes where the web server reads the file."""
    path = home.site.root / "clips" / name
    body = path.read_bytes()
    path.write_bytes(body[:at] + bytes(each ^ 1 for each in body[at : at + 4]) + body[at + 4 :])


@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize("place", ["the middle", "the end"])
def test_other_bytes_anywhere_in_a_published_file_that_is_read_whole_are_found(
    home: Home, kind: str, place: str
) -> None:
    size = SIZES[kind]
    home.config["check"] = {"recheck": "1ms"}
    home.put("a.mp4", mp4(size))
    home.put("b.mp4", mp4(size, seed=1))
    assert home.sync()["exit_code"] == 0
    damage(home, "a.mp4", 70_000 if place == "the middle" else size - 4)
    ran = home.syncer("check", "--json")
    told = {each["url"].rpartition("/")[2]: each for each in ran.json["results"]}
    assert (ran.code, told["b.mp4"]["accepted"], told["a.mp4"]["accepted"]) == (4, True, False)
    assert [each["rule"] for each in told["a.mp4"]["findings"]] == ["origin.bytes"]
    assert set(home.manifest()) == {"b.mp4"}
    home.sync()
    home.sync()
    assert set(home.manifest()) == {"a.mp4", "b.mp4"}, "it is copied again"
    assert (home.site.root / "clips" / "a.mp4").read_bytes() == mp4(size)
    assert home.syncer("check").code == 0


def test_other_bytes_that_were_found_once_are_not_forgotten_by_a_look_at_the_start(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.put("a.mp4", mp4(SIZES["long"]))
    assert home.sync()["exit_code"] == 0
    damage(home, "a.mp4", 300_000)
    assert home.syncer("check").code == 4
    monkeypatch.setattr(checks, "WHOLE", 0)
    monkeypatch.setattr(http, "SAMPLE", 65_536)
    assert home.syncer("check").code == 4
    assert home.manifest() == {}


@pytest.mark.parametrize("at", [65_536, 99_996])
def test_sync_finds_other_bytes_in_a_short_file_that_is_due(home: Home, at: int) -> None:
    home.config["check"] = {"recheck": "1ms"}
    home.put("a.mp4", mp4(SIZES["short"]))
    assert home.sync()["exit_code"] == 0
    damage(home, "a.mp4", at)
    home.sync()
    assert home.manifest() == {}
    home.sync()
    home.sync()
    assert set(home.manifest()) == {"a.mp4"}, "the second look excludes a cache, then it is copied again"
