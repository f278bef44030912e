"""If the destination's disk is not mounted, or somebody emptied it, nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncer.destinations.keys import OWNER_MARK
from tests.home import Home, plain
from tests.media import mp4
from tests.servers.nginx import StartNginx
from tests.servers.ports import free_port
from tests.servers.sshd import Sshd
from tests.sync.owner.test_brought import at

NAMES = "abcd"


@pytest.fixture(params=["local", "sftp"])
def published(request: pytest.FixtureRequest, home: Home) -> Home:
    if request.param == "sftp":
        sshd: Sshd = request.getfixturevalue("sshd")
        home.config["origin"]["destination"] = plain(sshd.destination(home.site.root))
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    for number, name in enumerate(NAMES):
        home.put(f"{name}.mp4", mp4(seed=number))
    assert home.sync()["listed"] == len(NAMES)
    return home


@pytest.fixture(params=["a mount point that is empty", "no folder at all"])
def aside(request: pytest.FixtureRequest, published: Home) -> Path:
    """The place of the destination's folder while it is not mounted."""
    root = published.site.root
    away = root.with_name(f"{root.name}-away")
    root.rename(away)
    if request.param == "a mount point that is empty":
        root.mkdir(mode=0o755)
    return away


def mount(home: Home, aside: Path) -> None:
    if home.site.root.exists():
        home.site.root.rmdir()
    aside.rename(home.site.root)


def test_nothing_is_copied_to_or_deleted_from_a_destination_that_is_not_mounted(
    published: Home, aside: Path
) -> None:
    published.put("e.mp4", mp4(seed=5))
    (published.media / "a.mp4").unlink()
    listed = published.manifest()
    for command in (["tidy"], ["unpublish", "b.mp4"], ["bootstrap"]):
        if command == ["bootstrap"]:
            published.sign()
        ran = published.syncer(*command)
        assert (ran.code, published.manifest()) == (1, listed), ran.err
    published.config["origin"].pop("signature_files")
    for _ in range(2):
        done = published.sync()
        assert (done["exit_code"], done["counts"]) == (1, {})
        (error,) = done["errors"]
        assert error["code"] == "destination.emptied"
        assert not published.site.root.exists() or not list(published.site.root.iterdir())
    assert published.manifest() == {}, "none of its URLs answers"
    mount(published, aside)
    done = published.sync()
    assert (done["exit_code"], done["counts"].get("copied"), done["listed"]) == (0, 1, len(NAMES))
    assert published.manifest().keys() == {"b.mp4", "c.mp4", "d.mp4", "e.mp4"}


@pytest.fixture(params=["the disk is away", "only the files are gone"])
def emptied(request: pytest.FixtureRequest, published: Home) -> Home:
    root = published.site.root
    if request.param == "the disk is away":
        root.rename(root.with_name(f"{root.name}-away"))
    else:
        for path in (root / "clips").iterdir():
            path.unlink()
    return published


def test_check_takes_what_does_not_answer_out_of_the_manifest_and_status_names_it(emptied: Home) -> None:
    ran = emptied.syncer("check", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (1, "destination.emptied")
    assert [each["accepted"] for each in ran.json["results"]] == [False] * len(NAMES)
    assert (emptied.manifest(), emptied.syncer("urls").out) == ({}, "")
    assert "4 assets" in emptied.syncer("status", "--quiet").out
    assert {each["code"] for each in emptied.troubles().values()} == {"origin.status"}
    told = emptied.syncer("check")
    assert told.code == 1
    assert "0 would be accepted · 4 rejected · 0 unknown" in told.out
    assert told.err.startswith("syncer: the ")


def test_what_check_took_out_is_listed_again_once_its_disk_is_back(published: Home, aside: Path) -> None:
    listed = published.manifest().keys()
    assert (published.syncer("check").code, published.manifest()) == (1, {})
    mount(published, aside)
    assert (published.syncer("check").code, published.manifest().keys()) == (0, listed)
    assert published.sync()["counts"] == {"kept": len(NAMES)}
    assert published.syncer("status", "--quiet").out == ""


def test_check_that_reaches_no_url_of_an_emptied_destination_changes_nothing(emptied: Home) -> None:
    listed = emptied.manifest()
    emptied.config["origin"]["connect_to"] = f"127.0.0.1:{free_port()}"
    assert emptied.syncer("check").code == 1
    assert emptied.manifest() == listed


def test_what_another_server_still_answers_stays_listed(emptied: Home, nginx: StartNginx) -> None:
    """Such as a cache."""
    cache = emptied.site.root.with_name(f"{emptied.site.root.name}-cache")
    (cache / "clips").mkdir(parents=True)
    for number, name in enumerate(NAMES[:2]):
        (cache / f"clips/{name}.mp4").write_bytes(mp4(seed=number))
    emptied.config["origin"]["connect_to"] = nginx(cache).connect_to
    assert emptied.syncer("check").code == 1
    assert emptied.manifest().keys() == {"a.mp4", "b.mp4"}


def test_doctor_says_that_the_mark_is_gone(published: Home) -> None:
    (published.site.root / OWNER_MARK).unlink()
    (ill,) = [
        each for each in published.syncer("doctor", "--json").json["diagnoses"] if each["name"] == "owner"
    ]
    assert (ill["state"], ill["code"]) == ("not ok", "destination.emptied")


@pytest.mark.parametrize("kind", ["local", "sftp", "ftps"])
def test_doctor_makes_no_folder_at_a_destination_that_is_not_mounted(
    home: Home, kind: str, request: pytest.FixtureRequest
) -> None:
    root = home.site.root / "media"
    home.config["origin"]["destination"] = at(root, kind, request)
    home.config["origin"]["url"] += "media/"
    home.put("a.mp4", mp4())
    root.mkdir()
    assert home.sync()["exit_code"] == 0
    root.rename(root.with_name("away"))
    ran = home.syncer("doctor", "--json")
    assert (ran.code, root.exists()) == (1, False)
    assert "not ok" in {
        each["state"] for each in ran.json["diagnoses"] if each["name"] in ("destination", "owner")
    }


def test_after_a_take_over_an_emptied_destination_is_filled_again(published: Home, aside: Path) -> None:
    assert aside.exists()
    published.site.root.mkdir(exist_ok=True)
    done = published.sync("--take-over")
    assert (done["exit_code"], done["counts"]["copied"], done["listed"]) == (0, len(NAMES), len(NAMES))
    assert published.sync()["counts"] == {"kept": len(NAMES)}


def test_if_only_the_mark_is_gone_every_file_is_checked_and_missing_ones_are_copied(published: Home) -> None:
    (published.site.root / OWNER_MARK).unlink()
    (published.site.root / "clips/b.mp4").unlink()
    done = published.sync()
    assert (done["exit_code"], done["counts"].get("copied"), done["listed"]) == (0, 1, len(NAMES))
    assert "destination.unmarked" in str(done), "it is said"
    assert "destination.unmarked" not in str(published.sync())
    assert json.loads((published.site.root / OWNER_MARK).read_text())["catalogue"]


def test_an_empty_destination_is_no_fault_where_nothing_was_published(home: Home) -> None:
    home.put("a.mp4", b"no media")
    assert home.sync()["exit_code"] == 4
    (home.site.root / OWNER_MARK).unlink(missing_ok=True)
    home.put("b.mp4", mp4())
    assert home.sync()["listed"] == 1
