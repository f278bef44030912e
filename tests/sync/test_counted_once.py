"""A run looks at each file once and counts it once, also after its destination moved or lost its mark."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers.nginx import StartNginx


@pytest.fixture(params=["7d", None], ids=["rechecked", "never rechecked"])
def published(home: Home, request: pytest.FixtureRequest) -> Home:
    home.config["check"] = {"recheck": request.param}
    for number in range(4):
        home.put(f"{number}.mp4", mp4(2000 + number, number))
    assert home.sync()["exit_code"] == 0
    return home


Move = Callable[[Home], Path]


@pytest.fixture
def move(nginx: StartNginx) -> Move:
    """The same files below another root, which the web server serves and no run has marked."""

    def moved(home: Home) -> Path:
        new = home.site.root.parent / "new"
        shutil.copytree(home.site.root, new)
        (new / ".syncer-owner").unlink()
        home.config["origin"]["destination"]["root"] = str(new)
        home.config["origin"]["connect_to"] = nginx(new).connect_to
        return new

    return moved


def looks(done: dict[str, Any]) -> list[str]:
    return sorted(line.split()[2] for line in done["log"].splitlines() if " checked " in line)


def test_after_its_mark_was_lost(published: Home) -> None:
    (published.site.root / ".syncer-owner").unlink()
    done = published.sync()
    assert done["counts"] == {"rechecked": 4}
    assert looks(done) == [f"clips:{number}.mp4" for number in range(4)]
    assert published.sync()["counts"] == {"kept": 4}


def test_after_it_moved_and_one_file_is_new(published: Home, move: Move) -> None:
    move(published)
    published.put("4.mp4", mp4(2004, 4))
    done = published.sync()
    assert {word: done["counts"].get(word, 0) for word in ("rechecked", "copied", "kept")} == {
        "rechecked": 4,
        "copied": 1,
        "kept": 0,
    }
    assert len(looks(done)) == 4


def test_no_run_announces_deletes_that_it_does_not_do(published: Home, move: Move) -> None:
    """One copy is not at the new destination, another one has bytes that syncer never had."""
    new = move(published)
    (new / "clips/0.mp4").unlink()
    (new / "clips/1.mp4").write_bytes(b"theirs" * 400)
    for number in range(2):
        (published.media / f"{number}.mp4").unlink()
    published.config |= {"delete": "mirror", "max_delete": "100%"}
    done = published.sync()
    assert done["counts"].get("deleted", 0) == 0
    assert "the run deletes" not in str(done["findings"])
    assert (new / "clips/1.mp4").read_bytes() == b"theirs" * 400


def test_a_plan_for_a_moved_destination_says_that_nothing_is_deleted(published: Home, move: Move) -> None:
    move(published)
    (published.media / "0.mp4").unlink()
    published.config["delete"] = "mirror"
    planned = published.syncer("plan").out
    assert "delete " not in planned
    assert "this run deletes nothing" in planned
