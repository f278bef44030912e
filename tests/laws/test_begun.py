"""The next run knows what a killed run made public, whatever has changed since."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from syncer.config import load
from syncer.destinations.keys import OWNER_MARK
from syncer.model import HEAD_SIZE, Asset, Content
from syncer.sync.begun import Notes
from tests.home import SIGNATURE, Home
from tests.sequences import faults
from tests.sequences.world import photo

KEY = "a.jpg"
HASHED = "{sha256:12}.{ext}"


def path_changes(home: Home) -> None:
    home.config["sources"]["clips"]["path"] = "{source}/{key}"


def bytes_change(home: Home) -> None:
    home.put(KEY, photo(-1, 300))


def source_deletes(home: Home) -> None:
    (home.media / KEY).unlink()
    home.put("other.jpg", photo(-2, 300))


@pytest.mark.parametrize("change", [path_changes, bytes_change, source_deletes])
@pytest.mark.parametrize("path", [HASHED, "{source}/{key}"])
def test_nothing_stays_public_unknown(home: Home, path: str, change: Callable[[Home], None]) -> None:
    home.config |= {"workers": 1, "delete": "mirror", "max_delete": "100%"}
    orphans = 0
    for number, at in enumerate(range(70, 120, 3)):
        home.config["sources"]["clips"]["path"] = path
        for file in home.media.glob("*"):
            file.unlink()
        home.put(KEY, photo(number, 300))
        before = home.public()
        faults.killed(lambda: home.syncer("sync"), at)
        orphans += any(not Path(name).name.startswith(".syncer-") for name in home.public() - before)
        change(home)
        assert home.sync()["exit_code"] == 0
        home.syncer("tidy")
        assert len(home.public()) == 1, (at, home.public())
        assert {item["path"] for item in home.manifest().values()} == home.public()
    assert orphans or path != HASHED, "no run was killed after it had made something public"
    assert not list((home.folder / "syncer.db.uploads").glob("*.begun"))


@pytest.mark.parametrize("path", [HASHED, "{source}/{key}"])
def test_what_is_public_of_an_asset_stays_until_another_path_has_it(home: Home, path: str) -> None:
    """The run died before the catalogue knew, and now the source can't be read."""
    home.config |= {"workers": 1, "delete": "mirror", "max_delete": "100%"}
    home.config["sources"]["clips"]["path"] = path
    kept = 0
    for number, at in enumerate(range(70, 120, 6)):
        file = home.put(f"{number}.jpg", photo(number, 300))
        faults.killed(lambda: home.syncer("sync"), at)
        public = {name for name in home.public() if not Path(name).name.startswith(".syncer-")}
        with faults.unreadable(file):
            home.sync()
        assert public <= home.public(), at
        kept += len(public)
        assert home.sync()["exit_code"] == 0
    assert kept


def noted(home: Home, key: str, path: str, content: bytes, destination: str = "") -> Notes:
    """A note as a run leaves it that dies before the catalogue knows."""
    notes = Notes(home.folder / "syncer.db.uploads", destination or place(home))
    whole, head = (hashlib.sha256(part).hexdigest() for part in (content, content[:HEAD_SIZE]))
    asset = Asset("clips", key, key, version="1")
    notes.write(asset, path, Content(len(content), whole, head, "image/jpeg"))
    return notes


def place(home: Home) -> str:
    return load(home.folder / "config.yaml").origin.destination.identity()


def died(home: Home, key: str, content: bytes, path: str | None = None) -> None:
    """The run of this note: its file is public, and the catalogue does not know it."""
    path = path or f"clips/{key}"
    noted(home, key, path, content)
    (home.site.root / path).parent.mkdir(exist_ok=True)
    (home.site.root / path).write_bytes(content)


@pytest.fixture
def begun(home: Home) -> Home:
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    home.put("other.jpg", photo(0, 300))
    home.sync()
    return home


@pytest.mark.parametrize("own", [photo(1, 300), b"x" * 300, b"somebody else's"])
def test_a_note_says_what_was_to_come_and_not_that_it_came(begun: Home, own: bytes) -> None:
    """Somebody else's file at that path is recognised by its bytes, and stays."""
    noted(begun, "gone.jpg", "theirs.jpg", photo(2, 300))
    (begun.site.root / "theirs.jpg").write_bytes(own)
    begun.sync()
    assert begun.sync()["exit_code"] == 0
    assert (begun.site.root / "theirs.jpg").read_bytes() == own


@pytest.mark.parametrize("own", [photo(1, 300), photo(2, 300)[:-1] + b"x"])
def test_a_note_of_another_path_gives_no_file_of_others_away_once_our_mark_is_gone(
    begun: Home, own: bytes
) -> None:
    noted(begun, "other.jpg", "theirs.jpg", photo(2, 300))
    (begun.site.root / "theirs.jpg").write_bytes(own)
    (begun.site.root / OWNER_MARK).unlink()
    for _ in range(2):
        assert begun.sync()["exit_code"] == 0
    assert (begun.site.root / "theirs.jpg").read_bytes() == own


@pytest.mark.parametrize("delete", ["never", "mirror"])
@pytest.mark.parametrize("before", [None, photo(3, 200)])
def test_what_came_is_listed_or_deleted_though_its_source_lost_it(
    begun: Home, before: bytes | None, delete: str
) -> None:
    if before:
        file = begun.put("a.jpg", before)
        begun.sync()
        file.unlink()
    begun.config["delete"] = delete
    died(begun, "a.jpg", photo(4, 300))
    assert begun.sync()["exit_code"] == 0
    listed = begun.manifest().get("a.jpg", {})
    assert (begun.site.root / "clips/a.jpg").exists() == (delete == "never") == bool(listed)
    assert not listed or listed["sha256"] == hashlib.sha256(photo(4, 300)).hexdigest()


@pytest.mark.parametrize("came", [True, False])
def test_of_two_versions_of_one_size_that_is_listed_which_is_served(begun: Home, *, came: bool) -> None:
    """The source lost it, or can't be read."""
    old, new = photo(3, 300), photo(4, 300)
    file = begun.put("a.jpg", old)
    begun.sync()
    file.unlink()
    begun.config["delete"] = "never"
    noted(begun, "a.jpg", "clips/a.jpg", new)
    if came:
        (begun.site.root / "clips/a.jpg").write_bytes(new)
    assert begun.sync()["exit_code"] == 0
    assert begun.manifest()["a.jpg"]["sha256"] == hashlib.sha256(new if came else old).hexdigest()


def test_a_file_that_changed_again_takes_no_other_out_of_the_manifest(begun: Home) -> None:
    died(begun, "a.jpg", photo(4, 300))
    begun.put("a.jpg", photo(5, 400))
    assert begun.sync()["exit_code"] == 0
    assert set(begun.manifest()) == {"a.jpg", "other.jpg"}


def test_what_nobody_could_look_at_is_not_deleted(begun: Home) -> None:
    """A run died before it wrote; somebody's file of that size lies there, and the origin is down."""
    noted(begun, "gone.jpg", "theirs.jpg", photo(2, 300))
    (begun.site.root / "theirs.jpg").write_bytes(b"x" * len(photo(2, 300)))
    trusted = begun.config["origin"].pop("ca")
    begun.sync()
    assert (begun.site.root / "theirs.jpg").exists()
    begun.config["origin"]["ca"] = trusted
    begun.sync()
    assert begun.sync()["exit_code"] == 0
    assert (begun.site.root / "theirs.jpg").exists()


def test_what_a_filter_leaves_out_is_listed(begun: Home) -> None:
    died(begun, "a.jpg", begun.put("a.jpg", photo(4, 300)).read_bytes())
    begun.config["sources"]["clips"]["exclude"] = ["a.jpg"]
    assert begun.sync()["exit_code"] == 0
    assert set(begun.manifest()) == {"a.jpg", "other.jpg"}


def test_one_note_that_can_not_be_looked_at_keeps_no_other_from_it(begun: Home, tmp_path: Path) -> None:
    (begun.site.root / "away").symlink_to(tmp_path)
    notes = noted(begun, "0.jpg", "away/0.jpg", photo(5, 300))
    for number in range(4):
        died(begun, f"{number}.jpg", photo(number, 300), f"gone/{number}.jpg")
    assert begun.sync()["exit_code"] == 0
    assert not list((begun.site.root / "gone").glob("*"))
    assert [note.path for note in notes.left()] == ["away/0.jpg"]


def test_notes_of_one_asset_stand_side_by_side(begun: Home) -> None:
    """The asset has two paths, or two destinations."""
    died(begun, "a.jpg", photo(1, 300), "one.jpg")
    died(begun, "a.jpg", photo(2, 300), "two.jpg")
    other = noted(begun, "a.jpg", "one.jpg", photo(3, 300), destination="another")
    assert begun.sync()["exit_code"] == 0
    assert begun.public() == {"clips/other.jpg"}
    assert len(list(other.left())) == 1


@pytest.mark.parametrize("looked", [False, True])
def test_what_is_moved_to_another_destination_is_known_there_too(
    home: Home, tmp_path: Path, *, looked: bool
) -> None:
    """Also if an earlier run did not find it there."""
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    file, destination = home.put("a.jpg", photo(1, 300)), home.config["origin"]["destination"]
    home.config["origin"]["destination"] = destination | {"root": str(tmp_path / "elsewhere")}
    (tmp_path / "elsewhere").mkdir()
    home.sync()
    home.config["origin"]["destination"] = destination
    if looked:
        with faults.unreadable(file):
            home.sync()
    home.syncer("plan")
    died(home, "a.jpg", file.read_bytes())
    file.unlink()
    home.put("other.jpg", photo(2, 300))
    home.sync()
    assert home.sync()["exit_code"] == 0
    assert home.public() == {"clips/other.jpg"}


def test_what_a_killed_run_published_is_taken_back_only_when_it_is_known(begun: Home) -> None:
    died(begun, "a.jpg", begun.put("a.jpg", photo(1, 300)).read_bytes())
    for name in ("a.jpg", "clips:a.jpg", "clips/a.jpg", f"{begun.site.url}clips/%61.jpg"):
        ran = begun.syncer("unpublish", name)
        assert ran.code == 1
        assert "a run died while it published 'clips:a.jpg'; nothing was unpublished" in ran.err
    begun.sync()
    assert begun.syncer("unpublish", "a.jpg").code == 0
    assert begun.public() == {"clips/other.jpg"}


def _each(name: str, values: list[object]) -> list[dict[str, Any]]:
    return [{name: value} for value in values]


HOSTILE = [
    *_each(
        "path", ["../x.jpg", "/x.jpg", "index.html", ".htaccess", ".syncer-owner", "a.php.jpg", SIGNATURE]
    ),
    *_each("path", [5, None, True, [], {}, "\ud800.jpg"]),
    *_each("source", [None, 5, [], "\ud800"]),
    *_each("key", [None, 5, [], "\ud800"]),
    *_each("version", [5, [], "\ud800"]),
    *_each("content", [None, {}, [], "x"]),
    *_each("size", [10**30, -1, True, None, 1.5]),
    *_each("sha256", ["", "x" * 64, None, "00"]),
    *_each("facts", [{"width": []}, {"no such": 1}, [], None]),
]


@pytest.mark.parametrize("said", HOSTILE, ids=str)
def test_a_note_that_syncer_did_not_write_says_nothing(begun: Home, said: dict[str, Any]) -> None:
    content = photo(1, 300)
    (begun.site.root / "theirs.jpg").write_bytes(content)
    noted(begun, "gone.jpg", "theirs.jpg", content)
    file = next((begun.folder / "syncer.db.uploads").glob("*.begun"))
    note = json.loads(file.read_text())
    inner = said.keys() & note["content"].keys()
    file.write_text(json.dumps(note | {"content": note["content"] | said} if inner else note | said))
    before = begun.public()
    assert begun.sync()["exit_code"] == 0
    assert begun.public() == before


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda file: file.symlink_to("/dev/zero")])
def test_what_is_no_file_is_no_note(begun: Home, make: Callable[[Path], None]) -> None:
    noted(begun, "gone.jpg", "theirs.jpg", b"x")
    make(begun.folder / "syncer.db.uploads" / "x.begun")
    assert begun.sync()["exit_code"] == 0


def test_a_long_file_is_no_note(begun: Home) -> None:
    noted(begun, "gone.jpg", "theirs.jpg", b"x")
    with (begun.folder / "syncer.db.uploads" / "x.begun").open("wb") as file:
        file.truncate(1 << 40)
    assert begun.sync()["exit_code"] == 0
