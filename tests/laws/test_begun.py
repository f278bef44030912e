"""What a run made public before it died is known to the next one, whatever changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.begun import Notes
from syncer.config import load
from tests.home import Home
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
    """Its run died before the catalogue knew, and now the source can't be read."""
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


@pytest.mark.parametrize(("size", "stays"), [(300, True), (len(b"somebody else's"), False)])
def test_a_note_says_what_was_to_come_and_not_that_it_came(home: Home, size: int, *, stays: bool) -> None:
    """What others have at that path is told by its size."""
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    home.put(KEY, photo(1, 300))
    home.sync()
    (home.site.root / "theirs.jpg").write_bytes(b"somebody else's")
    place = load(home.folder / "config.yaml").origin.destination.identity()
    Notes(home.folder / "syncer.db.uploads", place).write("clips", "gone.jpg", "theirs.jpg", size)
    assert home.sync()["exit_code"] == 0
    assert (home.site.root / "theirs.jpg").exists() == stays
