"""Folders on this machine's disks and on an SFTP server's: links, rights, and what goes wrong with disks."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.destinations import Store, open_destination
from syncer.destinations.local import LocalDestination
from syncer.destinations.staging import TRIES, translate
from syncer.errors import DestinationError
from syncer.model import Litter
from syncer.protocols import Destination
from tests.contracts.test_destination import content, publish
from tests.rigs.destination_local import names
from tests.servers.sshd import Sshd

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount disks and be somebody else")

Open = Callable[[Path], Destination]


@pytest.fixture(params=["local", "sftp"])
def on(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a destination of the kind whose root is a folder of this machine."""
    opened: list[Destination] = []

    def opening(root: Path) -> Destination:
        config: Store = LocalDestination.Config(kind="local", root=root)
        if request.param == "sftp":
            sshd: Sshd = request.getfixturevalue("sshd")
            config = sshd.destination(root)
        opened.append(open_destination(config))
        return opened[-1]

    yield opening
    for destination in opened:
        destination.close()


def refusal(call: Callable[[], object]) -> DestinationError:
    with pytest.raises(DestinationError) as caught:
        call()
    assert caught.value.hint
    return caught.value


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    subprocess.run(["mount", *options, folder], check=True)
    try:
        yield folder
    finally:
        for _ in range(100):  # a server may hold its files open for a moment after its client has left
            if subprocess.run(["umount", folder], check=False).returncode == 0:
                break
            time.sleep(0.1)
        else:
            pytest.fail(f"{folder} is still in use")


class TestFaults:
    def test_a_full_disk(self, on: Open, web_root: Path) -> None:
        """What was there stays, what did not fit leaves no trace, and there is room again at once."""
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

    def test_a_failure_that_nobody_explains(self, on: Open, web_root: Path) -> None:
        """A file that is busy, as something is mounted on it."""
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


class TestLinks:
    @pytest.fixture
    def elsewhere(self, web_root: Path) -> Path:
        folder = web_root.with_name("elsewhere")
        folder.mkdir()
        (folder / "kept").write_bytes(b"kept")
        return folder

    @pytest.mark.parametrize("target", ["../elsewhere", "absolute", "..", "/"])
    def test_a_link_that_leaves_the_root_is_not_followed(
        self, on: Open, web_root: Path, elsewhere: Path, target: str
    ) -> None:
        (web_root / "link").symlink_to(elsewhere if target == "absolute" else target)
        before = names(web_root.parent)
        destination = on(web_root)
        for call in (
            lambda: publish(destination, "link/new/a.mp4", b"abc"),
            lambda: destination.delete("link/kept"),
            lambda: destination.stat("link/kept"),
            lambda: destination.discard(Litter("x", "link/.syncer-" + "0" * 32 + ".part")),
        ):
            error = refusal(call)
            assert error.code == "destination.outside"
            assert "'link'" in error.message
        assert names(web_root.parent) == before

    def test_a_link_to_a_sibling_whose_name_begins_like_the_root(self, on: Open, web_root: Path) -> None:
        web_root.with_name("root-other").mkdir()
        (web_root / "link").symlink_to("../root-other")
        assert refusal(lambda: publish(on(web_root), "link/a.mp4", b"abc")).code == "destination.outside"

    def test_a_link_within_the_root_is_a_folder_like_any_other(self, on: Open, web_root: Path) -> None:
        (web_root / "real").mkdir()
        (web_root / "link").symlink_to("real")
        destination = on(web_root)
        publish(destination, "link/sub/a.mp4", b"abc")
        assert names(web_root) == ["link", "real/", "real/sub/", "real/sub/a.mp4"]
        destination.delete("link/sub/a.mp4")
        assert "link" in names(web_root)
        assert "real/sub/" not in names(web_root)

    @pytest.mark.parametrize("target", ["nowhere", "link", "file"])
    def test_a_link_to_no_folder_is_in_the_way(self, on: Open, web_root: Path, target: str) -> None:
        (web_root / "file").touch()
        (web_root / "link").symlink_to(target)
        destination = on(web_root)
        assert refusal(lambda: publish(destination, "link/a.mp4", b"abc")).code == "destination.in_the_way"
        assert destination.stat("link/a.mp4") is None
        destination.delete("link/a.mp4")

    def test_a_link_in_the_place_of_the_file_is_seen_and_if_replaced_its_target_is_kept(
        self, on: Open, web_root: Path, elsewhere: Path
    ) -> None:
        (web_root / "a.mp4").symlink_to(elsewhere / "kept")
        destination = on(web_root)
        seen = destination.stat("a.mp4")
        assert seen
        assert seen.size == len(str(elsewhere / "kept"))
        publish(destination, "a.mp4", b"abc")
        assert not (web_root / "a.mp4").is_symlink()
        assert (elsewhere / "kept").read_bytes() == b"kept"
        (web_root / "b.mp4").symlink_to(elsewhere / "kept")
        destination.delete("b.mp4")
        assert names(web_root) == ["a.mp4"]
        assert (elsewhere / "kept").read_bytes() == b"kept"

    def test_litter_behind_a_link_is_not_ours(self, on: Open, web_root: Path, elsewhere: Path) -> None:
        (elsewhere / (".syncer-" + "0" * 32 + ".part")).touch()
        (web_root / "link").symlink_to(elsewhere)
        assert list(on(web_root).litter()) == []


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


def test_a_staged_file_that_somebody_tidied_away_is_tried_again(on: Open, web_root: Path) -> None:
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


NOBODY = 65534


@contextmanager
def somebody_else() -> Iterator[None]:
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


class TestRights:
    def test_a_root_of_somebody_else(self, web_root: Path, sshd: Sshd) -> None:
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
        """`lost+found` of a disk's root, for one."""
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


class TestLocalRoot:
    def test_its_last_folder_is_made_when_needed_and_not_before(self, web_root: Path) -> None:
        root = web_root / "new"
        destination = LocalDestination(LocalDestination.Config(kind="local", root=root))
        assert destination.stat("a/b.mp4") is None
        destination.delete("a/b.mp4")
        assert list(destination.litter(timedelta(0))) == []
        assert names(web_root) == []
        publish(destination, "a/b.mp4", b"abc")
        assert names(web_root) == ["new/", "new/a/", "new/a/b.mp4"]
        assert root.stat().st_mode & 0o777 == 0o755

    @pytest.mark.parametrize("name", ["file", "link", "no/such"])
    def test_a_file_or_a_dead_link_is_no_root(self, web_root: Path, name: str) -> None:
        (web_root / "file").touch()
        (web_root / "link").symlink_to("nowhere")
        destination = LocalDestination(LocalDestination.Config(kind="local", root=web_root / name))
        for call in (destination.check, lambda: destination.stat("a"), lambda: list(destination.litter())):
            assert refusal(call).code == "destination.root"

    def test_folders_that_vanish_again_and_again_are_given_up(
        self, web_root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tried = []

        def vanished(path: Path) -> bool:
            tried.append(path)
            return True

        monkeypatch.setattr("syncer.destinations.local_tree._make", vanished)
        destination = LocalDestination(LocalDestination.Config(kind="local", root=web_root))
        error = refusal_without_hint(lambda: publish(destination, "a/b.mp4", b"abc"))
        assert (error.code, error.transient) == ("destination.vanished", True)
        assert len(tried) == TRIES


def refusal_without_hint(call: Callable[[], object]) -> DestinationError:
    with pytest.raises(DestinationError) as caught:
        call()
    return caught.value


def test_a_staged_name_can_not_be_guessed(web_root: Path) -> None:
    destination = LocalDestination(LocalDestination.Config(kind="local", root=web_root))
    seen = set()
    for _ in range(20):
        with destination.stage("a.mp4", "video/mp4"):
            seen.update(names(web_root))
    assert len(seen) == 20
    assert all(name.startswith(".syncer-") and len(name) == len(".syncer-.part") + 32 for name in seen)


def test_each_errno_has_its_sentence() -> None:
    """Those that no disk gives on demand."""
    codes = {
        errno.EDQUOT: "destination.full",
        errno.EROFS: "destination.denied",
        errno.ENAMETOOLONG: "destination.path",
        errno.ESTALE: "destination.vanished",
        errno.EIO: "destination.failed",
    }
    for number, code in codes.items():
        error = translate(OSError(number, os.strerror(number)), "a/b.mp4", "/srv")
        assert error.code == code
        assert "'a/b.mp4'" in error.message
        assert "/srv" in error.message
    assert translate(OSError("no number"), "", "/srv").code == "destination.failed"


def test_temporary_folders_of_the_tests_are_open_to_visitors(web_root: Path) -> None:
    """Else the rigs would prove nothing."""
    assert web_root.is_relative_to(tempfile.gettempdir())
    (web_root / "a").write_bytes(b"abc")
    assert (
        subprocess.run(
            ["setpriv", "--reuid=www-data", "--clear-groups", "cat", web_root / "a"],
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
        == b"abc"
    )
