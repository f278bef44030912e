"""A whole run with an export of a user."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime

from tests.home import Home
from tests.media import mp4
from tests.sources.takeout.exports import TAKEN, make, part, said

ENGLISH = "Takeout/Google Photos/Photos from 2023/"
GERMAN = "Takeout/Google Fotos/Fotos von 2023/"
JAPANESE = "Takeout/Google フォト/2023 年の写真/"
LONG = "A very long title that Takeout does not keep in one piece, alas.mp4"


def export(home: Home, ending: str = "zip") -> dict[str, bytes]:
    """Five parts, and the expected media by key."""
    exports = home.folder / "exports"
    exports.mkdir()
    home.config["sources"] = {"photos": {"kind": "takeout", "archives": "exports/takeout-*"}}
    videos = [mp4(2000 + seed, seed) for seed in range(9)]
    parts = [
        {
            "Takeout/archive_browser.html": b"<html>",
            f"{ENGLISH}old_.mp4": videos[0],
            f"{ENGLISH}old_.mp4.json": said("old?.mp4"),
            f"{ENGLISH}new_.mp4": videos[1],
            "Takeout/Google Photos/Best of 2023/metadata.json": b'{"title": "Best of 2023"}',
            "Takeout/Google Photos/Best of 2023/new_.mp4": videos[1],
        },
        {
            f"{ENGLISH}new_.mp4.supplemental-metadata.json": said("new?.mp4"),
            f"{GERMAN}{LONG[:47]}.mp4": videos[2],
            f"{GERMAN}twice.mp4": videos[3],
            f"{GERMAN}twice.mp4.supplemental-metadata.json": said("twice.mp4"),
            f"{GERMAN}twice(1).mp4": videos[4],
        },
        {
            f"{GERMAN}{LONG[:46]}.json": said(LONG),
            f"{GERMAN}twice.mp4.supplemental-metadata(1).json": said("twice.mp4"),
            f"{GERMAN}twice-bearbeitet.mp4": videos[5],
        },
        {
            f"{JAPANESE}VID_20230722_042640_a_name_of_40_ch.mp4": videos[6],
            f"{JAPANESE}VID_20230722_042640_a_name_of_40_ch.mp4.supple.json": said("動画.mp4"),
            f"{JAPANESE}IMG_1.MP4": videos[7],
        },
        {
            f"{JAPANESE}IMG_1.HEIC.supplemental-metadata.json": said("IMG_1.HEIC"),
            "Takeout/Google Photos/Trash/gone.mp4": videos[8],
            "Takeout/Google Photos/Trash/gone.mp4.json": said("gone.mp4", trashed=True),
        },
    ]
    for number, members in enumerate(parts, start=1):
        make(exports / part(number, ending), members)
    return {
        "Google Photos/Photos from 2023/old?.mp4": videos[0],
        "Google Photos/Photos from 2023/new?.mp4": videos[1],
        f"Google Fotos/Fotos von 2023/{LONG}": videos[2],
        "Google Fotos/Fotos von 2023/twice.mp4": videos[3],
        "Google Fotos/Fotos von 2023/twice(1).mp4": videos[4],
        "Google Fotos/Fotos von 2023/twice-bearbeitet.mp4": videos[5],
        "Google フォト/2023 年の写真/動画.mp4": videos[6],
        "Google フォト/2023 年の写真/IMG_1.MP4": videos[7],
    }


def arrived(home: Home) -> dict[str, bytes]:
    root = home.site.root
    return {key: (root / item["path"]).read_bytes() for key, item in home.manifest().items()}


def test_five_parts_arrive_whole_with_their_original_titles_once(home: Home) -> None:
    expected = export(home)
    ran = home.sync()
    assert ran["exit_code"] == 0, ran["log"]
    assert arrived(home) == expected
    assert {finding["rule"] for finding in ran["findings"]} == {"takeout.duplicate", "takeout.trashed"}
    again = home.sync()
    assert (again["exit_code"], again["counts"].get("copied", 0)) == (0, 0)
    assert again["counts"]["kept"] == len(expected)


def test_the_same_export_as_tgz_arrives_in_the_same_way(home: Home) -> None:
    expected = export(home, "tgz")
    ran = home.sync()
    assert ran["exit_code"] == 0, ran["log"]
    assert arrived(home) == expected


def test_a_download_of_the_same_bytes_is_not_copied_again(home: Home) -> None:
    expected = export(home)
    home.sync()
    for path in (home.folder / "exports").iterdir():
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)
    ran = home.sync()
    assert ran["counts"]["kept"] == len(expected)


def test_a_corrupt_part_costs_only_its_members_and_deletes_nothing(home: Home) -> None:
    expected = export(home)
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    assert home.sync()["exit_code"] == 0
    broken = home.folder / "exports" / part(2)
    broken.write_bytes(broken.read_bytes()[:3000])
    home.config["sources"]["photos"]["path"] = "again/{key}"
    ran = home.sync()
    assert ran["exit_code"] == 1
    assert part(2) in ran["errors"][0]["message"]
    paths = {key: item["path"] for key, item in home.manifest().items()}
    assert set(paths) >= set(expected)
    lost = {"twice.mp4", "twice(1).mp4", "new?.mp4", LONG}
    for key in expected:
        assert paths[key].startswith("again/") is (key.rpartition("/")[2] not in lost), key


def test_a_missing_part_is_reported_and_the_rest_arrives(home: Home) -> None:
    expected = export(home)
    (home.folder / "exports" / part(4)).unlink()
    ran = home.sync()
    assert ran["exit_code"] == 1
    assert ran["errors"][0]["code"] == "source.incomplete"
    assert part(4) in ran["errors"][0]["message"]
    assert len(home.manifest()) == len(expected) - 2


def test_a_damaged_member_costs_only_itself(home: Home) -> None:
    expected = export(home)
    path = home.folder / "exports" / part(3)
    with zipfile.ZipFile(path) as archive:
        at = archive.infolist()[-1].header_offset + 1000
    data = path.read_bytes()
    path.write_bytes(data[:at] + b"damaged!" + data[at + 8 :])
    ran = home.sync()
    assert ran["exit_code"] == 3
    (trouble,) = home.troubles().values()
    assert trouble["code"] == "source.corrupt"
    assert len(home.manifest()) == len(expected) - 1


def test_files_are_as_old_as_their_sidecars_say(home: Home) -> None:
    export(home)
    days = (datetime.now(UTC) - datetime.fromtimestamp(TAKEN, UTC)).days
    home.config["sources"]["photos"] |= {"min_age": f"{days - 1}d", "max_age": f"{days + 1}d"}
    assert home.sync()["counts"]["copied"] == 8
