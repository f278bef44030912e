"""Problems of this machine: disks, the catalogue, libraries."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from syncer.destinations.keys import OWNER_MARK
from syncer.doctor import machine, media
from tests.doctor.visit import visit
from tests.home import Home
from tests.mounts import mounted

mounting = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount disks")


@pytest.fixture
def disk(healthy: Home) -> Path:
    """A folder only for the catalogue, as a mount point."""
    folder = healthy.folder / "disk"
    folder.mkdir()
    healthy.config["catalogue"] = f"sqlite:///{folder}/syncer.db"
    (healthy.site.root / OWNER_MARK).unlink()  # of the catalogue that proved the origin
    return folder


# Disks


@mounting
@pytest.mark.parametrize(
    ("options", "state", "code"),
    [
        ("size=4m", "not ok", "doctor.disk"),
        ("size=100m", "warn", "doctor.disk"),
        ("size=2g,nr_inodes=1", "not ok", "doctor.disk"),
        ("size=2g,ro", "not ok", "doctor.denied"),
        ("size=2g", "ok", None),
    ],
)
def test_a_disk_with_little_room(
    healthy: Home, disk: Path, options: str, state: str, code: str | None
) -> None:
    with mounted(disk, "-t", "tmpfs", "-o", options, "none"):
        report = visit(healthy)
    said = report.by_name["disk of the catalogue"]
    assert (said["state"], said["code"]) == (state, code)
    assert report.having("not ok") == [said["name"]] * (state == "not ok")
    assert report.having("warn") == [said["name"]] * (state == "warn")


@mounting
def test_a_full_destination(healthy: Home) -> None:
    """The small probe file still fits; media does not."""
    root = healthy.site.root / "clips"
    root.mkdir()
    url = f"{healthy.site.url}clips/"
    healthy.config["origin"] |= {"url": url, "property": url, "signature_files": []}
    healthy.config["origin"]["destination"]["root"] = str(root)
    healthy.config["catalogue"] = "sqlite:///other.db"
    with mounted(root, "-t", "tmpfs", "-o", "size=4m,mode=755", "none"):
        report = visit(healthy)
    assert (report.ill["name"], report.ill["code"]) == ("disk of the destination", "doctor.disk")


def test_a_destination_folder_that_is_not_made_yet(healthy: Home) -> None:
    report = machine.examine_disk(machine.Folder(healthy.site.root / "new", "the destination", written=False))
    assert report.state == "ok"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    found = machine.examine_disk(machine.Folder(tmp_path / "no" / "such", "manifests"))
    assert (found.state, found.code) == ("not ok", "doctor.denied")
    assert "No such file" in found.detail


def test_no_place_for_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(tempfile, "gettempdir", none)
    found = machine.temporary()
    assert (found.state, found.code) == ("not ok", "doctor.disk")
    assert "TMPDIR" in str(found.hint)


def test_manifests_elsewhere_have_a_disk_of_their_own(healthy: Home) -> None:
    (healthy.folder / "out").mkdir()
    healthy.config["manifest"] = ["out/urls.json", "out/urls.csv"]
    report = visit(healthy)
    assert report.code == 0
    assert report.by_name["disk of manifests"]["detail"].endswith(f"free in {healthy.folder / 'out'}")


# The catalogue


def test_a_catalogue_of_another_program(healthy: Home) -> None:
    healthy.config["catalogue"] = "sqlite:///other.db"
    with closing(sqlite3.connect(healthy.folder / "other.db")) as db:
        db.execute("CREATE TABLE theirs (x)")
    report = visit(healthy)
    assert (report.ill["name"], report.ill["code"]) == ("catalogue", "catalogue.foreign")


def test_a_catalogue_of_another_config(healthy: Home) -> None:
    other = Home(healthy.folder, healthy.site, dict(healthy.config))
    folder = healthy.site.root / "other"
    folder.mkdir()
    url = f"{healthy.site.url}other/"
    other.config["origin"] |= {"url": url, "property": url}
    other.config["origin"]["destination"]["root"] = str(folder)
    report = visit(other)
    assert (report.ill["name"], report.ill["code"]) == ("catalogue", "catalogue.foreign")


def test_a_catalogue_of_a_newer_syncer(healthy: Home) -> None:
    with closing(sqlite3.connect(healthy.folder / "syncer.db")) as db:
        db.execute("PRAGMA user_version = 99")
    assert visit(healthy).ill["code"] == "catalogue.newer"


def test_a_catalogue_that_is_damaged(healthy: Home) -> None:
    """In its indexes, so that opening it does not show the damage."""
    for number in range(50):
        healthy.put(f"{number}.mp4", b"\0\0\0\x18ftypmp42" + bytes(2000))
    healthy.sync()
    file = healthy.folder / "syncer.db"
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages, size = db.execute("PRAGMA page_count").fetchone()[0], 4096
        table = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'entry'").fetchone()[0]
    assert pages > table
    with file.open("r+b") as raw:
        raw.seek((table - 1) * size + 12)
        raw.write(b"\xff" * 64)
    report = visit(healthy)
    assert (report.ill["name"], report.ill["code"]) == ("catalogue", "catalogue.broken")


# Libraries


def test_the_libraries_are_those_that_syncer_is_installed_with() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    names = [requirement.partition(">")[0] for requirement in project["dependencies"]]
    assert sorted(names) == sorted(machine.LIBRARIES)


def test_a_library_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LIBRARIES", ("click", "no-such-library"))
    found = machine.libraries()
    assert (found.state, found.code) == ("not ok", "doctor.library")
    assert "no-such-library" in found.detail
    assert "click" not in found.detail


def test_a_media_library_that_reads_nothing(tmp_path: Path) -> None:
    (tmp_path / "sample.mp4").write_bytes(b"no media at all")
    found = media.library(tmp_path / "sample.mp4")
    assert (found.state, found.code) == ("not ok", "doctor.library")


@pytest.mark.parametrize(
    ("size", "said"), [(999, "999 bytes"), (50_000_000, "50 MB"), (2.5e12, "2.5 TB"), (3e15, "3000.0 TB")]
)
def test_amounts_for_people(size: float, said: str) -> None:
    assert machine._amount(size) == said  # noqa: SLF001 - a table of its own
