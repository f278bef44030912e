"""A filter that leaves out what is published says so, with a number; it takes nothing down."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from tests.home import Home
from tests.in_place.ground import Ground, folder, settle
from tests.media import mp4

KEYS = ("old/1.mp4", "old/2.mp4", "old/it's.mp4", "new/a.mp4")


@pytest.fixture(params=["copied", "in place"])
def source(home: Home, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The settings of a source whose files are all published."""
    if request.param == "in place":
        ground: Ground = folder(home)
        root = str(home.site.root)
        settle(home, {"kind": "local", "root": root}, {"kind": "local", "root": f"{root}/storage/uploads"})
        for number, key in enumerate(KEYS):
            ground.put(f"storage/uploads/{key}", mp4(seed=number))
    else:
        for number, key in enumerate(KEYS):
            home.put(key, mp4(seed=number))
    assert home.sync()["exit_code"] == 0
    (settings,) = home.config["sources"].values()
    assert isinstance(settings, dict)
    return settings


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"include": ["new/*"]}, "3 published files are now left out by include and stay published"),
        ({"exclude": ["old/*"]}, "3 published files are now left out by exclude and stay published"),
        (
            {"include": ["*[12a].mp4"], "exclude": ["new/*"]},
            "2 published files are now left out by include and exclude and stay published",
        ),
        ({"exclude": ["*'s.mp4"]}, "1 published file is now left out by exclude and stays published"),
    ],
)
@pytest.mark.parametrize("delete", ["never", "mirror"])
def test_what_a_filter_leaves_published_is_said_once(
    home: Home, source: dict[str, Any], filters: dict[str, Any], words: str, delete: str
) -> None:
    source |= filters
    home.config |= {"delete": delete, "max_delete": "100%"}
    planned = home.syncer("plan").out
    assert planned.count("[source.narrowed]") == 1
    assert words in planned
    done = home.sync()
    (found,) = (each for each in done["findings"] if each["rule"] == "source.narrowed")
    assert found["value"] == words[0]
    assert words in found["message"]
    assert not [each for each in done["findings"] if each["rule"] == "source.gone"]
    assert home.manifest().keys() == set(KEYS), "it stays published"


def test_the_command_of_the_hint_takes_it_down_and_then_nothing_is_said(
    home: Home, source: dict[str, Any]
) -> None:
    source["exclude"] = ["*'s.mp4"]
    (found,) = home.sync()["findings"]
    command = shlex.split(found["hint"].rpartition("syncer ")[2])
    assert home.syncer(*command).code == 0
    assert home.manifest().keys() == set(KEYS) - {"old/it's.mp4"}
    assert home.sync()["findings"] == []
