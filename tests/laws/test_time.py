"""Files leave their sources and come back over months, with right and wrong clocks."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.catalogue import open_catalogue
from syncer.model import Recheck, State
from tests.laws.world import START, World

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)


def gone_at_start(world: World, after: timedelta = 30 * DAY) -> None:
    """`b` is published and leaves its source; a run notices that at `START`."""
    world.delete = after
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.run()
    world.clock += HOUR
    del world.sources["clips"].files["b"]
    world.run()
    assert world.entry("b").gone_since == world.clock


@pytest.mark.scale
@pytest.mark.parametrize("every", [12 * HOUR, DAY, 10 * DAY, 45 * DAY], ids=str)
@pytest.mark.parametrize("after", [0 * DAY, DAY, 30 * DAY, 90 * DAY], ids=str)
@pytest.mark.parametrize("recheck", [None, HOUR, 7 * DAY, 60 * DAY], ids=str)
def test_what_is_gone_is_deleted_in_the_first_run_after_its_time_and_in_none_before(
    world: World, recheck: timedelta | None, after: timedelta, every: timedelta
) -> None:
    """However often a run looks at it in between."""
    world.recheck, world.delete = recheck, after
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.run()
    del world.sources["clips"].files["b"]
    world.clock += every
    first_lacked = world.clock
    world.run()
    while world.clock - first_lacked < after:
        assert "b" in world.stored
        assert world.listed == {"a", "b"}
        world.clock += every
        world.run()
    assert world.stored == {"a": b"a"}
    assert world.listed == {"a"}
    assert world.catalogue.entry("clips", "b") is None


@pytest.mark.parametrize("every", [6 * HOUR, 2 * DAY, 10 * DAY], ids=str)
@pytest.mark.parametrize("recheck", [DAY, 7 * DAY], ids=str)
def test_every_published_url_is_looked_at_in_its_interval_whether_its_source_has_it_or_not(
    world: World, recheck: timedelta, every: timedelta
) -> None:
    world.recheck = recheck
    world.sources["clips"].files = {str(number): b"%d" % number for number in range(4)}
    world.run()
    del world.sources["clips"].files["0"]
    last = dict.fromkeys("0123", world.clock)
    while world.clock < START + 40 * DAY:
        world.clock += every
        world.run()
        for action in world.done:
            if isinstance(action, Recheck):
                last[action.entry.key] = world.clock
        assert all(world.clock - seen < recheck + every for seen in last.values())


def test_what_comes_back_and_goes_again_waits_anew(world: World) -> None:
    gone_at_start(world)
    for _ in range(3):
        world.clock += 29 * DAY
        world.sources["clips"].files["b"] = b"b"
        world.run()
        assert world.entry("b").gone_since is None
        world.clock += DAY
        del world.sources["clips"].files["b"]
        world.run()
        assert "b" in world.stored
    world.clock += 30 * DAY
    world.run()
    assert "b" not in world.stored


@pytest.mark.parametrize("how", ["as it was", "changed", "in a listing that failed", "in a part of a run"])
def test_what_was_back_once_waits_anew_however_it_was_seen(world: World, how: str) -> None:
    gone_at_start(world)
    world.clock += 29 * DAY
    shelf = world.sources["clips"]
    shelf.files["b"] = b"new" if how == "changed" else b"b"
    shelf.broken = how == "in a listing that failed"
    world.run(partial=how == "in a part of a run")
    del shelf.files["b"]
    shelf.broken = False
    world.clock += DAY
    world.run()
    assert "b" in world.stored
    world.clock += 30 * DAY
    world.run()
    assert "b" not in world.stored


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_back_and_was_looked_at_in_the_same_run_waits_anew(world: World, *, fails: bool) -> None:
    """A recheck is due in the run that finds it back, and it does not show whether
    the source has the file.
    """
    gone_at_start(world)
    world.recheck = DAY
    world.clock += 29 * DAY
    world.sources["clips"].files["b"] = b"b"
    if fails:
        world.sources["clips"].broken = True
    world.run()
    assert world.did()["Recheck"]
    assert world.entry("b").gone_since is None


def test_an_incomplete_listing_starts_no_wait(world: World) -> None:
    world.delete = 30 * DAY
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.run()
    del world.sources["clips"].files["b"]
    world.sources["clips"].broken = True
    world.clock += DAY
    world.run()
    assert world.entry("b").gone_since is None
    world.sources["clips"].broken = False
    world.clock += 30 * DAY
    world.run()
    assert "b" in world.stored
    assert world.entry("b").gone_since == world.clock


@pytest.mark.parametrize("recheck", [None, 7 * DAY], ids=str)
def test_a_path_that_was_left_is_deleted_after_its_time(world: World, recheck: timedelta | None) -> None:
    world.recheck, world.delete = recheck, 30 * DAY
    world.sources["clips"].files = {"a": b"a"}
    world.run()
    world.templates["clips"] = "new/{key}"
    world.clock += DAY
    world.run()
    for _ in range(29):
        world.clock += DAY
        world.run()
        assert set(world.stored) == {"a", "new/a"}
    world.clock += DAY
    world.run()
    assert set(world.stored) == world.listed == {"new/a"}
    assert world.run().counts == {"kept": 1}
    assert world.done == []


def test_a_path_that_was_left_and_is_used_again_is_not_deleted(world: World) -> None:
    world.delete = 30 * DAY
    world.sources["clips"].files = {"a": b"a"}
    for template in ("{key}", "new/{key}", "{key}", "new/{key}"):
        world.templates["clips"] = template
        world.clock += 20 * DAY
        world.run()
    assert set(world.stored) == {"a", "new/a"}, "left for 20 days, and then anew"
    world.clock += 29 * DAY
    world.run()
    assert set(world.stored) == {"a", "new/a"}
    world.clock += DAY
    world.run()
    assert set(world.stored) == {"new/a"}


# A clock that is wrong


def at(world: World, true: datetime, off: timedelta = timedelta()) -> None:
    world.clock = true + off
    world.run()


def test_a_clock_that_was_a_year_ahead_delays_a_delete_by_no_more_than_its_time(world: World) -> None:
    world.delete = 30 * DAY
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    at(world, START)
    del world.sources["clips"].files["b"]
    at(world, START + DAY, YEAR)
    assert world.entry("b").gone_since == START + DAY + YEAR
    for day in range(2, 32):
        at(world, START + day * DAY)
        assert "b" in world.stored
    at(world, START + 32 * DAY)
    assert "b" not in world.stored


def test_a_clock_that_was_a_year_ahead_and_is_right_again_deletes_nothing_early(world: World) -> None:
    """`c` goes while the clock is ahead, `b` before. Both stay until they have been gone for 30 true days."""
    gone_at_start(world)
    world.sources["clips"].files["c"] = b"c"
    at(world, START + DAY)
    del world.sources["clips"].files["c"]
    world.delete = None  # while it is ahead nothing can tell it from a machine that was off for a year
    at(world, START + 2 * DAY, YEAR)
    world.delete = 30 * DAY
    for day in range(3, 33):
        at(world, START + day * DAY)
        assert {"b", "c"} <= set(world.stored)
    at(world, START + 33 * DAY)
    assert set(world.stored) == {"a"}


def test_a_clock_a_year_back_and_forth_deletes_nothing_early(world: World) -> None:
    gone_at_start(world)
    at(world, START + DAY, -YEAR)
    for day in range(2, 32):
        at(world, START + day * DAY)
        assert "b" in world.stored
    at(world, START + 32 * DAY)
    assert "b" not in world.stored


def test_a_path_that_was_left_is_not_deleted_early_by_a_clock_a_year_back_and_forth(world: World) -> None:
    world.delete = 30 * DAY
    world.sources["clips"].files = {"a": b"a"}
    at(world, START)
    world.templates["clips"] = "new/{key}"
    at(world, START + DAY, -YEAR)
    for day in range(2, 32):
        at(world, START + day * DAY)
        assert set(world.stored) == {"a", "new/a"}
    at(world, START + 32 * DAY)
    assert set(world.stored) == {"new/a"}


STEPS = st.sampled_from([HOUR, DAY, 9 * DAY])
DAYS = st.tuples(STEPS, st.booleans(), st.sampled_from(["gone", "gone", "there"]))


@pytest.mark.scale
@given(st.lists(DAYS, min_size=3, max_size=14))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_clock_that_goes_back_and_forth_never_brings_a_delete_forward(
    tmp_path_factory: pytest.TempPathFactory, days: list[tuple[timedelta, bool, str]]
) -> None:
    """By true time, whatever the clock showed: never before it has been gone for 10 days without a break."""
    folder: Path = tmp_path_factory.mktemp("clock")
    with closing(open_catalogue(f"sqlite:///{folder / 'syncer.db'}")) as catalogue:
        world = World(catalogue, delete=10 * DAY, recheck=3 * DAY)
        files = world.sources["clips"].files
        files |= {"a": b"a", "b": b"b"}
        at(world, START)
        true, lacked_since = START, None
        for step, wrong, where in days:
            true += step
            files.pop("b", None) if where == "gone" else files.update(b=b"b")
            lacked_since = None if where == "there" else lacked_since or true
            at(world, true, -YEAR if wrong else timedelta())
            if lacked_since is None or true - lacked_since < 10 * DAY:
                assert "b" in world.stored
            assert "a" in world.listed


def test_a_wait_from_the_future_begins_today(world: World) -> None:
    """Another clock wrote it, such as that of the machine from which the catalogue was copied."""
    gone_at_start(world)
    catalogue, future = world.catalogue, START + 10 * YEAR
    catalogue.put(replace(world.entry("b"), gone_since=future))
    catalogue.retire("left", "clips", "a", future)
    world.stored["left"] = b"left"
    world.clock += DAY
    world.run()
    assert world.entry("b").gone_since == world.clock
    world.clock += 30 * DAY
    world.run()
    assert set(world.stored) == {"a"}


def test_a_look_from_the_future_is_repeated(world: World) -> None:
    world.recheck = 7 * DAY
    world.sources["clips"].files = {"a": b"a"}
    at(world, START, YEAR)
    at(world, START + DAY)
    assert world.did()["Recheck"] == 1
    assert world.entry("a").checked_at == START + DAY


def test_every_time_that_a_run_writes_down_is_of_the_clock_it_was_given(world: World) -> None:
    world.sources["clips"].files = {"a": b"a"}
    world.clock = START - 20 * YEAR
    world.run()
    entry, run = world.entry("a"), world.catalogue.last_run()
    assert run
    times = {entry.published_at, entry.checked_at, run.started_at, run.ended_at}
    assert times == {world.clock}
    assert entry.state is State.PUBLISHED
