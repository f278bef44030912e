"""What has one cause is said once, with its number, in the log, the summary and `check`. JSON keeps each."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing

import pytest

from syncer.catalogue import open_catalogue
from syncer.cli.causes import cause
from syncer.exits import Exit
from syncer.model import Entry, Failed, State
from tests.home import Home
from tests.media import PNG, mp4
from tests.servers.ports import free_port

MANY = 12


@pytest.fixture
def down(home: Home) -> Home:
    """Its origin does not answer."""
    home.config["origin"]["connect_to"] = f"127.0.0.1:{free_port()}"
    for number in range(MANY):
        home.put(f"{number}.mp4", mp4(seed=number))
    return home


def lines(text: str, word: str) -> list[str]:
    return [line for line in text.splitlines() if word in line]


def test_an_origin_that_is_down_is_one_finding_and_a_number(down: Home) -> None:
    ran = down.syncer("sync")
    assert ran.code == Exit.FAILED
    assert len(down.public()) == MANY, "copying goes on"
    first, rest = lines(ran.err, "origin.unreachable")
    assert "can't be reached: the connection is refused" in first
    assert "was not looked at" not in first
    assert f"{MANY - 1} more for the same reason" in rest
    assert ran.out.count("origin.unreachable") == 1
    assert f"? {MANY} assets, such as clips:0.mp4" in ran.out
    assert len(down.troubles()) == MANY
    assert down.syncer("status", "--all").out.count("origin.unreachable") == MANY
    logged = down.syncer("sync", "--log-format", "json").err.splitlines()
    assert len([each for each in map(json.loads, logged) if each["event"] == "unseen"]) == MANY


def test_without_its_signature_the_run_says_so_first_and_once(down: Home) -> None:
    down.sign()
    ran = down.syncer("sync")
    assert ran.code == Exit.UNPROVEN
    first, *rest = ran.err.splitlines()
    assert first.startswith("syncer: ")
    assert "can't be reached: the connection is refused" in first
    assert not [line for line in rest if "connection is refused" in line]
    assert f"unseen {MANY} assets [origin.unreachable]" in ran.err


def test_a_signature_that_is_not_served_is_said_before_anything_is_copied(home: Home) -> None:
    home.sign()
    for number in range(3):
        home.put(f"{number}.mp4", mp4(seed=number))
    ran = home.syncer("sync")
    assert ran.code == Exit.UNPROVEN
    assert set(home.manifest()) == {f"{number}.mp4" for number in range(3)}
    first, *rest = ran.err.splitlines()
    assert "answers 404" in first
    assert [line.split()[1] for line in rest] == ["published"] * 3
    assert "404" not in ran.out


def test_many_files_with_one_reason_are_one_line_and_each_other_reason_has_its_own(home: Home) -> None:
    for number in range(MANY):
        home.put(f"{number}/shot.png", PNG + bytes(number))
    home.put("empty.mp4", b"")
    ran = home.syncer("sync")
    assert ran.code == Exit.REJECTED
    assert len(lines(ran.err, "media.format")) == 2
    assert len(lines(ran.err, "media.empty")) == 1
    assert f"✗ {MANY} assets, such as clips:0/shot.png" in ran.out
    assert "✗ clips:empty.mp4" in ran.out
    assert "`syncer status --all` lists each of them" in ran.out


@pytest.mark.parametrize("together", [True, False])
def test_nothing_is_said_twice_where_both_streams_go_to_one_place(home: Home, *, together: bool) -> None:
    home.put("shot.png", PNG)
    home.put("other.png", PNG + b"x")
    home.put("empty.mp4", b"")
    home.syncer("status")
    command = [sys.executable, "-m", "syncer", "sync", "-c", str(home.folder / "config.yaml")]
    errors = subprocess.STDOUT if together else subprocess.PIPE
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, text=True, check=False, timeout=60)
    assert ran.returncode == Exit.REJECTED
    for text in (ran.stdout,) if together else (ran.stdout, ran.stderr):
        assert text.count("convert it to JPEG") == 1
        assert text.count("clips:empty.mp4") == 1


def test_what_an_earlier_run_found_is_told_where_this_one_does_not_meet_it(home: Home) -> None:
    home.put("shot.png", PNG)
    home.syncer("sync")
    command = [sys.executable, "-m", "syncer", "sync", "-c", str(home.folder / "config.yaml")]
    ran = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60
    )
    assert ran.stdout.count("clips:shot.png") == 1


def test_a_check_of_a_host_that_is_down_is_one_sentence_with_a_number(down: Home) -> None:
    up = down.site.connect_to
    dead, down.config["origin"]["connect_to"] = down.config["origin"]["connect_to"], up
    down.sync()
    down.config["origin"]["connect_to"] = dead
    ran = down.syncer("check")
    assert ran.code == Exit.REJECTED
    told, hint, counts = ran.out.splitlines()
    assert told.startswith(f"✗ {MANY} URLs of media.example.test can't be seen: ")
    assert "the connection is refused" in told
    assert hint.strip().startswith("→ is the web server running")
    assert f"{MANY} refused" in counts
    results = down.syncer("check", "--json").json["results"]
    assert [each["accepted"] for each in results] == [False] * MANY
    some = [f"https://media.example.test/clips/{number}.mp4" for number in range(3)]
    asked = down.syncer_alone("check", "--connect-to", dead, *some).out
    assert all(url in asked for url in some)
    assert asked.count("→ is the web server running") == 1


def test_status_groups_what_differs_by_names_and_numbers_only(home: Home) -> None:
    home.syncer("status")
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        for number in range(500):
            message = f"a/{number}.mp4 can't be read: {number} of 900 bytes came"
            error = Failed("source.cut", message)
            catalogue.put(Entry("clips", f"a/{number}.mp4", State.FAILED, error=error, attempts=1))
        error = Failed("source.cut", "b.mp4 can't be read: the disk failed")
        catalogue.put(Entry("clips", "b.mp4", State.FAILED, error=error, attempts=1))
    out = home.syncer("status").out
    assert "! 500 assets, such as clips:a/0.mp4" in out
    assert "! clips:b.mp4" in out


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("'a.mp4' is full", "'b c.mp4' is full", True),
        ("https://x.test/a answers 404", "https://x.test/b answers 404", True),
        ("it lasts 700.5 s", "it lasts 801 s", True),
        ("no space left", "no permission", False),
    ],
)
def test_a_cause_is_a_sentence_without_names_urls_and_numbers(one: str, other: str, *, same: bool) -> None:
    assert (cause("x", one) == cause("x", other)) is same
    assert cause("x", one) != cause("y", one)
