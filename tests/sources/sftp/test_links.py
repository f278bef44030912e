"""Links on an SSH server: followed inside the root, never out of it, and never in a circle."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from syncer.connect.ssh.sftp import Client
from syncer.errors import SourceChanged
from syncer.model import Asset
from syncer.sources.sftp import SftpSource
from tests.contracts.test_source import listed, read
from tests.rigs.folder import write
from tests.servers.sshd import Sshd, running


def test_links_inside_are_followed(source: SftpSource, root: Path) -> None:
    write(root / "folder/clip.mp4")
    (root / "file").symlink_to("folder/clip.mp4")
    (root / "linked").symlink_to(root / "folder")
    (root / "folder/sideways").symlink_to("../file")
    found = listed(source)
    assert list(found) == ["file", "folder/clip.mp4", "folder/sideways", "linked/clip.mp4", "linked/sideways"]
    assert all(asset.flaw is None and read(source, asset) == b"bytes" for asset in found.values())


def test_the_root_itself_may_be_a_link(sshd: Sshd, root: Path) -> None:
    write(root / "folder/clip.mp4")
    (root / "linked.mp4").symlink_to("folder/clip.mp4")
    (root.parent / "link").symlink_to(root)
    with closing(SftpSource("clips", sshd.source(f"{root.parent}/link/"))) as source:
        assert {key: read(source, asset) for key, asset in listed(source).items()} == {
            "folder/clip.mp4": b"bytes",
            "linked.mp4": b"bytes",
        }


def test_a_link_that_leaves_the_folder_says_where_it_leads(source: SftpSource, root: Path) -> None:
    secret = write(root.parent / "secret/key.mp4")
    write(root.parent / "root-of-another/clip.mp4")
    (root / "file.mp4").symlink_to(secret)
    (root / "folder").symlink_to(root.parent / "secret")
    (root / "up").symlink_to("..")
    (root / "sibling").symlink_to("../root-of-another")
    (root / "hop").symlink_to("folder/key.mp4")
    found = listed(source)
    assert list(found) == ["file.mp4", "folder", "hop", "sibling", "up"]
    assert str(found["file.mp4"].flaw).endswith(f"leaves the source's folder, to {secret}")
    assert all("leaves" in str(asset.flaw) for asset in found.values())


def test_a_link_to_nothing_or_to_itself_is_a_flaw(source: SftpSource, root: Path) -> None:
    (root / "dangling.mp4").symlink_to("nowhere")
    (root / "loop.mp4").symlink_to("loop.mp4")
    assert {key: asset.flaw for key, asset in listed(source).items()} == {
        "dangling.mp4": "it is a link to nowhere, which can't be followed",
        "loop.mp4": "it is a link to loop.mp4, which can't be followed",
    }


def test_a_folder_that_holds_a_link_to_itself_is_listed_once(source: SftpSource, root: Path) -> None:
    write(root / "a/b/clip.mp4")
    (root / "a/b/top").symlink_to("../..")
    (root / "a/b/a").symlink_to("../../a")
    (root / "here").symlink_to(".")
    assert list(listed(source)) == ["a/b/clip.mp4"]


@pytest.mark.server
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may put a user into a cage")
def test_the_whole_world_of_a_caged_user_may_be_the_root() -> None:
    with tempfile.TemporaryDirectory(prefix="syncer-test-", dir="/run") as cage:
        Path(cage).chmod(0o755)
        write(Path(cage) / "media/clip.mp4").chmod(0o644)
        (Path(cage) / "media").chmod(0o755)
        (Path(cage) / "top").symlink_to("/")
        (Path(cage) / "away").symlink_to("../media/clip.mp4")
        with (
            running(f"Match User nobody\n  ChrootDirectory {cage}\n  ForceCommand internal-sftp") as server,
            closing(SftpSource("clips", server.source("/", user="nobody"))) as source,
        ):
            found = listed(source)
            assert list(found) == ["away", "media/clip.mp4"]
            assert all(read(source, asset) == b"bytes" for asset in found.values())


def test_a_path_that_is_no_file_inside_any_more_has_changed(source: SftpSource, root: Path) -> None:
    """Nothing blocks, and nothing outside is read."""
    outside = write(root.parent / "outside/clip.mp4")
    path = write(root / "folder/clip.mp4")
    os.utime(path, (1, 1))
    os.utime(outside, (1, 1))
    asset = listed(source)["folder/clip.mp4"]
    changes: list[Callable[[], object]] = [
        path.mkdir,
        lambda: os.mkfifo(path),
        lambda: path.symlink_to(outside),
        lambda: None,
    ]
    for become in changes:
        path.unlink()
        become()
        with pytest.raises(SourceChanged):
            read(source, asset)
        if path.is_dir():
            path.rmdir()
        path.unlink(missing_ok=True)
        path.touch()
    path.unlink()
    path.parent.rmdir()
    path.parent.symlink_to(outside.parent)
    with pytest.raises(SourceChanged):
        read(source, asset)


def test_an_asset_that_points_outside_is_not_opened(source: SftpSource, root: Path) -> None:
    os.utime(write(root.parent / "outside.mp4"), (1, 1))
    for locator in ("../outside.mp4", ".", "folder/../../outside.mp4"):
        with pytest.raises(SourceChanged):
            read(source, Asset("clips", "k", locator, version="1-5"))


def test_where_the_server_does_not_resolve_links_none_is_followed(
    source: SftpSource, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on servers that only normalise the path."""
    write(root / "clip.mp4")
    (root / "link").symlink_to("clip.mp4")
    list(source.assets())
    monkeypatch.setattr(Client, "real", lambda _client, path: path)
    assert {key: asset.flaw for key, asset in listed(source).items()} == {
        "clip.mp4": None,
        "link": "it is a link to clip.mp4, which can't be followed",
    }
