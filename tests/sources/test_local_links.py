"""Links in a folder: followed inside it, never out of it, and never in a circle."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rigs.folder import listed, read, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    return made


def test_links_inside_are_followed(root: Path) -> None:
    write(root / "folder/clip.mp4")
    (root / "file").symlink_to("folder/clip.mp4")
    (root / "linked").symlink_to(root / "folder")
    (root / "folder/sideways").symlink_to("../file")
    found = listed(root)
    assert sorted(found) == [
        "file",
        "folder/clip.mp4",
        "folder/sideways",
        "linked/clip.mp4",
        "linked/sideways",
    ]
    assert all(asset.flaw is None and read(root, asset) == b"bytes" for asset in found.values())


def test_the_root_itself_may_be_a_link(root: Path, tmp_path: Path) -> None:
    write(root / "folder/clip.mp4")
    (root / "linked.mp4").symlink_to("folder/clip.mp4")
    (tmp_path / "link").symlink_to(root)
    assert {key: read(tmp_path / "link", asset) for key, asset in listed(tmp_path / "link").items()} == {
        "folder/clip.mp4": b"bytes",
        "linked.mp4": b"bytes",
    }


def test_a_link_that_leaves_the_folder_says_where_it_leads(root: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "secret/key.mp4")
    write(tmp_path / "root-of-another/clip.mp4")
    (root / "file.mp4").symlink_to(secret)
    (root / "folder").symlink_to(tmp_path / "secret")
    (root / "up").symlink_to("..")
    (root / "sibling").symlink_to("../root-of-another")
    (root / "hop").symlink_to("folder/key.mp4")
    found = listed(root)
    assert sorted(found) == ["file.mp4", "folder", "hop", "sibling", "up"]
    assert str(found["file.mp4"].flaw).endswith(f"leaves the source's folder, to {secret}")
    assert all("leaves" in str(asset.flaw) for asset in found.values())


def test_a_link_to_nothing_or_to_itself_is_a_flaw(root: Path) -> None:
    (root / "dangling.mp4").symlink_to("nowhere")
    (root / "loop.mp4").symlink_to("loop.mp4")
    assert {key: asset.flaw for key, asset in listed(root).items()} == {
        "dangling.mp4": "it is a link to nowhere, which can't be followed",
        "loop.mp4": "it is a link to loop.mp4, which can't be followed",
    }


def test_a_folder_that_holds_a_link_to_itself_is_listed_once(root: Path) -> None:
    write(root / "a/b/clip.mp4")
    (root / "a/b/top").symlink_to("../..")
    (root / "a/b/a").symlink_to("../../a")
    (root / "here").symlink_to(".")
    assert list(listed(root)) == ["a/b/clip.mp4"]
