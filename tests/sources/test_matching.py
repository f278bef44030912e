"""A source without wanted assets is reported with the reason; an unknown state is never `nothing to copy`."""

from __future__ import annotations

import pytest

from tests.home import Home
from tests.media import mp4


@pytest.fixture
def filled(home: Home) -> Home:
    for name in ("a.mp4", "b.MP4", "2024/c.mp4", "private/d.mp4", "private/e/f.mp4"):
        home.put(name, mp4())
    return home


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"include": ["*.webm", "clips/*"]}, "0 of 5 objects match include"),
        ({"include": ["private/*.mov"]}, "0 of 5 objects match include"),
        ({"exclude": ["*.mp4"]}, "0 of 5 objects taken: exclude leaves out 5"),
        ({"include": ["private/*"], "min_size": "1GB"}, "include leaves out 3, min_size leaves out 2"),
        ({"min_age": "9d"}, "0 of 5 objects taken: min_age leaves out 5"),
    ],
)
def test_a_glob_without_matches_is_reported_by_every_command(
    filled: Home, settings: dict[str, object], told: str
) -> None:
    filled.config["sources"]["clips"] |= settings
    for command in ("plan", "sync", "status", "doctor"):
        assert told in filled.syncer(command).out
    assert filled.sync()["findings"][0]["rule"] == "source.unmatched"
    assert filled.public() == set()


@pytest.mark.parametrize("include", [["*.webm"], ["clips/*", "*.mov"]])
def test_what_a_system_keeps_beside_media_is_left_out_by_no_setting(filled: Home, include: list[str]) -> None:
    for name in ("._a.mp4", "@eaDir/a.webm", "clips/._b.mov"):
        filled.put(name, mp4())
    filled.config["sources"]["clips"]["include"] = include
    for command in ("plan", "sync", "status"):
        out = filled.syncer(command).out
        assert "0 of 5 objects match include" in out
        assert "3 files of macOS, Windows or a NAS are left out: ._* (2), @eaDir (1)" in out
    assert "0 of 5 objects match include" in filled.syncer("doctor").out


def test_a_folder_that_holds_nothing_else_is_an_empty_one(home: Home) -> None:
    """Such as the mount point of a missing disk: its published files stay."""
    home.put("a.mp4", mp4())
    home.sync()
    (home.media / "a.mp4").unlink()
    home.put(".DS_Store", b"x")
    home.put("lost+found/b.mp4", mp4())
    home.config |= {"delete": "mirror", "max_delete": "50%"}
    done = home.sync()
    assert (done["exit_code"], [found["rule"] for found in done["findings"]]) == (
        1,
        ["source.empty", "source.junk"],
    )
    assert done["errors"][0]["code"] == "plan.unsafe"
    assert home.public() == {"clips/a.mp4"}
    assert "2 files of macOS, Windows or a NAS are left out" in home.syncer("doctor").out


def test_an_empty_folder_is_reported_too(home: Home) -> None:
    for command in ("plan", "sync", "doctor"):
        assert "0 objects listed" in home.syncer(command).out


@pytest.mark.parametrize("exclude", ["private", "PRIVATE/e"])
def test_an_exclude_that_names_a_folder_alone_is_reported(filled: Home, exclude: str) -> None:
    """It excludes nothing, although users expect that it does."""
    filled.config["sources"]["clips"]["exclude"] = [exclude]
    told = f"source clips: exclude {exclude} names a folder and leaves out nothing"
    assert told in filled.syncer("plan").out
    assert f'write exclude: ["{exclude}/*"]' in filled.syncer("sync").out
    filled.config["sources"]["clips"]["exclude"] = [f"{exclude}/*"]
    assert {each["rule"] for each in filled.sync()["findings"]} == {"source.narrowed"}


def test_a_taken_file_is_no_longer_reported(filled: Home) -> None:
    filled.config["sources"]["clips"] |= {"include": ["*.mp4", "*.webm"], "exclude": ["drafts", "private/*"]}
    assert filled.sync()["findings"] == []


@pytest.mark.parametrize("command", ["plan", "sync"])
def test_after_an_error_no_message_says_nothing_to_do(home: Home, command: str) -> None:
    home.config["sources"]["clips"]["root"] = "gone"
    ran = home.syncer(command)
    assert ran.code == 1
    assert "nothing to" not in ran.out


def test_after_a_failure_no_message_says_nothing_to_copy(home: Home) -> None:
    home.put("back\\slash.mp4", mp4())
    ran = home.syncer("sync")
    assert ran.code == 3
    assert ran.out.startswith("nothing copied \u00b7 1 failed")
