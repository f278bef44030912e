"""Listing a folder on an SSH server: lazily, and never incomplete without an error."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from paramiko import SFTPAttributes

from syncer.connect.pace import SharedPace
from syncer.connect.ssh.sftp import Client, Refused
from syncer.errors import SourceError
from syncer.protocols.patience import Patience, Policy
from syncer.sources.sftp import SftpSource
from tests.contracts.test_source import listed, read
from tests.rigs.folder import write
from tests.servers.sshd import Sshd

ROOT = os.geteuid() == 0


def keys(source: SftpSource) -> list[str]:
    return [asset.key for asset in source.assets()]


def refusal(source: SftpSource) -> SourceError:
    with pytest.raises(SourceError) as caught:
        list(source.assets())
    return caught.value


def test_folders_are_listed_by_name_and_only_as_the_listing_comes_to_them(
    source: SftpSource, root: Path
) -> None:
    for key in ("b/2.mp4", "b/1.mp4", "a/1.mp4", "c.mp4"):
        write(root / key)
    assets = source.assets()
    assert next(assets).key == "a/1.mp4"
    write(root / "b/3.mp4")
    assert [asset.key for asset in assets] == ["b/1.mp4", "b/2.mp4", "b/3.mp4", "c.mp4"]


@pytest.mark.scale
def test_five_thousand_files_in_one_folder(source: SftpSource, root: Path) -> None:
    names = [f"clip {number:04}.mp4" for number in range(5_000)]
    for name in names:
        (root / name).touch()
    assert keys(source) == names


def test_special_files_and_staged_files_are_skipped(source: SftpSource, root: Path) -> None:
    write(root / "clip.mp4")
    write(root / ".syncer-0123.part")
    write(root / ".syncer-folder/clip.mp4")
    os.mkfifo(root / "pipe")
    (root / "link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "socket"))
        assert keys(source) == ["clip.mp4"]


def test_a_name_that_is_not_unicode_is_a_readable_flaw(source: SftpSource, root: Path) -> None:
    name = os.fsdecode(b"caf\xe9.mp4")
    write(root / name)
    write(root / os.fsdecode(b"d\xff") / "clip.mp4")
    (root / "link.mp4").symlink_to(os.fsdecode(b"/\xfe"))
    (root / "way").symlink_to(os.fsdecode(b"d\xff"))
    found = listed(source)
    assert {key: asset.flaw for key, asset in found.items()} == {
        r"caf\xe9.mp4": "its name is not UTF-8",
        r"d\xff/clip.mp4": "its name is not UTF-8",
        "link.mp4": r"it is a link to /\xfe, which can't be followed",
        "way/clip.mp4": None,
    }
    assert found[r"caf\xe9.mp4"].locator == name
    assert read(source, found[r"caf\xe9.mp4"]) == b"bytes", "although no run does"
    assert read(source, found["way/clip.mp4"]) == b"bytes"


@pytest.mark.skipif(not ROOT, reason="only root lets others log in")
@pytest.mark.parametrize("mode", [0o700, 0o744, 0o711])
def test_a_folder_that_may_not_be_read_or_entered_is_an_error(sshd: Sshd, root: Path, mode: int) -> None:
    """OpenSSH lists a folder as empty if it may be read, but not entered."""
    write(root / "a/clip.mp4")
    (root / "a").chmod(mode)
    with closing(SftpSource("clips", sshd.source(root, user="nobody"))) as source:
        error = refusal(source)
    assert (error.code, error.transient) == ("source.denied", False)
    assert str(root / "a") in error.message
    assert error.hint


@pytest.mark.skipif(not ROOT, reason="only root lets others log in")
@pytest.mark.parametrize("mode", [0o700, 0o744])
def test_an_unreadable_system_folder_does_not_end_the_listing(sshd: Sshd, root: Path, mode: int) -> None:
    for name in ("lost+found", "#recycle"):
        write(root / name / "1.mp4")
        (root / name).chmod(mode)
    write(root / "b.mp4")
    with closing(SftpSource("clips", sshd.source(root, user="nobody"))) as source:
        assert keys(source) == ["b.mp4"]


@pytest.mark.skipif(not ROOT, reason="only root lets others log in")
def test_a_folder_that_may_not_be_read_keeps_no_other_from_being_listed(sshd: Sshd, root: Path) -> None:
    for name in ("a/1.mp4", "b.mp4", "z/c.mp4"):
        write(root / name)
    (root / "a").chmod(0o700)
    with closing(SftpSource("clips", sshd.source(root, user="nobody"))) as source:
        assets = source.assets()
        assert [next(assets).key, next(assets).key] == ["b.mp4", "z/c.mp4"]
        with pytest.raises(SourceError, match="a"):
            next(assets)


def test_an_empty_folder_is_none_of_these(source: SftpSource, root: Path) -> None:
    (root / "empty").mkdir()
    assert keys(source) == []


def test_folders_that_vanish_meanwhile_are_left_out(source: SftpSource, root: Path) -> None:
    for key in ("a.mp4", "c/d.mp4", "e.mp4"):
        write(root / key)
    (root / "b").symlink_to("c/d.mp4")
    assets = source.assets()
    assert next(assets).key == "a.mp4"
    (root / "b").unlink()
    shutil.rmtree(root / "c")
    assert [asset.key for asset in assets] == ["e.mp4"]


@pytest.mark.parametrize("again", [True, False])
def test_a_root_that_is_taken_away_while_it_is_listed_is_an_error(
    source: SftpSource, root: Path, *, again: bool
) -> None:
    """Like an unmounted disk: otherwise all files would seem to be deleted."""
    write(root / "a/1.mp4")
    write(root / "b/2.mp4")
    assets = source.assets()
    assert next(assets).key == "a/1.mp4"
    root.rename(root.parent / "away")
    if again:
        root.mkdir()
    with pytest.raises(SourceError):
        list(assets)


class TestLostConnection:
    def test_a_listing_goes_on_over_a_new_connection(self, own_sshd: Sshd, root: Path) -> None:
        """A folder that was not read to its end is read again from its start."""
        wanted = [f"{folder}/{number}.mp4" for folder in "abc" for number in range(3)]
        for key in wanted:
            write(root / key)
        (root / "d").symlink_to("a/0.mp4")
        with closing(SftpSource("clips", own_sshd.source(root))) as source:
            found, dropped = [], 0
            for asset in source.assets():
                found.append(asset.key)
                dropped += own_sshd.drop_sessions()
            assert found == [*wanted, "d"]
        assert dropped > 0

    def test_a_server_that_is_gone_is_reported_and_the_next_listing_is_whole(
        self, own_sshd: Sshd, root: Path
    ) -> None:
        for key in ("a/1.mp4", "b/2.mp4"):
            write(root / key)
        with closing(SftpSource("clips", own_sshd.source(root))) as source:
            assets = source.assets()
            assert next(assets).key == "a/1.mp4"
            own_sshd.stop()
            with pytest.raises(SourceError) as caught:
                list(assets)
            assert (caught.value.code, caught.value.transient) == ("source.unreachable", True)
            own_sshd.start()
            assert keys(source) == ["a/1.mp4", "b/2.mp4"]

    def test_a_server_that_falls_silent_again_and_again_is_given_up(
        self, own_sshd: Sshd, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pace = SharedPace(patience=Patience(answer=0.5, retry=Policy(attempts=2)))
        write(root / "a/1.mp4")
        write(root / "b/2.mp4")

        def silent(*_: object) -> Iterator[object]:
            with own_sshd.silent():
                yield from names(*_)  # type: ignore[arg-type] # forwarded as they come

        with closing(SftpSource("clips", own_sshd.source(root), pace)) as source:
            assets = source.assets()
            next(assets)
            names: Callable[[Client, bytes], Iterator[object]] = Client.names
            monkeypatch.setattr(Client, "names", silent)
            with pytest.raises(SourceError) as caught:
                list(assets)
        assert (caught.value.code, caught.value.transient) == ("source.lost", True)
        assert "does not answer in time: nothing came for" in caught.value.message

    def test_interrupted_in_the_middle_of_an_answer_it_begins_afresh(
        self, source: SftpSource, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(root / "a.mp4")

        def interrupted(*_: object) -> Iterator[object]:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Client, "names", interrupted)
            with pytest.raises(KeyboardInterrupt):
                keys(source)
        assert keys(source) == ["a.mp4"]


class TestServersThatLackThings:
    """Attributes of a real server are removed, as no server at hand leaves any out."""

    @staticmethod
    def bare(client: Client, folder: bytes) -> Iterator[tuple[bytes, SFTPAttributes]]:
        for name, _ in list(_names(client, folder)):
            yield name, SFTPAttributes()
        yield b"gone.mp4", SFTPAttributes()

    def test_names_without_attributes_are_looked_at_one_by_one(
        self, source: SftpSource, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(root / "a/b.mp4")
        (root / "link").symlink_to("a/b.mp4")
        expected = list(source.assets())
        monkeypatch.setattr(Client, "names", self.bare)
        assert list(source.assets()) == expected

    def test_a_look_that_is_refused_or_tells_nothing_ends_the_listing(
        self, source: SftpSource, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(root / "a/b.mp4")
        list(source.assets())
        monkeypatch.setattr(Client, "names", self.bare)
        monkeypatch.setattr(Client, "lstat", lambda *_: SFTPAttributes())
        error = refusal(source)
        assert (error.code, error.transient) == ("source.io", True)
        assert "does not say what a is" in error.message

        def failing(*_: object) -> SFTPAttributes:
            raise Refused(None, "Failure")

        monkeypatch.setattr(Client, "lstat", failing)
        monkeypatch.setattr("syncer.sources.sftp_tree.stat_or_lstat", failing)
        assert refusal(source).code == "source.io"


_names = Client.names
