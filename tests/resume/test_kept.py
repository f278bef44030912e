"""What is kept for the next run: on this machine's disk, beside what is tidied away."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.destinations.keys import OWNER_MARK
from syncer.model import PART
from tests.home import Home
from tests.media import mp4

SIZE = 5 * PART
KEY = "clips/a.mp4"


@pytest.fixture
def killed(home: Home) -> Home:
    """A run was killed in the middle of a file."""
    home.put("a.mp4", mp4(SIZE, seed=1))
    home.config |= {"workers": 1, "bandwidth": "40MB/s"}
    with home.start("sync", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not any(size > 2 * PART for size in sizes(home)):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
    home.config["bandwidth"] = None
    return home


def sizes(home: Home) -> list[int]:
    with suppress(FileNotFoundError):  # what is staged to try the destination is gone soon
        return [file.stat().st_size for file in parts(home)]
    return []


def parts(home: Home) -> list[Path]:
    return list(home.site.root.rglob(".syncer-*.part"))


def remembered(home: Home) -> list[Path]:
    return list((home.folder / "syncer.db.uploads").glob("*"))


def test_the_next_run_writes_on_in_the_same_file(killed: Home) -> None:
    (part,) = parts(killed)
    number = part.stat().st_ino
    assert killed.sync()["exit_code"] == 0
    public = killed.site.root / KEY
    assert public.stat().st_ino == number
    assert public.read_bytes() == mp4(SIZE, seed=1)
    assert (parts(killed), remembered(killed)) == ([], [])


def flip_a_byte(part: Path, _note: Path) -> None:
    with part.open("r+b") as file:
        file.seek(PART)
        file.write(b"!")


def cut_its_end(part: Path, _note: Path) -> None:
    os.truncate(part, PART + 5)


def replace_it(part: Path, _note: Path) -> None:
    part.write_bytes(os.urandom(2 * SIZE))


def put_a_link_in_its_place(part: Path, note: Path) -> None:
    part.symlink_to(part.rename(note.parent / "aside"))


def remove_it(part: Path, _note: Path) -> None:
    part.unlink()


def cut_what_is_remembered(_part: Path, note: Path) -> None:
    os.truncate(note, 20)


def test_a_damaged_part_is_never_published(killed: Home) -> None:
    (part,), (note,) = parts(killed), remembered(killed)
    kept = [(file, file.read_bytes()) for file in (part, note)]
    killed.config["catalogue_copies"] = 0
    public = killed.site.root / KEY
    for damage in (
        flip_a_byte,
        cut_its_end,
        replace_it,
        put_a_link_in_its_place,
        remove_it,
        cut_what_is_remembered,
    ):
        damage(part, note)
        assert killed.sync()["counts"]["copied"] == 1
        assert public.read_bytes() == mp4(SIZE, seed=1), damage
        assert not public.is_symlink()
        for forgotten in (killed.folder / "syncer.db", killed.site.root / OWNER_MARK, public):
            forgotten.unlink()
        part.unlink(missing_ok=True)
        for file, content in kept:
            file.write_bytes(content)


def test_a_change_at_the_source_drops_it(killed: Home) -> None:
    for content in (mp4(SIZE, seed=2), mp4(2000, seed=3)):
        killed.put("a.mp4", content)
        assert killed.sync()["exit_code"] == 0
        assert (killed.site.root / KEY).read_bytes() == content
        assert (parts(killed), remembered(killed)) == ([], [])


def test_tidy_keeps_what_can_be_resumed_for_three_days(killed: Home) -> None:
    (part,) = parts(killed)
    ran = killed.syncer("tidy")
    assert (ran.code, ran.out) == (0, "0 files removed, 1 kept to be resumed\n")
    assert "the next run resumes it" in ran.err
    assert killed.syncer("tidy", "--json").json == {"removed": []}
    age(remembered(killed)[0], timedelta(days=2, hours=23))
    killed.syncer("tidy")
    assert parts(killed) == [part]
    age(remembered(killed)[0], timedelta(days=3, hours=1))
    assert killed.syncer("tidy").out == "1 file removed\n"
    assert (parts(killed), remembered(killed)) == ([], [])


def age(file: Path, by: timedelta) -> None:
    then = time.time() - by.total_seconds()
    os.utime(file, (then, then))


def test_tidy_takes_it_away_as_asked_and_nothing_is_remembered_of_it(killed: Home) -> None:
    assert killed.syncer("tidy", "--older-than", "0s").out == "1 file removed\n"
    assert (parts(killed), remembered(killed)) == ([], [])
    assert killed.sync()["exit_code"] == 0


def test_another_catalogue_does_not_resume_it(killed: Home) -> None:
    """It would not know whose bytes these are."""
    (part,) = parts(killed)
    killed.config["catalogue"] = "sqlite:///other.db"
    assert killed.sync("--take-over")["exit_code"] == 0
    assert parts(killed) == [part]


def test_a_part_that_two_uploads_claim_is_nobodys(killed: Home) -> None:
    """Both would write into one file, and one of them would publish it."""
    (state,) = remembered(killed)
    other = json.loads(state.read_bytes()) | {"key": "b.mp4", "path": "clips/b.mp4"}
    (state.parent / f"{'0' * 32}.json").write_text(json.dumps(other))
    (part,) = parts(killed)
    assert killed.sync()["exit_code"] == 0
    assert (killed.site.root / KEY).read_bytes() == mp4(SIZE, seed=1)
    assert part.exists(), "it is left to `tidy`"


def test_a_part_that_has_a_public_name_too_is_not_written(killed: Home) -> None:
    (part,) = parts(killed)
    public = part.with_name("other.mp4")
    public.hardlink_to(part)
    before = public.read_bytes()
    assert killed.sync()["exit_code"] == 0
    assert public.read_bytes() == before
    assert (killed.site.root / KEY).read_bytes() == mp4(SIZE, seed=1)


def test_where_nothing_can_be_remembered_nothing_is_published(home: Home) -> None:
    """A run that died then would leave a file of which nobody knows."""
    folder = home.folder / "syncer.db.uploads"
    folder.write_text("a file where the folder should be")
    home.put("a.mp4", mp4(2 * PART))
    ran = home.syncer("sync")
    assert ran.code == 1
    assert f"the notes in {folder} can't be read: Not a directory" in ran.err
    assert not home.public()
