"""SQLite's write-ahead log after a killed run: SQLite skips damaged changes there, and syncer notices."""

from __future__ import annotations

import logging
import random
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue, open_pushes
from syncer.catalogue.copies import database_files
from syncer.errors import CatalogueError
from syncer.model import State
from tests.catalogue.test_damage import entry, listed

Files = dict[str, bytes]

FRAME = 24 + 4096
"""Bytes of a frame: its header and a page."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "syncer.db"


@pytest.fixture
def killed(file: Path) -> Files:
    """The files of a run that is killed after it published six files and unpublished one."""
    with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
        for number in range(20):
            catalogue.put(entry(number))
    with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
        for number in range(20, 26):
            catalogue.put(entry(number))
        catalogue.put(replace(entry(3), state=State.STORED))
        return {each.name: each.read_bytes() for each in database_files(file)}


def put(file: Path, files: Files) -> None:
    for each in list(database_files(file)):
        each.unlink()
    for name, content in files.items():
        file.with_name(name).write_bytes(content)


def test_the_log_of_a_killed_run_is_read_and_nothing_is_doubted(file: Path, killed: Files) -> None:
    for read_only in (True, False):
        put(file, killed)
        with closing(open_catalogue(f"sqlite:///{file}", read_only=read_only)) as catalogue:
            assert len(list(catalogue.entries(State.PUBLISHED))) == 25


def damages(content: bytes, chance: random.Random) -> list[bytes]:
    """Damage: each byte of the headers, some others, and some cuts."""
    last = len(content) - FRAME
    places = [*range(0, 32, 2), *range(32, 56, 2), *range(last, last + 24)]
    found = []
    for place in [*places, *chance.sample(range(len(content)), 15)]:
        damaged = bytearray(content)
        damaged[place] ^= chance.choice([0xFF, 1, 0x40])
        found.append(bytes(damaged))
    cuts = [0, 31, 32, 33, 32 + FRAME, len(content) - FRAME, *chance.sample(range(len(content)), 4)]
    return found + [content[:cut] for cut in cuts]


def test_a_damaged_or_cut_log_is_never_an_earlier_state_in_silence(
    file: Path, killed: Files, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that only reads reports it; a run looks at every published file again before it lists it."""
    monkeypatch.setattr("syncer.catalogue.walfile.SECONDS", 0.0)  # nobody writes to it
    caplog.set_level(logging.ERROR)
    for damaged in damages(killed["syncer.db-wal"], random.Random(5)):  # noqa: S311 - guards nothing
        files = killed | {"syncer.db-wal": damaged}
        put(file, files)
        with pytest.raises(CatalogueError) as caught:
            listed(file)
        assert (caught.value.code, "syncer sync" in str(caught.value)) == ("catalogue.broken", True)
        put(file, files)
        with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
            assert list(catalogue.entries(State.PUBLISHED)) == []
        assert listed(file) == []


def test_a_log_that_is_missing_is_missed(file: Path, killed: Files) -> None:
    put(file, {name: content for name, content in killed.items() if not name.endswith("-wal")})
    with pytest.raises(CatalogueError, match="not written in full"):
        listed(file)


@pytest.mark.parametrize("cut", [False, True])
def test_a_damaged_index_of_the_log_is_made_anew(file: Path, killed: Files, cut: bool) -> None:  # noqa: FBT001 - pytest passes it
    index = killed["syncer.db-shm"]
    chance = random.Random(5)  # noqa: S311 - guards nothing
    for place in [*range(0, 136, 3), *chance.sample(range(len(index)), 20)]:
        damaged = bytearray(index)
        damaged[place] ^= 0xFF
        put(file, killed | {"syncer.db-shm": index[:place] if cut else bytes(damaged)})
        assert len(listed(file)) == 25


def test_a_push_that_opens_it_first_hides_no_damage(file: Path, killed: Files) -> None:
    put(file, killed | {"syncer.db-wal": killed["syncer.db-wal"][:-1]})
    open_pushes(f"sqlite:///{file}").close()
    assert listed(file) == [], "looked at again"


def test_a_log_that_is_being_written_to_is_no_damage(file: Path) -> None:
    """As when `urls` is called during a run."""
    with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
        for number in range(30):
            catalogue.put(entry(number))
            assert len(listed(file)) == number + 1
