"""A file that is renamed, or moves to another source, keeps its path."""

from __future__ import annotations

import pytest

from tests.home import Home
from tests.media import mp4

pytestmark = pytest.mark.usefixtures("quick_retries")


@pytest.mark.parametrize("names", ["ab", "ba"])
@pytest.mark.parametrize("delete", ["never", "mirror"])
def test_a_renamed_asset_takes_its_path_along(home: Home, names: str, delete: str) -> None:
    """This holds whichever name is listed first, and whatever `delete` is."""
    home.config["sources"]["clips"]["path"] = "{sha256}.mp4"
    home.config["delete"] = delete
    old, new = (home.media / f"{name}.mp4" for name in names)
    old.write_bytes(mp4())
    home.sync()
    old.rename(new)
    assert home.sync()["exit_code"] == 0
    assert set(home.manifest()) == {new.name}
    assert len(home.public()) == 1


def test_more_renames_than_can_wait_cost_no_url(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some move in the next run, and nothing is deleted before."""
    monkeypatch.setattr("syncer.sync.steps.MOST_WAITING", 2)
    home.config["sources"]["clips"]["path"] = "v/{stem}.mp4"
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    for number in range(5):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.sync()
    for number in range(5):
        (home.media / f"{number}.mp4").rename(home.media / f"{number}.MP4")
    assert home.sync()["exit_code"] == 3
    assert len(home.public()) == 5
    assert home.sync()["exit_code"] == 3
    assert home.sync()["exit_code"] == 0
    assert set(home.manifest()) == {f"{number}.MP4" for number in range(5)}


@pytest.mark.parametrize("gone", [False, True])
def test_a_hashed_path_is_settled_when_the_listing_is_through(home: Home, gone: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Its bytes are read long before the owner of the path is listed."""
    home.config["sources"]["clips"]["path"] = "{sha256}.mp4"
    owner = home.put("zz.mp4", mp4())
    home.sync()
    owner.rename(home.media / "aa.mp4") if gone else home.put("aa.mp4", mp4())
    for number in range(40):
        home.put(f"b{number:02}.mp4", mp4(seed=number + 1))
    assert home.sync()["exit_code"] == (0 if gone else 3)
    assert ("aa.mp4" in home.manifest()) is gone
    assert ("zz.mp4" in home.manifest()) is not gone


@pytest.mark.parametrize("names", [("one", "two"), ("two", "one")])
def test_an_asset_that_moves_to_another_source_keeps_its_url(home: Home, names: tuple[str, str]) -> None:
    home.config["delete"] = "mirror"
    home.config["sources"] = {
        name: {"kind": "local", "root": name, "path": "v/{key}"} for name in ("one", "two")
    }
    for name in names:
        (home.folder / name).mkdir()
    (home.folder / names[0] / "a.mp4").write_bytes(mp4())
    home.sync()
    (home.folder / names[0] / "a.mp4").rename(home.folder / names[1] / "a.mp4")
    assert home.sync()["exit_code"] == 0
    assert home.manifest()["a.mp4"]["source"] == names[1]
    assert home.public() == {"v/a.mp4"}


def test_an_asset_does_not_take_the_path_of_one_whose_source_cannot_be_listed(home: Home) -> None:
    home.config["sources"] = {
        name: {"kind": "local", "root": name, "path": "v/{key}"} for name in ("one", "two")
    }
    for name in ("one", "two"):
        (home.folder / name).mkdir()
    (home.folder / "two/a.mp4").write_bytes(mp4(seed=2))
    home.sync()
    (home.folder / "two").rename(home.folder / "away")
    (home.folder / "one/a.mp4").write_bytes(mp4(seed=1))
    assert home.sync()["exit_code"] == 1
    assert home.manifest()["a.mp4"]["source"] == "two"
    assert home.site.get("v/a.mp4").content == mp4(seed=2)


def test_a_renamed_source_takes_over_its_paths(home: Home) -> None:
    home.config["sources"] = {"old": {"kind": "local", "root": "media", "path": "v/{key}"}}
    home.put("a.mp4", mp4())
    home.sync()
    home.config["sources"] = {"new": home.config["sources"]["old"]}
    assert home.sync()["exit_code"] == 0
    assert home.manifest()["a.mp4"]["source"] == "new"
