"""If another disk is mounted at the destination, or its files are gone, nothing is written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping

import pytest

from syncer.destinations.keys import OWNER_MARK
from tests.home import Home
from tests.in_place.ground import Ground, ground
from tests.media import mp4

NAMES = [f"{number}.mp4" for number in range(5)]


@pytest.fixture(params=["local", "sftp", "s3"])
def place(request: pytest.FixtureRequest, home: Home) -> Iterator[Ground]:
    """Five files are published at a destination of each kind."""
    for made in ground(request.param, home, request):
        home.config["sources"] = {"clips": {"kind": "local", "root": "media"}}
        if request.param == "s3":
            home.config["origin"]["destination"]["acl"] = "public-read"
        for number, name in enumerate(NAMES):
            home.put(name, mp4(seed=number))
        assert home.sync()["listed"] == len(NAMES)
        yield made


def files(place: Ground) -> Mapping[str, object]:
    """Without folders: a look does not change their times."""
    return {name: said for name, said in place.everything().items() if ".mp4" in name or OWNER_MARK in name}


def refused(home: Home) -> str:
    done = home.sync()
    (error,) = done["errors"]
    assert (done["exit_code"], done["counts"], error["code"]) == (1, {}, "destination.emptied")
    assert "another disk" in error["hint"]
    assert "`syncer sync --take-over`" in error["hint"]
    return str(error["message"])


@pytest.mark.parametrize("size", [3000, 1500])
def test_a_disk_with_the_same_names_and_other_files_is_not_written(place: Ground, size: int) -> None:
    home = place.home
    place.remove(OWNER_MARK)
    for number, name in enumerate(NAMES[1:]):
        place.put(f"clips/{name}", mp4(size + number, seed=number))
    place.remove(f"clips/{NAMES[0]}")
    home.put("new.mp4", mp4(seed=8))
    before = files(place)
    said = refused(home)
    assert "mark is gone, and of 5 published files that syncer looked for, none has its size" in said
    assert "4 of another size, 1 missing" in said
    assert home.syncer("unpublish", NAMES[1]).code == 1
    assert files(place) == before
    assert home.manifest() == {}
    for number, name in enumerate(NAMES):
        place.put(f"clips/{name}", mp4(seed=number))
    done = home.sync()
    assert (done["exit_code"], done["counts"].get("copied"), done["listed"]) == (0, 1, len(NAMES) + 1)


@pytest.mark.parametrize(
    ("place", "size"), [("local", None), ("sftp", 120_000), ("s3", None)], indirect=["place"]
)
def test_a_disk_with_the_same_names_and_sizes_and_other_bytes_is_not_written(
    place: Ground, size: int | None
) -> None:
    home, right = place.home, {name: mp4(seed=number) for number, name in enumerate(NAMES)}
    if size:
        right = {name: mp4(size, seed=20 + number) for number, name in enumerate(NAMES)}
        for name, content in right.items():
            home.put(name, content)
        assert home.sync()["counts"]["copied"] == len(NAMES)
    place.remove(OWNER_MARK)
    for number, (name, content) in enumerate(right.items()):
        place.put(f"clips/{name}", mp4(len(content), seed=90 + number))
    before = files(place)
    for _ in range(2):
        said = refused(home)
        assert "none has its bytes: 5 with other bytes, 0 of another size, 0 missing" in said
        assert files(place) == before
    assert home.manifest() == {}
    for name, content in right.items():
        place.put(f"clips/{name}", content)
    done = home.sync()
    assert (done["exit_code"], done["listed"], done["counts"].get("copied")) == (0, len(NAMES), None)


def test_a_root_that_has_our_mark_and_none_of_our_files_is_not_written(place: Ground) -> None:
    """The files may lie on a disk of their own."""
    home = place.home
    for name in NAMES:
        place.remove(f"clips/{name}")
    home.put("new.mp4", mp4(seed=8))
    before = files(place)
    for _ in range(2):
        assert "its owner mark is there, but of 5 published files" in refused(home)
        assert (files(place), home.manifest()) == (before, {})
    done = home.sync("--take-over")
    assert (done["exit_code"], done["counts"]["copied"], done["listed"]) == (0, 6, 6)
    assert home.sync()["counts"] == {"kept": 6}


def test_a_file_that_is_still_there_lets_the_run_go_on(place: Ground) -> None:
    """A file of another size is enough: it is our destination, and a later look finds the change."""
    for name in NAMES[1:]:
        place.remove(f"clips/{name}")
    place.put(f"clips/{NAMES[0]}", mp4(3000))
    assert place.home.sync()["exit_code"] == 0


@pytest.fixture
def swapped(home: Home) -> Home:
    """A run published to another disk with --take-over; now the right disk is mounted again."""
    for number, name in enumerate(NAMES):
        home.put(name, mp4(seed=number))
    assert home.sync()["listed"] == len(NAMES)
    root = home.site.root
    right, wrong = root.with_name("right"), root.with_name("wrong")
    shutil.copytree(root, right)
    for path in [root / OWNER_MARK, *(root / "clips").iterdir()]:
        path.unlink()
    (root / "clips" / NAMES[0]).write_bytes(mp4(3000))
    home.put("new.mp4", mp4(seed=8))
    assert home.sync("--take-over")["counts"]["copied"] == len(NAMES)
    shutil.copytree(root, wrong)
    shutil.rmtree(root)
    shutil.copytree(right, root)
    return home


def test_the_right_disk_that_comes_back_is_noticed_and_a_take_over_repairs_everything(swapped: Home) -> None:
    before = swapped.public()
    done = swapped.sync()
    (error,) = done["errors"]
    assert (done["exit_code"], error["code"], done["counts"]) == (1, "destination.owner", {})
    assert "another disk was mounted here meanwhile" in error["hint"]
    assert "`syncer sync --take-over` looks at each file again: nothing is lost" in error["hint"]
    assert swapped.public() == before
    done = swapped.sync("--take-over")
    assert (done["exit_code"], done["counts"]["copied"], done["counts"]["rechecked"]) == (0, 1, len(NAMES))
    assert done["listed"] == len(NAMES) + 1
    assert swapped.manifest().keys() == {*NAMES, "new.mp4"}
    assert swapped.public() == {*(f"clips/{name}" for name in NAMES), "clips/new.mp4"}
    assert swapped.sync()["counts"] == {"kept": len(NAMES) + 1}
