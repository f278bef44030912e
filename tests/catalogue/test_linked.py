"""A catalogue behind a symbolic link: the link stays, and all other files are beside the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.home import Home
from tests.media import mp4


@pytest.fixture
def linked(home: Home) -> Home:
    (home.folder / "state").mkdir()
    (home.folder / "syncer.db").symlink_to("state/real.db")
    home.put("a.mp4", mp4())
    assert home.sync()["counts"]["copied"] == 1
    return home


def beside(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if file.name.startswith((".syncer", "syncer", "real"))}


def test_all_files_of_a_linked_catalogue_are_beside_the_real_one(linked: Home) -> None:
    assert beside(linked.folder) == {"syncer.db"}
    assert {"real.db", "real.db.copies", "real.db.lock"} <= beside(linked.folder / "state")
    linked.config["catalogue"] = "sqlite:///state/real.db"
    assert linked.sync()["exit_code"] == 0
    assert set(linked.manifest()) == {"a.mp4"}


@pytest.mark.parametrize("command", ["restore", "rebuild"])
def test_a_recovered_catalogue_takes_the_place_of_the_real_one(linked: Home, command: str) -> None:
    real = linked.folder / "state/real.db"
    real.write_bytes(b"damaged " * 1000)
    ran = linked.syncer("catalogue", command)
    assert ran.code == 0, ran.err
    assert (linked.folder / "syncer.db").is_symlink()
    assert beside(linked.folder) == {"syncer.db"}
    assert real.read_bytes().startswith(b"SQLite format 3")
    assert linked.sync()["exit_code"] == 0
    assert set(linked.manifest()) == {"a.mp4"}
