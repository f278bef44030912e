"""A rejected asset keeps nobody from a path that it does not need today."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncer.model import Copy, Failed, State
from tests.laws.shelf import Shelf, sha
from tests.laws.world import World

BY_HASH = "{sha256}.mp4"
PHOTO = b"a photo"
PATH = f"{sha(PHOTO)}.mp4"
UNFIT = b"refused"


def reject(world: World, key: str) -> None:
    """The asset gets a version that is refused."""
    world.sources["clips"].files[key] = UNFIT
    world.unfit.add(UNFIT)
    assert world.run().exit == 4
    assert world.entry(key).state is State.REJECTED


@pytest.fixture(params=["after", "before"])
def rejected(request: pytest.FixtureRequest, world: World) -> World:
    """`a` was published, and is rejected now. Another source is listed before or after it."""
    world.sources = {name: Shelf(name) for name in ("clips", "other")}
    if request.param == "before":
        world.sources = dict(reversed(world.sources.items()))
    world.sources["clips"].files["a"] = PHOTO
    return world


def give(world: World, key: str = "b") -> None:
    world.sources["other"].files[key] = PHOTO


def test_its_old_bytes_under_another_name_are_published(rejected: World) -> None:
    rejected.templates = dict.fromkeys(rejected.sources, BY_HASH)
    rejected.run()
    reject(rejected, "a")
    assert rejected.listed == set()
    give(rejected)
    summary = rejected.run()
    assert (summary.exit, summary.counts["failed"], rejected.listed) == (4, 0, {PATH})
    assert rejected.entry("b", "other").path == PATH
    old = rejected.entry("a")
    assert (old.state, old.path, old.url) == (State.REJECTED, None, None)
    again = rejected.run()
    assert (again.counts["copied"], rejected.listed) == (0, {PATH})


def test_with_another_template_it_leaves_its_path(rejected: World) -> None:
    rejected.templates = dict.fromkeys(rejected.sources, "{source}/{key}")
    rejected.run()
    reject(rejected, "a")
    rejected.templates = {"clips": "new/{key}", "other": "clips/{key}"}
    give(rejected, "a")
    summary = rejected.run()
    assert (summary.counts["failed"], rejected.listed) == (0, {"clips/a"})
    assert rejected.stored["clips/a"] == PHOTO
    assert rejected.entry("a").path is None


def test_it_is_published_again_where_its_template_says(rejected: World) -> None:
    test_its_old_bytes_under_another_name_are_published(rejected)
    rejected.sources["clips"].files["a"] = b"another photo"
    assert rejected.run().exit == 0
    assert rejected.listed == {PATH, f"{sha(b'another photo')}.mp4"}


def test_its_old_bytes_come_back_and_the_path_stays_with_the_new_owner(rejected: World) -> None:
    test_its_old_bytes_under_another_name_are_published(rejected)
    rejected.sources["clips"].files["a"] = PHOTO
    assert rejected.run().exit == 3
    assert rejected.entry("b", "other").path == PATH
    assert rejected.listed == {PATH}


def test_deleting_it_leaves_the_file_to_the_new_owner(rejected: World) -> None:
    test_its_old_bytes_under_another_name_are_published(rejected)
    del rejected.sources["clips"].files["a"]
    rejected.delete = timedelta(0)
    rejected.run()
    assert rejected.listed == {PATH} == set(rejected.stored)


@pytest.mark.parametrize("why", ["same template", "left out", "no listing", "one asset", "unversioned"])
def test_it_keeps_a_path_that_it_may_need(rejected: World, why: str) -> None:
    rejected.templates = {"clips": "{key}", "other": "same/{key}"}
    rejected.run()
    reject(rejected, "a")
    rejected.templates = dict.fromkeys(rejected.sources, "{key}")
    give(rejected, "a")
    clips = rejected.sources["clips"]
    if why == "left out":
        clips.left_out.add("a")
    elif why == "no listing":
        clips.broken = True
        clips.files.clear()
    elif why == "unversioned":
        clips.unversioned = True
    rejected.run(partial=why == "one asset")
    assert rejected.listed == set()
    assert rejected.entry("a").path == "a"
    assert rejected.stored["a"] == PHOTO
    error = rejected.entry("a", "other").error
    assert error
    assert error.code == "plan.collision"


def test_if_the_copy_fails_nobody_loses_a_path(rejected: World) -> None:
    rejected.templates = {"clips": "{source}/{key}", "other": "{source}/{key}"}
    rejected.run()
    reject(rejected, "a")
    rejected.templates = {"clips": "new/{key}", "other": "clips/{key}"}
    give(rejected, "a")
    rejected.fails[Copy] = Failed("source.cut", "cut off")
    rejected.run()
    assert rejected.entry("a").path == "clips/a"
    rejected.fails.clear()
    rejected.run()
    assert rejected.listed == {"clips/a"}


def test_a_published_asset_keeps_its_path_until_it_has_left_it(world: World) -> None:
    """Its new version fails, so the URL of the old one stays."""
    world.sources = {name: Shelf(name) for name in ("clips", "other")}
    world.templates = dict.fromkeys(world.sources, BY_HASH)
    world.sources["clips"].files["a"] = PHOTO
    world.run()
    world.sources["clips"].files["a"] = b"new"
    world.dead.add("clips")
    give(world)
    assert world.run().exit == 3
    assert (world.entry("a").path, world.listed) == (PATH, {PATH})
    world.dead.clear()
    world.run()
    world.run()
    assert world.listed == {PATH, f"{sha(b'new')}.mp4"}
