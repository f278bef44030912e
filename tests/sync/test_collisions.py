"""Two assets on one path: the first keeps it and stays up to date, and the other gets an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.home import Home
from tests.media import mp4


@pytest.mark.parametrize(("holder", "other"), [("a", "b"), ("b", "a")])
def test_the_owner_of_a_path_keeps_it_whichever_is_listed_first(home: Home, holder: str, other: str) -> None:
    home.config["sources"] = {
        name: {"kind": "local", "root": f"media/{name}", "path": "x/{key}"} for name in ("a", "b")
    }
    (home.media / other).mkdir()
    home.put(f"{holder}/1.mp4", mp4(seed=1))
    assert home.sync()["exit_code"] == 0
    home.put(f"{other}/1.mp4", mp4(seed=2))
    home.put(f"{holder}/1.mp4", mp4(seed=3, size=3000))
    for _ in range(2):
        done = home.sync()
        assert done["exit_code"] == 3
        assert f"{other}:1.mp4" in done["log"]
        assert served(home) == (holder, mp4(seed=3, size=3000))
    (home.media / holder / "1.mp4").unlink()
    assert home.sync()["exit_code"] == 0
    assert served(home) == (other, mp4(seed=2))


def served(home: Home) -> tuple[str, bytes]:
    """The owner of the listed URL, and the bytes there."""
    (item,) = home.manifest().values()
    return item["source"], (Path(home.site.root) / item["path"]).read_bytes()


def test_two_assets_on_one_path_are_an_error_that_names_both(home: Home) -> None:
    home.config["sources"]["more"] = {"kind": "local", "root": "more", "path": "x/{stem}.mp4"}
    home.config["sources"]["clips"]["path"] = "x/{stem}.mp4"
    home.put("a.mp4", mp4())
    (home.folder / "more").mkdir()
    (home.folder / "more" / "a.mov").write_bytes(mp4(seed=3))
    (home.folder / "more" / "b.mov").write_bytes(mp4(seed=4))
    for _ in range(2):
        assert home.sync()["exit_code"] == 3
        trouble = home.troubles()["a.mov"]
        assert trouble["code"] == "plan.collision"
        assert "clips:a.mp4 and more:a.mov" in trouble["message"]
        assert set(home.manifest()) == {"a.mp4", "b.mov"}
        assert home.site.get("x/a.mp4").content == mp4()


def test_two_assets_with_the_same_bytes_on_a_hashed_path_are_an_error_too(home: Home) -> None:
    """The asset that is read first gets the path, and keeps it."""
    home.config["sources"]["clips"]["path"] = "{sha256}.mp4"
    home.put("a.mp4", mp4())
    home.put("b.mp4", mp4())
    assert home.sync()["exit_code"] == 3
    (first,) = home.manifest()
    (second,) = {"a.mp4", "b.mp4"} - {first}
    for _ in range(2):
        assert set(home.manifest()) == {first}
        trouble = home.troubles()[second]
        assert trouble["code"] == "plan.collision"
        assert "clips:a.mp4" in trouble["message"]
        assert "clips:b.mp4" in trouble["message"]
        assert home.sync()["exit_code"] == 3
