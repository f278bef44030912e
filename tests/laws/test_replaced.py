"""After a failed replacement, a URL that still serves the old bytes stays in the manifest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncer.errors import DestinationError
from syncer.model import Copy, Failed, Published, Recheck, State
from syncer.sync import transitions
from tests.laws.world import World

FAILURES = {
    f"{code}{', unsure' if unsure else ''}": Failed(code, "it failed", unsure=unsure)
    for code in (
        *("destination.denied", "destination.full", "destination.failed", "destination.lost"),
        *(
            "destination.size",
            "destination.replace",
            "destination.path",
            "destination.given_up",
            "source.cut",
        ),
    )
    for unsure in (False, True)
}


@pytest.fixture
def changed(world: World) -> World:
    """`a` has new bytes, whose upload is about to fail; `b` stays."""
    world.sources["clips"].files = {"a": b"old", "b": b"b"}
    world.run()
    world.clock = world.clock.replace(day=2)
    world.sources["clips"].files["a"] = b"new"
    return world


@pytest.mark.parametrize("failure", FAILURES)
def test_it_stays_listed_in_this_run_the_next_and_the_one_after(changed: World, failure: str) -> None:
    changed.fails[Copy] = FAILURES[failure]
    for day in (2, 3, 4):
        changed.clock = changed.clock.replace(day=day)
        summary = changed.run()
        assert summary.exit in (1, 3)
        assert changed.listed == {"a", "b"}
        entry = changed.entry("a")
        assert (entry.state, entry.attempts) == (State.PUBLISHED, day - 1)
        assert entry.error
        assert entry.error.code == FAILURES[failure].code, "what failed is still told"
    changed.fails.clear()
    changed.clock = changed.clock.replace(day=5)
    assert changed.run().exit == 0
    assert changed.listed == {"a", "b"}
    assert (changed.entry("a").error, changed.entry("a").version != "") == (None, True)


def test_what_a_dead_run_left_open_is_listed_though_the_next_one_never_comes_to_it(changed: World) -> None:
    """The destination can't be used at all, so nothing is copied."""
    changed.catalogue.put(transitions.begun(changed.entry("a")))
    changed.broken["ready"] = DestinationError("unreachable", code="destination.unreachable")
    for day in (2, 3):
        changed.clock = changed.clock.replace(day=day)
        assert changed.run().exit == 1
        assert changed.listed == {"a", "b"}


def test_what_is_not_served_any_more_is_not_listed(changed: World) -> None:
    changed.fails[Copy] = FAILURES["destination.failed, unsure"]
    changed.stored["a"] = b"somebody else's"
    changed.run()
    assert changed.listed == {"b"}
    assert changed.entry("a").state is State.STORED


def test_why_old_bytes_were_not_seen_is_told_beside_what_failed(changed: World) -> None:
    changed.fails[Copy] = FAILURES["destination.failed, unsure"]
    changed.served = "nowhere"
    changed.run()
    entry = changed.entry("a")
    assert (changed.listed, entry.state) == ({"b"}, State.STORED)
    assert [finding.rule for finding in entry.findings] == ["origin.status"]
    assert entry.error
    assert entry.error.code == "destination.failed"


def test_what_came_back_to_its_source_and_can_not_be_copied_is_listed_where_it_is_still_served(
    changed: World,
) -> None:
    changed.catalogue.put(transitions.doomed(changed.entry("a")))
    changed.fails[Copy] = FAILURES["source.cut"]
    changed.run()
    assert changed.listed == {"a", "b"}


def test_no_url_is_looked_at_twice_in_a_run_and_none_of_what_is_well(changed: World) -> None:
    changed.served = "nowhere"
    changed.run()
    assert changed.did() == {"Copy": 1}
    changed.clock = changed.clock.replace(day=3)
    changed.run()
    assert changed.did() == {"Recheck": 1}
    changed.served = None
    changed.clock = changed.clock.replace(day=4)
    changed.run()
    changed.clock = changed.clock.replace(day=5)
    changed.run()
    assert changed.did() == {}


def test_a_copy_that_fails_at_another_path_leaves_the_old_one_as_it_was(changed: World) -> None:
    changed.templates["clips"] = "moved/{key}"
    changed.fails[Copy] = FAILURES["destination.failed"]
    changed.run()
    assert changed.listed == {"a", "b"}
    assert not [action for action in changed.done if isinstance(action, Recheck)]


def test_the_first_look_at_old_bytes_is_when_they_were_published(changed: World) -> None:
    entry = replace(changed.entry("a"), published_at=None, state=State.STORED)
    seen = Published("a", entry.url or "", entry.content, seen=True)
    assert transitions.stands(entry, seen, changed.clock).published_at == changed.clock
