"""The SFTP destination on servers without some features, and on a second server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncer.destinations.sftp import SftpDestination
from syncer.errors import DestinationError
from tests.contracts.stores import content, publish
from tests.destinations.folders import ROOT
from tests.rigs.destination_local import names
from tests.servers.rclone import serving_sftp, settled
from tests.servers.sshd import Sshd, running

pytestmark = pytest.mark.server


def staged(root: Path) -> list[str]:
    return [name for name in names(root) if ".syncer-" in name]


class TestServersThatLackThings:
    def test_without_fsync_it_publishes_and_says_once_what_is_lost(
        self, web_root: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with running(subsystem="Subsystem sftp internal-sftp -P fsync") as old:
            config = old.destination(web_root)
            for number in range(3):
                with closing(SftpDestination(config)) as destination:
                    publish(destination, f"{number}.mp4", b"abc")
        assert names(web_root) == ["0.mp4", "1.mp4", "2.mp4"]
        said = [record for record in caplog.records if record.name == "syncer"]
        assert [record.levelname for record in said] == ["WARNING"]
        assert "if it loses power" in said[0].getMessage()

    def test_without_posix_rename_nothing_replaces_a_folder_and_nothing_is_left(self, web_root: Path) -> None:
        with (
            running(subsystem="Subsystem sftp internal-sftp -P posix-rename") as old,
            closing(SftpDestination(old.destination(web_root))) as destination,
        ):
            (web_root / "new" / "d.mp4").mkdir(parents=True)
            with pytest.raises(DestinationError):
                publish(destination, "new/d.mp4", b"new")
            assert staged(web_root) == []

            def tidied() -> None:
                with destination.stage("new/b.mp4", "video/mp4") as open_file:
                    (web_root / "new" / staged(web_root)[0].removeprefix("new/")).unlink()
                    open_file.commit(content(b""))

            with pytest.raises(DestinationError) as caught:
                tidied()
            assert caught.value.transient
            assert names(web_root) == ["new/", "new/d.mp4/"]

    def test_without_statvfs_the_reason_is_what_the_server_says(self, web_root: Path) -> None:
        with (
            running(subsystem="Subsystem sftp internal-sftp -P statvfs,remove") as old,
            closing(SftpDestination(old.destination(web_root))) as destination,
        ):
            publish(destination, "a.mp4", b"abc")
            with pytest.raises(DestinationError) as caught:
                destination.delete("a.mp4")
            assert caught.value.code == "destination.denied"

    @pytest.mark.skipif(not ROOT, reason="only root lets others log in")
    def test_a_folder_that_can_not_be_opened_can_not_be_flushed(
        self, sshd: Sshd, web_root: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A drop box. The files themselves are still flushed."""
        web_root.chmod(0o733)
        with closing(SftpDestination(sshd.destination(web_root, user="nobody"))) as destination:
            for name in ("a.mp4", "b.mp4"):
                publish(destination, name, b"abc")
        assert names(web_root) == ["a.mp4", "b.mp4"]
        assert len([record for record in caplog.records if "if it loses power" in record.message]) == 1

    def test_a_new_key_exchange_in_the_middle_of_a_file(self, web_root: Path) -> None:
        body = os.urandom(12 * 1024 * 1024)
        with (
            running("RekeyLimit 1M") as server,
            closing(SftpDestination(server.destination(web_root))) as destination,
        ):
            publish(destination, "a.mp4", body)
        assert (web_root / "a.mp4").read_bytes() == body


class TestSecondServer:
    """`rclone serve sftp`: no fsync, no modes, another author."""

    @pytest.fixture(params=["with a key", "open"])
    def rclone(
        self, request: pytest.FixtureRequest, web_root: Path, tmp_path: Path
    ) -> Iterator[SftpDestination]:
        cached = ("--vfs-cache-mode=writes", "--vfs-write-back=0", f"--cache-dir={tmp_path}/cache")
        modes = ("--dir-perms=0755", "--file-perms=0644")
        with serving_sftp(web_root, tmp_path, *cached, *modes, login=request.param != "open") as settings:
            config = SftpDestination.Config(kind="sftp", root="/", **settings)
            with closing(SftpDestination(config)) as opened:
                yield opened

    def test_the_whole_life_of_a_path(self, rclone: SftpDestination, web_root: Path) -> None:
        for body in (b"old" * 100_000, b"new"):
            publish(rclone, "new/er/ä b.mp4", body)
            assert settled(web_root / "new/er/ä b.mp4", body)
        assert rclone.stat("new/er/ä b.mp4") is not None
        with rclone.stage("other/b.mp4", "video/mp4") as open_file:
            open_file.write(b"abc")
        assert rclone.stat("other/b.mp4") is None
        assert list(rclone.litter()) == []
        rclone.delete("new/er/ä b.mp4")
        rclone.delete("new/er/ä b.mp4")
        assert names(web_root) == []

    def test_a_folder_in_the_way(self, rclone: SftpDestination) -> None:
        publish(rclone, "a.mp4/b.mp4", b"abc")
        for path in ("a.mp4", "a.mp4/b.mp4/c.mp4"):
            with pytest.raises(DestinationError):
                publish(rclone, path, b"abc")
