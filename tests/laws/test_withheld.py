"""Bytes of an asset that a user unpublished are not published again before the user says so."""

from __future__ import annotations

import pytest

from syncer.errors import Exit
from tests.laws.shelf import Shelf
from tests.laws.world import START, World

TEMPLATES = pytest.mark.parametrize("template", ["{key}", "{sha256:12}"])


@pytest.fixture
def withdrawn(world: World, template: str) -> World:
    world.templates["clips"] = template
    world.sources["clips"].files = {"a": b"a", "stays": b"s"}
    world.run()
    world.catalogue.withdraw(world.entry("a"), START)
    world.run()
    return world


def has(world: World, content: bytes) -> bool:
    return content in world.stored.values()


@TEMPLATES
def test_a_new_version_of_the_same_bytes_stays_unpublished_and_is_read_once(withdrawn: World) -> None:
    for turn in "12":
        withdrawn.sources["clips"].turn = turn
        for copies in (2, 0):  # also of the other file
            summary = withdrawn.run()
            assert (summary.exit, summary.counts["unpublished"]) == (Exit.OK, 1)
            assert withdrawn.did()["Copy"] == copies
            assert not has(withdrawn, b"a")


@TEMPLATES
@pytest.mark.parametrize("turn", ["", "1"])
def test_they_stay_unpublished_if_they_come_back_after_others(withdrawn: World, turn: str) -> None:
    """The other version stays public, also if its own bytes were unpublished before."""
    shelf = withdrawn.sources["clips"]
    shelf.files["a"] = b"b"
    withdrawn.run()
    withdrawn.catalogue.withdraw(withdrawn.entry("a"), START)
    shelf.files["a"] = b"c"
    withdrawn.run()
    published = withdrawn.entry("a")
    for content in (b"a", b"b"):
        shelf.files["a"], shelf.turn = content, turn
        for _ in range(2):
            summary = withdrawn.run()
            assert (summary.exit, summary.counts["unpublished"]) == (Exit.OK, 1)
            assert published.path in withdrawn.listed
            assert (has(withdrawn, content), has(withdrawn, b"c")) == (False, True)
    shelf.files["a"], shelf.turn = b"d", ""
    withdrawn.run()
    assert has(withdrawn, b"d")


@TEMPLATES
def test_a_stop_and_a_failure_change_nothing(withdrawn: World) -> None:
    withdrawn.sources["clips"].files["a"] = b"b"
    withdrawn.dead = {"clips"}
    withdrawn.run()
    withdrawn.dead, withdrawn.sources["clips"].files["a"] = set(), b"a"
    withdrawn.sources["clips"].turn = "1"
    withdrawn.run(stop_after=1)
    assert withdrawn.run().exit is Exit.OK
    assert not has(withdrawn, b"a")
    assert withdrawn.catalogue.entry("clips", "a") is None


@TEMPLATES
def test_a_file_in_place_with_these_bytes_stays_out_of_the_manifest(withdrawn: World) -> None:
    withdrawn.sources["clips"] = Shelf("clips", {"a": b"a", "x": b"x"}, lies="up/", turn="1")
    assert withdrawn.run().counts["unpublished"] == 1
    assert ("up/x" in withdrawn.listed, "up/a" in withdrawn.listed) == (True, False)


@TEMPLATES
def test_another_asset_with_these_bytes_is_published_and_named(withdrawn: World) -> None:
    withdrawn.sources["clips"].files["copy"] = b"a"
    summary = withdrawn.run()
    (remark,) = summary.remarks
    assert (summary.exit, remark.rule) == (Exit.OK, "unpublish.again")
    assert "clips:copy is published at https://media.example.test/" in remark.message
    assert "unpublished as clips:a" in remark.message
    assert has(withdrawn, b"a")
    assert not withdrawn.run().remarks


@TEMPLATES
def test_they_are_published_again_once_the_user_says_so(withdrawn: World) -> None:
    withdrawn.sources["clips"].turn = "1"
    withdrawn.run()
    withdrawn.catalogue.readmit("clips", "a")
    summary = withdrawn.run()
    assert (summary.exit, summary.remarks, has(withdrawn, b"a")) == (Exit.OK, [], True)
