"""A source that changes from copying to in place, or back: `plan` counts what `sync` then does."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.home import Home
from tests.in_place.ground import UPLOADS, Ground
from tests.media import mp4

WORDS = {"copy": "copied", "publish": "in_place", "keep": "kept", "delete": "deleted", "unlist": "gone"}


def agree(home: Home) -> Any:
    """Asserts that `sync` does what `plan` says just before, and returns the plan."""
    plan = home.syncer("plan", "--json", "--all").json
    ran = home.syncer("sync", "--json", "--log-format", "json")
    counts = ran.json["counts"]
    counts.pop("bytes", None)
    assert {WORDS[word]: count for word, count in plan["counts"].items()} == counts
    assert [found["rule"] for found in plan["findings"]] == [found["rule"] for found in ran.json["findings"]]
    assert plan["errors"] == ran.json["errors"]
    return plan


def test_a_switch_is_planned_as_it_is_done(web: Ground) -> None:
    home, sources = web.home, web.home.config["sources"]
    in_place = sources.pop("uploads")
    copying = {"kind": "local", "root": "media"}
    sources["uploads"] = copying
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    for number in range(3):
        home.put(f"{number}.mp4", mp4(seed=number))
    assert agree(home)["counts"] == {"copy": 3}
    web.upload(**{"0": mp4(seed=0), "1": mp4(seed=1)})
    sources["uploads"] = in_place
    plan = agree(home)
    assert plan["counts"] == {"publish": 2, "delete": 3}
    reasons = Counter((step["action"], step["reason"]) for step in plan["steps"])
    assert reasons == {
        ("publish", "copied before, in place"): 2,
        ("delete", "gone from the source"): 1,
        ("delete", "left for another path"): 2,
    }
    own = {path: held for path, held in web.everything().items() if UPLOADS in path}
    assert len(own) == 2
    sources["uploads"] = copying | {"path": "new/{key}"}
    assert agree(home)["counts"] == {"copy": 3}
    assert own == {path: web.everything()[path] for path in own}
    sources["uploads"] = copying | {"path": "{source}/{key}"}
    assert agree(home)["counts"] == {"copy": 3, "delete": 3}
    assert home.public() == {f"uploads/{number}.mp4" for number in range(3)} | {
        f"{UPLOADS}0.mp4",
        f"{UPLOADS}1.mp4",
    }


def test_a_deleted_file_is_told_with_its_path(web: Ground) -> None:
    web.home.config["sources"] = {"clips": {"kind": "local", "root": "media"}}
    web.home.config |= {"delete": "mirror", "max_delete": "100%"}
    for name in ("a", "b"):
        web.home.put(f"{name}.mp4", mp4(seed=ord(name)))
    web.home.sync()
    (web.home.media / "a.mp4").unlink()
    assert web.home.syncer("sync").err.endswith(" deleted clips:a.mp4 clips/a.mp4\n")
    (web.home.media / "b.mp4").rename(web.home.media / "c.mp4")
    assert '"path": "clips/b.mp4"' in web.home.syncer("sync", "--log-format", "json").err
