"""Special features of a folder as a source: odd names, and files that change during a read."""

from __future__ import annotations

import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.errors import SourceChanged, SourceError
from syncer.model import Asset
from syncer.sources import folders
from tests.rigs.folder import at, drain, listed, read, write

NOBODY = 65534


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    return made


@contextmanager
def as_nobody() -> Iterator[None]:
    """A user for whom file modes count."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_folders_are_listed_by_name_and_only_as_the_listing_comes_to_them(root: Path) -> None:
    for key in ("b/2.mp4", "b/1.mp4", "a/1.mp4", "c.mp4"):
        write(root / key)
    assets = at(root).assets()
    assert next(assets).key == "a/1.mp4"
    write(root / "b/3.mp4")
    assert [asset.key for asset in assets] == ["b/1.mp4", "b/2.mp4", "b/3.mp4", "c.mp4"]


def test_special_files_are_skipped(root: Path) -> None:
    write(root / "clip.mp4")
    write(root / ".syncer-0123.part")
    write(root / ".syncer-folder/clip.mp4")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "socket"))
        assert list(listed(root)) == ["clip.mp4"]


def test_a_name_that_is_not_unicode_is_a_readable_flaw(root: Path) -> None:
    name = os.fsdecode(b"caf\xe9.mp4")
    write(root / name)
    write(root / os.fsdecode(b"d\xff") / "clip.mp4")
    (root / "link.mp4").symlink_to(os.fsdecode(b"/\xfe"))
    found = listed(root)
    assert {key: asset.flaw for key, asset in found.items()} == {
        r"caf\xe9.mp4": "its name is not UTF-8",
        r"d\xff/clip.mp4": "its name is not UTF-8",
        "link.mp4": r"it is a link to /\xfe, which can't be followed",
    }
    assert found[r"caf\xe9.mp4"].locator == name
    assert read(root, found[r"caf\xe9.mp4"]) == b"bytes", "although no run does"


def test_a_restored_backup_has_the_old_versions(root: Path, tmp_path: Path) -> None:
    write(root / "clip.mp4")
    before = listed(root)["clip.mp4"].version
    shutil.copytree(root, tmp_path / "backup")
    shutil.rmtree(root)
    shutil.copytree(tmp_path / "backup", root)
    assert listed(root)["clip.mp4"].version == before


def test_a_time_that_is_no_date_does_not_end_the_listing() -> None:
    """No file system here has such a name."""
    assert folders.when(1e18) is None


def test_a_folder_that_may_not_be_read_is_an_error(web_root: Path) -> None:
    root = web_root
    write(root / "a/clip.mp4")
    (root / "a").chmod(0)
    with as_nobody(), pytest.raises(SourceError) as caught:
        list(at(root).assets())
    (root / "a").chmod(0o755)
    assert caught.value.code == "source.denied"
    assert str(root / "a") in caught.value.message


def test_a_folder_that_may_be_listed_but_not_entered_is_an_error(web_root: Path) -> None:
    write(web_root / "a/clip.mp4")
    (web_root / "a").chmod(0o644)
    with as_nobody(), pytest.raises(SourceError) as caught:
        list(at(web_root).assets())
    (web_root / "a").chmod(0o755)
    assert caught.value.code == "source.denied"


@pytest.mark.parametrize("mode", [0, 0o644])
@pytest.mark.parametrize("name", ["lost+found", ".Trashes", "@eaDir", "$RECYCLE.BIN"])
def test_an_unreadable_system_folder_does_not_end_the_listing(web_root: Path, name: str, mode: int) -> None:
    write(web_root / name / "1.mp4")
    write(web_root / "b.mp4")
    (web_root / name).chmod(mode)
    with as_nobody():
        keys = [asset.key for asset in at(web_root).assets()]
    (web_root / name).chmod(0o755)
    assert keys == ["b.mp4"]


@pytest.mark.parametrize("mode", [0, 0o644])
@pytest.mark.parametrize("name", ["a", ".cache", "m/n"])
def test_a_folder_that_may_not_be_read_keeps_no_other_from_being_listed(
    web_root: Path, name: str, mode: int
) -> None:
    write(web_root / name / "1.mp4")
    write(web_root / "b.mp4")
    write(web_root / "z/c.mp4")
    (web_root / name).chmod(mode)
    assets = at(web_root).assets()
    with as_nobody():
        assert [next(assets).key, next(assets).key] == ["b.mp4", "z/c.mp4"]
        with pytest.raises(SourceError) as caught:
            next(assets)
        left_out = at(web_root, exclude=(f"{name}/*",))
        assert [asset.key for asset in left_out.assets()] == ["b.mp4", "z/c.mp4"]
        with pytest.raises(SourceError):
            list(at(web_root).at(name.split("/", maxsplit=1)[0]))
    (web_root / name).chmod(0o755)
    assert caught.value.code == "source.denied"
    assert f"exclude: ['{name}/*']" in (caught.value.hint or "")


def test_a_file_that_may_not_be_read_is_an_error_of_its_own(web_root: Path) -> None:
    root = web_root
    write(root / "clip.mp4").chmod(0)
    with as_nobody():
        (asset,) = at(root).assets()
        with pytest.raises(SourceError) as caught:
            read(root, asset)
    assert (caught.value.code, type(caught.value)) == ("source.denied", SourceError)


def test_files_that_vanish_during_the_listing_are_skipped(root: Path) -> None:
    for key in ("a.mp4", "b.mp4", "c/d.mp4", "e.mp4", "f.mp4"):
        write(root / key)
    assets = at(root).assets()
    assert next(assets).key == "a.mp4"
    (root / "b.mp4").unlink()
    shutil.rmtree(root / "c")
    assert [asset.key for asset in assets] == ["e.mp4", "f.mp4"]


def test_a_folder_that_vanishes_as_it_is_entered_is_left_out(root: Path) -> None:
    assert at(root)._names("gone") == []  # noqa: SLF001 - no other way into that race


@pytest.mark.parametrize("again", [True, False])
def test_a_root_that_is_taken_away_while_it_is_listed_is_an_error(root: Path, *, again: bool) -> None:
    """Like an unmounted disk: otherwise all files would seem to be deleted."""
    write(root / "a/1.mp4")
    write(root / "b/2.mp4")
    assets = at(root).assets()
    assert next(assets).key == "a/1.mp4"
    root.rename(root.parent / "away")
    if again:
        root.mkdir()
    with pytest.raises(SourceError):
        list(assets)


def test_a_file_that_grows_or_shrinks_or_is_rewritten_under_the_reader_is_reported(root: Path) -> None:
    for change in ("ab", "r+b", "wb"):
        path = write(root / "clip.mp4", b"0123456789" * 100)
        os.utime(path, (1, 1))
        with at(root).open(listed(root)["clip.mp4"]) as reader:
            assert reader.read(10) == b"0123456789"
            with path.open(change) as file:
                file.write(b"x" * 10)
            with pytest.raises(SourceChanged):
                drain(reader)


def test_a_file_that_is_replaced_under_the_reader_is_read_as_it_was(root: Path) -> None:
    path = write(root / "clip.mp4", b"0123456789")
    with at(root).open(listed(root)["clip.mp4"]) as reader:
        begun = reader.read(4)
        write(root / "new", b"abcdefghij").rename(path)
        assert begun + drain(reader) == b"0123456789"


def test_a_path_that_is_no_file_any_more_has_changed(root: Path, tmp_path: Path) -> None:
    """Nothing blocks, and nothing outside is read."""
    outside = write(tmp_path / "outside/clip.mp4")
    path = write(root / "folder/clip.mp4")
    asset = listed(root)["folder/clip.mp4"]
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
            read(root, asset)
        if path.is_dir():
            path.rmdir()
            path.touch()
        path.touch()
    shutil.rmtree(root / "folder")
    (root / "folder").symlink_to(outside.parent)
    with pytest.raises(SourceChanged):
        read(root, asset)


def test_a_folder_exchanged_for_a_link_at_the_last_moment_is_not_followed(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = write(tmp_path / "outside/clip.mp4")
    shutil.copystat(outside, write(root / "folder/clip.mp4"))
    asset = listed(root)["folder/clip.mp4"]
    resolve = os.path.realpath

    def and_exchange(path: str, *, strict: bool = False) -> str:
        real = resolve(path, strict=strict)
        if real.endswith("clip.mp4"):
            (root / "folder").rename(tmp_path / "away")
            (root / "folder").symlink_to(outside.parent)
        return real

    monkeypatch.setattr(os.path, "realpath", and_exchange)
    with pytest.raises(SourceChanged):
        read(root, asset)


def test_an_asset_that_points_outside_is_not_opened(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside.mp4")
    for locator in ("../outside.mp4", ".", "folder/../../outside.mp4"):
        with pytest.raises(SourceChanged):
            read(root, Asset("clips", "k", locator, version="1-5"))


def test_a_disk_that_fails_is_an_error_that_may_pass() -> None:
    """Like reading a process's memory at address 0."""
    status = Path("/proc/self/mem").stat()
    asset = Asset("clips", "mem", "mem", version=f"{status.st_mtime_ns}-{status.st_size}")
    with pytest.raises(SourceError) as caught:
        read(Path("/proc/self"), asset)
    assert (caught.value.code, caught.value.transient) == ("source.io", True)


def test_a_file_lies_in_no_bucket(root: Path) -> None:
    write(root / "clip.mp4")
    source = at(root)
    assert source.place(listed(root)["clip.mp4"]) is None
    source.close()
    assert stat.S_ISDIR(root.stat().st_mode)
