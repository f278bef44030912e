"""A run reports what a source no longer lists, and forgets files in place only within the limit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncer.model import Finding, Recheck, State
from syncer.sync.plan import MostDeletes
from syncer.sync.summary import Summary
from tests.laws.shelf import Shelf
from tests.laws.world import World

DAY = timedelta(days=1)


@pytest.fixture
def lying(world: World) -> World:
    """40 files in place, and one of another source in place."""
    world.sources = {"up": Shelf("up", lies="up/"), "other": Shelf("other", {"x": b"x"}, lies="other/")}
    world.sources["up"].files = {f"{number:02}": b"%d" % number for number in range(40)}
    world.limit = MostDeletes(0.1, 3)
    assert world.run().counts == {"in_place": 41}
    return world


def lose(world: World, count: int, source: str = "up") -> Summary:
    files = world.sources[source].files
    for key in [*files][:count]:
        del files[key]
    return world.run()


def told(summary: Summary) -> list[Finding]:
    return [remark for remark in summary.remarks if remark.rule == "source.gone"]


def test_files_in_place_within_the_limit_are_forgotten_and_told(lying: World) -> None:
    summary = lose(lying, 4)
    assert (summary.exit, summary.counts) == (0, {"kept": 37, "gone": 4})
    (found,) = told(summary)
    assert found.message == "source up: 4 published files are no longer there, such as '00'"
    assert found.value == "4"
    assert len(lying.listed) == 37
    assert told(lying.run()) == []


def test_above_the_limit_each_url_is_looked_at_in_every_run(lying: World) -> None:
    summary = lose(lying, 5)
    assert (summary.exit, summary.counts) == (1, {"kept": 36, "rechecked": 5, "stored": 5, "unseen": 5})
    assert "5 of 41 files in place (12.2%)" in summary.errors[0].message
    assert told(summary) == [], "the error says so"
    assert len(lying.listed) == 36
    summary = lying.run()
    assert (summary.exit, summary.counts["rechecked"], lying.did()["Recheck"]) == (1, 5, 5)
    lying.limit = MostDeletes(1.0)
    summary = lying.run()
    assert (summary.exit, summary.counts["gone"], len(told(summary))) == (0, 5, 1)
    assert lying.run().counts == {"kept": 36}


def test_files_that_come_back_are_not_read_again(lying: World) -> None:
    before = dict(lying.sources["up"].files)
    lose(lying, 20)
    lying.sources["up"].files = before
    summary = lying.run()
    assert (summary.exit, summary.counts) == (0, {"kept": 21, "rechecked": 20})
    assert len(lying.listed) == 41


def test_an_emptied_source_holds_back_what_another_one_lost(lying: World) -> None:
    """The only file of a source that is empty now; and one of 40, which alone would be forgotten."""
    lying.sources["other"].files.clear()
    summary = lose(lying, 1)
    assert (summary.exit, summary.counts["gone"], summary.counts["rechecked"]) == (1, 0, 2)
    assert "source other lists 0 objects, and 1 of its files in place" in summary.errors[0].message
    assert {remark.message for remark in summary.remarks} == {
        "source other: 0 objects listed, 1 published before"
    }


def test_while_too_many_files_in_place_are_gone_no_copy_is_deleted(lying: World) -> None:
    lying.sources["clips"] = Shelf("clips", {"a": b"a", "b": b"b"})
    lying.delete = timedelta()
    lying.run()
    del lying.sources["clips"].files["a"]
    assert lose(lying, 20).exit == 1
    assert "a" in lying.stored
    lying.limit = MostDeletes(1.0)
    assert lying.run().counts["deleted"] == 1


def test_a_file_whose_url_still_answers_stays_in_the_manifest(lying: World) -> None:
    """`root` is now a folder further down."""
    shelf = lying.sources["up"]
    shelf.files, shelf.lies = {}, "up/deeper/"
    files = {path: content for path, content in lying.stored.items() if path.startswith("up/")}
    lying.destinations["seen"] = dict(lying.stored)
    lying.served = "seen"
    assert lying.run().exit == 1
    assert files.keys() <= lying.listed


@pytest.mark.parametrize("transient", [False, True])
def test_of_a_source_that_can_not_be_listed_all_urls_are_looked_at_unless_it_may_pass(
    lying: World,
    transient: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    lying.sources["up"].files.clear()
    lying.sources["up"].broken = True
    lying.sources["up"].transient = transient
    assert lying.run().exit == 1
    assert lying.did()["Recheck"] == (0 if transient else 40)
    assert len(lying.listed) == (41 if transient else 1)


def test_a_key_that_changes_with_the_root_is_not_gone(lying: World) -> None:
    """The file keeps its path, and the asset with the new key gets it."""
    lying.sources["up"].files = {f"up/{key}": data for key, data in lying.sources["up"].files.items()}
    lying.sources["up"].lies = ""
    lying.sources.pop("other")
    summary = lying.run()
    assert (summary.exit, summary.counts, told(summary)) == (0, {"in_place": 40}, [])


def test_the_urls_of_a_source_that_is_no_longer_in_the_config_stay(lying: World) -> None:
    del lying.sources["up"]
    summary = lying.run()
    assert (summary.exit, told(summary), len(lying.listed)) == (0, [], 41)


@pytest.mark.parametrize("delete", [None, timedelta(), 30 * DAY])
def test_copies_that_are_gone_are_told_once_whatever_delete_says(
    world: World, delete: timedelta | None
) -> None:
    """As after a change of `root`, which changes the keys."""
    world.delete = delete
    world.sources["clips"].files = {"d/1": b"1", "d/2": b"2", "d/3": b"3"}
    world.run()
    world.sources["clips"].files = {"1": b"1", "2": b"2", "3": b"3"}
    (found,) = told(world.run())
    assert found.message == "source clips: 3 published files are no longer there, such as 'd/1'"
    world.clock += DAY
    assert told(world.run()) == []


def test_a_file_in_place_that_was_refused_and_is_gone_is_forgotten_without_a_warning(lying: World) -> None:
    lying.refuses = True
    lying.run()
    lying.refuses = False
    lying.limit = MostDeletes(0.0)
    entry = lying.entry("x", "other")
    assert entry.state is State.REJECTED
    lying.sources["other"].files.clear()
    summary = lying.run()
    assert told(summary) == []
    assert lying.catalogue.entry("other", "x") is None
    assert not any(isinstance(action, Recheck) and action.entry.key == "x" for action in lying.done)


@pytest.mark.parametrize("most", [0.5, 1.0])
def test_a_file_that_was_there_before_is_forgotten_if_its_source_may_be_emptied(
    world: World, most: float
) -> None:
    world.stored["a"] = b"a"
    world.sources["clips"].files["a"] = b"a"
    world.run()
    assert world.entry("a").found
    world.sources["clips"].files.clear()
    world.delete, world.limit = timedelta(0), MostDeletes(most)
    summary = world.run()
    assert (world.listed == set()) is (most == 1)
    assert any(remark.rule == "source.stays" for remark in summary.remarks) is (most == 1)
    assert world.stored == {"a": b"a"}


def test_what_was_never_published_of_a_source_that_is_not_in_the_config_is_forgotten(world: World) -> None:
    world.sources["old"] = Shelf("old", {"x": b"x"})
    world.dead = {"old"}
    assert world.run().counts["failed"] == 1
    del world.sources["old"]
    world.run(partial=True)
    assert world.catalogue.entry("old", "x")
    world.run()
    assert world.catalogue.entry("old", "x") is None


def test_a_file_at_its_new_path_stays_listed_while_its_old_one_is_deleted(world: World) -> None:
    world.delete = timedelta()
    world.sources["clips"].files = {"a": b"a"}
    world.run()
    world.templates["clips"] = "new/{key}"
    for _ in range(2):
        assert (world.run().exit, world.listed) == (0, {"new/a"})
    assert set(world.stored) == {"new/a"}
