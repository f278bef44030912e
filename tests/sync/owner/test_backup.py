"""A backup of the destination is put back: it is an older state, with an older mark, or without one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.catalogue.wrecks import deleting
from tests.home import Home
from tests.media import mp4
from tests.sync.owner.test_brought import OURS, SIZE, Move, at, move

__all__ = ["move"]

KINDS = pytest.mark.parametrize("root", ["local", "sftp", "ftps"], indirect=True)
NEW, CHANGED = "new.mp4", "p.mp4"


@pytest.fixture
def root(request: pytest.FixtureRequest, home: Home) -> Path:
    """Three files are published, and a backup is made. The next run copies a new file and a changed one. Then
    the backup is put back.
    """
    root, backup = home.site.root, home.site.root.with_name("backup")
    home.config["origin"]["destination"] = at(root, request.param, request)
    deleting(home)
    for name, content in OURS.items():
        home.put(name, content)
    assert home.sync()["listed"] == len(OURS)
    shutil.copytree(root, backup)
    home.put(NEW, mp4(SIZE, 30))
    home.put(CHANGED, mp4(SIZE, 31))
    assert home.sync()["counts"]["copied"] == 2
    put_back(root, backup)
    return root


def put_back(root: Path, backup: Path) -> None:
    for each in root.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    shutil.copytree(backup, root, dirs_exist_ok=True)


def tree(root: Path) -> Mapping[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@KINDS
def test_a_backup_from_before_the_last_run_changes_nothing_until_it_is_taken_over(
    home: Home, root: Path
) -> None:
    theirs = mp4(SIZE, 40)
    (root / "clips" / NEW).write_bytes(theirs)
    before, listed = tree(root), home.manifest()
    done = home.sync()
    assert [each["code"] for each in done["errors"]] == ["destination.owner"]
    assert "is in an older state than this catalogue left it" in done["errors"][0]["message"]
    for command in (["unpublish", NEW], ["check"], ["tidy"]):
        assert home.syncer(*command).code == 1
    assert (tree(root), home.manifest()) == (before, listed)
    for arguments in (["--take-over"], []):
        done = home.sync(*arguments)
        assert (done["exit_code"], done["listed"]) == (3, len(OURS))
        assert {key: each["code"] for key, each in home.troubles().items()} == {NEW: "destination.taken"}
    assert (root / "clips" / NEW).read_bytes() == theirs
    assert (root / "clips" / CHANGED).read_bytes() == mp4(SIZE, 31)
    (home.media / NEW).unlink()
    home.sync()
    assert (root / "clips" / NEW).read_bytes() == theirs, "not even a delete is sure of it"


@KINDS
def test_what_the_backup_lacks_is_copied_once_it_is_taken_over(home: Home, root: Path) -> None:
    assert home.sync("--take-over")["exit_code"] == 0
    assert home.manifest().keys() == OURS.keys() | {NEW}
    for key, record in home.manifest().items():
        assert (root / record["path"]).read_bytes() == (home.media / key).read_bytes()
    home.put(NEW, mp4(SIZE, 32))
    (home.media / CHANGED).unlink()
    assert home.sync()["counts"] == {"copied": 1, "bytes": SIZE, "deleted": 1, "kept": 2}


@pytest.mark.parametrize("move", ["local", "sftp", "ftps"], indirect=True)
def test_an_earlier_destination_that_is_copied_over_todays_once_more_proves_nothing(
    home: Home, move: Move
) -> None:
    """Its mark is ours, but it is not the one that the last run left."""
    first = home.site.root
    move(True)  # noqa: FBT003 - as `Move` says
    second = home.site.root
    assert home.sync()["exit_code"] == 0
    home.put("a.mp4", mp4(SIZE, 33))
    home.put(NEW, mp4(SIZE, 30))
    assert home.sync()["counts"]["copied"] == 2
    put_back(second, first)
    (second / "clips" / NEW).write_bytes(mp4(SIZE, 40))
    for _ in range(2):
        done = home.sync()
        assert (done["exit_code"], done["listed"]) == (3, len(OURS) + 1)
    assert {key: each["code"] for key, each in home.troubles().items()} == {NEW: "destination.taken"}
    assert (second / "clips" / NEW).read_bytes() == mp4(SIZE, 40)
    assert (second / "clips/a.mp4").read_bytes() == mp4(SIZE, 33)


@KINDS
def test_a_version_that_was_unpublished_is_named_when_the_backup_brings_it_back(
    home: Home, root: Path
) -> None:
    """The backup has the version before the one that was unpublished last, and before one that is gone."""
    assert home.sync("--take-over")["exit_code"] == 0
    backup, names = root.with_name("second"), ("q.mp4", "r.mp4")
    shutil.copytree(root, backup)
    old = {name: (root / "clips" / name).read_bytes() for name in names}
    for number, name in enumerate(names):
        assert home.syncer("unpublish", name).code == 0
        home.put(name, mp4(SIZE, 50 + number))
    assert home.sync()["counts"]["copied"] == 2
    assert home.syncer("unpublish", "q.mp4").code == 0
    (home.media / "r.mp4").unlink()
    assert home.sync()["counts"]["deleted"] == 1
    put_back(root, backup)
    assert home.sync()["exit_code"] == 1
    urls = {f"{home.site.url}clips/{name}" for name in names}
    for arguments in (["--take-over"], []):
        done = home.sync(*arguments)
        assert (done["exit_code"], public(done)) == (3, urls)
        assert "unpublish.changed" not in {each["rule"] for each in done["findings"]}
    assert {*home.syncer("status", "--json").json["undeleted"]} == urls
    for name in names:
        assert (root / "clips" / name).read_bytes() == old[name]
        (root / "clips" / name).unlink()
    assert (home.sync()["exit_code"], home.syncer("check").code) == (0, 0)


@KINDS
def test_an_unpublished_file_that_is_put_back_under_todays_mark_is_named_by_check_and_then_by_sync(
    home: Home, root: Path
) -> None:
    assert home.sync("--take-over")["exit_code"] == 0
    file = root / "clips/q.mp4"
    assert home.syncer("unpublish", "q.mp4").code == 0
    assert (home.sync()["exit_code"], home.syncer("check").code) == (0, 0)
    file.write_bytes(OURS["q.mp4"])
    url = f"{home.site.url}clips/q.mp4"
    ran = home.syncer("check", "--json")
    assert (ran.code, [each["url"] for each in ran.json["results"] if not each["accepted"]]) == (4, [url])
    for _ in range(2):
        done = home.sync()
        assert (done["exit_code"], public(done)) == (3, {url})
    assert file.read_bytes() == OURS["q.mp4"]
    file.write_bytes(mp4(SIZE, 60))
    home.sync()
    assert (home.sync()["exit_code"], home.syncer("check").code) == (0, 0), "another file is the user's"


def public(done: Mapping[str, Any]) -> set[str]:
    """The URLs that a run names."""
    told = (each["message"] for each in done["findings"] if each["rule"] == "unpublish.public")
    return {message.partition(" ")[0] for message in told}
