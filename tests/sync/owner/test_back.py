"""A destination that syncer left and comes back to may have files of somebody else meanwhile."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers.nginx import StartNginx


def test_files_that_somebody_put_there_meanwhile_are_never_replaced(home: Home, nginx: StartNginx) -> None:
    first, second = home.site.root, home.site.root.parent / "second"
    second.mkdir()

    def use(root: Path) -> None:
        home.config["origin"]["destination"]["root"] = str(root)
        home.config["origin"]["connect_to"] = nginx(root).connect_to

    for number in range(6):
        home.put(f"{number}.mp4", mp4(2000 + number, number))
    assert home.sync()["listed"] == 6
    use(second)
    assert home.sync()["listed"] == 6
    theirs = {
        "clips/0.mp4": os.urandom(len(mp4(2000, 0))),
        "clips/1.mp4": b"thirteen byte",
        "clips/2.mp4": mp4(2500, 99),
    }
    for name, content in theirs.items():
        (first / name).write_bytes(content)
    use(first)
    home.put("2.mp4", mp4(2002, 50))
    for _ in range(3):
        done = home.sync()
        assert [name for name, content in theirs.items() if (first / name).read_bytes() != content] == []
        assert (done["exit_code"], done["counts"]["failed"]) == (3, 3)
        home.put("0.mp4", mp4(2007, 60))
    assert {error["code"] for error in home.troubles().values()} == {"destination.taken"}
    assert len(home.manifest()) == 3


def test_a_file_that_syncer_left_there_is_replaced_by_a_new_version(home: Home, nginx: StartNginx) -> None:
    first, second = home.site.root, home.site.root.parent / "second"
    second.mkdir()
    home.put("a.mp4", mp4(2000, 1))
    assert home.sync()["listed"] == 1
    old = (first / "clips/a.mp4").read_bytes()
    home.config["origin"]["destination"]["root"] = str(second)
    home.config["origin"]["connect_to"] = nginx(second).connect_to
    home.put("a.mp4", mp4(2600, 2))
    assert home.sync()["listed"] == 1
    assert (first / "clips/a.mp4").read_bytes() == old
    home.config["origin"]["destination"]["root"] = str(first)
    home.config["origin"]["connect_to"] = home.site.connect_to
    for _ in range(2):
        done = home.sync()
    assert (done["exit_code"], done["listed"]) == (0, 1)
    assert (first / "clips/a.mp4").read_bytes() == mp4(2600, 2)


@pytest.mark.parametrize("sizes", [(2000, 2600), (2000, 2000)], ids=["another size", "the same size"])
def test_after_an_older_state_of_the_disk_came_back_the_files_that_syncer_replaced_are_still_its_own(
    home: Home, sizes: tuple[int, int]
) -> None:
    root, before = home.site.root, home.site.root.with_name("before")
    for number in range(6):
        home.put(f"{number}.mp4", mp4(sizes[0], number))
    assert home.sync()["listed"] == 6
    shutil.copytree(root, before)
    for number in range(4):
        home.put(f"{number}.mp4", mp4(sizes[1], 50 + number))
        assert home.sync()["counts"]["copied"] == 1
    shutil.rmtree(root / "clips")
    shutil.copytree(before, root, dirs_exist_ok=True)
    theirs = mp4(sizes[0], 99)
    (root / "clips/3.mp4").write_bytes(theirs)
    assert [error["code"] for error in home.sync()["errors"]] == ["destination.owner"]
    for arguments in (["--take-over"], []):
        done = home.sync(*arguments)
        assert (done["exit_code"], done["listed"]) == (3, 5)
        assert {key: error["code"] for key, error in home.troubles().items()} == {
            "3.mp4": "destination.taken"
        }
    for number in range(3):
        assert (root / f"clips/{number}.mp4").read_bytes() == mp4(sizes[1], 50 + number)
    assert (root / "clips/3.mp4").read_bytes() == theirs
