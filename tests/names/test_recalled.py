"""An unpublished file is not forgotten: where another tree still has it, it is deleted or named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.destinations.keys import OWNER_MARK
from tests.home import Home
from tests.media import mp4
from tests.names.test_undeleted import refused
from tests.servers.nginx import StartNginx

KEYS = ("a.mp4", "b/ü c.mp4")
Use = Callable[[Path], None]


@pytest.fixture
def use(home: Home, nginx: StartNginx) -> Use:
    """Publishes three files at the first root, and returns a function that changes the destination's root."""
    home.config["workers"] = 1
    for number, key in enumerate((*KEYS, "stays.mp4")):
        home.put(key, mp4(seed=number))
    assert home.sync()["listed"] == 3
    first = home.site

    def used(root: Path) -> None:
        home.site = first if root == first.root else nginx(root)
        home.config["origin"]["destination"]["root"] = str(root)
        home.config["origin"]["connect_to"] = home.site.connect_to

    return used


def copied(root: Path, *, marked: bool = True) -> Path:
    there = root.with_name("second")
    shutil.copytree(root, there, ignore=None if marked else shutil.ignore_patterns(".*"))
    return there


def lying(root: Path) -> list[str]:
    return [key for key in KEYS if (root / "clips" / key).exists()]


def unpublish(home: Home, code: int = 0) -> None:
    assert home.syncer("unpublish", *KEYS).code == code


def named(home: Home, root: Path) -> None:
    """Every command names the files, until somebody removes them."""
    for _ in range(2):
        done = home.sync()
        assert (done["exit_code"], done["counts"]["failed"]) == (3, 2)
        told = [each["message"] for each in done["findings"] if each["rule"] == "unpublish.public"]
        assert len(told) == len(KEYS)
        assert all("no proof that it wrote the file" in each for each in told)
    assert len(home.syncer("status", "--json").json["undeleted"]) == len(KEYS)
    assert home.syncer("check").code == 4
    ran = home.syncer("unpublish", KEYS[0])
    assert (ran.code, "STILL PUBLIC" in ran.out) == (3, True)
    assert lying(root) == [*KEYS]
    for key in KEYS:
        (root / "clips" / key).unlink()
    assert (home.sync()["exit_code"], home.sync()["findings"]) == (0, [])
    assert home.syncer("check").code == 0


def test_the_first_destination_still_has_it(home: Home, use: Use) -> None:
    first = home.site.root
    use(copied(first))
    assert home.sync()["listed"] == 3
    unpublish(home)
    use(first)
    done = home.sync()
    assert (done["exit_code"], done["counts"]["deleted"], lying(first)) == (0, 2, [])
    use(first.with_name("second"))
    assert home.sync()["exit_code"] == 0


def test_a_copy_that_was_made_before_still_has_it(home: Home, use: Use) -> None:
    first = home.site.root
    second = copied(first)
    unpublish(home)
    use(second)
    done = home.sync()
    assert (done["exit_code"], done["counts"]["deleted"], lying(second)) == (0, 2, [])


@pytest.mark.usefixtures("use")
def test_a_disk_that_comes_back_still_has_it(home: Home) -> None:
    root = home.site.root
    away = root.with_name("away")
    with refused(*(root / "clips" / key for key in KEYS)):
        unpublish(home, 3)
        shutil.copytree(root, away)
    (root / OWNER_MARK).unlink()  # a backup of the disk
    assert home.sync()["counts"]["deleted"] == 2
    shutil.rmtree(root / "clips")
    shutil.copytree(away, root, dirs_exist_ok=True)
    assert home.sync()["exit_code"] in (1, 3)
    assert home.sync("--take-over")["exit_code"] == 3
    named(home, root)


def test_files_of_the_user_are_taken_back_once_our_mark_was_copied(home: Home, use: Use) -> None:
    first = home.site.root
    second = copied(first, marked=False)
    use(second)
    assert home.sync()["listed"] == 3
    ran = home.syncer("unpublish", *KEYS)
    assert (ran.code, ran.out.count("! clips:"), "✓" in ran.out) == (0, 2, False)
    assert "is out of the manifest, but its file stays public" in ran.out
    assert lying(second) == [*KEYS]
    shutil.copy(first / OWNER_MARK, second / OWNER_MARK)
    assert (home.sync()["exit_code"], lying(second)) == (0, [])


@pytest.mark.parametrize("pending", [False, True])
def test_the_users_own_file_at_a_new_destination_is_never_deleted(
    home: Home, use: Use, *, pending: bool
) -> None:
    """It has the same bytes. The order for the old destination stands."""
    first = home.site.root
    second = copied(first, marked=False)
    (second / "clips/stays.mp4").unlink()
    if pending:
        with refused(*(first / "clips" / key for key in KEYS)):
            unpublish(home, 3)
    else:
        unpublish(home)
    use(second)
    named(home, second)
    use(first)
    done = home.sync()
    assert (done["exit_code"], done["counts"].get("deleted", 0)) == (0, 2 * pending)
    assert lying(first) == []


@pytest.mark.usefixtures("use")
def test_what_is_away_when_it_is_unpublished_is_deleted_when_it_is_back(home: Home) -> None:
    root = home.site.root
    (root / "clips").rename(root.with_name("away"))
    (root / "clips").mkdir()
    shutil.copy(root.with_name("away") / "stays.mp4", root / "clips/stays.mp4")
    ran = home.syncer("unpublish", *KEYS)
    assert ran.out.count("its file was not at the destination: nothing was deleted") == 2
    assert "✓" not in ran.out
    assert home.sync()["exit_code"] == 0
    shutil.rmtree(root / "clips")
    root.with_name("away").rename(root / "clips")
    assert (home.sync()["exit_code"], lying(root)) == (0, [])


@pytest.mark.usefixtures("use")
def test_what_was_unpublished_can_be_asked_for_again(home: Home) -> None:
    file = home.site.root / "clips" / KEYS[0]
    content = file.read_bytes()
    unpublish(home)
    for name in (KEYS[0], f"clips:{KEYS[0]}", f"clips/{KEYS[0]}", f"{home.site.url}clips/{KEYS[0]}"):
        ran = home.syncer("unpublish", name)
        assert ran.code == 0
        assert "is unpublished already (since 20" in ran.out
        assert "the URL does not serve it" in ran.out
    file.write_bytes(content)
    ran = home.syncer("unpublish", KEYS[0])
    assert (ran.code, "STILL PUBLIC" in ran.out, file.exists()) == (3, True, True)
    done = home.sync()
    assert done["exit_code"] == 3
    assert OWNER_MARK not in f"{ran.out}{done['findings']}", "there was no other destination"
    file.unlink()
    assert home.sync()["exit_code"] == 0
