"""Laws of a folder of Drive: all files in it, once, with unique names."""

from __future__ import annotations

import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.connect import rate_limiter
from syncer.errors import SourceError
from syncer.model import Asset, Finding
from syncer.sources.drive import DriveSource
from tests.home import Home
from tests.probe.bytesmith import jpeg, segment
from tests.rigs.source_drive import config, settings
from tests.servers.drive import DOCUMENT, FOLDER, SHORTCUT, Drive


def walked(drive: Drive, home: Path, **others: Any) -> tuple[dict[str, Asset], tuple[Finding, ...]]:
    with closing(DriveSource("studio", config(drive, home, **others))) as source:
        assets = list(source.assets())
        assert len({asset.key for asset in assets}) == len(assets)
        return {asset.key: asset for asset in assets}, source.remarks()


def test_files_of_one_name_all_arrive_and_the_oldest_keeps_it(drive: Drive, tmp_path: Path) -> None:
    files = [drive.add("clip.mp4", data=b"%d" % number) for number in range(3)]
    bare = [drive.add("README", data=b"x") for _ in range(2)]
    found, remarks = walked(drive, tmp_path)
    assert {key: asset.locator for key, asset in found.items()} == {
        "clip.mp4": files[0].id,
        f"clip~{files[1].id[-8:]}.mp4": files[1].id,
        f"clip~{files[2].id[-8:]}.mp4": files[2].id,
        "README": bare[0].id,
        f"README~{bare[1].id[-8:]}": bare[1].id,
    }
    assert [each.rule for each in remarks] == ["drive.same_name"] * 3
    assert f"clip~{files[1].id[-8:]}.mp4" in " ".join(each.message for each in remarks)


def test_folders_of_one_name_are_told_apart_too(drive: Drive, tmp_path: Path) -> None:
    first, second = drive.add("cut", FOLDER), drive.add("cut", FOLDER)
    drive.add("a.mp4", parent=first.id, data=b"1")
    drive.add("a.mp4", parent=second.id, data=b"2")
    found, _ = walked(drive, tmp_path)
    assert set(found) == {"cut/a.mp4", f"cut~{second.id[-8:]}/a.mp4"}


def test_names_that_are_invalid_elsewhere_are_changed(drive: Drive, tmp_path: Path) -> None:
    for name in ("a/b.mp4", "..", "", "cafe\u0301.mp4"):
        drive.add(name, data=b"x")
    found, _ = walked(drive, tmp_path)
    assert set(found) == {"a_b.mp4", "__", "_", "caf\u00e9.mp4"}


def test_shortcuts_are_followed_once(drive: Drive, tmp_path: Path) -> None:
    outside = drive.add("outside", FOLDER, parent="elsewhere")
    drive.add("far.mp4", parent=outside.id, data=b"far")
    drive.add("back", SHORTCUT, parent=outside.id, target="folder0000")
    drive.add("near.mp4", SHORTCUT, target=drive.add("hidden.mp4", parent="elsewhere", data=b"near").id)
    drive.add("linked", SHORTCUT, target=outside.id)
    drive.add("again", SHORTCUT, target=outside.id)
    drive.add("dangling.mp4", SHORTCUT, target="nowhere00000")
    drive.add("binned.mp4", SHORTCUT, target=drive.add("x", parent="elsewhere", data=b"x", trashed=True).id)
    drive.add("words", SHORTCUT, target=drive.add("d", DOCUMENT, parent="elsewhere").id)
    found, remarks = walked(drive, tmp_path)
    assert set(found) == {"near.mp4", "linked/far.mp4"}
    rules = sorted(each.rule for each in remarks)
    assert rules == ["drive.document", *["drive.shortcut"] * 4]


def test_documents_are_reported_and_the_trash_is_skipped(drive: Drive, tmp_path: Path) -> None:
    for number in range(25):
        drive.add(f"Plan {number}", DOCUMENT)
    drive.add("gone.mp4", data=b"x", trashed=True)
    drive.add("kept.mp4", data=b"x")
    drive.add("shut.mp4", data=b"x", can_download=False)
    found, remarks = walked(drive, tmp_path)
    assert {key: bool(asset.flaw) for key, asset in found.items()} == {"kept.mp4": False, "shut.mp4": True}
    assert len(remarks) == 21
    assert "Plan 0 is a Google document" in remarks[0].message
    assert "5 more" in remarks[-1].message


def test_without_recursion_only_the_folder_itself_counts(drive: Drive, tmp_path: Path) -> None:
    drive.put("a.mp4", b"x")
    drive.put("below/b.mp4", b"x")
    drive.add("linked", SHORTCUT, target=drive.add("f", FOLDER, parent="elsewhere").id)
    assert set(walked(drive, tmp_path, recursive=False)[0]) == {"a.mp4"}


def test_a_shared_drive_is_a_folder_like_others(drive: Drive, tmp_path: Path) -> None:
    team = drive.add("Team", FOLDER, parent="", id_="shareddrive0", drive="shareddrive0")
    inner = drive.add("cuts", FOLDER, parent=team.id)
    drive.add("a.mp4", parent=inner.id, data=b"x")
    assert set(walked(drive, tmp_path, folder=team.id)[0]) == {"cuts/a.mp4"}


def test_an_api_key_reads_public_files_also_by_a_link_with_a_resource_key(
    drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNCER_TEST_KEY", "AIzaTestKeyTestKey")
    old = drive.add("old", FOLDER, parent="", id_="oldfolder000", public=True, resource_key="0-key")
    drive.add("a.mp4", parent=old.id, data=b"x", public=True)
    drive.add("private.mp4", parent=old.id, data=b"x")
    link = "https://drive.google.com/drive/folders/oldfolder000?resourcekey=0-key"
    assert set(walked(drive, tmp_path, folder=link, api_key="env:SYNCER_TEST_KEY")[0]) == {"a.mp4"}
    with pytest.raises(SourceError, match="no such file") as caught:
        walked(drive, tmp_path, folder="oldfolder000", api_key="env:SYNCER_TEST_KEY")
    assert "anyone with the link" in str(caught.value.hint)


def test_an_incomplete_answer_is_an_error(drive: Drive, tmp_path: Path) -> None:
    drive.put("a.mp4", b"x")
    drive.incomplete = True
    with pytest.raises(SourceError) as caught:
        walked(drive, tmp_path)
    assert caught.value.code == "source.incomplete"


def photo(number: int) -> bytes:
    """A photo of 360 by 360 pixels."""
    frame = segment(0xC0, b"\x08" + struct.pack(">HH", 360, 360) + b"\x01\x01\x11\x00")
    return jpeg(frame, scan=number.to_bytes(2, "big") * 100)


def test_pages_in_a_circle_end_the_listing(drive: Drive, tmp_path: Path) -> None:
    for number in range(6):
        drive.add(f"{number}.mp4", data=b"x")
    drive.page, drive.circle = 2, True
    with pytest.raises(SourceError, match="again and again") as caught:
        walked(drive, tmp_path)
    assert caught.value.code == "source.endless"


@pytest.mark.scale
def test_a_large_folder_arrives_complete_and_once(
    drive: Drive, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1,000 files, 50 of them of a name that is taken, shortcuts, a shared drive, and a limit that one of ten
    requests meets.
    """
    monkeypatch.setattr(rate_limiter, "FIRST_SECONDS", 0.01)
    photos = [photo(number) for number in range(50)]
    folders = [drive.add(f"day {number}", FOLDER) for number in range(3)]
    team = drive.add("Team", FOLDER, parent="", id_="shareddrive0", drive="shareddrive0")
    drive.add("team", SHORTCUT, target=team.id)
    drive.add("to day 1", SHORTCUT, target=folders[1].id)
    for number in range(940):
        parent = [*folders, team][number % 4]
        drive.add(f"photo {number}.jpg", parent=parent.id, data=photos[number % 50])
    for number in range(50):
        drive.add(f"photo {4 * number}.jpg", parent=folders[0].id, data=photos[(number + 1) % 50])
    for number in range(10):
        target = drive.add(f"far {number}.jpg", parent="elsewhere", data=photos[number]).id
        drive.add(f"shortcut {number}.jpg", SHORTCUT, target=target)
    drive.add("Notes", DOCUMENT)
    drive.every, drive.page = 10, 200
    home.config["sources"] = {"studio": settings(drive, home.folder)}
    home.config["workers"] = 8
    done = home.sync()
    assert done["exit_code"] == 0, done["errors"]
    assert (done["counts"]["copied"], done["listed"]) == (1_000, 1_000)
    assert len(drive.downloads) == 1_000, "each was downloaded once"
    assert drive.limited > 200
    rules = {finding["rule"] for finding in done["findings"]}
    assert {"drive.same_name", "drive.document", "drive.shortcut"} <= rules
    again = home.sync()
    assert (again["exit_code"], again["counts"]) == (0, {"kept": 1_000})
    assert len(drive.downloads) == 1_000
