"""A file that a user unpublished is there again, as from a backup, and the owner mark is today's: a run names
it, and deletes nothing, as the user may have put it there.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from syncer.model import RECALLED, Copy, Delete, Rejected
from syncer.origin.removed import PUBLIC
from tests.laws.world import World

WEEK, DAY = timedelta(days=7), timedelta(days=1)


@pytest.fixture
def week(world: World) -> World:
    world.recheck, world.delete = WEEK, timedelta()
    world.sources["clips"].files = {"a": b"1", "stays": b"s"}
    world.run()
    return world


def unpublish(world: World, *keys: str) -> None:
    for key in keys:
        world.catalogue.withdraw(world.entry(key), world.clock)
    world.run()
    assert not {*keys} & world.stored.keys()


def later(world: World, days: int = 1) -> set[str]:
    """The paths that a run names after some days."""
    world.clock += days * DAY
    summary = world.run()
    named = {str(each.value) for each in summary.remarks if each.rule == PUBLIC}
    assert summary.exit != 0 or not named
    assert {each.rule for each in summary.remarks} <= {PUBLIC, "source.gone"}
    return named


def within(world: World, days: int) -> set[str]:
    """The paths that some run of these days names."""
    return set().union(*(later(world) for _ in range(days)))


def test_it_is_named_within_the_interval_until_it_is_gone_and_never_deleted(week: World) -> None:
    unpublish(week, "a")
    week.stored["a"] = b"1"
    assert within(week, 7)
    assert [later(week) for _ in range(3)] == [{"a"}] * 3
    assert week.stored["a"] == b"1"
    del week.stored["a"]
    assert not within(week, 9)


def test_each_path_has_one_look_in_an_interval_however_often_syncer_runs(week: World) -> None:
    keys = [f"{number}" for number in range(30)]
    week.sources["clips"].files |= dict.fromkeys(keys, b"x")
    week.run()
    unpublish(week, *keys)
    looks: Counter[str] = Counter()
    most = 0
    for _ in range(4 * 7 * 6):
        week.clock += DAY / 6
        week.run()
        now = [each.path for each in week.done if isinstance(each, Delete) and each.reason == RECALLED]
        looks.update(now)
        most = max(most, len(now))
    assert looks == Counter(dict.fromkeys(keys, 4))
    assert most < len(keys), "they are spread over the runs"


def test_without_an_interval_no_run_looks_for_it(week: World) -> None:
    unpublish(week, "a")
    week.recheck = None
    week.stored["a"] = b"1"
    assert not within(week, 8)


@pytest.mark.parametrize("last", ["unpublished", "gone from its source"])
@pytest.mark.parametrize("back", [b"1", b"2"])
def test_so_is_every_version_that_was_unpublished_at_its_path(week: World, last: str, back: bytes) -> None:
    unpublish(week, "a")
    for content in (b"2", b"3"):
        week.sources["clips"].files["a"] = content
        week.run()
        assert week.stored["a"] == content
        if content == b"2" or last == "unpublished":
            unpublish(week, "a")
    if last != "unpublished":
        del week.sources["clips"].files["a"]
        assert week.run().counts["deleted"] == 1
    week.stored["a"] = back
    assert within(week, 7)
    assert (later(week), week.stored["a"]) == ({"a"}, back)


def test_an_older_version_beside_a_failed_delete_is_named_and_not_deleted(week: World) -> None:
    unpublish(week, "a")
    week.sources["clips"].files["a"] = b"2"
    week.run()
    week.catalogue.withdraw(week.entry("a"), week.clock)
    week.stored["a"] = b"1"
    assert [later(week) for _ in range(2)] == [{"a"}] * 2
    assert week.stored["a"] == b"1"


def test_a_file_of_the_users_there_is_never_named_and_never_deleted(week: World) -> None:
    unpublish(week, "a")
    week.stored["a"] = b"theirs"
    assert not within(week, 8)
    assert week.stored["a"] == b"theirs"


def test_the_same_bytes_that_are_published_again_are_looked_for_no_more(week: World) -> None:
    unpublish(week, "a")
    week.catalogue.readmit("clips", "a")
    week.run()
    assert "a" in week.listed
    assert not within(week, 8)


def test_a_rejected_version_leaves_the_bytes_of_the_published_one_known(week: World) -> None:
    week.sources["clips"].files["a"] = b"2"
    week.fails[Copy] = Rejected("image/png", 1, ())
    week.run()
    week.fails.clear()
    unpublish(week, "a")
    week.stored["a"] = b"1"
    assert within(week, 7)
