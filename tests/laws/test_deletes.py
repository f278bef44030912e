"""A run may delete one file of a small mirror, but nothing of an emptied source unless the user says so."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from syncer.mirror import scanning
from syncer.model import Delete, Failed, Recheck, State
from syncer.sync.plan import MostDeletes
from tests.home import Home
from tests.laws.shelf import Shelf
from tests.laws.world import World
from tests.media import mp4

DAY = timedelta(days=1)


@pytest.fixture
def small(home: Home) -> Home:
    """A mirror of five files."""
    home.config["delete"] = "mirror"
    for number in range(5):
        home.put(f"{number}.mp4", mp4(seed=number))
    assert home.sync()["exit_code"] == 0
    return home


def test_a_small_mirror_may_lose_up_to_three_files_at_once(small: Home) -> None:
    for number in range(3):
        (small.media / f"{number}.mp4").unlink()
    done = small.sync()
    assert (done["exit_code"], done["counts"]["deleted"]) == (0, 3)


@pytest.mark.parametrize(
    ("limit", "option", "deleted"),
    [
        ({"share": "10%", "at_least": 0}, (), 0),
        ("0%", (), 0),
        ({"at_least": 4}, (), 4),
        ("50%", (), 0),
        ("80%", (), 4),
        ("10%", ("--max-delete", "80%"), 4),
        ("10%", ("--max-delete", "4"), 4),
        ("80%", ("--max-delete", "3"), 0),
        ("80%", ("--max-delete", "0"), 0),
    ],
)
def test_the_config_says_how_many_may_go_and_the_option_for_one_run(
    small: Home, limit: object, option: tuple[str, ...], deleted: int
) -> None:
    small.config["max_delete"] = limit
    for number in range(4):
        (small.media / f"{number}.mp4").unlink()
    done = small.sync(*option)
    assert done["counts"].get("deleted", 0) == deleted
    assert done["exit_code"] == (0 if deleted else 1)
    assert len(small.public()) == 5 - deleted


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("3", "3 files"),
        ("1", "1 file"),
        ("0%", "0%"),
        ("2.5%", "2.5% (at least 3)"),
        ("29%", "29% (at least 3)"),
    ],
)
def test_a_plan_over_the_limit_names_the_limit_as_it_was_given(small: Home, option: str, said: str) -> None:
    for number in range(4):
        (small.media / f"{number}.mp4").unlink()
    (error,) = small.sync("--max-delete", option)["errors"]
    assert f"4 of 5 published files (80.0%) would be deleted, over max_delete of {said}; " in error["message"]


def test_a_limit_that_is_none_is_a_usage_error(small: Home) -> None:
    ran = small.syncer("sync", "--max-delete", "-3")
    assert ran.code == 2
    assert "'-3' must be a share from 0% to 100%, such as 10%, or a number of files, such as 5" in ran.err


# An emptied source


@pytest.mark.parametrize("files", [1, 2, 12])
def test_an_emptied_source_is_reported_and_nothing_is_deleted_until_the_user_allows_it(
    home: Home, files: int
) -> None:
    home.config["delete"] = "mirror"
    for number in range(files):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.sync()
    for path in home.media.iterdir():
        path.unlink()
    for _ in range(2):
        done = home.sync("--max-delete", "99%")
        assert done["exit_code"] == 1
        assert done["errors"][0]["code"] == "plan.unsafe"
        assert done["findings"][0]["rule"] == "source.empty"
        assert len(home.public()) == files
    told = f"source clips: 0 objects listed, {files} published"
    assert told in home.syncer("sync").out
    assert told in home.syncer("plan").out
    assert told in home.syncer("status").out
    assert home.syncer("status", "--json").json["last_run"]["findings"][0]["value"] == str(files)
    done = home.sync("--max-delete", "100%")
    assert (done["exit_code"], done["counts"]["deleted"]) == (0, files)
    assert home.public() == set()
    (finding,) = home.sync()["findings"]
    assert finding["message"] == "source clips: 0 objects listed", (
        "nothing is published, so nothing is missing"
    )


def test_an_emptied_source_is_reported_even_if_delete_is_never(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    (home.media / "a.mp4").unlink()
    done = home.sync()
    assert done["exit_code"] == 0
    assert [finding["rule"] for finding in done["findings"]] == ["source.empty"]


def test_an_emptied_source_keeps_what_another_one_lost(world: World) -> None:
    """If a part of a plan is refused, nothing of it is done."""
    world.delete, world.limit = timedelta(), MostDeletes(0.1, 3)
    world.sources["other"] = Shelf("other", {"x": b"x", "y": b"y"})
    world.templates["other"] = "other/{key}"
    world.sources["clips"].files = {"a": b"a"}
    world.run()
    world.sources["clips"].files.clear()
    del world.sources["other"].files["x"]
    assert world.run().exit == 1
    assert set(world.stored) == {"a", "other/x", "other/y"}
    world.sources["clips"].files["b"] = b"b"
    assert world.run().exit == 0
    assert set(world.stored) == {"b", "other/y"}


def test_files_that_a_filter_leaves_out_are_reported_and_do_not_empty_a_source(home: Home) -> None:
    home.config["delete"] = "mirror"
    home.put("a.mp4", mp4())
    home.sync()
    home.config["sources"]["clips"]["exclude"] = ["*"]
    done = home.sync()
    narrowed, finding = done["findings"]
    assert narrowed["rule"] == "source.narrowed"
    told = "This file stays public. Find them: syncer urls. To remove one: syncer unpublish clips:a.mp4"
    assert narrowed["hint"] == told
    assert (done["exit_code"], finding["rule"]) == (0, "source.unmatched")
    assert finding["message"] == "source clips: 0 of 1 object taken: exclude leaves out 1"


def test_a_part_of_a_run_empties_no_source(world: World) -> None:
    world.sources["clips"].files = {"a": b"a"}
    world.run()
    world.sources["clips"].files.clear()
    assert world.run(partial=True).remarks == []


def test_a_source_that_fails_at_once_is_not_an_emptied_one(world: World) -> None:
    world.sources["clips"].files = {"a": b"a"}
    world.run()
    world.sources["clips"].files.clear()
    world.sources["clips"].broken = True
    summary = world.run()
    assert (summary.exit, summary.remarks) == (1, [])


# Deletes that fail


def test_a_failed_delete_is_reported_with_its_reason_and_tried_again(small: Home) -> None:
    (small.media / "0.mp4").unlink()
    folder = small.site.root / "clips"
    subprocess.run(["chattr", "+a", folder], check=True)
    try:
        for runs in (1, 2):
            ran = small.syncer("sync")
            assert ran.code == 3
            assert "1 failed" in ran.out
            assert "'clips/0.mp4' could not be deleted" in ran.out
            trouble = small.troubles()["0.mp4"]
            assert (trouble["state"], trouble["runs"]) == ("doomed", runs)
    finally:
        subprocess.run(["chattr", "-a", folder], check=True)
    done = small.sync()
    assert (done["exit_code"], done["counts"]["deleted"]) == (0, 1)
    assert small.troubles() == {}


def test_a_failed_delete_of_a_retired_path_is_reported(world: World) -> None:
    world.delete = timedelta()
    world.sources["clips"].files = {"a": b"a"}
    world.run()
    world.templates["clips"] = "new/{key}"
    world.fails[Delete] = Failed("destination.denied", "permission denied")
    for _ in range(2):
        summary = world.run()
        assert (summary.exit, summary.counts["failed"]) == (3, 1)
        (remark,) = summary.remarks
        assert remark.message == "'a' could not be deleted: permission denied"
        assert remark.hint
    world.fails.clear()
    assert world.run().counts["deleted"] == 1
    assert set(world.stored) == {"new/a"}


def test_deletes_that_fail_in_a_row_end_there(world: World) -> None:
    """A dead destination would otherwise cost a timeout for each file."""
    world.delete = timedelta()
    world.sources["clips"].files = {str(number): b"%d" % number for number in range(160)}
    world.run()
    world.sources["clips"].files = {"159": b"159"}
    world.fails[Delete] = Failed("destination.unreachable", "no route")
    summary = world.run()
    assert summary.exit == 1
    assert world.did()["Delete"] == 50
    assert "50 assets in a row failed with destination.unreachable" in summary.errors[0].message
    world.fails.clear()
    world.run()
    assert set(world.stored) == {"159"}


def test_a_delete_is_out_of_the_manifest_before_it_is_done(world: World) -> None:
    world.delete = timedelta()
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.run()
    del world.sources["clips"].files["a"]
    world.fails[Delete] = Failed("destination.denied", "no")
    world.run()
    assert world.listed == {"b"}
    entry = world.entry("a")
    assert (entry.state, entry.attempts) == (State.DOOMED, 1)
    assert entry.error == Failed("destination.denied", "'a' could not be deleted: no")


# Over months, through the command


def test_after_thirty_days_a_file_is_deleted_although_it_is_looked_at_every_week(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.config["delete"] = {"after": "30d"}
    home.config["check"] = {"recheck": "7d"}
    now = datetime.now(UTC)
    looks = 0
    for number in range(2):
        home.put(f"{number}.mp4", mp4(seed=number))
    for day in range(0, 36, 3):
        monkeypatch.setattr(scanning, "clock", lambda day=day: now + day * DAY)
        done = home.sync()
        assert done["exit_code"] == 0
        looks += done["counts"].get("rechecked", 0)
        assert ("1.mp4" in home.manifest()) == (day < 33), day
        (home.media / "1.mp4").unlink(missing_ok=True)
    assert looks >= 8
    assert home.public() == {"clips/0.mp4"}


def test_the_run_that_finds_a_file_gone_looks_at_it_and_remembers_since_when(world: World) -> None:
    world.delete, world.recheck = 30 * DAY, timedelta(seconds=1)
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.run()
    del world.sources["clips"].files["b"]
    for _ in range(5):
        world.clock += DAY
        world.run()
        assert any(isinstance(action, Recheck) and action.entry.key == "b" for action in world.done)
        assert world.entry("b").gone_since is not None
