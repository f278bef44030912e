"""When a run asks for the origin and the destination, and how soon it tells what it hears."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from syncer.errors import OriginError, OwnershipError, SyncerError
from syncer.model import Asset, Copy, Failed, Identify, Recheck, State
from syncer.sync.trials import PATIENCE
from tests.laws.shelf import Shelf
from tests.laws.world import World

AWAY = OriginError("nobody answers", code="origin.unreachable", hint="start the web server")


@pytest.fixture
def heard(world: World) -> list[tuple[int, SyncerError]]:
    """Each error of a run, with the number of actions that were done before. The origin is away."""
    found: list[tuple[int, SyncerError]] = []
    world.orders = {"reach": lambda: AWAY, "heard": lambda error: found.append((len(world.done), error))}
    return found


def test_an_origin_that_is_away_is_told_once_before_the_first_copy_which_goes_on(
    world: World, heard: list[tuple[int, SyncerError]]
) -> None:
    world.sources["clips"] = Shelf("clips", {"a": b"a", "b": b"b"}, unversioned=True)
    world.fails[Identify] = Failed("source.denied", "403")
    world.run()
    assert heard == [], "there is no URL to look at"
    world.fails, world.sources["clips"].unversioned = {}, False
    remarks = world.run().remarks
    assert heard == [(0, AWAY)]
    assert [(found.rule, found.message, found.hint) for found in remarks] == [
        (AWAY.code, AWAY.message, AWAY.hint)
    ]
    assert set(world.stored) == {"a", "b"}


def test_it_is_told_before_the_looks_at_a_new_destination_too(
    world: World, heard: list[tuple[int, SyncerError]]
) -> None:
    world.sources["clips"].files = {"a": b"a"}
    world.run()
    world.here, world.destinations["two"] = "two", {"a": b"a"}
    heard.clear()
    world.run()
    assert (heard, world.did()["Recheck"]) == ([(0, AWAY)], 1)


def test_a_source_that_is_given_up_is_heard_at_once_and_its_rest_is_not_listed(world: World) -> None:
    heard: list[tuple[int, str]] = []
    world.orders["heard"] = lambda error: heard.append((len(world.done), error.code))
    world.sources["clips"].files = dict.fromkeys("abcdz", b"old")
    world.run()
    world.sources["clips"].files = dict.fromkeys("abcd", b"new")
    world.fails[Copy] = Failed("source.given_up", "it only failed")
    world.run()
    assert heard == [(1, "source.given_up")]
    assert world.entry("z").gone_since is None


def test_a_destination_that_is_given_up_is_not_asked_again(world: World) -> None:
    world.sources["clips"].files = {"a": b"a"}
    world.run()
    world.catalogue.withdraw(world.entry("a"), world.clock)
    world.sources["clips"].files["b"] = b"b"
    world.fails[Copy] = Failed("destination.given_up", "it only failed")
    world.run()
    assert (world.asked["ready"], world.did()["Delete"]) == (1, 0)


@pytest.mark.parametrize("stop_after", [1, 2])
def test_a_stopped_run_begins_and_decides_nothing_more(world: World, stop_after: int) -> None:
    world.sources["clips"].files = {"a": b"a", "b": b"b", "c": b"c", "d": b"d"}
    world.run()
    world.sources["clips"].files |= {"a": b"1", "b": b"2", "c": b"3"}
    summary = world.run(stop_after=stop_after)
    assert summary.counts == {"copied": stop_after, "bytes": stop_after}
    unsure = [key for key in "abcd" if world.entry(key).state is not State.PUBLISHED]
    assert unsure == [], "no file whose replacement was not begun is in doubt"


def test_a_stopped_run_goes_through_no_more_files_that_stay_as_they_are(world: World) -> None:
    """They may be very many."""
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.run()
    world.sources["clips"].files["a"] = b"1"
    assert world.run(stop_after=1).counts == {"copied": 1, "bytes": 1}


def test_a_run_that_is_stopped_while_it_tries_a_sample_leaves_no_file_in_doubt(world: World) -> None:
    keys = [f"{number:02}" for number in range(PATIENCE + 20)]
    world.sources["clips"].files = dict.fromkeys(keys, b"old")
    world.run()
    world.sources["clips"].files = dict.fromkeys(keys, b"new")
    world.fails[Copy] = Failed("source.denied", "403")
    world.run(stop_after=PATIENCE + 3)
    assert {world.entry(key).state for key in keys} == {State.PUBLISHED}


def test_an_error_of_the_whole_run_is_heard_before_its_files(world: World) -> None:
    heard: list[tuple[int, SyncerError]] = []
    world.orders["heard"] = lambda error: heard.append((len(world.done), error))
    world.sources["clips"].files = {"a": b"a"}
    world.broken["prove"] = OwnershipError("no signature file")
    assert world.run().errors == [world.broken["prove"]]
    assert heard == [(0, world.broken["prove"])]


@pytest.mark.parametrize("writes", [False, True])
def test_a_run_that_only_reads_files_in_place_does_not_ask_whether_the_destination_can_be_used(
    world: World, *, writes: bool
) -> None:
    world.sources = {"up": Shelf("up", {"x": b"x"}, lies="up/")}
    world.orders["writes"] = writes
    world.run()
    world.here = "two"
    world.run()
    assert (world.did()["Recheck"], world.asked["ready"], world.listed) == (1, 0, {"up/x"})


class Slow(Shelf):
    """Lists its last file when a manifest lists `a`."""

    written: threading.Event

    def assets(self) -> Iterator[Asset]:
        *before, last = super().assets()
        yield from before
        assert self.written.wait(10)
        yield last


@pytest.mark.parametrize("fails", [False, True])
def test_a_slow_source_keeps_no_other_url_out_of_the_manifest(
    world: World, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    """Nor one that still serves the old bytes because their replacement failed."""
    world.sources["clips"].files = {"a": b"old"}
    world.run()
    world.clock += timedelta(days=1)
    world.sources["clips"].files = {"a": b"new"}
    world.fails = {Copy: Failed("destination.lost", "no answer", unsure=True)} if fails else {}
    slow, publish = Slow("slow", {"x": b"x", "y": b"y"}), world._publish  # noqa: SLF001 - to hear of it
    slow.written = threading.Event()

    def published() -> int:
        count = publish()
        if "a" in world.listed:
            slow.written.set()
        return count

    monkeypatch.setattr(world, "_publish", published)
    world.sources, world.seconds = {"slow": slow, **world.sources}, 0.001
    assert world.run().errors == []
    assert world.listed == {"a"} | ({"x", "y"} if not fails else set())


def test_old_bytes_that_are_still_served_are_listed_before_the_sources_are(world: World) -> None:
    """After a power cut, the catalogue does not know what it published."""
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.run()
    world.clock += timedelta(days=1)
    world.catalogue.doubt()
    assert world.run().exit == 0
    assert world.manifests[0] == {"a", "b"}
    assert all(isinstance(action, Recheck) for action in world.done[:2])
    assert world.asked["ready"] == 1
    world.catalogue.doubt()
    world.sources, world.orders["writes"] = {"up": Shelf("up", lies="up/")}, False
    assert world.run().listed == 2
    assert world.asked["ready"] == 0, "nothing copies there any more"
