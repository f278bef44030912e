"""Deep trees are listed; endless ones end with an error that names the folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.destinations.local import LocalDestination
from syncer.destinations.sftp import SftpDestination
from syncer.errors import DestinationError, SourceError
from syncer.model import Asset
from syncer.protocols import Source
from syncer.sources import folders
from syncer.sources.drive import DriveSource
from syncer.sources.sftp import SftpSource
from syncer.sources.takeout import Config, TakeoutSource
from tests.home import Home
from tests.media import SMALLEST
from tests.rigs.folder import at, write
from tests.rigs.source_drive import config
from tests.servers import endless_sftp
from tests.servers.drive import FOLDER
from tests.servers.drive_http import serving
from tests.servers.sshd import Sshd, running

DEEP = 900
"""Folders: more than Python's stack allows, in a path that Linux allows."""
STAGED = ".syncer-0123456789abcdef0123456789abcdef.part"
Endless = Callable[[str], Sshd]
Nest = Callable[[Path, list[str], dict[str, bytes]], None]


@pytest.fixture
def nest(web_root: Path) -> Iterator[Nest]:
    """Make nested folders, and files in the innermost, whatever the length of the path."""
    made: set[Path] = set()

    def make(root: Path, names: list[str], files: dict[str, bytes]) -> None:
        made.add(root)
        nested(root, names, files)

    yield make
    for root in made:  # a plain `rmtree` needs recursion, and short paths
        subprocess.run(["rm", "-rf", root], check=True)
    web_root.mkdir(exist_ok=True)


def nested(root: Path, names: list[str], files: dict[str, bytes]) -> None:
    root.mkdir(exist_ok=True)
    folder = os.open(root, os.O_RDONLY)
    for name in names:
        os.mkdir(name, dir_fd=folder)
        inner = os.open(name, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    for name, data in files.items():
        file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=folder)
        os.write(file, data)
        os.close(file)
    os.close(folder)


def ended(source: Source) -> tuple[list[Asset], SourceError]:
    """The listed assets, and the error at the end."""
    found: list[Asset] = []
    with pytest.raises(SourceError) as caught:
        found.extend(source.assets())
    assert caught.value.hint
    return found, caught.value


@pytest.fixture
def endless() -> Iterator[Endless]:
    """Starts an sshd with endless listings, of one of the kinds in `endless_sftp`."""
    with ExitStack() as stack:
        yield lambda kind: stack.enter_context(
            running(subsystem=f"Subsystem sftp {sys.executable} -S -E {endless_sftp.__file__} {kind}")
        )


class TestDeepTrees:
    def test_a_deep_folder_is_listed(self, tmp_path: Path, nest: Nest) -> None:
        nest(tmp_path / "root", ["d"] * DEEP, {"clip.mp4": b"bytes"})
        (asset,) = at(tmp_path / "root").assets()
        assert asset.key == "d/" * DEEP + "clip.mp4"
        with at(tmp_path / "root").open(asset) as reader:
            assert reader.read(9) == b"bytes"

    def test_a_deep_folder_on_an_ssh_server_is_listed(self, sshd: Sshd, web_root: Path, nest: Nest) -> None:
        nest(web_root / "root", ["d"] * DEEP, {"clip.mp4": b"bytes"})
        with closing(SftpSource("clips", sshd.source(web_root / "root"))) as source:
            (asset,) = source.assets()
            assert asset.key == "d/" * DEEP + "clip.mp4"
            with source.open(asset) as reader:
                assert reader.read(9) == b"bytes"

    def test_a_glob_reaches_a_deep_folder(self, tmp_path: Path, nest: Nest) -> None:
        nest(tmp_path / "root", ["d"] * DEEP, {"part.zip": b"no zip"})
        source = TakeoutSource("t", Config(kind="takeout", archives=(tmp_path / "root/**/*.zip",)))
        with pytest.raises(SourceError, match=r"part\.zip: it is neither a zip"):
            list(source.assets())

    def test_a_path_too_deep_to_be_public_affects_only_itself(self, home: Home, nest: Nest) -> None:
        nest(home.media, ["d"] * DEEP, {"clip.mp4": b"bytes"})
        home.put("fine.mp4", SMALLEST)
        home.config["check"]["rejected"] = "publish"
        done = home.sync()
        assert done["exit_code"] == 3
        assert home.public() == {"clips/fine.mp4"}
        (trouble,) = home.troubles().values()
        assert "bytes long, over 1024" in json.dumps(trouble)

    def test_a_path_that_the_system_cannot_open_is_a_flaw(self, tmp_path: Path, nest: Nest) -> None:
        room = 4090 - len(os.fspath(tmp_path / "root"))
        count = room // 201
        names = ["d" * 200] * count + ["e" * (room - 201 * count - 1)] * (room - 201 * count > 1)
        nest(tmp_path / "root", names, {"long name.mp4": b"bytes", "b": b"bytes"})
        flaws = {asset.key.rpartition("/")[2]: asset.flaw for asset in at(tmp_path / "root").assets()}
        assert flaws == {"b": None, "long name.mp4": "its path is longer than this system can open"}

    def test_a_folder_that_the_system_cannot_open_ends_the_listing_by_name(
        self, tmp_path: Path, nest: Nest
    ) -> None:
        nest(tmp_path / "root", ["d" * 200] * 21, {"clip.mp4": b"bytes"})
        with pytest.raises(SourceError) as caught:
            list(at(tmp_path / "root").assets())
        assert caught.value.code == "source.endless"
        assert caught.value.message.startswith(f"{tmp_path}/root/ddd")
        assert len(caught.value.message) < 500

    def test_a_long_chain_of_links_is_a_flaw(self, tmp_path: Path) -> None:
        write(tmp_path / "root/clip.mp4")
        chained(tmp_path / "root", "clip.mp4")
        found = {asset.key: asset for asset in at(tmp_path / "root").assets()}
        assert found["clip.mp4"].flaw is None
        assert "can't be followed" in str(found["link 1999"].flaw)

    def test_a_destination_follows_no_long_chain_of_links(self, tmp_path: Path) -> None:
        write(tmp_path / "root/folder/clip.mp4")
        chained(tmp_path / "root", "folder")
        destination = LocalDestination(LocalDestination.Config(kind="local", root=tmp_path / "root"))
        with pytest.raises(DestinationError), destination.stage("link 1999/clip.mp4", "video/mp4"):
            pass

    @pytest.mark.parametrize("kind", ["local", "sftp"])
    def test_staged_files_are_found_at_any_depth_that_is_published_at(
        self, sshd: Sshd, web_root: Path, nest: Nest, kind: str
    ) -> None:
        nest(web_root, ["d"] * DEEP, {STAGED: b"too deep to be ours"})
        nest(web_root, ["e"] * 488, {STAGED: b"half"})
        destination = (
            LocalDestination(LocalDestination.Config(kind="local", root=web_root))
            if kind == "local"
            else SftpDestination(sshd.destination(web_root))
        )
        with closing(destination):
            assert [each.name for each in destination.litter()] == ["e/" * 488 + STAGED]


def chained(root: Path, target: str) -> None:
    """2000 links, each to the previous one; Linux follows 40."""
    for number in range(2000):
        (root / f"link {number}").symlink_to(f"link {number - 1}" if number else target)


class TestListingsWithoutEnd:
    @pytest.mark.server
    def test_folders_without_end_on_an_ssh_server(self, endless: Endless) -> None:
        with closing(SftpSource("clips", endless("deep").source("/root"))) as source:
            found, error = ended(source)
        assert len(found) == folders.MOST_LEVELS + 1
        assert error.code == "source.endless"
        assert "nested deeper than 1,000 folders" in error.message
        assert ":/root/d/d/d/" in error.message

    @pytest.mark.server
    @pytest.mark.parametrize(
        ("kind", "message"),
        [
            ("circle", "lists its names again and again, from b'a.mp4' on"),
            ("empty", "lists nothing in 1,000 answers"),
            ("more", "lists more than 20,000 names"),
            ("slash", "lists b'../../etc/passwd', which is not a name"),
        ],
    )
    def test_one_folder_without_end_on_an_ssh_server(
        self, endless: Endless, monkeypatch: pytest.MonkeyPatch, kind: str, message: str
    ) -> None:
        monkeypatch.setattr("syncer.connect.ssh.sftp_answers.MOST_NAMES", 20_000)
        server = endless(kind)
        with closing(SftpSource("clips", server.source("/root"))) as source:
            found, error = ended(source)
        assert found == []
        assert message in error.message
        assert ":/root can't be read" in error.message
        destination = SftpDestination(server.destination("/root"))
        with closing(destination), pytest.raises(DestinationError) as refused:
            list(destination.litter(timedelta()))
        assert message in refused.value.message

    @pytest.mark.server
    def test_folders_without_end_hold_no_litter_beyond_what_is_published(self, endless: Endless) -> None:
        with closing(SftpDestination(endless("deep").destination("/root"))) as destination:
            assert list(destination.litter()) == []

    def test_folders_without_end_in_drive(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(folders, "MOST_LEVELS", 30)
        with serving() as drive:
            parent = "folder0000"
            for _ in range(35):
                parent = drive.add("d", FOLDER, parent).id
            with closing(DriveSource("studio", config(drive, tmp_path))) as source:
                _, error = ended(source)
        assert error.code == "source.endless"
        assert "'d/d/d/" in error.message

    def test_pages_without_end_in_drive(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("syncer.connect.course.MOST_EMPTY", 20)
        with serving() as drive:
            drive.endless = True
            drive.add("clip.mp4", data=b"bytes")
            with closing(DriveSource("studio", config(drive, tmp_path))) as source:
                _, error = ended(source)
        assert error.code == "source.endless"
        assert "it gave 20 pages without a name" in error.message

    def test_a_folder_of_too_many_names(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(folders, "MOST_NAMES", 20)
        for number in range(21):
            write(tmp_path / f"{number}.mp4")
        with pytest.raises(SourceError, match="it lists more than 20 names"):
            list(at(tmp_path).assets())
        (tmp_path / "0.mp4").unlink()
        assert len(list(at(tmp_path).assets())) == 20
