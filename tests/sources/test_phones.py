"""File names of phones and cameras get an ending and a type that web servers and platforms know."""

from __future__ import annotations

import pytest

from syncer.probe.media_types import extension, sniff
from tests.home import Home
from tests.media import mp4, sample
from tests.sources.takeout.exports import make, said

PHOTO = sample("Sunset at the Lake.jpg")
QUICKTIME = sample("müsli-tasting.mov")
NAMES = {
    "PXL_1.MP": ("PXL_1.MP.mp4", mp4(seed=1)),
    "PXL_1.MP~2": ("PXL_1.MP~2.mp4", mp4(seed=2)),
    "PXL_1.MP(1)": ("PXL_1.MP(1).mp4", mp4(seed=3)),
    "PXL_2.MV": ("PXL_2.MV.mp4", mp4(seed=4)),
    "PXL_3.TS.mp4": ("PXL_3.TS.mp4", mp4(seed=5)),
    "PXL_1.MP.jpg": ("PXL_1.MP.jpg", PHOTO),
    "PXL_4.NIGHT.jpg": ("PXL_4.NIGHT.jpg", PHOTO + b"\1"),
    "PXL_5.RAW-01.COVER.jpg": ("PXL_5.RAW-01.COVER.jpg", PHOTO + b"\2"),
    "IMG_6~2.jpg": ("IMG_6~2.jpg", PHOTO + b"\3"),
    "IMG_E1234.MOV": ("IMG_E1234.MOV", QUICKTIME),
    "VID_7.insv": ("VID_7.insv.mp4", mp4(seed=6)),
    "GX010001.LRV": ("GX010001.LRV.mp4", mp4(seed=7)),
    "GX010001.THM": ("GX010001.THM.jpg", PHOTO + b"\4"),
    "clip.mp4~3": ("clip.mp4~3.mp4", mp4(seed=8)),
    "clip.mp4_original": ("clip.mp4_original.mp4", mp4(seed=9)),
}


def check(home: Home, folder: str) -> None:
    assert home.sync()["exit_code"] == 0
    for name, content in NAMES.values():
        answer = home.site.get(folder + name)
        assert answer.content == content, name
        assert answer.headers["content-type"] == sniff(content), name
        assert name.lower().endswith((extension(sniff(content)), ".mov")), name
    assert home.public() == {folder + name for name, _ in NAMES.values()}


def test_every_name_of_a_phone_has_a_right_ending_in_a_folder(home: Home) -> None:
    for name, (_, content) in NAMES.items():
        home.put(name, content)
    check(home, "clips/")


@pytest.mark.parametrize("sidecars", [True, False])
def test_every_name_of_a_phone_has_a_right_ending_in_an_export(home: Home, *, sidecars: bool) -> None:
    numbered = "PXL_1.MP(1)"
    members = {f"Takeout/{name}": content for name, (_, content) in NAMES.items() if name != numbered}
    if sidecars:
        titles = {name: f"{name}.jpg" if name.startswith("PXL_1.MP~") else name for name in NAMES}
        members |= {
            f"Takeout/{title}.suppl.json": said(title) for title in titles.values() if title != numbered
        }
    make(home.media / "takeout-20250912T060118Z-1-001.zip", members)
    home.put("other/" + numbered, NAMES[numbered][1])
    home.config["sources"] = {
        "photos": {"kind": "takeout", "archives": ["media"], "path": "clips/{key}"},
        "clips": {"kind": "local", "root": "media/other"},
    }
    check(home, "clips/")
