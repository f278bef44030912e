"""Another tree is at the root of the destination, or the public URL may lead to another one: a run lists only
what it has proof of, and deletes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from syncer.errors import CatalogueError, DestinationError, OriginError
from syncer.model import Action, Copy, Outcome, Recheck, State
from syncer.origin.removed import PUBLIC
from syncer.sync.sample import EMPTIED
from tests.laws.world import START, World

ELSEWHERE = OriginError("the URL leads to another folder", code="origin.elsewhere")


def failing(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


@pytest.fixture
def unmounted(world: World) -> World:
    """The disk with `a` and `b` was unmounted while `c` was copied. The web server still serves `a`."""
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.run()
    world.sources["clips"].files["c"] = b"c"
    world.stored.clear()
    gone = DestinationError("the root holds other files", code=EMPTIED)
    world.orders = {"held": failing(gone), "unproven": lambda: ("c", "nobody's")}
    world.destinations["served"] = {"a": b"a", "c": b"c"}
    world.served = "served"
    return world


def test_what_still_answers_stays_listed_but_not_what_may_lie_in_the_other_tree(unmounted: World) -> None:
    summary = unmounted.run()
    assert (summary.exit, summary.listed, unmounted.manifests) == (1, 1, [{"a"}])
    first, *looks = unmounted.done
    assert isinstance(first, Copy)
    assert {look.entry.key for look in looks if isinstance(look, Recheck)} == {"a", "b"}
    assert len(looks) == 2, "the URL of nothing else is advised about, and the destination is not asked"


def test_a_disk_that_goes_after_the_last_copy_costs_the_manifest_of_this_run(unmounted: World) -> None:
    held, calls = unmounted.orders["held"], iter(range(9))
    unmounted.orders["held"] = lambda: held() if next(calls) else None
    unmounted.run()
    assert unmounted.manifests == [{"a"}]


def test_when_the_disk_is_back_a_file_is_listed_as_soon_as_it_is_found_there(unmounted: World) -> None:
    unmounted.run()
    unmounted.orders, unmounted.served = {}, None
    unmounted.destinations["one"] = {"a": b"a", "b": b"b"}
    assert unmounted.run().counts["copied"] == 1
    assert unmounted.listed == {"a", "b", "c"}


def test_what_is_seen_to_be_lost_ends_the_copies_at_once(unmounted: World) -> None:
    lost: list[DestinationError] = []

    def check() -> None:
        if lost:
            raise lost[0]

    unmounted.orders |= {"held": check, "lost": check}
    unmounted.sources["clips"].files |= {"d": b"d", "e": b"e"}
    act = unmounted.act

    def acted(action: Action) -> Outcome:
        if isinstance(action, Copy):
            lost.append(DestinationError("another tree", code=EMPTIED))
        return act(action)

    unmounted.act = acted  # type: ignore[method-assign]
    assert unmounted.run().errors == [lost[0]]
    assert unmounted.did()["Copy"] == 1


def test_a_destination_that_seems_to_be_empty_from_the_beginning_is_only_listed_anew(
    unmounted: World,
) -> None:
    unmounted.orders, unmounted.delete = {}, START - START
    unmounted.broken["claim"] = DestinationError("nothing is there", code=EMPTIED)
    del unmounted.sources["clips"].files["a"]
    summary = unmounted.run()
    assert (summary.exit, unmounted.manifests, unmounted.did()) == (1, [{"a"}], {"Recheck": 2})


# Where the public URL leads


@pytest.fixture
def moved(world: World) -> World:
    """`a` and `b` were published elsewhere; at the new destination, `b` is another file."""
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.run()
    world.here = "two"
    world.stored["b"] = b"theirs"
    world.run()
    assert (world.entry("a").state, world.entry("b").doubted) == (State.PUBLISHED, True)
    return world


def test_while_the_url_leads_elsewhere_nothing_is_done_and_no_look_counts(moved: World) -> None:
    moved.catalogue.put(replace(moved.entry("a"), state=State.STORED))  # a run died
    moved.clock += timedelta(days=1)
    moved.orders["leads"] = failing(ELSEWHERE)
    assert (moved.run().errors, moved.done, moved.listed) == ([ELSEWHERE], [], set())
    moved.orders = {}
    moved.run()
    assert moved.manifests == [{"a"}] * 2, "the first before the sources are listed"


def test_what_was_unpublished_is_deleted_at_a_new_destination_only_if_the_url_leads_there(
    world: World,
) -> None:
    world.sources["clips"].files = {"a": b"a"}
    world.run()
    world.catalogue.withdraw(world.entry("a"), world.clock)
    world.here, world.marked, world.destinations["two"] = "two", True, {"a": b"a"}
    world.orders["leads"] = failing(ELSEWHERE)
    assert (world.run().errors, world.done, world.stored) == ([ELSEWHERE], [], {"a": b"a"})
    ready: list[int] = []
    world.orders = {"writes": False, "leads": lambda _: ready.append(world.asked["ready"])}
    world.run()
    assert (world.stored, ready) == ({}, [1])


def test_it_is_asked_where_the_url_leads_only_while_some_file_is_in_doubt(moved: World) -> None:
    asked: list[str] = []
    moved.orders["leads"] = asked.append
    moved.run()
    assert asked == ["b"]
    moved.stored["b"] = b"b"
    moved.run()
    moved.catalogue.doubt()
    moved.run()
    assert asked == ["b"] * 2
    assert moved.listed == {"a", "b"}


def test_an_error_of_the_catalogue_is_told_once_and_its_list_of_what_is_left_is_not(world: World) -> None:
    world.sources["clips"].files = {"a": b"a"}
    world.run()
    world.catalogue.withdraw(world.entry("a"), world.clock)
    for error, told in ((DestinationError("away"), [PUBLIC]), (CatalogueError("an old copy"), [])):
        world.broken["claim"] = error
        summary = world.run()
        assert (summary.errors, [found.rule for found in summary.remarks]) == ([error], told)
