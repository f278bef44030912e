"""Problems with one cause are one line with their number: log, summary, `check`. JSON has each."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import closing, suppress

import pytest

from syncer.catalogue import open_catalogue
from syncer.cli.causes import cause
from syncer.errors import Exit
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
    first, rest = ran.err.splitlines()
    assert "can't be reached: the connection is refused" in first
    assert f"unseen {MANY} assets [origin.unreachable]" in rest
    assert ran.out.count("origin.unreachable") == 1
    assert f"? {MANY} assets, such as clips:0.mp4" in ran.out
    assert len(down.troubles()) == MANY
    assert down.syncer("status", "--all").out.count("origin.unreachable") == MANY
    first, *logged = map(json.loads, down.syncer("sync", "--log-format", "json").err.splitlines())
    assert (first["event"], first["code"]) == ("error", "origin.unreachable")
    assert len([each for each in logged if each["event"] == "unseen"]) == MANY


@pytest.mark.parametrize("rejected", ["skip", "publish"])
@pytest.mark.parametrize("verified", ["https://nowhere.invalid/", "nowhere.invalid"])
def test_a_missing_dns_name_is_the_first_line_and_the_only_cause(
    home: Home, verified: str, rejected: str
) -> None:
    home.config["origin"] |= {"url": "https://nowhere.invalid/", "property": verified, "connect_to": None}
    home.config["check"]["rejected"] = rejected
    for name in ("a.mp4", "b.mp4", "shot.png"):
        home.put(name, PNG if name.endswith(".png") else mp4())
    ran = home.syncer("sync")
    assert ran.code == Exit.FAILED
    first, *rest = ran.err.splitlines()
    assert first.startswith("syncer: https://nowhere.invalid/ can't be reached: DNS knows no address")
    assert not [line for line in rest if "DNS" in line]
    count = 3 if rejected == "publish" else 2
    assert f"unseen {count} assets [origin.unreachable]" in rest[-1]
    group = ran.out.partition("[origin.unreachable]")[0].splitlines()[-2:]
    assert f"? {count} assets, such as clips:" in group[0]
    assert "nowhere.invalid can't be reached: DNS knows no address of its host" in group[1]
    assert "/clips/" not in group[1], "one example is enough"
    assert home.troubles()["a.mp4"]["code"] == "origin.unreachable"
    if rejected == "publish":
        assert home.troubles()["shot.png"]["code"] == "origin.unreachable"
        assert "media.format" not in ran.out + ran.err


def test_an_untrusted_certificate_is_reported_first_and_once(home: Home) -> None:
    home.config["origin"]["ca"] = None
    for number in range(3):
        home.put(f"{number}.mp4", mp4(seed=number))
    ran = home.syncer("sync")
    assert ran.code == Exit.FAILED
    first, rest = ran.err.splitlines()
    assert first.startswith("syncer: https://media.example.test/")
    assert "unseen 3 assets [origin.tls]" in rest
    assert ran.out.count("[origin.tls]") == 1


def test_an_origin_that_stalls_costs_one_look_and_the_run_goes_on(home: Home) -> None:
    """A listening socket that never answers."""
    home.config["timeouts"] = {"connect": "500ms", "answer": "500ms"}
    with socket.create_server(("127.0.0.1", 0)) as mute:
        home.config["origin"]["connect_to"] = f"127.0.0.1:{mute.getsockname()[1]}"
        for number in range(MANY):
            home.put(f"{number}.mp4", mp4(seed=number))
        ran = home.syncer("sync")
        mute.settimeout(0)
        asked = 0
        with suppress(BlockingIOError):
            while True:
                mute.accept()[0].close()
                asked += 1
    assert ran.code == Exit.FAILED
    assert len(home.public()) == MANY
    assert len(ran.err.splitlines()) == 2
    assert asked <= 3, "the attempts of one look"


def test_the_content_of_the_origins_root_does_not_matter(home: Home) -> None:
    home.put("a.mp4", mp4())
    ran = home.syncer("sync")
    assert ran.code == Exit.OK
    assert [line.split()[1] for line in ran.err.splitlines()] == ["published"]
    assert any('"GET / ' in line and " 404 " in line for line in home.site.log())


def test_without_its_signature_the_run_says_so_first_and_once(down: Home) -> None:
    down.sign()
    ran = down.syncer("sync")
    assert ran.code == Exit.UNPROVEN
    first, *rest = ran.err.splitlines()
    assert first.startswith("syncer: ")
    assert "can't be reached: the connection is refused" in first
    assert not [line for line in rest if "connection is refused" in line]
    assert f"unseen {MANY} assets [origin.unreachable]" in ran.err


def test_a_missing_signature_is_reported_before_anything_is_copied(home: Home) -> None:
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
def test_nothing_is_printed_twice_if_both_streams_go_to_one_place(home: Home, *, together: bool) -> None:
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


def test_a_finding_of_an_earlier_run_is_still_reported(home: Home) -> None:
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
    assert told.startswith(f"✗ {MANY} URLs of media.example.test can't be fetched: ")
    assert "the connection is refused" in told
    assert hint.strip().startswith("→ is the web server running")
    assert f"{MANY} rejected" in counts
    results = down.syncer("check", "--json").json["results"]
    assert [each["accepted"] for each in results] == [False] * MANY
    some = [f"https://media.example.test/clips/{number}.mp4" for number in range(3)]
    asked = down.syncer_alone("check", "--connect-to", dead, *some).out
    assert all(url in asked for url in some)
    assert asked.count("→ is the web server running") == 1


def test_status_groups_messages_that_differ_only_by_names_and_numbers(home: Home) -> None:
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


def test_links_with_one_reason_are_one_entry_and_the_map_has_all(home: Home) -> None:
    expired = (
        "https://b.s3.amazonaws.com/{}.mp4?X-Amz-Date=20200101T000000Z&X-Amz-Expires=60&X-Amz-Signature=a"
    )
    links = [expired.format(number) for number in range(MANY)]
    page = "https://photos.app.goo.gl/AbC"
    (home.folder / "a.txt").write_text("\n".join([*links, page]))
    ran = home.syncer("migrate", str(home.folder / "a.txt"), "--map", str(home.folder / "map.csv"))
    assert ran.code == Exit.FAILED
    assert ran.out.count("the link expired on") == 1
    assert f"and {MANY - 1} more links for the same reason" in ran.out
    assert page in ran.out
    written = (home.folder / "map.csv").read_text()
    assert all(link in written for link in links)
    assert len(home.syncer("migrate", str(home.folder / "a.txt"), "--json").json["left"]) == MANY + 1
