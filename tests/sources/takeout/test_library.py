"""One library from many parts: titles, times, duplicates, missing parts."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sources.takeout.exports import TAKEN, lacking, listed, make, part, read, remarks, said

YEAR = "Takeout/Google Fotos/Fotos von 2023/"
ALBUM = "Takeout/Google Fotos/Sommer/"


@pytest.mark.parametrize("ending", ["zip", "tgz", "tar.gz"])
def test_a_file_has_its_original_name_and_time(tmp_path: Path, ending: str) -> None:
    make(tmp_path / part(1, ending), {f"{YEAR}Was_ist das_.mp4": b"1"})
    make(tmp_path / part(2, ending), {f"{YEAR}Was_ist das_.mp4.suppl.json": said("Was?ist das!.MP4")})
    (asset,) = listed(tmp_path).values()
    assert asset.key == "Google Fotos/Fotos von 2023/Was?ist das!.MP4"
    assert asset.modified == datetime.fromtimestamp(TAKEN, UTC)
    assert read(asset, tmp_path) == b"1"


@pytest.mark.parametrize(
    ("base", "sidecar", "title", "key"),
    [
        ("X(1).mp4", "X.mp4(1).json", "X.mp4", "X(1).mp4"),
        ("X(1).mp4", "X(1).mp4.json", "X(1).mp4", "X(1).mp4"),
        ("X-bearbeitet.mp4", "X.mp4.json", "Original.mp4", "Original-bearbeitet.mp4"),
        ("I.MP4", "I.HEIC.json", "I.HEIC", "I.MP4"),
        ("I.MP4", "I.MP4.json", "I.jpeg", "I.MP4"),
        ("dance.mp4", "dance.json", "dance", "dance.mp4"),
        ("v1.2.mp4", "v1.2.json", "v1.2", "v1.2.mp4"),
        ("a_b.mp4", "a_b.mp4.json", "a/b.mp4", "a_b.mp4"),
        ("a.mp4", "a.mp4.json", "../../up.mp4", ".._.._up.mp4"),
        ("a.mp4", "a.mp4.json", "line\nbreak.mp4", "a.mp4"),
        ("a.mp4", "a.mp4.json", "\ud800.mp4", "a.mp4"),
        ("a.mp4", "a.mp4.json", "..", "a.mp4"),
        ("a.mp4", "a.mp4.json", "", "a.mp4"),
        ("a.mp4", "a.mp4.json", "x" * 252 + ".mp4", "a.mp4"),
        ("L" * 47 + "(1).mp4", "L" * 46 + "(1).json", "L" * 60 + ".mp4", "L" * 60 + ".mp4"),
        ("caf\u00e9.mp4", "cafe\u0301.mp4.json", "cafe\u0301.mp4", "caf\u00e9.mp4"),
    ],
)
def test_titles_become_keys_that_lead_nowhere_else(
    tmp_path: Path, base: str, sidecar: str, title: str, key: str
) -> None:
    make(tmp_path / part(1), {f"{YEAR}{base}": b"1", f"{YEAR}{sidecar}": said(title)})
    assert [*listed(tmp_path)] == [f"Google Fotos/Fotos von 2023/{key}"]


def test_files_of_one_title_all_arrive(tmp_path: Path) -> None:
    long = "L" * 60 + ".mp4"
    make(
        tmp_path / part(1),
        {
            f"{YEAR}X.mp4": b"1",
            f"{YEAR}X.mp4.json": said("X.mp4"),
            f"{YEAR}X(1).mp4": b"2",
            f"{YEAR}X.mp4(1).json": said("X.mp4"),
            f"{YEAR}{'L' * 47}.mp4": b"3",
            f"{YEAR}{'L' * 46}.json": said(long),
            f"{YEAR}{'L' * 47}(1).mp4": b"4",
            f"{YEAR}{'L' * 46}(1).json": said(long),
            f"{YEAR}Y_.mp4": b"5",
            f"{YEAR}Y_.mp4.json": said("Y?.mp4"),
            f"{YEAR}Y__.mp4": b"6",
            f"{YEAR}Y__.mp4.json": said("Y?.mp4"),
        },
    )
    found = {key.rpartition("/")[2]: asset for key, asset in listed(tmp_path).items()}
    assert {key: read(asset, tmp_path) for key, asset in found.items()} == {
        "X.mp4": b"1",
        "X(1).mp4": b"2",
        long: b"3",
        "L" * 60 + "(1).mp4": b"4",
        "Y?.mp4": b"5",
        "Y__.mp4": b"6",
    }


def test_keys_do_not_depend_on_which_part_holds_what(tmp_path: Path) -> None:
    members = {
        f"{YEAR}X.mp4": b"1",
        f"{YEAR}X.mp4.json": said("X.mp4"),
        f"{ALBUM}X.mp4": b"1",
        f"{ALBUM}X_.mp4": b"2",
        f"{ALBUM}X_.mp4.json": said("X.mp4"),
        f"{ALBUM}Metadaten.json": b"{}",
    }
    seen = set()
    for number, order in enumerate(itertools.permutations(members)):
        folder = tmp_path / str(number)
        folder.mkdir()
        for index, name in enumerate(order, start=1):
            make(folder / part(index), {name: members[name]})
        seen.add(frozenset((asset.key, asset.version) for asset in listed(folder).values()))
        if number == 30:
            break
    (only,) = seen
    assert {key for key, _ in only} == {
        "Google Fotos/Fotos von 2023/X.mp4",
        "Google Fotos/Sommer/X.mp4",
    }


@pytest.mark.parametrize("ending", ["zip", "tgz"])
def test_a_file_also_in_an_album_arrives_once_from_its_year(tmp_path: Path, ending: str) -> None:
    album = "Takeout/Google Fotos/A 2023/"  # shorter, with a year in its name, but an album
    make(tmp_path / part(1, ending), {f"{album}X.mp4": b"1", f"{album}Metadaten.json": b"{}"})
    make(tmp_path / part(2, ending), {f"{YEAR}X.mp4": b"1", f"{YEAR}X.mp4.json": said("X.mp4")})
    assert [*listed(tmp_path)] == ["Google Fotos/Fotos von 2023/X.mp4"]
    told = remarks(tmp_path)["takeout.duplicate"]
    assert told.startswith("1 file ")
    assert "Google Fotos/A 2023/X.mp4" in told


def test_the_same_bytes_under_two_names_are_two_files(tmp_path: Path) -> None:
    make(tmp_path / part(1), {f"{YEAR}X.mp4": b"1", f"{YEAR}Y.mp4": b"1"})
    assert len(listed(tmp_path)) == 2


def test_exports_of_two_days_hold_most_things_once(tmp_path: Path) -> None:
    older, newer = part(1, stamp="20240101T000000Z"), part(1)
    make(tmp_path / newer, {f"{YEAR}X.mp4": b"1", f"{YEAR}Y.mp4": b"edited", f"{YEAR}Z.mp4": b"3"})
    make(tmp_path / older, {f"{YEAR}X.mp4": b"1", f"{YEAR}Y.mp4": b"2"})
    found = {key.rpartition("/")[2]: read(asset, tmp_path) for key, asset in listed(tmp_path).items()}
    assert found == {
        "X.mp4": b"1",
        "Y.mp4": b"2",
        "Y (takeout-20250912t060118z).mp4": b"edited",
        "Z.mp4": b"3",
    }


def test_sidecars_of_another_export_do_not_count(tmp_path: Path) -> None:
    make(tmp_path / part(1), {f"{YEAR}X.mp4": b"1"})
    make(tmp_path / part(1, stamp="20240101T000000Z"), {f"{YEAR}X.mp4.json": said("Other.mp4")})
    assert [*listed(tmp_path)] == ["Google Fotos/Fotos von 2023/X.mp4"]
    assert remarks(tmp_path)["takeout.orphan"].startswith("1 ")


def test_missing_parts_are_named_after_all_else_was_listed(tmp_path: Path) -> None:
    for number in (2, 5):
        make(tmp_path / part(number), {f"{YEAR}{number}.mp4": b"%d" % number})
    make(tmp_path / "drive-download-20240712T112341Z-002.tgz", {"d.mp4": b"d"})
    assets, error = lacking(tmp_path)
    assert len(assets) == 3
    assert error.code == "source.incomplete"
    assert "takeout-20250912T060118Z-1-001.zip, takeout-20250912T060118Z-1-003.zip" in error.message
    assert "drive-download-20240712T112341Z-001.tgz" in error.message
    assert "-005" not in error.message


def test_many_missing_parts_are_counted(tmp_path: Path) -> None:
    make(tmp_path / part(900), {"a.mp4": b"1"})
    _, error = lacking(tmp_path)
    assert "and 889 more parts are missing" in error.message
    assert len(error.message) < 1000


def test_a_part_that_was_downloaded_twice_is_taken_once(tmp_path: Path) -> None:
    make(tmp_path / part(1), {f"{YEAR}X.mp4": b"1"})
    again = make(tmp_path / "takeout-20250912T060118Z-1-001 (1).zip", {f"{YEAR}X.mp4": b"1"})
    assert len(listed(tmp_path)) == 1
    assert again.name in remarks(tmp_path)["takeout.repeated"]


def test_of_two_downloads_the_whole_one_is_taken(tmp_path: Path) -> None:
    first = make(tmp_path / part(1), {f"{YEAR}X.mp4": b"1"})
    make(tmp_path / "takeout-20250912T060118Z-1-001(1).zip", {f"{YEAR}X.mp4": b"1"})
    first.write_bytes(first.read_bytes()[:-30])
    (asset,) = listed(tmp_path).values()
    assert read(asset, tmp_path) == b"1"


def test_files_from_the_trash_are_skipped(tmp_path: Path) -> None:
    make(tmp_path / part(1), {"T/X.mp4": b"1", "T/X.mp4.json": said("X.mp4", trashed=True)})
    assert listed(tmp_path) == {}
    assert remarks(tmp_path)["takeout.trashed"].startswith("1 ")


def test_files_that_describe_the_export_are_not_assets(tmp_path: Path) -> None:
    make(
        tmp_path / part(1),
        {
            "Takeout/archive_browser.html": b"<html>",
            "Takeout/Google Photos/métadonnées.json": b"{}",
            "Takeout/YouTube/videos.CSV": b"a,b",
            "Takeout/YouTube/clip.mp4": b"1",
            "Takeout/YouTube/": b"",
        },
    )
    assert [*listed(tmp_path)] == ["YouTube/clip.mp4"]
    assert remarks(tmp_path) == {}


def test_archives_of_other_names_are_exports_by_themselves(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        make(tmp_path / name / "export.zip", {f"{name}.mp4": b"1"})
    make(tmp_path / "c.zip", {"c.mp4": b"1"})
    assert set(listed(tmp_path / "a", tmp_path / "*/export.zip", tmp_path / "c.zip")) == {
        "a.mp4",
        "b.mp4",
        "c.mp4",
    }


def test_a_damaged_sidecar_costs_only_the_title(tmp_path: Path) -> None:
    make(tmp_path / part(1), {"X.mp4": b"1", "X.mp4.json": b'{"title": "Y.mp4"', "Y.mp4": b"2"})
    assert set(listed(tmp_path)) == {"X.mp4", "Y.mp4"}


def test_a_huge_sidecar_is_not_read(tmp_path: Path) -> None:
    make(tmp_path / part(1), {"X.mp4": b"1", "X.mp4.json": said("Y.mp4", more="x" * 2**20)})
    assert set(listed(tmp_path)) == {"X.mp4"}
