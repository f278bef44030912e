"""The daily copies of a catalogue, and a catalogue restored from one."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue, open_pushes, open_recovery
from syncer.catalogue.copies import copies_folder, daily_copies
from syncer.errors import CatalogueError
from syncer.model import State
from syncer.push.model import Push, Pushed, PushState
from tests.catalogue.test_damage import entry
from tests.home import Home
from tests.media import mp4
from tests.mounts import mounted

DAY = date(2026, 1, 2)
NOW = datetime(2026, 1, 2, tzinfo=UTC)
PLACE = "local /srv/media"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "syncer.db"
    with closing(open_catalogue(f"sqlite:///{made}")) as catalogue:
        for number in range(50):
            catalogue.put(entry(number))
    return made


def copied(file: Path, today: date, keep: int = 7) -> bool:
    with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
        return catalogue.copy(today, keep, lambda: False)


def names(file: Path) -> list[str]:
    return sorted(each.name for each in copies_folder(file).iterdir()) if copies_folder(file).exists() else []


def test_one_a_day_and_the_newest_are_kept(file: Path) -> None:
    for day in range(12):
        assert copied(file, DAY + timedelta(days=day))
        assert not copied(file, DAY + timedelta(days=day)), "one a day"
    assert names(file) == [f"2026-01-{day:02}.db" for day in range(7, 14)]
    assert copied(file, DAY + timedelta(days=20), keep=2)
    assert names(file) == ["2026-01-13.db", "2026-01-22.db"]


def test_none_is_made_if_none_is_wanted(file: Path) -> None:
    assert not copied(file, DAY, keep=0)
    assert names(file) == []


def test_a_copy_says_what_the_catalogue_says(file: Path) -> None:
    copied(file, DAY)
    (copy,) = daily_copies(file)
    with closing(open_catalogue(f"sqlite:///{copy}", read_only=True)) as catalogue:
        catalogue.check()
        assert list(catalogue.entries()) == [entry(number) for number in range(50)]
    assert copy.stat().st_mode == file.stat().st_mode


def test_a_clock_that_was_wrong_once_costs_no_copy(file: Path) -> None:
    """A copy with a future date is deleted first, and today's copy is still made."""
    copied(file, DAY + timedelta(days=900))
    for day in range(3):
        assert copied(file, DAY + timedelta(days=day), keep=2)
    assert names(file) == ["2026-01-03.db", "2026-01-04.db"]


def test_a_damaged_catalogue_takes_no_good_copys_place(file: Path) -> None:
    copied(file, DAY)
    with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
        with closing(sqlite3.connect(file, isolation_level=None)) as db:
            db.execute("UPDATE entry SET url = url || 'x' WHERE key = '007.mp4'")
        with pytest.raises(CatalogueError) as caught:
            catalogue.copy(DAY + timedelta(days=1), 1, lambda: False)
    assert caught.value.code == "catalogue.copy"
    assert names(file) == ["2026-01-02.db"], "and nothing of the other is left"


def test_a_copy_that_is_stopped_leaves_nothing(file: Path) -> None:
    asked: list[bool] = []

    def stopped() -> bool:
        asked.append(True)
        return len(asked) > 1

    with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
        for number in range(50, 1000):
            catalogue.put(entry(number))
        assert not catalogue.copy(DAY, 7, stopped)
    assert names(file) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount disks")
def test_a_disk_without_room_for_a_copy_is_a_warning_of_the_run(home: Home) -> None:
    state = home.folder / "state"
    state.mkdir()
    home.config["catalogue"] = "sqlite:///state/syncer.db"
    home.put("a.mp4", mp4())
    with mounted(state, "-t", "tmpfs", "-o", "size=20m,mode=755", "none"):
        done = home.sync()
        assert (done["exit_code"], done["counts"]["copied"]) == (0, 1)
        (warning,) = done["findings"]
        assert (warning["rule"], warning["severity"]) == ("catalogue.copy", "warn")
        assert "`catalogue_copies: 0`" in warning["hint"]
        home.config["catalogue_copies"] = 0
        assert home.sync()["findings"] == []


# Taken back


def restore(file: Path) -> None:
    found = open_recovery(f"sqlite:///{file}")
    with found.hold():
        found.put_back(found.newest(), {}, PLACE)


def test_the_newest_copy_that_is_good_is_named_and_taken(file: Path) -> None:
    for day in range(3):
        copied(file, DAY + timedelta(days=day))
    newest, middle, _ = daily_copies(file)
    shutil.copyfile(file, file.with_name("kept"))
    newest.write_bytes(b"garbage" * 1000)
    file.write_bytes(b"garbage" * 1000)
    with pytest.raises(CatalogueError) as caught:
        open_catalogue(f"sqlite:///{file}")
    assert str(middle) in str(caught.value)
    assert "`syncer catalogue restore`" in str(caught.value)
    assert "`syncer catalogue rebuild`" in str(caught.value)
    restore(file)
    with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
        assert catalogue.count() == 50
    (damaged,) = file.parent.glob("syncer.db.damaged-*")
    assert damaged.read_bytes() == b"garbage" * 1000, "kept as it was"


def test_every_file_of_a_restored_copy_must_be_seen_again(file: Path) -> None:
    copied(file, DAY)
    file.unlink()
    with pytest.raises(CatalogueError) as caught:
        open_catalogue(f"sqlite:///{file}")
    assert caught.value.code == "catalogue.lost"
    assert not file.exists(), "none is made in its place"
    restore(file)
    with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
        assert {each.state for each in catalogue.entries()} == {State.STORED}


def push(identity: str, number: int = 0) -> Push:
    asset = Pushed(identity, f"https://media.example.test/{identity}.mp4")
    return Push(PushState.SENT, (asset,), NOW, number=number, publish_id=identity)


def test_a_draft_that_the_damaged_catalogue_knows_is_not_sent_again(file: Path) -> None:
    url = f"sqlite:///{file}"
    with closing(open_pushes(url)) as pushes:
        pushes.add(push("before"))
    copied(file, DAY)
    with closing(open_pushes(url)) as pushes:
        pushes.put(replace(push("before", 1), state=PushState.ARRIVED))
        pushes.add(push("since"))
    content = file.read_bytes()
    place = content.rindex(b"clips/007.mp4")
    file.write_bytes(content[:place] + b"x" + content[place + 1 :])
    restore(file)
    with closing(open_pushes(url)) as pushes:
        latest = pushes.latest("before")
        assert latest is not None
        assert latest.state is PushState.ARRIVED
        assert pushes.latest("since") == push("since", 2)
        assert pushes.add(push("next")).number == 3


def test_what_the_damaged_catalogue_knows_as_unpublished_stays_so(home: Home) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        home.put(name, mp4(seed=ord(name[0])))
    assert home.sync()["exit_code"] == 0
    file = home.folder / "syncer.db"
    assert home.syncer("unpublish", "a.mp4").code == 0
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE entry SET seal = seal + 1 WHERE key = 'b.mp4'")
    for command in ("restore", "rebuild"):
        ran = home.syncer("catalogue", command, "--json")
        assert (ran.code, ran.json["withdrawn"]) == (0, 1), ran.err
        assert home.sync()["exit_code"] == 0
        assert home.public() == {"clips/b.mp4", "clips/c.mp4"}
        assert set(home.manifest()) == {"b.mp4", "c.mp4"}
        with closing(sqlite3.connect(file)) as db, db:
            db.execute("UPDATE entry SET seal = seal + 1 WHERE key = 'b.mp4'")


def test_a_catalogue_that_is_whole_is_not_replaced(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    for command in ("restore", "rebuild"):
        ran = home.syncer("catalogue", command)
        assert (ran.code, "is not damaged" in ran.err) == (1, True)
    assert not list(home.folder.glob("*damaged*"))


def test_a_copy_of_another_day_lists_and_deletes_nothing_wrong(home: Home) -> None:
    """A file that was published, replaced or deleted since is never listed unseen."""
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    for number in range(4):
        home.put(f"{number}.mp4", mp4(1000, number))
    assert home.sync()["exit_code"] == 0
    home.put("0.mp4", mp4(2000, 10))
    home.put("new.mp4", mp4(1000, 11))
    (home.media / "1.mp4").unlink()
    assert home.sync()["counts"] == {"copied": 2, "bytes": 3000, "kept": 2, "deleted": 1}
    right, public = home.manifest(), home.public()
    (home.folder / "syncer.db").write_bytes(b"")
    assert home.syncer("sync").code == 1
    home.put("1.mp4", mp4(1000, 1))
    ran = home.syncer("catalogue", "restore", "--json")
    assert (ran.code, ran.json["pushes"]) == (0, 0)
    assert home.syncer("urls").out == "", "nothing is listed before it was seen"
    assert (home.public(), home.manifest()) == (public, right)
    (home.media / "1.mp4").unlink()
    home.sync()
    assert home.troubles().keys() <= {"1.mp4"}, "of which the copy says that it is there"
    assert home.public() == public
    for key, record in home.manifest().items():
        assert (record["sha256"], record["url"]) == (right[key]["sha256"], right[key]["url"])
    assert home.manifest().keys() == right.keys()
    assert home.sync()["exit_code"] == 0
    assert home.sync()["counts"] == {"kept": 4}


def test_a_copy_that_was_put_back_by_hand_is_noticed(home: Home) -> None:
    """The destination's mark is of a later run than the catalogue knows."""
    home.put("a.mp4", mp4())
    home.sync()
    shutil.copyfile(home.folder / "syncer.db", home.folder / "yesterday")
    home.put("b.mp4", mp4(seed=1))
    home.sync()
    right = home.manifest()
    shutil.copyfile(home.folder / "yesterday", home.folder / "syncer.db")
    done = home.sync()
    assert [error["code"] for error in done["errors"]] == ["destination.owner"]
    assert "a later state of this catalogue" in done["errors"][0]["message"]
    assert home.manifest() == right
    done = home.sync("--take-over")
    assert (done["exit_code"], done["counts"]["rechecked"]) == (0, 1), "looked at again"
    assert home.manifest().keys() == right.keys()
