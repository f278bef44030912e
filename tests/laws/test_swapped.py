"""Assets get the paths that others leave in the same run, also in a circle."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncer.model import Asset, Entry, State
from syncer.sync.handover import give_up
from syncer.sync.leaving import Leaving
from tests.laws.shelf import Shelf, sha
from tests.laws.world import World

BY_HASH = "{sha256}.mp4"
UNFIT = b"refused"


def published(world: World) -> dict[str, bytes]:
    """The bytes of each asset in the manifest, by key."""
    entries = world.catalogue.entries(State.PUBLISHED)
    return {entry.key: world.stored[entry.path] for entry in entries if entry.path}


@pytest.mark.parametrize("names", ["ab", "abc", "abcdefgh"])
@pytest.mark.parametrize("step", [1, -1])
def test_files_that_swap_their_names_swap_their_paths(world: World, names: str, step: int) -> None:
    """The paths follow the bytes, so each asset gets the path that another one leaves."""
    world.templates["clips"] = BY_HASH
    files = world.sources["clips"].files
    files.update({name: name.encode() for name in names})
    world.run()
    paths = world.listed
    files.update({name: names[(at + step) % len(names)].encode() for at, name in enumerate(names)})
    summary = world.run()
    assert (summary.exit, summary.counts["failed"]) == (0, 0)
    assert (published(world), world.listed) == (files, paths)
    assert world.run().counts == {"kept": len(names)}
    world.delete = timedelta(0)
    assert world.run().exit == 0
    assert world.stored.keys() == paths, "nothing that is listed is deleted"


def test_names_move_up_by_one(world: World) -> None:
    world.templates["clips"] = BY_HASH
    files = world.sources["clips"].files
    files.update({name: name.encode() for name in "abcd"})
    world.run()
    world.sources["clips"].files = dict(zip("abcde", (b"new", *files.values()), strict=True))
    summary = world.run()
    assert (summary.exit, summary.counts["failed"]) == (0, 0)
    assert published(world) == world.sources["clips"].files


def test_an_asset_that_can_not_leave_keeps_its_path(world: World) -> None:
    world.templates["clips"] = BY_HASH
    files = world.sources["clips"].files
    files.update(a=b"a", b=b"b")
    world.run()
    files.update(a=b"b", b=UNFIT)
    world.dead_keys.add("b")
    assert world.run().exit == 3
    assert published(world) == {"a": b"a", "b": b"b"}
    error = world.entry("a").error
    assert error
    assert (error.code, "see why clips:b did not get its new path" in str(error.hint)) == (
        "plan.collision",
        True,
    )


@pytest.mark.parametrize("trouble", ["none", "dead", "unfit", "found"])
def test_paths_that_templates_swap_stay_as_they_are(world: World, trouble: str) -> None:
    """A path can't pass on before its owner is at another one, which is not free."""
    world.sources = {name: Shelf(name) for name in ("clips", "other")}
    world.templates = {"clips": "x/{key}", "other": "y/{key}"}
    world.sources["clips"].files.update(a=b"1", b=b"2")
    world.sources["other"].files.update(a=b"3", b=b"4")
    if trouble == "found":
        world.stored["x/a"] = b"1"
    world.run()
    stored, listed = dict(world.stored), world.listed
    world.templates = {"clips": "y/{key}", "other": "x/{key}"}
    world.delete = timedelta(0)
    world.dead.update({"clips"} if trouble == "dead" else ())
    if trouble == "unfit":
        world.sources["clips"].files["a"] = UNFIT
        world.unfit.add(UNFIT)
    for _ in range(2):
        assert world.run().exit == 3
        assert world.stored == stored
        assert listed - world.listed <= ({"x/a"} if trouble == "unfit" else set())
    errors = [world.entry("b", name).error for name in world.sources]
    assert all("can't have its path" in error.message for error in errors if error)
    world.templates["other"] = "z/{key}"
    world.dead.clear()
    world.run()
    world.templates["other"] = "x/{key}"
    assert world.run().exit == (4 if trouble == "unfit" else 3 if trouble == "found" else 0)
    assert (world.stored["y/b"], world.stored["x/b"]) == (b"2", b"4")


def test_a_source_takes_the_paths_that_another_one_leaves(world: World) -> None:
    world.sources = {name: Shelf(name) for name in ("clips", "other")}
    world.templates = {"clips": "x/{key}", "other": "y/{key}"}
    for source in world.sources.values():
        source.files["a"] = source.name.encode()
    world.run()
    world.templates = {"clips": "y/{key}", "other": "z/{key}"}
    summary = world.run()
    assert (summary.exit, summary.counts["failed"]) == (0, 0)
    assert (world.stored["y/a"], world.stored["z/a"]) == (b"clips", b"other")
    assert world.listed == {"y/a", "z/a"}


@pytest.mark.parametrize("stopped_after", range(1, 9))
@pytest.mark.parametrize("template", [BY_HASH, "other"])
def test_a_run_that_is_stopped_in_a_swap_loses_no_file(
    world: World, template: str, stopped_after: int
) -> None:
    files = world.sources["clips"].files
    files.update({name: name.encode() for name in "abcd"})
    world.templates["clips"] = template if template == BY_HASH else "x/{key}"
    world.run()
    if template == BY_HASH:
        files.update(a=b"b", b=b"a", c=b"d", d=b"c")
    else:
        world.sources = {"clips": Shelf("clips", files), "other": Shelf("other", {"a": b"1", "b": b"2"})}
        world.templates = {"clips": "y/{key}", "other": "x/{key}"}
    world.run(stop_after=stopped_after)
    for entry in world.catalogue.entries(State.PUBLISHED):
        assert entry.path
        assert sha(world.stored[entry.path]) == entry.sha256
    summary = world.run()
    expected = {name: content for shelf in world.sources.values() for name, content in shelf.files.items()}
    assert (summary.exit, len(world.listed)) == (0, sum(len(shelf.files) for shelf in world.sources.values()))
    assert published(world).keys() == expected.keys()


@pytest.mark.parametrize("same", [True, False])
def test_the_path_of_a_source_that_left_the_config_is_taken_and_named(world: World, *, same: bool) -> None:
    world.sources = {name: Shelf(name, {"a": name.encode()}) for name in ("clips", "other")}
    world.run()
    assert world.run().exit == 3, "both want the path"
    del world.sources["clips"]
    if same:
        world.sources["other"].files["a"] = b"clips"
    summary = world.run()
    assert (summary.exit, world.stored) == (0, world.sources["other"].files)
    told = [remark for remark in summary.remarks if remark.rule == "source.replaced"]
    assert len(told) == (not same)
    assert all("now serves other:a; before, it served clips:a" in remark.message for remark in told)


def test_of_many_such_paths_some_are_named(world: World) -> None:
    files = {str(number): b"%d" % number for number in range(7)}
    world.sources = {"clips": Shelf("clips", files)}
    world.run()
    world.sources = {"other": Shelf("other", {key: content * 2 for key, content in files.items()})}
    remarks = [remark for remark in world.run().remarks if remark.rule == "source.replaced"]
    assert len(remarks) == 6
    assert "2 more URLs" in remarks[-1].message


def many(world: World, names: str) -> World:
    """Sources with one file each."""
    world.sources = {name: Shelf(name, {"1": name.encode()}) for name in names}
    world.templates = {name: f"{name}/{{key}}" for name in names}
    world.run()
    return world


def test_each_of_a_chain_waits_for_the_next(world: World) -> None:
    many(world, "abcde").templates = dict(zip("abcde", (f"{name}/{{key}}" for name in "bcdef"), strict=True))
    assert world.run().exit == 0
    assert world.listed == {f"{name}/1" for name in "bcdef"}
    assert [world.stored[f"{folder}/1"] for folder in "bcdef"] == [b"a", b"b", b"c", b"d", b"e"]


def test_those_of_a_later_source_wait_too(world: World) -> None:
    """A chain that failed before keeps nobody from waiting."""
    world.catalogue.put(Entry("clips", "b", State.PUBLISHED, path="b"))
    scan = world.scan()
    for key in "ab":
        world.catalogue.note(Asset("clips", key, key), None)
    waiting, asset, owner = Leaving(scan), Asset("clips", "a", "a"), ("clips", "b")
    tries = []
    assert waiting.add(asset, "b", owner)
    while waiting:
        tries.append([waiting.add(each, "b", owner) for each in waiting.taken()])
    assert tries == [[True], [False]]
    assert waiting.add(asset, "b", owner)


def test_what_is_given_up_is_still_ours_and_not_listed(world: World) -> None:
    """The run may be killed before another asset has the path."""
    world.sources["clips"].files["a"] = b"a"
    world.run()
    give_up(replace(world.scan(), complete=["clips"], failed=["clips"]), ("clips", "a"))
    assert world.entry("a").path is None
    assert world.entry("a").state is State.FAILED
    assert world.catalogue.wrote("a")


def test_a_chain_fails_if_its_end_does_not_leave(world: World) -> None:
    many(world, "abc").templates = {"a": "b/{key}", "b": "c/{key}", "c": "d/{key}"}
    world.dead.add("c")
    assert world.run().exit == 3
    assert world.listed == {"a/1", "b/1", "c/1"}, "what was published stays where it is"
    assert [world.stored[f"{folder}/1"] for folder in "abc"] == [b"a", b"b", b"c"]
    errors = [error for error in (world.entry("1", name).error for name in "abc") if error]
    assert [error.code for error in errors] == ["plan.collision", "plan.collision", "source.denied"]
    assert "b:1 can't have its path 'c/1' yet: it is still that of c:1" in errors[1].message
    world.dead.clear()
    assert world.run().exit == 0
    assert world.listed == {"b/1", "c/1", "d/1"}


def test_a_path_that_changes_its_owner_within_the_config_is_no_news(world: World) -> None:
    world.sources["clips"].files["a"] = b"a"
    world.run()
    world.sources["clips"].files = {"b": b"b"}
    world.templates["clips"] = "a"
    summary = world.run()
    assert (summary.exit, world.stored) == (0, {"a": b"b"})
    assert not any(remark.rule == "source.replaced" for remark in summary.remarks)
