"""Whatever `delete` is and whatever goes wrong: an unpublished file is deleted in the end, and reported until
then.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncer.errors import DestinationError, Exit, SyncerError
from syncer.model import Delete, Failed
from syncer.origin.removed import CACHED, PUBLIC
from syncer.sync.deletes import MOST
from syncer.sync.plan import MostDeletes
from tests.laws.world import START, World

AWAY = DestinationError("it is away", code="destination.unreachable", transient=True)
DELETES = {"never": None, "after": timedelta(days=30), "mirror": timedelta()}


@pytest.fixture(params=DELETES)
def left(world: World, request: pytest.FixtureRequest) -> World:
    """Both files were unpublished, and syncer was killed before the deletes."""
    world.delete, world.limit = DELETES[request.param], MostDeletes(0.0)
    world.sources["clips"].files = {"a": b"a", "b": b"b", "stays": b"s"}
    world.run()
    for key in ("a", "b"):
        world.catalogue.withdraw(world.entry(key), START)
    return world


def reported(world: World) -> list[str]:
    """The paths that a run reports, after which it must not exit with 0."""
    summary = world.run()
    named = [str(remark.value) for remark in summary.remarks if remark.rule == PUBLIC]
    assert summary.exit != 0 or not named
    return named


@pytest.mark.parametrize("what", ["kill", "refusal", "ready", "claim", "prove", "publish", "source"])
def test_it_is_deleted_after_anything_that_went_wrong(left: World, what: str) -> None:
    if what == "refusal":
        left.fails[Delete] = Failed("destination.denied", "permission denied")
        assert [reported(left), reported(left)] == [["a", "b"]] * 2
    elif what == "source":
        left.sources["clips"].broken = True  # what is unpublished needs no listing
    elif what != "kill":
        left.broken[what] = AWAY if what != "publish" else SyncerError("no disk", code="disk")
        first = reported(left)
        assert first == ([] if what == "prove" else ["a", "b"]) or what == "publish"
    left.fails.clear()
    left.broken.clear()
    assert reported(left) == []
    assert set(left.stored) == set(left.listed) == {"stays"}


def test_a_run_that_deletes_it_says_if_its_url_still_serves_it(left: World) -> None:
    left.cached = {"b", "stays"}
    summary = left.run()
    assert (summary.exit, summary.counts["deleted"]) == (Exit.FAILED, 2)
    assert [remark.rule for remark in summary.remarks] == [CACHED]
    assert set(left.stored) == {"stays"}


def test_a_part_of_a_run_deletes_it_too(left: World) -> None:
    assert left.run(partial=True).counts["deleted"] == 2
    assert set(left.stored) == {"stays"}


def test_a_plan_says_so(left: World) -> None:
    from syncer.sync import rehearsal

    steps = [
        action for action, failed in rehearsal.steps(left.scan()) if isinstance(action, Delete) and not failed
    ]
    assert [step.path for step in steps] == ["a", "b"]


def test_where_a_file_in_place_is_now_nothing_is_deleted(left: World) -> None:
    from tests.laws.shelf import Shelf

    left.sources = {"clips": Shelf("clips", {"stays": b"s"}), "own": Shelf("own", {"x": b"x"}, lies="a")}
    left.run()
    assert "a" in left.stored
    assert "b" not in left.stored


def test_many_are_counted(world: World) -> None:
    world.sources["clips"].files = {f"{number:02}": b"x%d" % number for number in range(MOST + 5)}
    world.run()
    for key in world.sources["clips"].files:
        world.catalogue.withdraw(world.entry(key), START)
    world.fails[Delete] = Failed("destination.denied", "permission denied")
    *named, more = reported(world)
    assert (len(named), more) == (MOST, "5")


@pytest.mark.parametrize("marked", [False, True])
def test_at_another_destination_a_file_is_deleted_only_if_our_mark_came_with_it(
    left: World, *, marked: bool
) -> None:
    """And only if it has the same bytes; any other one is named until it is gone. At the first destination,
    the order stands.
    """
    left.destinations["two"] = {"a": b"a", "b": b"somebody else's", "stays": b"s"}
    left.here, left.marked = "two", marked
    summary = left.run()
    assert {remark.rule for remark in summary.remarks} >= {"unpublish.changed"}
    assert set(left.stored) == {"b", "stays"} | (set() if marked else {"a"})
    left.marked = False
    assert reported(left) == ([] if marked else ["a"])
    left.stored.pop("a", None)
    assert reported(left) == []
    left.here = "one"
    assert reported(left) == []
    assert set(left.stored) == {"stays"}


def test_a_file_that_was_away_is_deleted_when_it_is_back(left: World) -> None:
    """The same bytes alone, and nothing is said about it meanwhile."""
    away = {key: left.stored.pop(key) for key in ("a", "b")}
    for _ in range(2):
        summary = left.run()
        assert (summary.exit, summary.counts["deleted"], left.did()["Delete"]) == (0, 0, 2)
    left.stored.update(away | {"b": b"another"})
    summary = left.run()
    assert [remark.rule for remark in summary.remarks] == ["unpublish.changed"]
    assert set(left.stored) == {"b", "stays"}
    assert not left.run().remarks


def test_before_files_that_were_away_are_looked_for_the_destination_is_asked_once(left: World) -> None:
    """Without any mark, its disk may be away."""
    for key in ("a", "b"):
        del left.stored[key]
    left.run()
    left.run()
    assert (left.asked["ready"], left.did()) == (1, {"Delete": 2})
    left.broken["ready"] = AWAY
    left.run()
    assert left.done == []


@pytest.mark.parametrize("there", [True, False])
def test_only_what_is_still_at_an_earlier_destination_is_named_when_it_is_todays_again(
    world: World, *, there: bool
) -> None:
    world.delete = timedelta()
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.run()
    world.here = "two"
    world.run()
    del world.sources["clips"].files["a"]
    world.run()
    world.here, world.delete = "one", None
    if not there:
        del world.stored["a"]
    assert reported(world) == (["a"] if there else [])
    assert ("a" in world.stored) is there
