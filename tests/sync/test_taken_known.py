"""After the catalogue was lost, syncer still knows which files it wrote, and takes no other for its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from syncer.settings.fields import Settings
from tests.home import Home, plain
from tests.media import mp4
from tests.migrate.stash import Stash, stash
from tests.servers.sshd import Sshd

__all__ = ["stash"]  # a fixture

MINE, THEIRS, LONGER = mp4(seed=1), mp4(seed=2), mp4(5000, seed=3)


def lose(home: Home) -> None:
    shutil.rmtree(home.folder / "syncer.db.copies", ignore_errors=True)
    (home.folder / "syncer.db").unlink()


@pytest.fixture
def lost(home: Home) -> Path:
    """Three published files without a catalogue; one has changed at its source since."""
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        home.put(name, MINE)
    assert home.sync()["exit_code"] == 0
    home.put("b.mp4", LONGER)
    lose(home)
    return home.site.root / "clips"


def test_a_new_catalogue_knows_by_the_manifest_what_syncer_wrote(home: Home, lost: Path) -> None:
    home.put("user.mp4", LONGER)
    (lost / "user.mp4").write_bytes(THEIRS)
    (lost / "c.mp4").write_bytes(THEIRS)
    assert home.syncer("catalogue", "rebuild").code == 0
    done = home.sync()
    assert done["counts"] == {"kept": 1, "copied": 1, "bytes": len(LONGER), "failed": 2}
    assert (lost / "b.mp4").read_bytes() == LONGER
    for name in ("c.mp4", "user.mp4"):  # whatever the manifest says of the one
        assert home.troubles()[name]["code"] == "destination.taken"
        assert (lost / name).read_bytes() == THEIRS


def test_without_one_what_is_the_same_is_published_and_the_rest_stays(home: Home, lost: Path) -> None:
    done = home.sync("--take-over")
    assert (done["exit_code"], done["counts"]) == (3, {"found": 2, "failed": 1})
    assert home.manifest().keys() == {"a.mp4", "c.mp4"}
    assert (lost / "b.mp4").read_bytes() == MINE
    (lost / "b.mp4").unlink()
    assert home.sync()["counts"] == {"kept": 2, "copied": 1, "bytes": len(LONGER)}


def test_what_was_found_is_not_taken_for_ours_by_a_new_catalogue(home: Home) -> None:
    """The manifest says that it is the user's own."""
    there = home.site.root / "clips/a.mp4"
    there.parent.mkdir()
    there.write_bytes(MINE)
    home.put("a.mp4", MINE)
    assert home.sync()["counts"] == {"found": 1}
    lose(home)
    assert home.syncer("catalogue", "rebuild").code == 0
    home.put("a.mp4", LONGER)
    assert home.sync()["exit_code"] == 3
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    (home.media / "a.mp4").unlink()
    home.put("b.mp4", MINE)
    home.sync()
    assert there.read_bytes() == MINE


def test_a_path_that_bytes_come_back_to_is_still_ours(home: Home) -> None:
    home.config["sources"]["clips"]["path"] = "{stem}-{sha256:12}.{ext}"
    for content in (MINE, LONGER, MINE):
        home.put("a.mp4", content)
        assert home.sync()["exit_code"] == 0
    assert len(home.public()) == 2
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    home.put("a.mp4", THEIRS)
    home.sync()
    assert home.sync()["exit_code"] == 0
    assert len(home.public()) == 1, "what syncer wrote is deleted, though it was found there once"


@pytest.mark.parametrize("kind", ["local", "sftp"])
@pytest.mark.parametrize("target", ["../elsewhere.mp4", "nowhere.mp4"])
def test_a_link_in_the_place_of_a_file_is_not_replaced(
    home: Home, sshd: Sshd, kind: str, target: str
) -> None:
    root = home.site.root
    if kind == "sftp":
        settings: Settings = sshd.destination(root)
        home.config["origin"]["destination"] = plain(settings)
    (root / "clips").mkdir()
    (root / "elsewhere.mp4").write_bytes(MINE)
    (root / "clips/a.mp4").symlink_to(target)
    home.put("a.mp4", MINE)
    home.put("b.mp4", MINE)
    assert home.sync()["exit_code"] == 3
    assert home.troubles()["a.mp4"]["code"] == "destination.taken"
    assert str((root / "clips/a.mp4").readlink()) == target


def test_a_migration_takes_nothing_of_others(stash: Stash) -> None:
    home = stash.home
    home.config["migrate"]["path"] = "moved/{stem}.{ext}"
    there = home.site.root / "moved/a.mp4"
    there.parent.mkdir()
    there.write_bytes(THEIRS)
    for name in ("a.mp4", "b.mp4"):
        stash.put(name, MINE)
    file = stash.write("posts.txt", f"{stash.live('a.mp4')}\n{stash.live('b.mp4')}\n")
    rows, ran = stash.map(file)
    assert ran.code == 3
    assert sorted(row["state"] for row in rows.values()) == ["failed", "replaced"]
    assert there.read_bytes() == THEIRS
    assert "moved/a.mp4" not in (home.folder / "posts.migrated.txt").read_text()
