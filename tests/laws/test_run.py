"""The order of a run makes it safe: what still happens after an error, a signal, or too many failures."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import product

import pytest

from syncer.errors import (
    ConfigError,
    DestinationError,
    Exit,
    OwnershipError,
    SyncerError,
    UnsafePlan,
)
from syncer.model import Copy, Delete, Failed, Identify, Inspect, Keep, Refuse, State
from syncer.sync.plan import MostDeletes
from syncer.sync.summary import Summary
from tests.laws.shelf import Shelf
from tests.laws.world import World

DAY = timedelta(days=1)
GRAVEST: list[tuple[Exit, list[SyncerError], Counter[str]]] = [
    (Exit.USAGE, [ConfigError("x")], Counter()),
    (Exit.UNPROVEN, [OwnershipError("x")], Counter()),
    (Exit.ERROR, [UnsafePlan("x")], Counter()),
    (Exit.FAILED, [], Counter(failed=1)),
    (Exit.FAILED, [], Counter(stored=1)),
    (Exit.REJECTED, [], Counter(rejected=1)),
    (Exit.OK, [], Counter(copied=1)),
]


@pytest.mark.parametrize(("one", "other"), [*product(range(len(GRAVEST)), repeat=2)])
def test_the_exit_code_is_that_of_the_gravest(one: int, other: int) -> None:
    (_, errors, counts), (_, more_errors, more_counts) = GRAVEST[one], GRAVEST[other]
    summary = Summary(counts + more_counts, [], errors + more_errors)
    assert summary.exit == GRAVEST[min(one, other)][0]
    summary.interrupted = True
    assert summary.exit == Exit.INTERRUPTED


@pytest.fixture
def gone(world: World) -> World:
    """`b` is gone from its source and `c` is new, and `delete` is immediate."""
    world.delete = timedelta()
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.run()
    world.clock += DAY
    world.sources["clips"].files = {"a": b"a", "c": b"c"}
    return world


def test_all_is_done_in_its_order(gone: World) -> None:
    summary = gone.run()
    assert [type(action) for action in gone.done] == [Copy, Inspect, Delete]
    assert gone.manifests == [{"a", "c"}], "before anything is deleted"
    assert summary.listed == 2
    assert gone.asked == {"claim": 1, "prove": 1, "ready": 2, "publish": 1}
    run = gone.catalogue.last_run()
    assert run
    assert (run.exit_code, run.counts, run.error) == (0, dict(summary.counts), None)
    assert [(type(action), type(outcome).__name__) for action, outcome in gone.told] == [
        (Copy, "Published"),
        (Delete, "Deleted"),
    ]


@pytest.mark.parametrize("step", [1, 2])
def test_a_run_that_is_stopped_writes_no_manifest_and_deletes_nothing(gone: World, step: int) -> None:
    summary = gone.run(stop_after=step)
    assert (summary.exit, summary.interrupted, summary.listed) == (130, True, None)
    assert len(gone.done) == step
    assert gone.manifests == []
    assert set(gone.stored) == {"a", "b", "c"}
    run = gone.catalogue.last_run()
    assert run
    assert run.exit_code == Exit.INTERRUPTED


def test_a_run_that_is_stopped_while_it_deletes_goes_no_further(gone: World) -> None:
    gone.sources["clips"].files.clear()
    gone.sources["clips"].files["c"] = b"c"
    assert gone.run(stop_after=3).exit == 130
    assert gone.did() == {"Copy": 1, "Inspect": 1, "Delete": 1}
    assert gone.run().counts["deleted"] == 1


@pytest.mark.parametrize(
    ("part", "error", "copied", "written"),
    [
        ("prove", OwnershipError("no signature file"), True, True),
        ("ready", DestinationError("unreachable"), False, True),
        ("publish", SyncerError("disk full"), True, False),
    ],
)
def test_after_an_error_nothing_is_deleted_and_the_rest_is_done(
    gone: World, part: str, error: SyncerError, *, copied: bool, written: bool
) -> None:
    gone.broken[part] = error
    summary = gone.run()
    assert summary.errors == [error]
    assert "b" in gone.stored
    assert ("c" in gone.stored) is copied
    assert (len(gone.manifests), summary.listed is not None) == (written, written)
    run = gone.catalogue.last_run()
    assert run
    assert run.error == error.message


@pytest.mark.parametrize("code", ["destination.owner", "destination.unreachable"])
def test_a_run_that_may_be_at_anothers_destination_does_nothing_there(gone: World, code: str) -> None:
    gone.broken["claim"] = DestinationError("another's", code=code)
    assert gone.run().errors == [gone.broken["claim"]]
    assert (gone.done, gone.manifests, gone.asked) == ([], [], {"claim": 1})


def test_a_destination_that_becomes_anothers_is_left_as_it_is(gone: World) -> None:
    gone.broken["ready"] = DestinationError("another's", code="destination.owner")
    assert gone.run().exit == Exit.ERROR
    assert (gone.done, gone.manifests, set(gone.stored)) == ([], [], {"a", "b"})


def test_the_destination_is_asked_once_for_all_that_is_deleted(gone: World) -> None:
    gone.sources["clips"].files = {"c": b"c"}
    gone.limit = MostDeletes(1.0)
    assert gone.run().counts["deleted"] == 2
    assert gone.asked["ready"] == 2, "once before the first copy"


def test_a_source_that_fails_costs_itself_and_every_delete(gone: World) -> None:
    gone.sources = {"bad": Shelf("bad", {"x": b"x"}, broken=True), **gone.sources}
    summary = gone.run()
    assert summary.exit == Exit.ERROR
    assert summary.errors[0].message == "source bad: it broke off"
    assert set(gone.stored) == {"a", "b", "c", "x"}


def test_a_run_without_anything_to_transfer_does_not_ask_the_destination(world: World) -> None:
    world.broken["ready"] = DestinationError("unreachable")
    world.sources["clips"] = Shelf("clips", unversioned=True)
    assert world.run().exit == 0
    world.sources["clips"].files["a"] = b"a"
    world.fails[Identify] = Failed("source.denied", "403")
    assert world.run().errors == []


class Killed(BaseException):
    """An error that no code catches."""


def test_a_run_that_is_killed_while_bytes_are_replaced_does_not_list_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is unknown which bytes are there, and then the source loses the asset."""
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.run()
    world.sources["clips"].files["a"] = b"new"
    with monkeypatch.context() as patch:
        patch.setattr(world, "act", lambda _: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            world.run()
    world.stored["a"] = b"new"
    del world.sources["clips"].files["a"]
    assert world.run().exit == 3
    assert world.listed == {"b"}


def test_links_that_are_over_are_told_at_the_end(world: World) -> None:
    world.sources["clips"] = Shelf("clips", {"a": b"a", "b": b"b"}, unversioned=True)
    world.run()
    world.fails[Identify] = Failed("source.expired", "its time is over")
    summary = world.run()
    assert (summary.exit, summary.counts) == (0, {"kept": 2})
    assert [(remark.rule, remark.value) for remark in summary.remarks] == [("source.over", "2")]
    run = world.catalogue.last_run()
    assert run
    assert run.findings == tuple(summary.remarks)


def test_an_asset_without_a_listed_version_is_identified_and_then_copied(world: World) -> None:
    shelf = world.sources["clips"] = Shelf("clips", {"a": b"a", "b": b"b"}, unversioned=True)
    assert world.run().counts == {"copied": 2, "bytes": 2}
    assert world.did() == {"Identify": 2, "Copy": 2, "Inspect": 1}
    shelf.files["a"] = b"new"
    assert world.run().counts == {"copied": 1, "bytes": 3, "kept": 1}


# What workers do not get to do


def test_what_was_unpublished_by_hand_stays_away_and_is_counted(world: World) -> None:
    world.sources["clips"].files = {"a": b"a"}
    world.run()
    world.catalogue.withdraw(world.entry("a"), world.clock)
    assert world.run().counts == {"unpublished": 1, "deleted": 1}
    assert world.run().counts == {"unpublished": 1}
    assert (world.done, world.listed) == ([], set())


def test_what_can_not_be_done_is_told_and_not_given_to_a_worker(world: World) -> None:
    world.sources["clips"].files = {"a": b"a", "..": b"b"}
    summary = world.run()
    assert world.did()["Copy"] == 1
    assert summary.counts["failed"] == 1
    (failed,) = [outcome for _, outcome in world.told if isinstance(outcome, Failed)]
    assert failed.code == "destination.path"


def test_what_stays_is_told_to_nobody_and_what_is_refused_is(world: World) -> None:
    world.sources["clips"].files = {"a": b"a"}
    world.run()
    world.run()
    assert (world.done, world.told) == ([], [])
    world.refuses = True
    summary = world.run()
    assert summary.counts == {"rejected": 1}
    assert [type(action) for action, _ in world.told] == [Refuse]
    assert world.entry("a").state is State.REJECTED
    assert world.listed == set()
    assert not any(isinstance(action, Keep) for action, _ in world.told)


@pytest.mark.parametrize("partial", [False, True])
def test_a_name_that_a_web_server_obeys_is_warned_of_when_all_was_looked_at(
    world: World, *, partial: bool
) -> None:
    """An older release published it."""
    world.sources["clips"].files = {"a": b"a", "shell.php.mp4": b"b"}
    remarks = world.run(partial=partial).remarks
    assert [finding.rule for finding in remarks] == ([] if partial else ["name.obeyed"])
