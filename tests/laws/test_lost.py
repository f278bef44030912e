"""A run that finds a file missing at the destination copies it again, if its source still has it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncer.model import Copy, Failed, Recheck, State
from tests.laws.shelf import Shelf
from tests.laws.world import World


@pytest.fixture
def lossy(world: World) -> World:
    world.recheck = timedelta()
    world.sources["clips"].files = {"a": b"a", "b": b"b", "c": b"c"}
    world.run()
    del world.stored["a"]
    return world


def test_it_is_looked_at_copied_and_told_once(lossy: World) -> None:
    summary = lossy.run()
    assert (summary.exit, summary.counts["copied"], summary.counts["failed"]) == (0, 1, 0)
    assert [type(each) for each in lossy.done if "'a'" in repr(each)][:2] == [Recheck, Copy]
    assert next(action for action, _ in lossy.told if isinstance(action, Copy)).asset.key == "a"
    assert len([action for action, _ in lossy.told if "key='a'" in repr(action)]) == 1
    assert lossy.listed == {"a", "b", "c"}
    assert [found.value for found in summary.remarks if found.rule == "destination.changed"] == ["1"]


def test_a_source_that_can_not_be_read_fails_it_once_and_the_next_run_copies_it(lossy: World) -> None:
    lossy.dead = {"clips"}
    summary = lossy.run()
    assert (summary.exit, summary.counts["failed"]) == (3, 1)
    assert lossy.listed == {"b", "c"}
    entry = lossy.entry("a")
    assert (entry.state, entry.attempts) == (State.FAILED, 1)
    assert entry.error
    assert entry.error.code == "source.denied"
    lossy.dead = set()
    assert lossy.run().counts["copied"] == 1
    assert lossy.entry("a").attempts == 0


def test_what_no_source_lists_or_lies_in_place_is_told_and_not_copied(lossy: World) -> None:
    del lossy.sources["clips"].files["a"]
    summary = lossy.run()
    assert (summary.exit, summary.counts["failed"], summary.counts["copied"]) == (3, 1, 0)
    lossy.sources["up"] = Shelf("up", {"x": b"x"}, lies="up/")
    lossy.run()
    lossy.fails = {Recheck: Failed("destination.changed", "other bytes")}
    summary = lossy.run()
    assert [each.asset.source for each in lossy.done if isinstance(each, Copy)] == ["clips", "clips"]


def test_a_file_that_may_be_a_caches_is_not_copied_at_once(lossy: World) -> None:
    lossy.fails = {Recheck: Failed("destination.changed", "other bytes", unsure=True)}
    assert lossy.run().counts == {"failed": 3}
    assert lossy.did()["Copy"] == 0


def test_a_run_that_stops_in_between_lists_nothing_that_is_lost(lossy: World) -> None:
    lossy.run(stop_after=1)
    assert lossy.entry("a").state in (State.FAILED, State.PUBLISHED)
    lossy.run()
    assert lossy.stored["a"] == b"a"
    assert lossy.listed == {"a", "b", "c"}


@pytest.mark.parametrize("content", [None, b"a", b"new"])
def test_what_one_destination_lacks_is_looked_for_where_it_was_left(
    world: World, content: bytes | None
) -> None:
    """`two` never had the file; `one` still has it."""
    files = world.sources["clips"].files
    files.update(a=b"a", b=b"b")
    world.run()
    del files["a"]
    world.here = "two"
    assert world.run().exit == 3
    assert world.entry("a").state is State.FAILED
    world.here, world.delete = "one", timedelta(0)
    if content:
        files["a"] = content
    for _ in range(2):
        summary = world.run()
    assert (summary.exit, world.stored) == (0, files)
    assert world.listed == files.keys()


def test_an_older_version_that_was_left_at_a_destination_is_ours_whatever_happens_to_its_asset(
    world: World,
) -> None:
    files = world.sources["clips"].files
    files["a"] = b"a"
    world.run()
    world.here, files["a"] = "two", b"new"
    world.run()
    world.here, world.delete = "one", timedelta(0)
    world.dead.add("clips")
    assert world.run().exit == 3
    del files["a"]
    world.run()
    assert world.catalogue.entry("clips", "a") is None
    files["a"] = b"newest"
    world.dead.clear()
    assert world.run().exit == 0
    assert world.stored == files
