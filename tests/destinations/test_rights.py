"""Permissions in local folders and on an SFTP server: files of another user."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from syncer.destinations import open_destination
from syncer.destinations.local import LocalDestination
from tests.contracts.stores import publish
from tests.destinations.folders import refusal
from tests.rigs.destination_local import names
from tests.servers.sshd import Sshd
from tests.users import somebody_else

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount disks and be somebody else")


class TestRights:
    def test_a_root_of_another_user(self, web_root: Path, sshd: Sshd) -> None:
        publish(LocalDestination(LocalDestination.Config(kind="local", root=web_root)), "a.mp4", b"abc")
        local = LocalDestination(LocalDestination.Config(kind="local", root=web_root))
        for call in (
            local.check,
            lambda: publish(local, "new/a.mp4", b"abc"),
            lambda: local.delete("a.mp4"),
        ):
            with somebody_else():
                assert refusal(call).code == "destination.denied"
        with closing(open_destination(sshd.destination(web_root, user="nobody"))) as remote:
            for call in (
                remote.check,
                lambda: publish(remote, "new/a.mp4", b"abc"),
                lambda: remote.delete("a.mp4"),
            ):
                error = refusal(call)
                assert error.code == "destination.denied"
                assert not error.transient
            assert remote.stat("a.mp4")
        assert names(web_root) == ["a.mp4"]

    def test_a_root_that_may_not_be_entered(self, web_root: Path, sshd: Sshd) -> None:
        web_root.parent.chmod(0o700)
        local = LocalDestination(LocalDestination.Config(kind="local", root=web_root))
        with somebody_else():
            assert refusal(lambda: local.stat("a.mp4")).code == "destination.denied"
        with closing(open_destination(sshd.destination(web_root, user="nobody"))) as remote:
            assert refusal(remote.check).code == "destination.root"

    def test_a_folder_that_may_not_be_searched_is_passed_over_aloud(
        self, web_root: Path, sshd: Sshd, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Such as `lost+found` at the root of a disk."""
        (web_root / "lost+found").mkdir(mode=0o700)
        (web_root / (".syncer-" + "0" * 32 + ".part")).touch()
        with closing(open_destination(sshd.destination(web_root, user="nobody"))) as remote:
            assert len(list(remote.litter())) == 1
        assert caplog.text.count("lost+found can't be searched") == 1
        local = LocalDestination(LocalDestination.Config(kind="local", root=web_root))
        with somebody_else():
            assert len(list(local.litter())) == 1
        assert caplog.text.count("lost+found can't be searched") == 2

    def test_a_folder_that_may_not_be_entered(self, web_root: Path, sshd: Sshd) -> None:
        (web_root / "locked" / "in").mkdir(parents=True)
        (web_root / "locked").chmod(0o700)
        (web_root / "link").symlink_to("locked/in")
        web_root.chmod(0o777)
        local = LocalDestination(LocalDestination.Config(kind="local", root=web_root))
        with closing(open_destination(sshd.destination(web_root, user="nobody"))) as remote:
            for path in ("locked/in/a.mp4", "link/a.mp4", "locked/a.mp4"):
                assert refusal(lambda: publish(remote, path, b"abc")).code == "destination.denied"  # noqa: B023 - called at once
                assert refusal(lambda: remote.delete(path)).code == "destination.denied"  # noqa: B023 - called at once
                with somebody_else():
                    assert refusal(lambda: publish(local, path, b"abc")).code == "destination.denied"  # noqa: B023 - called at once
                    assert refusal(lambda: local.stat(path)).code == "destination.denied"  # noqa: B023 - called at once
