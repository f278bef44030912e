"""A catalogue in which nothing is, as a first run leaves it that failed, is not called damaged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import pytest

from syncer.catalogue import open_catalogue
from syncer.model import Proof
from syncer.protocols import Catalogue
from tests.home import Home
from tests.media import mp4

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def lost(home: Home) -> Home:
    """The catalogue is lost, and a run that could not go on has made a new one."""
    home.put("a.mp4", mp4())
    assert home.sync()["exit_code"] == 0
    (home.folder / "syncer.db").unlink()
    shutil.rmtree(home.folder / "syncer.db.copies")
    assert home.sync()["errors"][0]["code"] == "destination.owner"
    return home


@pytest.mark.parametrize("bytes_too", [False, True])
def test_a_rebuild_removes_it(lost: Home, *, bytes_too: bool) -> None:
    if bytes_too:
        for file in lost.folder.glob("syncer.db*"):
            if file.is_file():
                file.unlink()
        (lost.folder / "syncer.db").touch()
    ran = lost.syncer("catalogue", "rebuild", "--take-over")
    assert ran.code == 0, ran
    assert "the old file was empty, and is removed" in ran.out
    assert "damaged" not in ran.out
    assert not list(lost.folder.glob("syncer.db.damaged-*"))
    assert lost.sync()["exit_code"] == 0
    assert lost.manifest().keys() == {"a.mp4"}


@pytest.mark.parametrize(
    "trace",
    [
        lambda catalogue: catalogue.retire("old.mp4", "clips", "a.mp4", NOW),
        lambda catalogue: catalogue.put_proof(Proof("tiktok.txt", "https://x.test/", "ab", NOW)),
    ],
)
def test_any_trace_of_something_published_keeps_it(lost: Home, trace: Callable[[Catalogue], None]) -> None:
    with closing(open_catalogue(f"sqlite:///{lost.folder}/syncer.db")) as catalogue:
        trace(catalogue)
    ran = lost.syncer("catalogue", "rebuild", "--take-over")
    assert "the old file is kept as" in ran.out
    assert list(lost.folder.glob("syncer.db.damaged-*"))


def test_garbage_keeps_it(lost: Home) -> None:
    (lost.folder / "syncer.db").write_bytes(b"garbage" * 1000)
    assert "the old file is kept as" in lost.syncer("catalogue", "rebuild", "--take-over").out
