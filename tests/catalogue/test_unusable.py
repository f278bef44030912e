"""If the file is no catalogue, or can't be written, a command prints one sentence and does not change it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests import bad_input
from tests.bad_input import immutable, refused, sentence, whole
from tests.home import Home
from tests.media import mp4

quick_retries = bad_input.quick_retries


def test_a_catalogue_that_is_none(home: Home) -> None:
    home.put("a.mp4", mp4())
    text = home.folder / "notes.db"
    text.write_text("some notes, and by no means a database. " * 50)
    with closing(sqlite3.connect(home.folder / "photos.db")) as other:
        other.execute("CREATE TABLE photo (name TEXT)")
    with closing(sqlite3.connect(home.folder / "versioned.db")) as other:
        other.execute("CREATE TABLE photo (name TEXT)")
        other.execute("PRAGMA user_version = 7")
    for name in ("notes.db", "photos.db", "versioned.db"):
        file = home.folder / name
        before = file.read_bytes()
        home.config["catalogue"] = f"sqlite:///{name}"
        for command in ("sync", "plan", "status", "urls"):
            line = refused(home, command, code=1)
            assert f"{file} " in line
            assert line.endswith("; let `catalogue` name a file of its own")
        assert file.read_bytes() == before


def test_a_catalogue_in_a_folder_that_cant_be_written(home: Home) -> None:
    home.put("a.mp4", mp4())
    state = home.folder / "state"
    state.mkdir()
    home.config["catalogue"] = "sqlite:///state/syncer.db"
    with immutable(state):
        line = refused(home, code=1)
    assert str(state) in line
    assert home.sync()["exit_code"] == 0
    whole(home, "clips/a.mp4")


def test_a_catalogue_that_may_only_be_read(home: Home) -> None:
    home.put("a.mp4", mp4())
    assert home.sync()["exit_code"] == 0
    state = home.folder / "syncer.db"
    home.put("b.mp4", mp4(seed=1))
    with immutable(state):
        ran = home.syncer("sync")
    assert ran.code == 1
    (line,) = ran.err.splitlines()
    assert "syncer.db" in sentence(line)
    assert home.public() == {"clips/a.mp4"}
