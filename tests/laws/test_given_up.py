"""A rejected asset keeps nobody from a path that it does not need today."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncer.model import Asset, Content, Copy, Entry, Failed, Published, Rejected, State
from syncer.sync.ledger import Ledger
from tests.laws.shelf import Shelf, sha
from tests.laws.test_ledger import ASSET, CONTENT, KNOWN
from tests.laws.world import ORIGIN, World

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


def test_an_asset_that_is_gone_is_forgotten_as_soon_as_another_takes_its_path(world: World) -> None:
    world.catalogue.put(replace(KNOWN, key="b"))
    scan = replace(world.scan(), complete=["clips"])
    ledger = Ledger(scan)
    ledger.write(Copy(ASSET, "a", "new"), Published("a", f"{ORIGIN}a", CONTENT, seen=True))
    assert [entry.key for entry in world.catalogue.entries()] == ["a"]


@pytest.mark.parametrize(
    ("before", "lies", "path", "left"),
    [
        (KNOWN, True, "up/a", ["a"]),
        (KNOWN, True, "a", []),
        (replace(KNOWN, found=True), True, "up/a", []),
        (replace(KNOWN, in_place=True), False, "b", []),
    ],
)
def test_an_asset_that_is_rejected_where_it_lies_now_has_no_path_and_only_its_copy_is_deleted_later(
    world: World, before: Entry, path: str, left: list[str], *, lies: bool
) -> None:
    world.catalogue.put(before)
    asset = Asset("clips", "a", "a", 1, "v2", in_place=lies)
    Ledger(world.scan()).write(Copy(asset, path, "changed", before), Rejected("video/mp4", 1, ()))
    entry = world.entry("a")
    assert (entry.state, entry.path, entry.url) == (State.REJECTED, None, None)
    assert (entry.in_place, entry.found) == (lies, False)
    assert [found for found, _, _ in world.catalogue.retired(world.clock)] == left


@pytest.mark.parametrize(
    ("changes", "content", "found"),
    [
        ({}, CONTENT, False),
        ({}, replace(CONTENT, sha256="other"), True),
        ({"path": "b"}, CONTENT, True),
        ({"found": True}, CONTENT, True),
        ({"in_place": True}, CONTENT, True),
    ],
)
def test_a_file_in_doubt_is_its_own_only_with_the_bytes_that_syncer_had_at_its_path(
    world: World, changes: dict[str, Any], content: Content, *, found: bool
) -> None:
    known = replace(KNOWN, state=State.STORED, checked_at=None, doubted=True, **changes)
    world.catalogue.put(known)
    outcome = Published("a", f"{ORIGIN}a", content, seen=True, found=True)
    Ledger(world.scan()).write(Copy(ASSET, "a", "new", known), outcome)
    assert world.entry("a").found is found
