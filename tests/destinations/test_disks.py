"""Folders on disks of this machine and of an SFTP server: full disks, modes, folders that vanish."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from syncer.errors import DestinationError
from tests.contracts.stores import content, publish
from tests.destinations.folders import Open, refusal
from tests.mounts import mounted
from tests.rigs.destination_local import names

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount disks and be somebody else")


class TestFaults:
    def test_a_full_disk(self, on: Open, web_root: Path) -> None:
        """Old files stay, the new one leaves no trace, and its space is free again."""
        with mounted(web_root, "-t", "tmpfs", "-o", "size=4m,mode=755", "none"):
            destination = on(web_root)
            publish(destination, "there.mp4", b"abc")
            error = refusal(lambda: publish(destination, "new/a.mp4", os.urandom(6_000_000)))
            assert error.code == "destination.full"
            assert not error.transient
            assert names(web_root) == ["there.mp4"]
            publish(destination, "new/a.mp4", os.urandom(3_000_000))
            destination.close()

    def test_a_disk_without_room_for_another_name(self, on: Open, web_root: Path) -> None:
        with mounted(web_root, "-t", "tmpfs", "-o", "nr_inodes=4,mode=755", "none"):
            destination = on(web_root)
            publish(destination, "1.mp4", b"abc")
            assert refusal(lambda: publish(destination, "a/b/c/d/e.mp4", b"abc")).code == "destination.full"
            assert names(web_root) == ["1.mp4"]
            destination.close()

    def test_a_read_only_disk(self, on: Open, web_root: Path) -> None:
        publish(on(web_root), "a.mp4", b"abc")
        with mounted(web_root, "--bind", str(web_root)):
            subprocess.run(["mount", "-o", "remount,bind,ro", web_root], check=True)
            destination = on(web_root)
            for call in (
                destination.check,
                lambda: publish(destination, "new/b.mp4", b"abc"),
                lambda: destination.delete("a.mp4"),
            ):
                assert refusal(call).code == "destination.denied"
            assert destination.stat("a.mp4")
            destination.close()

    def test_a_failure_without_a_reason(self, on: Open, web_root: Path) -> None:
        """A busy file, as something is mounted on it."""
        destination = on(web_root)
        publish(destination, "a.mp4", b"abc")
        other = web_root.with_name("other")
        other.touch()
        with mounted(web_root / "a.mp4", "--bind", str(other)):
            assert refusal(lambda: destination.delete("a.mp4")).code == "destination.failed"
            code = refusal(lambda: publish(destination, "a.mp4", b"new")).code
            assert code in ("destination.failed", "destination.replace")
        assert names(web_root) == ["a.mp4"]
        assert (web_root / "a.mp4").read_bytes() == b"abc"


def test_modes_let_the_web_server_in_and_leave_the_folders_of_others_alone(on: Open, web_root: Path) -> None:
    (web_root / "there").mkdir(mode=0o750)
    before = os.umask(0o077)
    try:
        destination = on(web_root)
        publish(destination, "there/new/er/a.mp4", b"abc")
    finally:
        os.umask(before)
    assert [
        (web_root / path).stat().st_mode & 0o777
        for path in ("there", "there/new", "there/new/er", "there/new/er/a.mp4")
    ] == [0o750, 0o755, 0o755, 0o644]


def test_a_folder_that_others_use_is_not_taken_away(on: Open, web_root: Path) -> None:
    destination = on(web_root)
    publish(destination, "a/b/c.mp4", b"abc")
    (web_root / "a" / "theirs").touch()
    destination.delete("a/b/c.mp4")
    assert names(web_root) == ["a/", "a/theirs"]
    with destination.stage("a/d/e.mp4", "video/mp4"):
        (web_root / "a" / "d" / "theirs").touch()
    assert names(web_root) == ["a/", "a/d/", "a/d/theirs", "a/theirs"]


def test_deleting_a_folder_is_refused(on: Open, web_root: Path) -> None:
    destination = on(web_root)
    publish(destination, "a/b.mp4", b"abc")
    assert refusal(lambda: destination.delete("a")).code == "destination.in_the_way"
    assert names(web_root) == ["a/", "a/b.mp4"]


def test_folders_may_vanish_while_litter_is_looked_for(on: Open, web_root: Path) -> None:
    for name in ("a", "b"):
        (web_root / name).mkdir()
        (web_root / name / (".syncer-" + "0" * 32 + ".part")).touch()
    found = on(web_root).litter()
    assert next(found).name.startswith("a/")
    shutil.rmtree(web_root / "b")
    assert list(found) == []


def test_a_staged_file_that_was_removed_is_uploaded_again(on: Open, web_root: Path) -> None:
    def tidied() -> None:
        destination = on(web_root)
        with destination.stage("a/b.mp4", "video/mp4") as staged:
            for litter in destination.litter():
                destination.discard(litter)
            staged.commit(content(b""))

    with pytest.raises(DestinationError) as caught:
        tidied()
    assert caught.value.transient
    assert names(web_root) == []
