"""The destination changes and the URLs stay: from a folder of media to real web servers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.destinations.keys import OWNER_MARK
from tests.home import SIGNATURE, Home, plain
from tests.media import mp4
from tests.servers.nginx import StartNginx
from tests.servers.sshd import Sshd

Move = Callable[[], Path]


@pytest.fixture
def move(home: Home, nginx: StartNginx) -> Move:
    """Switches the config and the web server to another folder, which is returned."""

    def turn() -> Path:
        other = home.site.root.parent / "moved"
        other.mkdir(exist_ok=True)
        home.config["origin"]["destination"] = {"kind": "local", "root": str(other)}
        home.config["origin"]["connect_to"] = nginx(other).connect_to
        return other

    return turn


@pytest.fixture
def published(home: Home) -> Home:
    for number in range(4):
        home.put(f"{number}.mp4", mp4(2000 + number, seed=number))
    assert home.sync()["exit_code"] == 0
    return home


def names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} - {OWNER_MARK}


def test_a_changed_root_is_filled_and_told(published: Home, move: Move) -> None:
    other = move()
    done = published.sync()
    assert done["exit_code"] == 0
    assert done["counts"]["copied"] == 4
    (told,) = done["findings"]
    assert told["rule"] == "destination.moved"
    assert f"was local {published.site.root} and is local {other} now" in told["message"]
    assert names(other) == {f"clips/{number}.mp4" for number in range(4)}
    assert len(published.manifest()) == 4
    assert published.sync()["counts"] == {"kept": 4}


def test_files_that_were_copied_by_hand_are_looked_at_and_no_media_is_read(
    published: Home, move: Move
) -> None:
    other = move()
    shutil.copytree(published.site.root, other, dirs_exist_ok=True)
    (other / "clips/3.mp4").write_bytes(mp4(2003, seed=9))
    path = published.media / "0.mp4"
    os.utime(path, ns=(10**9, path.stat().st_mtime_ns))
    done = published.sync()
    assert done["exit_code"] == 3
    assert done["counts"] == {"rechecked": 3, "kept": 3, "failed": 1}
    assert path.stat().st_atime_ns == 10**9
    assert published.troubles()["3.mp4"]["code"] == "destination.taken"
    assert (other / "clips/3.mp4").read_bytes() == mp4(2003, seed=9), "of the same size, and not ours"
    (other / "clips/3.mp4").unlink()
    assert published.sync()["counts"] == {"kept": 3, "copied": 1, "bytes": 2003}


def test_moving_back_finds_what_was_left_there(published: Home, move: Move) -> None:
    before = dict(published.config["origin"])
    move()
    published.sync()
    published.config["origin"] = before
    assert published.sync()["counts"] == {"rechecked": 4, "kept": 4}
    assert len(published.manifest()) == 4


def test_another_way_to_the_same_files_copies_nothing(published: Home, sshd: Sshd) -> None:
    """From a local folder to the same one over SFTP."""
    published.config["origin"]["destination"] = plain(sshd.destination(published.site.root))
    done = published.sync()
    assert done["counts"] == {"rechecked": 4, "kept": 4}
    published.config["origin"]["destination"]["root"] += "/"
    assert published.sync()["counts"] == {"kept": 4}


def test_plan_tells_of_a_changed_destination_and_takes_nothing_over(published: Home, move: Move) -> None:
    other = move()
    ran = published.syncer("plan", "--json")
    assert ran.json["counts"] == {"recheck": 4}
    assert {step["reason"] for step in ran.json["steps"]} == {"new destination"}
    assert names(other) == set()
    for command in ("check", "status", "urls"):
        published.syncer(command)
    assert published.syncer("plan", "--json").json["counts"] == {"recheck": 4}


def test_signature_files_are_to_be_placed_again_and_nothing_is_deleted_before(home: Home, move: Move) -> None:
    home.sign()
    assert home.syncer("bootstrap").code == 0
    home.put("a.mp4", mp4())
    home.put("b.mp4", mp4(seed=1))
    home.config["delete"] = "mirror"
    assert home.sync()["exit_code"] == 0
    other = move()
    (home.media / "b.mp4").unlink()
    (other / "clips").mkdir()
    (other / "clips/b.mp4").write_bytes(b"somebody's")
    done = home.sync()
    assert done["exit_code"] == 5
    assert done["errors"][0]["code"] == "ownership.missing"
    assert "(not seen there; " in home.syncer("status").out
    assert home.syncer("bootstrap").code == 0
    done = home.sync()
    assert done["exit_code"] == 0
    assert "(not seen there; " not in home.syncer("status").out
    assert names(other) == {SIGNATURE, "clips/a.mp4", "clips/b.mp4"}
    assert (other / "clips/b.mp4").read_bytes() == b"somebody's"


def test_a_run_that_is_killed_while_it_fills_a_new_destination_lists_only_what_answers(
    published: Home, move: Move
) -> None:
    for number in range(4):
        published.put(f"big{number}.mp4", mp4(3_000_000, seed=20 + number))
    assert published.sync()["exit_code"] == 0
    other = move()
    (other / "clips").mkdir()
    shutil.copy(published.site.root / "clips/0.mp4", other / "clips/0.mp4")
    published.config["bandwidth"] = "1MB/s"
    with published.start("sync", "--log-format", "json", stderr=subprocess.PIPE) as process:
        assert process.stderr
        for line in process.stderr:
            if json.loads(line)["event"] == "published":
                break
        process.send_signal(signal.SIGKILL)
    assert {item["key"] for item in published.manifest().values()} == {"0.mp4"}
    del published.config["bandwidth"]
    assert published.sync()["exit_code"] == 0
    assert len(published.manifest()) == 8
    assert {path for path in names(other) if ".syncer-" not in path} == names(published.site.root)
