"""An SFTP server needs only open, read, write, close, rename and stat, and may refuse all else in any way."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.connect.pace import SharedPace
from syncer.destinations.sftp import SftpDestination
from syncer.destinations.sftp.replace import aside_name
from syncer.errors import DestinationError
from syncer.protocols.patience import Patience, Policy
from syncer.sources.sftp import SftpSource
from tests.contracts.stores import publish
from tests.rigs.destination_local import names
from tests.servers.lacking_sftp import (
    ANSWERS,
    FSYNC,
    HANG_UP,
    HANG_UP_ONCE,
    POSIX_RENAME,
    STATVFS,
    Manners,
    lacking,
)
from tests.servers.rclone import serving_sftp, settled
from tests.servers.sshd import Sshd, running

pytestmark = pytest.mark.server

VERBS = ["setstat", "fsetstat", "fstat", "lstat", "realpath", "readlink", POSIX_RENAME, FSYNC, STATVFS]
ALL = (POSIX_RENAME, FSYNC, STATVFS)
PACE = SharedPace(patience=Patience(retry=Policy(attempts=3, first_wait=0.0)))


def destination(settings: dict[str, Any], root: str = "/") -> SftpDestination:
    return SftpDestination(SftpDestination.Config(kind="sftp", root=root, **settings), PACE)


def whole_life(settings: dict[str, Any], root: Path, at: str = "/") -> None:
    """Create, replace, look at, list, abort and delete files in new and old folders."""
    with closing(destination(settings, at)) as opened:
        opened.check()
        opened.room()
        for body in (b"old" * 100_000, b"", b"new"):
            publish(opened, "new/er/ä b.mp4", body)
            assert (root / "new/er/ä b.mp4").read_bytes() == body
            found = opened.stat("new/er/ä b.mp4")
            assert found
            assert found.size == len(body)
        publish(opened, "new/second.mp4", b"2")
        assert {each.path for each in opened.listing()} == {"new/er/ä b.mp4", "new/second.mp4"}
        with opened.stage("other/b.mp4", "video/mp4") as left:
            left.write(b"abc")
        assert (opened.stat("other/b.mp4"), opened.stat("new")) == (None, None)
        assert list(opened.litter()) == []
        for path in ("new/er/ä b.mp4", "new/second.mp4"):
            opened.delete(path)
        assert names(root) == []


def read(settings: dict[str, Any], root: Path, at: str = "/") -> None:
    """List and read as a source does."""
    (root / "sub/empty").mkdir(parents=True)
    (root / "sub/a.mp4").write_bytes(os.urandom(300_000))
    (root / "b.mp4").write_bytes(b"b")
    with closing(SftpSource("s", SftpSource.Config(kind="sftp", root=at, **settings), PACE)) as source:
        found = {asset.key: asset for asset in source.assets()}
        assert set(found) == {"sub/a.mp4", "b.mp4"}
        for key, asset in found.items():
            with source.open(asset) as reader:
                parts = iter(lambda: reader.read(65_536), b"")
                assert b"".join(parts) == (root / key).read_bytes()


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("verb", VERBS)
def test_any_optional_request_may_be_missing(web_root: Path, verb: str, answer: str) -> None:
    manners = Manners({verb: ANSWERS[answer], FSYNC: 8, STATVFS: 8} | {verb: ANSWERS[answer]}, ALL)
    with lacking(web_root, manners) as settings:
        whole_life(settings, web_root)
        read(settings, web_root)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("more", [{}, {"replaces": True}, {"hides_open": True}], ids=str)
def test_all_optional_requests_may_be_missing(web_root: Path, answer: str, more: dict[str, bool]) -> None:
    manners = Manners(dict.fromkeys(VERBS, ANSWERS[answer]), **more)  # type: ignore[arg-type]
    with lacking(web_root, manners) as settings:
        whole_life(settings, web_root)
        read(settings, web_root)


@pytest.mark.parametrize("announced", [True, False])
def test_a_server_that_hangs_up_at_an_extension_is_asked_for_it_once(
    web_root: Path, *, announced: bool
) -> None:
    """An extension without announcement is tried only if nothing else replaces a file in one step."""
    lacks = {POSIX_RENAME: HANG_UP, STATVFS: HANG_UP, FSYNC: 8}
    manners = Manners(lacks, (STATVFS,) if announced else ())
    with lacking(web_root, manners) as settings, closing(destination(settings)) as opened:
        publish(opened, "a.mp4", b"old")
        if manners.asked.count(POSIX_RENAME) == 0:
            with pytest.raises(DestinationError) as caught:
                publish(opened, "a.mp4", b"new")
            assert caught.value.transient
        for body in (b"new", b"newer"):
            publish(opened, "a.mp4", body)
            assert (web_root / "a.mp4").read_bytes() == body
    assert manners.asked.count(POSIX_RENAME) == 1
    assert (STATVFS in manners.asked) <= announced


def test_an_extension_that_is_not_announced_is_used_where_only_it_replaces_in_one_step(
    web_root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manners = Manners()
    with lacking(web_root, manners) as settings, closing(destination(settings)) as opened:
        for body in (b"1", b"22", b"333"):
            publish(opened, "a.mp4", body)
    assert (web_root / "a.mp4").read_bytes() == b"333"
    assert "404" not in caplog.text


def test_a_missing_feature_is_reported_once(web_root: Path, caplog: pytest.LogCaptureFixture) -> None:
    with lacking(web_root, Manners({POSIX_RENAME: 8})) as settings:
        for number in range(3):
            with closing(destination(settings)) as opened:
                for body in (b"1", b"22", b"333"):
                    publish(opened, f"{number}.mp4", body)
    said = [record.getMessage() for record in caplog.records if record.name == "syncer"]
    assert len(said) == 2
    assert len([each for each in said if "its URL answers 404 for a moment" in each]) == 1
    assert len([each for each in said if "if it loses power" in each]) == 1


# Replacing a file without a rename that replaces: the old file is never lost


def refusing(*numbers: int) -> Callable[[str, str], int]:
    """Refuse these renames, counted from the first one to an existing file."""
    count = iter(range(1, 100))

    def renames(old: str, new: str) -> int:
        del old, new
        return ANSWERS["failure"] if next(count) in numbers else 0

    return renames


@pytest.mark.parametrize("numbers", [(2,), (3,)], ids=["aside", "in its place"])
def test_the_old_file_is_back_when_a_step_of_replacing_it_fails(
    web_root: Path, numbers: tuple[int, ...]
) -> None:
    manners = Manners({POSIX_RENAME: 8})
    with lacking(web_root, manners) as settings, closing(destination(settings)) as opened:
        publish(opened, "a.mp4", b"old")
        manners.renames = refusing(*numbers)
        with pytest.raises(DestinationError) as caught:
            publish(opened, "a.mp4", b"new")
        assert caught.value.code == "destination.replace"
        assert "{sha256:12}" in str(caught.value.hint)
        assert (web_root / "a.mp4").read_bytes() == b"old"
        assert names(web_root) == ["a.mp4"]
        manners.renames = None
        publish(opened, "a.mp4", b"new")
    assert (web_root / "a.mp4").read_bytes() == b"new"


def test_the_old_file_is_back_after_a_cut_between_the_two_renames(web_root: Path) -> None:
    """It is restored over the next connection, which leaves no trace either."""
    manners = Manners({POSIX_RENAME: 8})

    with lacking(web_root, manners) as settings, closing(destination(settings)) as opened:
        publish(opened, "a.mp4", b"old")
        manners.renames = lambda old, _new: _hang_up_next(manners, old)
        with pytest.raises(DestinationError) as caught:
            publish(opened, "a.mp4", b"new")
        assert caught.value.transient
        assert (web_root / "a.mp4").read_bytes() == b"old"
        assert names(web_root) == ["a.mp4"]


def _hang_up_next(manners: Manners, old: str) -> int:
    """After the old file is hidden, the next rename breaks the connection; later ones work."""
    if old == "/a.mp4":
        manners.lacks["rename"] = HANG_UP_ONCE
    return 0


def test_an_old_file_hidden_by_a_killed_run_is_restored_before_the_next_upload(web_root: Path) -> None:
    manners = Manners({POSIX_RENAME: 8})
    with lacking(web_root, manners) as settings, closing(destination(settings)) as opened:
        (web_root / aside_name("/a.mp4").lstrip("/")).write_bytes(b"old")
        opened.check()
        with opened.stage("a.mp4", "video/mp4") as staged:
            staged.write(b"given up")
        assert (web_root / "a.mp4").read_bytes() == b"old"
        assert names(web_root) == ["a.mp4"]


# Other servers


def test_a_rename_into_another_folder_is_never_needed(web_root: Path) -> None:
    def apart(old: str, new: str) -> int:
        return ANSWERS["failure"] if old.rpartition("/")[0] != new.rpartition("/")[0] else 0

    with lacking(web_root, Manners({POSIX_RENAME: 8}, renames=apart)) as settings:
        whole_life(settings, web_root)


def test_a_home_that_is_not_the_root_is_where_a_relative_root_begins(web_root: Path) -> None:
    (web_root / "home/me/media").mkdir(parents=True)
    for root, lacks in (("media", {}), ("/home/me/media", {}), ("media", {"realpath": 8, "lstat": 8})):
        with lacking(web_root, Manners(lacks, home="/home/me")) as settings:
            whole_life(settings, web_root / "home/me/media", root)


# OpenSSH


@pytest.fixture(scope="module")
def without_lstat() -> Iterator[Sshd]:
    with running(subsystem="Subsystem sftp internal-sftp -u 022 -P lstat,readlink") as server:
        yield server


@pytest.fixture(scope="module")
def poor() -> Iterator[Sshd]:
    """A server that announces only the features it has."""
    lacks = "setstat,fsetstat,fstat,realpath,readlink,fsync,posix-rename,hardlink,statvfs,limits,copy-data"
    with running(subsystem=f"Subsystem sftp internal-sftp -u 022 -P {lacks}") as server:
        yield server


@pytest.mark.parametrize("server", ["without_lstat", "poor"])
def test_openssh_may_lack_optional_requests_too(
    server: str, web_root: Path, request: pytest.FixtureRequest
) -> None:
    sshd: Sshd = request.getfixturevalue(server)
    whole_life(sshd.settings(), web_root, str(web_root))
    read(sshd.settings(), web_root, str(web_root))


def test_a_link_that_leaves_is_refused_though_the_server_does_not_tell_links(
    without_lstat: Sshd, web_root: Path
) -> None:
    outside = web_root.parent / "outside"
    outside.mkdir()
    (web_root / "there").symlink_to(outside)
    with closing(destination(without_lstat.settings(), str(web_root))) as opened:
        publish(opened, "here/a.mp4", b"a")
        with pytest.raises(DestinationError) as caught:
            publish(opened, "there/a.mp4", b"a")
    assert caught.value.code == "destination.outside"
    assert names(outside) == []


def test_rclone_lacks_some_requests(web_root: Path, tmp_path: Path) -> None:
    cached = (
        "--dir-cache-time=0s",
        "--vfs-cache-mode=writes",
        "--vfs-write-back=0",
        f"--cache-dir={tmp_path}/cache",
    )
    with serving_sftp(web_root, tmp_path, *cached, "--dir-perms=0755", "--file-perms=0644") as settings:
        with closing(destination(settings)) as opened:
            for body in (b"old" * 100_000, b"new"):
                publish(opened, "new/a.mp4", body)
                assert settled(web_root / "new/a.mp4", body)
            opened.delete("new/a.mp4")
        read(settings, web_root)
