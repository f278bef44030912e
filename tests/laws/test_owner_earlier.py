"""A mark that is ours and not the last one: an older state of the destination, with a root in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from syncer.errors import DestinationError
from syncer.model import State
from syncer.sync.sample import EMPTIED
from tests.laws.house import House, Killed, hold
from tests.laws.test_owner import NOW, SEEN, refusal

LISTED = replace(SEEN, checked_at=NOW, published_at=NOW, sha256=sha256(b"x").hexdigest())


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        made = House(tmp_path, stack)
        hold(made.owner("one"))
        made.catalogue("one").put(LISTED)
        yield made


@pytest.mark.parametrize("runs", [1, 2, 5])
def test_the_mark_of_every_earlier_run_is_refused_until_it_is_taken_over(house: House, runs: int) -> None:
    earlier = house.root.content
    for _ in range(runs):
        hold(house.owner("one"))
    house.root.content = earlier
    for call in (house.owner("one").look, partial(hold, house.owner("one"))):
        assert "(there) is in an older state than this catalogue left it" in refusal(call).message
    assert house.catalogue("one").entry("clips", "a") == LISTED
    house.owner("one").look(take_over=True)
    (entry,) = house.catalogue("one").entries()
    assert (entry.state, entry.doubted, entry.found, entry.ours) == (State.STORED, True, False, False)
    hold(house.owner("one"))
    house.owner("one").look()


@pytest.mark.parametrize("runs", [0, 1, 5])
def test_an_older_state_that_is_mounted_during_a_run_is_another_tree(house: House, runs: int) -> None:
    earlier, one = house.root.content, house.owner("one")
    for _ in range(runs):
        hold(house.owner("one"))
    hold(one)
    house.root.content = earlier
    with pytest.raises(DestinationError) as caught:
        one.still_hold()
    assert caught.value.code == EMPTIED
    assert "its owner mark is that of an earlier run" in caught.value.message


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_dies_around_its_mark_costs_the_next_one_no_look(house: House, when: str) -> None:
    for _ in range(2):
        house.root.dies = when
        with pytest.raises(Killed):
            hold(house.owner("one"))
    house.root.dies = ""
    house.owner("one").look()
    assert house.catalogue("one").entry("clips", "a") == LISTED


def test_a_mark_that_could_not_be_written_costs_the_next_run_no_look(house: House) -> None:
    """The disk is full, for example."""
    for _ in range(2):
        house.root.full = True
        with pytest.raises(DestinationError):
            hold(house.owner("one"))
    house.root.full = False
    house.owner("one").look()
    assert house.catalogue("one").entry("clips", "a") == LISTED


def test_our_mark_of_another_destination_over_our_own_one_leaves_every_file_in_doubt(house: House) -> None:
    other = house.root.content
    house.root.content = None
    hold(house.owner("one", "elsewhere"))
    house.catalogue("one").adopt("https://media.example.test/", "elsewhere")
    house.catalogue("one").put(LISTED)
    house.root.content = other
    house.owner("one", "elsewhere").look()
    (entry,) = house.catalogue("one").entries()
    assert entry.doubted


@pytest.mark.parametrize("listed", [True, False])
def test_without_a_mark_a_published_file_that_the_newest_manifest_lacks_is_somebody_elses(
    house: House, *, listed: bool
) -> None:
    """An old copy of the catalogue may be back: a later run has deleted the file, perhaps."""
    house.catalogue("one").adopt("https://media.example.test/", "there")
    house.root.content, house.root.held = None, {"a"}
    owner = house.owner("one")
    owner.listed = lambda: frozenset({("clips", "a", "a")} if listed else {"https://media.example.test/b"})
    owner.look()
    (entry,) = house.catalogue("one").entries()
    assert (entry.doubted, entry.found) == (True, not listed)
    said = [each.rule for each in owner.remarks()]
    assert said == ["destination.unmarked"] + ["catalogue.older"] * (not listed)


@pytest.mark.parametrize("count", [1, 20, 23])
def test_of_many_files_that_the_newest_manifest_lacks_some_are_named(house: House, count: int) -> None:
    catalogue = house.catalogue("one")
    catalogue.adopt("https://media.example.test/", "there")
    for number in range(1, count):
        catalogue.put(replace(LISTED, key=f"{number:02}", path=f"{number:02}", url=f"{number:02}"))
    house.root.content, house.root.held = None, {each.path or "" for each in catalogue.entries()}
    owner = house.owner("one")
    owner.listed = lambda: frozenset({"https://media.example.test/other"})
    owner.look()
    (_, told) = owner.remarks()
    assert (told.rule, told.value) == ("catalogue.older", str(count))
    assert told.message.count("clips:") == min(count, 20)


def test_files_of_another_destination_are_not_missed_at_a_new_one_with_our_mark(house: House) -> None:
    for number in range(5):
        house.catalogue("one").put(replace(LISTED, key=str(number), path=str(number), url=str(number)))
    house.root.held = set()
    with pytest.raises(DestinationError) as caught:
        house.owner("one").look()
    assert caught.value.code == EMPTIED
    owner = house.owner("one")
    owner.moved = True
    owner.look()
