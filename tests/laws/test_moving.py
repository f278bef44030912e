"""The destination changes and the URLs stay, at whatever step a run ends."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.catalogue import moving, open_catalogue
from syncer.errors import CatalogueError, DestinationError
from syncer.model import Action, Copy, Delete, Failed, Outcome, Recheck, State
from syncer.sync.trials import PATIENCE
from tests.laws.world import ORIGIN, World

DAY = timedelta(days=1)
FILES = {"a": b"a", "b": b"bb", "c": b"ccc", "d": b"dddd"}


@pytest.fixture
def moved(world: World) -> World:
    """Four files are published at `one`; now the config says `two`."""
    world.sources["clips"].files = dict(FILES)
    world.run()
    world.here = "two"
    world.clock += DAY
    return world


def test_everything_is_copied_in_one_run(moved: World) -> None:
    summary = moved.run()
    assert moved.stored == FILES
    assert summary.exit == 0
    assert summary.counts["copied"] == 4
    assert moved.manifests == [set(), set(FILES)], "the first while nothing was there"
    assert moved.asked["ready"] == 2, "before the looks and before the copies"
    assert moved.run().counts == {"kept": 4}


def test_what_was_brought_by_hand_is_not_copied(moved: World) -> None:
    moved.stored.update(FILES)
    published_at = moved.entry("a").published_at
    summary = moved.run()
    assert summary.exit == 0
    assert summary.counts == {"rechecked": 4, "kept": 4}
    assert moved.did() == {"Recheck": 4, "Inspect": 1}
    assert [type(action) for action, _ in moved.told] == [Recheck] * 4
    assert moved.manifests == [set(FILES), set(FILES)], "before the sources were even listed"
    assert moved.entry("a").published_at == published_at


@pytest.mark.parametrize("there", [b"", b"other"], ids=["empty", "foreign"])
def test_what_is_missing_is_copied_and_a_foreign_file_is_not_replaced(moved: World, there: bytes) -> None:
    moved.stored.update({"a": b"a", "b": there})
    assert moved.run().exit == 3
    assert moved.manifests == [{"a"}, {"a", "c", "d"}]
    assert {action.asset.key for action in moved.done if isinstance(action, Copy)} == {"b", "c", "d"}
    assert moved.stored == FILES | {"b": there}


def test_moving_back_copies_nothing_that_is_still_there(moved: World) -> None:
    moved.run()
    moved.here = "one"
    assert moved.run().counts == {"rechecked": 4, "kept": 4}
    assert moved.listed == set(FILES)


def test_what_changed_meanwhile_is_copied_when_it_moves_back(moved: World) -> None:
    moved.sources["clips"].files["a"] = b"A"
    moved.run()
    moved.here = "one"
    assert moved.run().exit == 0
    assert {action.asset.key for action in moved.done if isinstance(action, Copy)} == {"a"}
    assert moved.stored == FILES | {"a": b"A"}


def test_a_web_server_that_still_serves_the_old_place_fools_nobody(moved: World) -> None:
    moved.served = "one"
    assert moved.run().exit == 0
    assert moved.stored == FILES


def test_a_web_server_that_does_not_serve_the_new_place_yet_lists_nothing(moved: World) -> None:
    moved.served = "elsewhere"
    summary = moved.run()
    assert summary.exit == 3
    assert (summary.counts["copied"], summary.counts["stored"]) == (4, 4)
    assert moved.listed == set()
    moved.served = None
    assert moved.run().counts == {"rechecked": 4}
    assert moved.listed == set(FILES)


def test_what_is_there_and_not_served_yet_is_not_copied_again(moved: World) -> None:
    moved.stored.update(FILES)
    moved.served = "elsewhere"
    summary = moved.run()
    assert (summary.exit, summary.counts["stored"]) == (3, 4)
    assert moved.did()["Copy"] == 0
    moved.served = None
    assert moved.run().exit == 0
    assert moved.did()["Copy"] == 0


# What its source no longer has


def test_what_no_source_has_is_told_until_it_is_brought_by_hand(moved: World) -> None:
    del moved.sources["clips"].files["a"]
    for _ in range(2):
        summary = moved.run()
        assert summary.exit == 3
        assert moved.listed == {"b", "c", "d"}
        error = moved.entry("a").error
        assert error
        assert error.code == "destination.absent"
    moved.stored["a"] = b"a"
    assert moved.run().exit == 0
    assert moved.listed == set(FILES)


def test_what_a_destination_lost_and_no_source_has_is_looked_at_until_it_is_back(world: World) -> None:
    world.sources["clips"].files = dict(FILES)
    world.run()
    world.recheck = DAY
    del world.sources["clips"].files["a"]
    lost = world.stored.pop("a")
    for _ in range(2):
        world.clock += 2 * DAY
        assert world.run().exit == 3
    world.stored["a"] = lost
    world.run()
    assert world.listed == set(FILES)


# Deleting


def test_nothing_is_deleted_at_a_destination_that_was_never_published_there(moved: World) -> None:
    """Gone files and retired paths are at the old one; at the new one the names are somebody's."""
    moved.delete = DAY
    moved.templates["clips"] = "new/{key}"
    moved.here = "one"
    del moved.sources["clips"].files["d"]
    moved.run()
    moved.here = "two"
    foreign = {"a": b"theirs", "d": b"theirs too", "new/x": b"theirs"}
    moved.stored.update(foreign)
    for _ in range(4):
        moved.clock += DAY
        assert moved.run().exit == 0
        assert moved.did()["Delete"] == 0
    assert foreign.items() <= moved.stored.items()
    assert moved.catalogue.entry("clips", "d") is None, "neither its source nor the destination has it"
    assert {"a", "d"} <= set(moved.destinations["one"])


def test_what_is_gone_and_was_brought_by_hand_is_deleted_in_time(moved: World) -> None:
    moved.marked = True
    moved.delete = 0 * DAY
    moved.stored.update(FILES)
    del moved.sources["clips"].files["d"]
    moved.run()
    assert set(moved.stored) == {"a", "b", "c"}
    assert moved.destinations["one"] == FILES


def test_the_time_since_it_is_gone_counts_on_when_the_destination_changes(moved: World) -> None:
    moved.marked = True
    moved.here, moved.delete = "one", 30 * DAY
    del moved.sources["clips"].files["d"]
    moved.run()
    moved.here = "two"
    moved.stored.update(FILES)
    for _ in range(29):
        moved.clock += DAY
        moved.run()
        assert "d" in moved.stored
    moved.clock += DAY
    moved.run()
    assert "d" not in moved.stored


def test_what_was_about_to_be_deleted_at_the_old_place_is_not_deleted_unseen_at_the_new_one(
    moved: World,
) -> None:
    moved.here, moved.delete = "one", 0 * DAY
    moved.fails[Delete] = Failed("destination.denied", "no")
    del moved.sources["clips"].files["d"]
    assert moved.run().exit == 3
    assert moved.entry("d").state is State.DOOMED
    moved.here, moved.fails = "two", {}
    moved.stored["d"] = b"theirs"
    assert moved.run().exit == 0
    assert moved.stored["d"] == b"theirs"


def test_a_template_that_changes_together_with_the_destination_leaves_no_path_behind(moved: World) -> None:
    moved.delete = 0 * DAY
    moved.templates["clips"] = "new/{key}"
    moved.stored["a"] = b"theirs"
    assert moved.run().exit == 0
    assert moved.stored == {f"new/{key}": content for key, content in FILES.items()} | {"a": b"theirs"}


def test_a_template_that_changes_after_files_were_brought_by_hand_leaves_paths_that_are_deleted(
    moved: World,
) -> None:
    moved.marked = True
    moved.delete = 0 * DAY
    moved.templates["clips"] = "new/{key}"
    moved.stored.update(FILES)
    moved.run()
    moved.run()
    assert set(moved.stored) == {f"new/{key}" for key in FILES}


# Ends in the middle


class Killed(BaseException):
    """An error that no code catches."""


@pytest.mark.parametrize("how", ["stopped", "killed before", "killed after"])
@pytest.mark.parametrize("step", range(1, 9))
@pytest.mark.parametrize("brought", [(), ("a", "c")], ids=["nothing there", "half there"])
def test_a_run_that_ends_in_the_middle_lists_only_what_answers_and_the_next_one_completes_it(
    moved: World, monkeypatch: pytest.MonkeyPatch, how: str, step: int, brought: tuple[str, ...]
) -> None:
    moved.stored.update({key: FILES[key] for key in brought})
    act = moved.act

    def die(action: Action) -> Outcome:
        if how == "killed before" and len(moved.done) + 1 == step:
            raise Killed
        outcome = act(action)
        if how == "killed after" and len(moved.done) == step:
            raise Killed
        return outcome

    with monkeypatch.context() as patch, suppress(Killed):
        patch.setattr(moved, "act", die)
        moved.run(stop_after=step if how == "stopped" else None)
    for manifest in moved.manifests:
        assert {key: moved.visible[key] for key in manifest} == {key: FILES[key] for key in manifest}
    for entry in moved.catalogue.entries(State.PUBLISHED):
        assert moved.stored[str(entry.path)] == FILES[entry.key]
    assert moved.run().exit == 0
    assert moved.listed == set(FILES)
    assert moved.stored == FILES
    copied = [action.asset.key for action in moved.done if isinstance(action, Copy)]
    assert not set(copied) & set(brought)


def test_a_destination_that_cannot_be_asked_confirms_nothing(moved: World) -> None:
    moved.fails = {Recheck: Failed("destination.lost", "cut off")}
    moved.stored.update(FILES)
    assert moved.run().exit == 3
    assert moved.listed == set()
    moved.fails = {}
    assert moved.run().exit == 0
    assert moved.listed == set(FILES)


def test_a_destination_that_cannot_be_used_is_asked_for_no_file(moved: World) -> None:
    moved.broken["ready"] = DestinationError("unreachable")
    assert moved.run().exit == 1
    assert moved.done == []
    assert len(list(moved.catalogue.unconfirmed())) == 4


def test_a_destination_that_fails_time_after_time_is_asked_no_more(moved: World) -> None:
    moved.here = "one"
    moved.sources["clips"].files = {str(number): b"%d" % number for number in range(400)}
    moved.run()
    moved.here = "two"
    moved.fails[Recheck] = Failed("destination.lost", "cut off")
    summary = moved.run()
    assert moved.did()["Recheck"] == 2 * PATIENCE
    assert [error.code for error in summary.errors] == ["destination.lost"]


def test_a_new_destination_is_adopted_completely_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_catalogue(f"sqlite:///{tmp_path / 'syncer.db'}")) as catalogue:
        world = World(catalogue)
        world.sources["clips"].files = dict(FILES)
        world.run()
        before = list(catalogue.entries())
        monkeypatch.setattr(moving, "_STATEMENTS", (*moving._STATEMENTS, "no SQL"))  # noqa: SLF001 - one that fails
        with pytest.raises(CatalogueError):
            catalogue.adopt(ORIGIN, "two")
        assert list(catalogue.entries()) == before
        assert catalogue.recognise(ORIGIN, "one") == (ORIGIN, "one")
    with closing(sqlite3.connect(tmp_path / "syncer.db")) as db:
        assert db.execute("SELECT destination FROM belongs").fetchall() == [("one",)]
