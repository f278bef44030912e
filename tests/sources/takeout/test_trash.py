"""What was in the trash is never published; what only looks like it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.takeout.exports import Members, listed, make, part, remarks, said

PHOTOS = "Takeout/Google Photos/"


def keys(folder: Path, members: Members) -> set[str]:
    make(folder / part(1), members)
    return {key.removeprefix("Google Photos/") for key in listed(folder)}


@pytest.mark.parametrize(
    ("file", "sidecar"),
    [
        ("X.mp4", "X.mp4.json"),
        ("X.mp4", "X.mp4.supplemental-metadata.json"),
        ("X(1).mp4", "X.mp4.supplemental-metadata(1).json"),
        ("X.mp4", "X.suppl.json"),
        ("X-edited.mp4", "X.mp4.json"),
        ("PXL_1.MP", "PXL_1.MP.jpg.supplemental-metadata.json"),
        ("PXL_1.MP~2", "PXL_1.MP~2.jpg.json"),
    ],
)
def test_a_sidecar_of_any_form_tells_of_the_trash(tmp_path: Path, file: str, sidecar: str) -> None:
    year = f"{PHOTOS}Photos from 2023/"
    found = keys(
        tmp_path,
        {f"{year}{file}": b"1", f"{year}{sidecar}": said("X.mp4", trashed=True), f"{year}Kept.mp4": b"2"},
    )
    assert found == {"Photos from 2023/Kept.mp4"}
    assert remarks(tmp_path)["takeout.trashed"].startswith("1 ")


def test_a_sidecar_without_a_title_tells_of_the_trash_too(tmp_path: Path) -> None:
    assert keys(tmp_path, {f"{PHOTOS}T/X.mp4": b"1", f"{PHOTOS}T/X.mp4.json": b'{"trashed": true}'}) == set()


def test_a_sidecar_that_is_named_otherwise_is_found_by_its_title(tmp_path: Path) -> None:
    year = f"{PHOTOS}Photos from 2023/"
    members = {
        f"{year}Was_ist das_.mp4": b"1",
        f"{year}Was ist das.json": said("Was?ist das!.mp4", trashed=True),
        f"{year}Y.mp4": b"2",
        f"{year}Y.mp4(3).json": said("Y.mp4", trashed=True),
    }
    assert keys(tmp_path, members) == {"Photos from 2023/Y.mp4"}, "a numbered one is another file's"


@pytest.mark.parametrize("folder", ["Papierkorb", "Corbeille", "Trash", "Κάδος", "ゴミ箱", "Kaast 7"])
def test_a_folder_whose_sidecars_all_tell_of_the_trash_is_one_in_any_language(
    tmp_path: Path, folder: str
) -> None:
    trash = f"{PHOTOS}{folder}/"
    members = {
        f"{trash}X.mp4": b"1",
        f"{trash}X.mp4.json": said("X.mp4", trashed=True),
        f"{trash}Y.mp4": b"2",
    }
    assert keys(tmp_path, members) == set()
    assert remarks(tmp_path)["takeout.trashed"].startswith("2 ")


@pytest.mark.parametrize("folder", ["Papierkorb", "Corbeille", "Bin"])
def test_a_folder_named_as_the_trash_is_one_where_no_sidecar_tells(tmp_path: Path, folder: str) -> None:
    assert keys(tmp_path, {f"{PHOTOS}{folder}/X.mp4": b"1", f"{PHOTOS}Trashy/Y.mp4": b"2"}) == {
        "Trashy/Y.mp4"
    }


def test_an_album_that_is_only_called_so_is_published(tmp_path: Path) -> None:
    album = f"{PHOTOS}Trash/"
    members = {f"{album}X.mp4": b"1", f"{album}X.mp4.json": said("X.mp4"), f"{album}Y.mp4": b"2"}
    assert keys(tmp_path, members) == {"Trash/X.mp4", "Trash/Y.mp4"}


def test_one_trashed_file_does_not_make_a_trash_of_its_year_or_album(tmp_path: Path) -> None:
    year, album = f"{PHOTOS}Photos from 2023/", f"{PHOTOS}Summer/"
    members = {
        f"{year}X.mp4": b"1",
        f"{year}X.mp4.json": said("X.mp4", trashed=True),
        f"{year}Y.mp4": b"2",
        f"{album}Metadata.json": b"{}",
        f"{album}Z.mp4": b"3",
        f"{album}V.mp4": b"4",
        f"{album}V.mp4.json": said("V.mp4", trashed=True),
    }
    assert keys(tmp_path, members) == {"Photos from 2023/Y.mp4", "Summer/Z.mp4"}


def test_a_copy_in_an_album_of_what_was_thrown_away_is_left_out_unless_it_says_otherwise(
    tmp_path: Path,
) -> None:
    year, album, other = (f"{PHOTOS}{name}/" for name in ("Photos from 2023", "Summer", "Winter"))
    members = {
        f"{year}X.mp4": b"1",
        f"{year}X.mp4.json": said("X.mp4", trashed=True),
        f"{album}X.mp4": b"1",
        f"{other}X.mp4": b"1",
        f"{other}X.mp4.json": said("X.mp4"),
    }
    assert keys(tmp_path, members) == {"Winter/X.mp4"}


@pytest.mark.parametrize(
    ("base", "sidecar", "title", "key"),
    [
        ("PXL_1.MP", "PXL_1.MP.jpg.json", "PXL_1.MP.jpg", "PXL_1.MP"),
        ("PXL_1.MP~2", "PXL_1.MP~2.jpg.json", "PXL_1.MP~2.jpg", "PXL_1.MP~2"),
        ("PXL_1.MP(1)", "PXL_1.MP.jpg.suppl(1).json", "PXL_1.MP.jpg", "PXL_1(1).MP"),
        ("PXL_1.MV", "PXL_1.MV.jpg.json", "PXL_1.MV.jpg", "PXL_1.MV"),
        ("IMG_E1.MOV", "IMG_E1.HEIC.json", "IMG_E1.HEIC", "IMG_E1.MOV"),
        ("dance.mp4", "dance.supplemental-metadata.json", "dance", "dance.mp4"),
        ("dance(1).mp4", "dance.supplemental-metadata(1).json", "dance", "dance(1).mp4"),
    ],
)
def test_a_film_name_of_a_phone_is_its_key(
    tmp_path: Path, base: str, sidecar: str, title: str, key: str
) -> None:
    folder = f"{PHOTOS}Photos from 2023/"
    assert keys(tmp_path, {f"{folder}{base}": b"1", f"{folder}{sidecar}": said(title)}) == {
        f"Photos from 2023/{key}"
    }
