"""If the destination's disk is not mounted, or somebody emptied it, nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncer.destinations.keys import OWNER_MARK
from tests.home import Home, plain
from tests.media import mp4
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
