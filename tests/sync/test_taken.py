"""syncer replaces and deletes only what it wrote: any other file at a public path is somebody else's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.home import Home
from tests.in_place.ground import UPLOADS, Ground, ground
from tests.media import mp4

MINE, THEIRS, LONGER = mp4(seed=1), mp4(seed=2), mp4(5000, seed=3)
assert len(MINE) == len(THEIRS)


@pytest.fixture(params=["local", "sftp", "s3"])
def anywhere(request: pytest.FixtureRequest, home: Home) -> Iterator[Ground]:
    """A destination of each kind, with one source that copies to it, in a run that deletes what is gone."""
    for made in ground(request.param, home, request):
        copies(made)
        if request.param == "s3":
            home.config["origin"]["destination"]["acl"] = "public-read"
        home.config |= {"delete": "mirror", "max_delete": "100%"}
        yield made


def copies(place: Ground, name: str = "clips", path: str = "{source}/{key}") -> None:
    place.home.config["sources"] = {name: {"kind": "local", "root": "media", "path": path}}


def held(place: Ground, *paths: str) -> dict[str, object]:
    """The files at these paths, with everything that a write would change."""
    return {name: said for name, said in place.everything().items() if name.endswith(paths)}


def codes(home: Home) -> dict[str, str]:
    return {key: trouble["code"] for key, trouble in home.troubles().items()}


def test_a_file_that_was_there_before_is_never_replaced_nor_deleted(anywhere: Ground) -> None:
    """The file has the same size or another one; the path is known before the bytes or only after them."""
    home, names = anywhere.home, ("a.mp4", "b.mp4", "mine.mp4")
    anywhere.put("clips/a.mp4", LONGER)
    anywhere.put("clips/b.mp4", THEIRS)
    before = held(anywhere, "clips/a.mp4", "clips/b.mp4")
    assert len(before) == 2
    for name in names:
        home.put(name, MINE)
    for _ in range(2):
        done = home.sync()
        assert (done["exit_code"], done["counts"]["failed"]) == (3, 2)
        assert codes(home) == {"a.mp4": "destination.taken", "b.mp4": "destination.taken"}
        assert home.manifest().keys() == {"mine.mp4"}
    told = home.troubles()["a.mp4"]
    assert " 'clips/a.mp4':" in told["message"]
    assert "5000 bytes" in told["message"]
    assert "another `path`" in told["hint"]
    for name in names:
        (home.media / name).unlink()
    home.put("other.mp4", MINE)
    assert home.sync()["counts"]["deleted"] == 1
    assert home.syncer("unpublish", "clips/a.mp4").code == 2
    assert held(anywhere, "clips/a.mp4", "clips/b.mp4") == before


def test_a_new_path_and_a_new_source_take_nothing_of_others(anywhere: Ground) -> None:
    """The old URL stays listed, as long as it is served."""
    home = anywhere.home
    anywhere.put("theirs/a.mp4", LONGER)
    before = held(anywhere, "theirs/a.mp4")
    home.put("a.mp4", MINE)
    copies(anywhere, path="own/{key}")
    assert home.sync()["exit_code"] == 0
    copies(anywhere, path="theirs/{key}")
    assert home.sync()["exit_code"] == 3
    assert codes(home) == {"a.mp4": "destination.taken"}
    assert home.manifest()["a.mp4"]["path"] == "own/a.mp4"
    copies(anywhere, "renamed", "theirs/{key}")
    home.config["sources"]["second"] = {"kind": "local", "root": "media", "path": "own/{key}"}
    for _ in range(2):
        assert home.sync()["exit_code"] == 3
    assert home.manifest()["a.mp4"]["source"] == "second", (
        "what a source left is ours, and the next one takes it"
    )
    (home.media / "a.mp4").unlink()
    home.put("other.mp4", MINE)
    home.sync()
    assert held(anywhere, "theirs/a.mp4") == before
    assert not held(anywhere, "own/a.mp4")


@pytest.mark.parametrize("source", ["uploads", "others"])
def test_a_file_in_place_is_not_taken_over_by_a_source_that_copies(anywhere: Ground, source: str) -> None:
    """The file is not ours, whatever the name of its source, and whether the bytes are the same or not."""
    home, names = anywhere.home, (f"{UPLOADS}a.mp4", f"{UPLOADS}b.mp4")
    anywhere.upload(a=THEIRS, b=MINE)
    before = held(anywhere, *names)
    there = {**home.config["origin"]["destination"], "in_place": True}
    there.pop("acl", None)
    inside = "prefix" if there["kind"] == "s3" else "root"
    there[inside] = UPLOADS if inside == "prefix" else f"{there['root']}/{UPLOADS}"
    home.config["sources"] = {"uploads": there}
    assert home.sync()["counts"] == {"in_place": 2}
    home.put("a.mp4", LONGER)
    home.put("b.mp4", MINE)
    copies(anywhere, source, f"{UPLOADS}{{key}}")
    for _ in range(2):
        assert home.sync()["exit_code"] == 3
        assert codes(home)["a.mp4"] == "destination.taken"
    assert home.manifest()["b.mp4"]["in_place"]
    unpublished = home.syncer("unpublish", "--json", f"{UPLOADS}b.mp4")
    assert unpublished.json["unpublished"][0]["in_place"]
    home.sync()
    (home.media / "a.mp4").unlink()
    home.put("b.mp4", LONGER)
    home.put("other.mp4", MINE)
    for _ in range(2):
        home.sync()
    assert held(anywhere, *names) == before


def test_the_very_same_file_is_published_without_a_write_and_stays_its_owners(anywhere: Ground) -> None:
    home = anywhere.home
    copies(anywhere, path="{stem}.{sha256:8}.{ext}")
    home.put("a.mp4", MINE)
    assert home.sync()["exit_code"] == 0
    hashed = home.manifest()["a.mp4"]["path"]
    copies(anywhere)
    home.put("b.mp4", MINE)
    for name in ("clips/a.mp4", "clips/b.mp4"):
        anywhere.put(name, MINE)
    before = held(anywhere, "clips/a.mp4", "clips/b.mp4")
    done = home.sync()
    assert (done["exit_code"], done["counts"]) == (0, {"found": 2, "deleted": 1})
    assert not held(anywhere, hashed)
    assert home.sync()["counts"] == {"kept": 2}
    home.put("a.mp4", LONGER)
    assert home.sync()["exit_code"] == 3
    assert codes(home) == {"a.mp4": "destination.taken"}
    assert home.manifest().keys() == {"a.mp4", "b.mp4"}, "the old bytes are still served"
    (home.media / "b.mp4").unlink()
    home.sync()
    assert home.manifest().keys() == {"a.mp4"}
    assert home.syncer("unpublish", "a.mp4").code == 0
    assert held(anywhere, "clips/a.mp4", "clips/b.mp4") == before


def test_once_the_path_is_free_it_is_written_and_from_then_on_ours(anywhere: Ground) -> None:
    home = anywhere.home
    anywhere.put("clips/a.mp4", LONGER)
    home.put("a.mp4", MINE)
    home.put("b.mp4", MINE)
    assert home.sync()["exit_code"] == 3
    anywhere.remove("clips/a.mp4")
    assert home.sync()["counts"] == {"copied": 1, "bytes": len(MINE), "kept": 1}
    home.put("a.mp4", LONGER)
    assert home.sync()["counts"] == {"copied": 1, "bytes": len(LONGER), "kept": 1}
    (home.media / "a.mp4").unlink()
    assert home.sync()["counts"] == {"deleted": 1, "kept": 1}
    assert not held(anywhere, "clips/a.mp4")
