"""Which JSON belongs to which file, by their names; and its content."""

from __future__ import annotations

import pytest

from syncer.sources.takeout.sidecars import FolderSidecars, Sidecar, is_sidecar, read_sidecar
from tests.sources.takeout.exports import TAKEN, said

LONG = "Urlaub in Knaufspesch in der Schneifel am Anfang des Sommers"
"""60 characters: Takeout cuts them."""


@pytest.mark.parametrize(
    ("media", "sidecar"),
    [
        ("X.mp4", "X.mp4.json"),
        ("X.mp4", "X.mp4.supplemental-metadata.json"),
        # Cut, so that the whole has 51 characters
        ("Screenshot_2017-07-05-10-05-26.png", "Screenshot_2017-07-05-10-05-26.png.supplementa.json"),
        ("D7157814-D2D5-4A62-AFCE-9CF465CB7D66.jpeg", "D7157814-D2D5-4A62-AFCE-9CF465CB7D66.jpeg.supp.json"),
        (
            "VID_20230722_042640_with_a_longer_name_x.mp4",
            "VID_20230722_042640_with_a_longer_name_x.mp4.s.json",
        ),
        (
            "VID_20230722_042640_with_a_longer_name_xy.mp4",
            "VID_20230722_042640_with_a_longer_name_xy.mp4..json",
        ),
        (
            "VID_20230722_042640_with_a_longer_name_xyz.mp4",
            "VID_20230722_042640_with_a_longer_name_xyz.mp4.json",
        ),
        # Both cut: the file at 47 characters before its extension, the sidecar at 46 of all
        (f"{LONG[:47]}.mp4", f"{LONG[:46]}.json"),
        (f"{LONG[:42]}.mp4", f"{LONG[:42]}.mp4.json"),
        (f"{LONG[:43]}.jpg", f"{LONG[:43]}.jp.json"),
        ("é" * 30 + ".mp4", "é" * 23 + ".json"),
        # Numbered
        ("X(1).mp4", "X.mp4(1).json"),
        ("X(1).mp4", "X(1).mp4.json"),
        ("X(2).mp4", "X.mp4.supplemental-metadata(2).json"),
        ("X(12).mp4", "X.mp4.suppl(12).json"),
        (f"{LONG[:47]}(1).mp4", f"{LONG[:46]}(1).json"),
        # Edited, in any language
        ("X-edited.mp4", "X.mp4.json"),
        ("X-bearbeitet.mp4", "X.mp4.supplemental-metadata.json"),
        ("X-modifié.mp4", "X.mp4.supplemental-meta.json"),
        ("X-ha editado.mp4", "X.mp4.json"),
        ("X-編集済み.mp4", "X.mp4.json"),
        ("X-edited(1).mp4", "X.mp4(1).json"),
        # A live photo
        ("IMG_1.MP4", "IMG_1.HEIC.json"),
        ("IMG_1.mov", "IMG_1.JPG.supplemental-metadata.json"),
        ("IMG_1(1).MP4", "IMG_1.HEIC.supplemental-metadata(1).json"),
        ("PXL_1.MP", "PXL_1.MP.jpg.json"),
        # Case, and a title without an extension
        ("IMG_1.mp4", "IMG_1.MP4.json"),
        ("dance.mp4", "dance.json"),
    ],
)
def test_a_file_finds_its_sidecar_among_others(media: str, sidecar: str) -> None:
    others = ["metadata.json", "Y.mp4.json", "X(7).mp4.json", "X.mp4(9).json", "X.webm.suppl.json"]
    found = FolderSidecars([*others, sidecar]).match(media)
    assert found
    assert found.sidecar == sidecar


@pytest.mark.parametrize(
    "media",
    ["Z.mp4", "X(1).mp4", "X-1.mp4", "X.webm", "X", "metadata.mp4", "-edited.mp4", ".mp4", "Xtra.mp4"],
)
def test_a_file_without_one_finds_none(media: str) -> None:
    assert FolderSidecars(["X.mp4.json", "Y.mp4.json", "Xt.mp4.suppl.json"]).match(media) is None


def test_the_closest_one_is_its_own() -> None:
    folder = FolderSidecars(["X.mp4.json", "X.MP4.json", "X-edited.mp4.json", "X.mp4(1).json", "X.HEIC.json"])
    assert [
        (match.sidecar, match.number)
        for match in map(folder.match, ("X.mp4", "X.MP4", "X-edited.mp4", "X(1).mp4", "X.HEIC", "X.mov"))
        if match
    ] == [
        ("X.mp4.json", 0),
        ("X.MP4.json", 0),
        ("X-edited.mp4.json", 0),
        ("X.mp4(1).json", 1),
        ("X.HEIC.json", 0),
        ("X.HEIC.json", 0),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (said("A.mp4"), Sidecar("A.mp4", TAKEN)),
        (said("A.mp4", TAKEN), Sidecar("A.mp4", TAKEN)),
        (said("It&#39;s.mp4", "-86400"), Sidecar("It's.mp4", -86400)),
        (said("A.mp4", "soon"), Sidecar("A.mp4")),
        (said("A.mp4", "9" * 30), Sidecar("A.mp4")),
        (said("A.mp4", 1.5), Sidecar("A.mp4")),
        (b'{"title": "A.mp4"}', Sidecar("A.mp4")),
        (b'{"title": "A.mp4", "photoTakenTime": 5}', Sidecar("A.mp4")),
        (said("A.mp4", trashed=True), Sidecar("A.mp4", TAKEN, trashed=True)),
        (b'{"title": 5}', None),
        (b"[1]", None),
        (b'"title"', None),
        (b"{}", None),
        (b"", None),
        (b"\xff\xfe", None),
        (b"[" * 100_000, None),
    ],
)
def test_the_content_of_a_sidecar(text: bytes, expected: Sidecar | None) -> None:
    assert read_sidecar(text) == expected


def test_json_about_a_folder_is_no_sidecar() -> None:
    assert [is_sidecar(f"{name}.json") for name in ("metadata", "Metadaten", "métadonnées", "print(1)")] == [
        False
    ] * 4
    assert all(is_sidecar(f"{name}.json") for name in ("X.mp4", "X.mp4.supplemental-metadata(1)"))


@pytest.mark.parametrize(
    ("media", "sidecar"),
    [
        # A title without an extension
        ("dance.mp4", "dance.supplemental-metadata.json"),
        ("dance.mp4", "dance.suppl.json"),
        ("dance(1).mp4", "dance(1).json"),
        ("dance(2).mp4", "dance.supplemental-metadata(2).json"),
        (f"{LONG[:46]}.mp4", f"{LONG[:46]}.json"),
        ("v1.2.mp4", "v1.2.supplemental-metadata.json"),
        # Emoji count twice
        ("😀" * 24 + ".jpg", "😀" * 23 + ".json"),
        # The film of a photo
        ("PXL_1.MP", "PXL_1.MP.jpg.supplemental-metada.json"),
        ("PXL_1.MP~2", "PXL_1.MP~2.jpg.supplemental-metadata.json"),
        ("PXL_1.MP(1)", "PXL_1.MP.jpg.supplemental-metadata(1).json"),
        ("PXL_1.MV", "PXL_1.MV.jpg.json"),
        ("IMG_E1234.MOV", "IMG_E1234.HEIC.supplemental-metadata.json"),
        ("PXL_1.TS.mp4", "PXL_1.TS.mp4.supplemental-metadata.json"),
        ("PXL_1.NIGHT~2.jpg", "PXL_1.NIGHT~2.jpg.supplemental-met.json"),
    ],
)
def test_every_form_of_a_sidecar_belongs_to_its_file(media: str, sidecar: str) -> None:
    others = ["metadata.json", "IMG_1234.HEIC.json", "PXL_2.MP.jpg.json", "dan.json", "dance(9).json"]
    found = FolderSidecars([*others, sidecar]).match(media)
    assert found
    assert found.sidecar == sidecar
