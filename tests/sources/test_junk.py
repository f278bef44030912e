"""Files that macOS, Windows, Android and NAS boxes create are skipped, counted and reported once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.model import Asset
from syncer.sources.junk import BEGINNINGS, FILES, FOLDERS, junk
from syncer.sources.links import LinksSource
from syncer.sources.local import LocalSource
from tests.home import Home
from tests.media import mp4
from tests.servers.rgw import S3Service
from tests.sources.takeout.exports import make

LEFT = {
    "._clip.mp4": "._*",
    "a/._clip.mp4": "._*",
    "a/.DS_Store": ".DS_Store",
    "A/THUMBS.DB": "Thumbs.db",
    "@eaDir/clip.mp4/SYNOVIDEO_VIDEO_SCREENSHOT.jpg": "@eaDir",
    "2024/@EADIR/x.jpg": "@eaDir",
    "#recycle/old.mp4": "#recycle",
    "__MACOSX/clip.mp4": "__MACOSX",
    ".trashed-1690000000-IMG.jpg": ".trashed-*",
    ".Trash-1000/files/old.mp4": ".Trash-*",
    "$RECYCLE.BIN/S-1-5/$R1.mp4": "$RECYCLE.BIN",
    "lost+found/": "lost+found",
}


@pytest.mark.parametrize(("key", "kind"), LEFT.items())
def test_junk_is_known_by_its_name_wherever_it_lies(key: str, kind: str) -> None:
    assert junk(key) == kind


@pytest.mark.parametrize(
    "key",
    [
        "clip.mp4",
        "a._b.mp4",
        "eaDir/a.mp4",
        "recycle/a.mp4",
        "lost+found",
        "@eaDir",
        "Thumbs.db/a.mp4",
        ".hidden",
    ],
)
def test_a_name_that_only_looks_like_junk_is_taken(key: str) -> None:
    """The name of a junk folder is no junk as a file, and the other way round."""
    assert junk(key) is None


def test_every_kind_can_be_wanted() -> None:
    keys = [f"{name}/a.mp4" for name in FOLDERS] + [*FILES] + [f"{begin}a.mp4" for begin in BEGINNINGS]
    for key in keys:
        kind = junk(key)
        assert kind, key
        assert not takes(key, "*")
        assert takes(key, "*", f"*{kind.rstrip('*').upper()}*")


def takes(key: str, *include: str) -> bool:
    config = LocalSource.Config(kind="local", root=Path("/"), include=include)
    return config.takes(Asset("s", key, key), datetime.now(UTC))


JUNK = ("._clip.mp4", "@eaDir/clip.mp4/1.jpg", "@eaDir/clip.mp4/2.jpg", "Thumbs.db", "#recycle/old.mp4")


def check(home: Home, source: str, public: set[str]) -> None:
    """Twice the same, also with the config of the README."""
    for _ in range(2):
        done = home.sync()
        (told,) = (each for each in done["findings"] if each["rule"] == "source.junk")
        assert (done["exit_code"], told["value"]) == (0, "5")
        assert told["message"] == (
            f"source {source}: 5 files of macOS, Windows or a NAS are left out:"
            " #recycle (1), ._* (1), @eaDir (2), Thumbs.db (1)"
        )
        assert "include" in told["hint"]
        assert home.public() == public
    plan = home.syncer("plan")
    assert (plan.code, plan.out.count("source.junk")) == (0, 1)
    assert not any(name in plan.out.partition("! ")[0] for name in ("@eaDir", "._clip"))


@pytest.mark.parametrize("include", [[], ["*.mp4", "*.jpg", "*.db"]])
def test_junk_in_a_folder_is_counted_once_and_fails_nothing(home: Home, include: list[str]) -> None:
    home.config["sources"]["clips"]["include"] = include
    home.put("clip.mp4", mp4())
    for name in JUNK:
        home.put(name, mp4(seed=3))
    check(home, "clips", {"clips/clip.mp4"})


def test_junk_in_a_bucket_is_counted_once_and_fails_nothing(home: Home, rgw: S3Service) -> None:
    bucket = rgw.bucket()
    client = rgw.client()
    for name in ("clip.mp4", *JUNK):
        client.put_object(Bucket=bucket, Key=name, Body=mp4(seed=4))
    client.close()
    home.config["sources"] = {"raw": {"kind": "s3", **rgw.settings(bucket)}}
    check(home, "raw", {"raw/clip.mp4"})


def test_junk_in_an_archive_is_counted_once_and_fails_nothing(home: Home) -> None:
    make(home.media / "export.zip", {name: mp4(seed=5) for name in ("clip.mp4", *JUNK)})
    home.config["sources"] = {"photos": {"kind": "takeout", "archives": ["media"]}}
    check(home, "photos", {"photos/clip.mp4"})


def test_one_is_reported_as_one(home: Home) -> None:
    home.put(".DS_Store", b"x")
    assert "1 file of macOS, Windows or a NAS is left out: .DS_Store (1)" in home.syncer("plan").out


def test_junk_that_include_names_is_published(home: Home) -> None:
    home.config["sources"]["clips"]["include"] = ["*.mp4", "*#recycle*"]
    home.put("#recycle/old.mp4", mp4(seed=6))
    home.put("@eaDir/a.mp4", mp4(seed=7))
    done = home.sync()
    assert done["exit_code"] == 0
    assert home.public() == {"clips/#recycle/old.mp4"}


def test_a_listed_link_is_never_junk() -> None:
    config = LinksSource.Config(kind="links", urls=("https://cdn.example.com/@eaDir/a.mp4",))
    assert config.takes(Asset("s", "cdn.example.com/@eaDir/a.mp4", ""), datetime.now(UTC))
