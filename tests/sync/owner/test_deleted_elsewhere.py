"""A file that syncer left at a destination, and that nothing publishes when the config returns to it, is
deleted or named: it is never silently public.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest

from syncer.destinations.keys import OWNER_MARK
from tests.catalogue.wrecks import recover
from tests.home import Home
from tests.media import mp4
from tests.servers.nginx import StartNginx
from tests.sync.owner.test_brought import KINDS, OURS, Move, move, serve, served

__all__ = ["move"]

GONE = "q.mp4"
CODES = ("unpublish.public", "unpublish.changed")

Back = Callable[[], None]


@pytest.fixture
def back(home: Home, move: Move) -> Back:
    """Three files are published at the first destination and at the second. Returns what moves the config to
    the first one again.
    """
    first, before = home.site, dict(home.config["origin"])
    move(True)  # noqa: FBT003 - as `Move` says
    assert home.sync()["listed"] == len(OURS)

    def returned() -> None:
        home.site = first
        home.config["origin"] = before

    return returned


def told(done: dict[str, Any]) -> list[str]:
    return [each["rule"] for each in done["findings"] if each["rule"] in CODES]


def delete(home: Home, key: str = GONE) -> None:
    (home.media / key).unlink()
    assert home.sync()["counts"]["deleted"] == 1
    assert served(home, key) is None


def deleted(home: Home) -> None:
    """This run deletes the file, and no run says anything more about it."""
    done = home.sync()
    assert (done["exit_code"], done["counts"].get("deleted"), told(done)) == (0, 1, []), done
    assert served(home, GONE) is None
    done = home.sync()
    assert (done["exit_code"], done["counts"].get("deleted"), told(done)) == (0, None, [])
    for key in OURS.keys() & home.manifest().keys():
        assert served(home, key) == (home.media / key).read_bytes()


@KINDS
def test_what_was_deleted_at_another_destination_is_deleted_when_the_config_returns(
    home: Home, back: Back
) -> None:
    delete(home)
    back()
    assert served(home, GONE) == OURS[GONE]
    deleted(home)


@pytest.mark.parametrize("move", ["local", "sftp", "ftps"], indirect=True)
def test_another_file_that_somebody_put_there_stays_and_is_named(home: Home, back: Back) -> None:
    delete(home)
    back()
    theirs = mp4(len(OURS[GONE]), 50)
    (home.site.root / "clips" / GONE).write_bytes(theirs)
    done = home.sync()
    assert (done["exit_code"], told(done), done["counts"].get("deleted")) == (0, ["unpublish.changed"], None)
    assert (told(home.sync()), served(home, GONE)) == ([], theirs)


@KINDS
def test_a_config_that_deletes_nothing_names_it_until_it_is_gone(home: Home, back: Back) -> None:
    delete(home)
    back()
    home.config["delete"] = "never"
    url = f"{home.site.url}clips/{GONE}"
    for _ in range(2):
        done = home.sync()
        assert (done["exit_code"], done["counts"]["failed"], told(done)) == (3, 1, ["unpublish.public"])
        (said,) = [each for each in done["findings"] if each["rule"] == "unpublish.public"]
        assert url in said["message"]
        assert f"`syncer unpublish {url}`" in said["hint"]
    assert home.syncer("status", "--json").json["undeleted"] == [url]
    assert home.syncer("check").code == 4
    assert home.syncer("unpublish", url).code == 0
    assert served(home, GONE) is None
    assert (home.sync()["exit_code"], home.syncer("check").code) == (0, 0)


def test_days_to_wait_have_passed_where_it_was_deleted(home: Home, back: Back) -> None:
    delete(home)
    back()
    home.config["delete"] = {"after": "30d"}
    deleted(home)


def test_max_delete_holds(home: Home, back: Back) -> None:
    for key in ("p.mp4", "q.mp4"):
        (home.media / key).unlink()
    assert home.sync()["counts"]["deleted"] == 2
    back()
    home.config["max_delete"] = "0%"
    done = home.sync()
    assert (done["exit_code"], told(done)) == (1, ["unpublish.public"] * 2)
    assert home.sync("--max-delete", "100%")["counts"]["deleted"] == 2


def test_a_path_that_its_asset_left_elsewhere_goes_as_any_path_that_it_left(home: Home, back: Back) -> None:
    home.config["sources"]["clips"]["path"] = "new/{key}"
    assert home.sync()["counts"]["deleted"] == len(OURS)
    back()
    home.config["delete"] = "never"
    done = home.sync()
    assert (done["exit_code"], told(done), served(home, GONE)) == (0, [], OURS[GONE])
    home.config["delete"] = "mirror"
    assert home.sync()["counts"]["deleted"] == len(OURS)
    assert served(home, GONE) is None
    assert (home.sync()["exit_code"], home.sync()["listed"]) == (0, len(OURS))


@pytest.mark.parametrize("at", ["first", "second"])
def test_a_path_that_waits_for_its_delete_waits_on(home: Home, back: Back, at: str) -> None:
    second = (home.site, dict(home.config["origin"]))
    home.config["delete"] = {"after": "30d"}
    if at == "first":
        back()
        assert home.sync()["exit_code"] == 0
    home.config["sources"]["clips"]["path"] = "new/{key}"
    assert home.sync()["counts"]["copied"] == len(OURS)
    if at == "first":
        first = (home.site, dict(home.config["origin"]))
        home.site, home.config["origin"] = second
        home.sync()
        home.site, home.config["origin"] = first
    else:
        back()
    done = home.sync()
    assert (done["exit_code"], told(done), served(home, GONE)) == (0, [], OURS[GONE])
    home.config["delete"] = "mirror"
    assert home.sync()["counts"]["deleted"] == len(OURS)
    assert served(home, GONE) is None


def test_a_file_that_was_gone_before_the_other_destination_had_it_is_deleted(home: Home, move: Move) -> None:
    first, before = home.site, dict(home.config["origin"])
    move(True)  # noqa: FBT003 - as `Move` says
    (home.site.root / "clips" / GONE).unlink()
    (home.media / GONE).unlink()
    assert home.sync()["counts"]["gone"] == 1
    home.site, home.config["origin"] = first, before
    deleted(home)


def test_the_old_file_of_a_rejected_asset_is_deleted_when_the_asset_is_gone(home: Home, move: Move) -> None:
    first, before = home.site, dict(home.config["origin"])
    home.put(GONE, b"")
    assert home.sync()["exit_code"] == 4
    assert served(home, GONE) == OURS[GONE]
    move(True)  # noqa: FBT003 - as `Move` says
    assert home.sync()["exit_code"] == 4
    home.site, home.config["origin"] = first, before
    assert home.sync()["exit_code"] == 4
    (home.media / GONE).unlink()
    deleted(home)


def test_an_older_version_of_what_was_unpublished_elsewhere_is_deleted(home: Home, back: Back) -> None:
    home.put(GONE, mp4(8000, 8))
    assert home.sync()["counts"]["copied"] == 1
    assert home.syncer("unpublish", GONE).code == 0
    back()
    deleted(home)


@pytest.mark.parametrize("way", ["mark", "take over"])
def test_a_copy_of_the_first_destination_has_it_too(
    home: Home, back: Back, nginx: StartNginx, way: str
) -> None:
    second = home.site.root
    delete(home)
    back()
    third = home.site.root.with_name("third")
    shutil.copytree(home.site.root, third)
    if way == "take over":
        (third / OWNER_MARK).unlink()
    serve(home, nginx, third, {"kind": "local", "root": str(third)})
    done = home.sync(*(["--take-over"] if way == "take over" else []))
    assert (done["exit_code"], done["counts"]["deleted"], served(home, GONE)) == (0, 1, None), done
    assert not (second / "clips" / GONE).exists()
    home.config["max_delete"] = "0%"
    for _ in range(2):
        assert home.sync()["exit_code"] == 0


def test_a_copy_without_our_mark_may_be_the_users(home: Home, back: Back, nginx: StartNginx) -> None:
    delete(home)
    back()
    third = home.site.root.with_name("third")
    shutil.copytree(home.site.root, third, ignore=shutil.ignore_patterns(".*"))
    serve(home, nginx, third, {"kind": "local", "root": str(third)})
    assert "deleted" not in home.sync()["counts"]
    assert served(home, GONE) == OURS[GONE]


def test_a_lost_mark_changes_nothing(home: Home, back: Back) -> None:
    delete(home)
    back()
    (home.site.root / OWNER_MARK).unlink()
    deleted(home)


def test_a_path_that_was_left_before_the_mark_was_lost_is_deleted(home: Home, back: Back) -> None:
    back()
    home.config["sources"]["clips"]["path"] = "new/{key}"
    home.config["delete"] = "never"
    assert home.sync()["listed"] == len(OURS)
    (home.site.root / OWNER_MARK).unlink()
    assert home.sync()["exit_code"] == 0
    home.config["delete"] = "mirror"
    assert home.sync()["counts"]["deleted"] == len(OURS)
    assert served(home, GONE) is None


@pytest.mark.parametrize("policy", ["never", "mirror"])
def test_a_file_that_is_not_there_is_nothing_to_tell(home: Home, back: Back, policy: str) -> None:
    delete(home)
    back()
    (home.site.root / "clips" / GONE).unlink()
    home.config |= {"delete": policy, "max_delete": "0%"}
    done = home.sync()
    assert (done["exit_code"], told(done)) == (0, [])
    assert home.syncer("status", "--json").json["undeleted"] == []


def test_an_asset_that_comes_back_is_published_there_again(home: Home, back: Back) -> None:
    delete(home)
    back()
    home.put(GONE, mp4(9000, 9))
    done = home.sync()
    assert (done["exit_code"], done["listed"], served(home, GONE)) == (0, 3, mp4(9000, 9)), done
    (home.media / GONE).unlink()
    deleted(home)


def test_what_lies_in_place_now_is_never_deleted(home: Home, back: Back) -> None:
    delete(home)
    back()
    home.config["sources"] = {"own": {"kind": "local", "root": str(home.site.root), "in_place": True}}
    for _ in range(2):
        home.sync("--max-delete", "100%")
        assert served(home, GONE) == OURS[GONE]


@pytest.mark.parametrize("returned", [False, True])
@pytest.mark.parametrize("command", ["restore", "rebuild"])
def test_a_damaged_catalogue_still_knows_it(home: Home, back: Back, command: str, *, returned: bool) -> None:
    home.put("first.mp4", mp4(1000, 1))
    assert home.sync()["exit_code"] == 0
    delete(home)
    if returned:
        back()
    recover(home, "row", command)
    if not returned:
        assert home.sync()["exit_code"] == 0
        back()
    done = home.sync()
    assert (done["exit_code"], done["counts"]["deleted"], served(home, GONE)) == (0, 1, None), done
