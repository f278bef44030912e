"""The SFTP destination's own laws, against OpenSSH and a second server."""

from __future__ import annotations

import errno
import os
import pwd
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from syncer.connect.pace import SharedPace
from syncer.connect.ssh.connection import connect
from syncer.connect.ssh.sftp import Client, Refused
from syncer.destinations.sftp import SftpDestination
from syncer.errors import DestinationError
from syncer.protocols.patience import Patience
from tests.contracts.test_destination import content, publish
from tests.rigs.destination_local import names
from tests.servers.rclone import serving_sftp
from tests.servers.sshd import Sshd, running

ROOT = os.geteuid() == 0


@pytest.fixture
def destination(sshd: Sshd, web_root: Path) -> Iterator[SftpDestination]:
    with closing(SftpDestination(sshd.destination(web_root))) as opened:
        yield opened


@pytest.fixture
def own_sshd() -> Iterator[Sshd]:
    """For tests that stop it."""
    with running() as server:
        yield server


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def staged(root: Path) -> list[str]:
    return [name for name in names(root) if ".syncer-" in name]


class TestLostConnection:
    def test_a_server_killed_while_writing_is_transient_and_the_next_try_works(
        self, own_sshd: Sshd, web_root: Path
    ) -> None:
        """What was staged meanwhile can't be removed, so it is litter."""
        chunk = os.urandom(1024 * 1024)
        with closing(SftpDestination(own_sshd.destination(web_root))) as destination:

            def write_on() -> None:
                with destination.stage("new/a.mp4", "video/mp4") as open_file:
                    open_file.write(chunk)
                    own_sshd.stop()
                    for _ in range(50):
                        open_file.write(chunk)

            with pytest.raises(DestinationError) as caught:
                write_on()
            assert caught.value.code == "destination.lost"
            assert caught.value.transient
            assert not (web_root / "new" / "a.mp4").exists()

            with pytest.raises(DestinationError) as caught:
                destination.stat("new/a.mp4")
            assert (caught.value.code, caught.value.transient) == ("destination.unreachable", True)

            own_sshd.start()
            publish(destination, "new/a.mp4", chunk)
            assert (web_root / "new" / "a.mp4").read_bytes() == chunk
            for litter in destination.litter():
                destination.discard(litter)
            assert names(web_root) == ["new/", "new/a.mp4"]

    @pytest.mark.parametrize("moment", ["write", "commit"])
    def test_a_cut_connection_leaves_no_trace_as_it_is_opened_again_for_that(
        self, own_sshd: Sshd, web_root: Path, moment: str
    ) -> None:
        with closing(SftpDestination(own_sshd.destination(web_root))) as destination:

            def cut() -> None:
                with destination.stage("new/a.mp4", "video/mp4") as open_file:
                    open_file.write(b"abc")
                    assert own_sshd.drop_sessions() > 0
                    if moment == "write":
                        for _ in range(100):
                            open_file.write(b"x" * 1_000_000)
                    open_file.commit(content(b"abc"))

            with pytest.raises(DestinationError) as caught:
                cut()
            assert caught.value.code == "destination.lost"
            assert caught.value.transient
            assert names(web_root) == []
            publish(destination, "new/a.mp4", b"abc")

    def test_every_method_says_lost_and_then_works_again(self, own_sshd: Sshd, web_root: Path) -> None:
        with closing(SftpDestination(own_sshd.destination(web_root))) as destination:
            for method in (
                lambda: destination.stat("a.mp4"),
                lambda: destination.delete("a.mp4"),
                lambda: list(destination.litter()),
                lambda: destination.stage("a.mp4", "video/mp4").__enter__(),
            ):
                destination.check()
                own_sshd.drop_sessions()
                with pytest.raises(DestinationError) as caught:
                    method()
                assert (caught.value.code, caught.value.transient) == ("destination.lost", True)
                destination.check()

    def test_a_server_that_falls_silent_is_given_up(self, own_sshd: Sshd, web_root: Path) -> None:
        pace = SharedPace(patience=Patience(answer=1.0))
        with closing(SftpDestination(own_sshd.destination(web_root), pace)) as destination:
            destination.check()
            with own_sshd.silent(), pytest.raises(DestinationError) as caught:
                destination.stat("a.mp4")
            assert (caught.value.code, caught.value.transient) == ("destination.lost", True)
            assert "no answer in time" in caught.value.message

    def test_a_root_that_can_not_be_looked_at_any_more(self, own_sshd: Sshd, web_root: Path) -> None:
        """The server goes away between the login and the first look."""
        with closing(SftpDestination(own_sshd.destination(web_root))) as destination:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("syncer.connect.ssh.session.connect", _connect_and_cut(own_sshd))
                with pytest.raises(DestinationError) as caught:
                    destination.check()
            assert (caught.value.code, caught.value.transient) == ("destination.lost", True)
            destination.check()


def _connect_and_cut(server: Sshd) -> object:
    def connecting(*arguments: object) -> object:
        connection = connect(*arguments)  # type: ignore[arg-type] # passed on as they come
        server.drop_sessions()
        return connection

    return connecting


class TestModes:
    def test_a_visitor_may_read_whatever_the_servers_umask(self, web_root: Path) -> None:
        """Files 0644, folders that we make 0755; folders that were there keep their mode."""
        (web_root / "there").mkdir(mode=0o711)
        (web_root / "there").chmod(0o711)
        with (
            running(subsystem="Subsystem sftp internal-sftp -u 077") as strict,
            closing(SftpDestination(strict.destination(web_root))) as destination,
        ):
            publish(destination, "new/er/a.mp4", b"abc")
            publish(destination, "there/b.mp4", b"abc")
        assert mode(web_root / "new/er/a.mp4") == mode(web_root / "there/b.mp4") == 0o644
        assert mode(web_root / "new") == mode(web_root / "new/er") == 0o755
        assert mode(web_root / "there") == 0o711

    def test_a_server_that_keeps_its_modes_to_itself_is_refused_when_nobody_could_read(
        self, web_root: Path
    ) -> None:
        with (
            running(subsystem="Subsystem sftp internal-sftp -u 077 -P fsetstat,setstat") as strict,
            closing(SftpDestination(strict.destination(web_root))) as destination,
            pytest.raises(DestinationError) as caught,
        ):
            publish(destination, "a.mp4", b"abc")
        assert caught.value.code == "destination.denied"
        assert "its mode is 600" in caught.value.message
        assert names(web_root) == []

    def test_a_server_that_keeps_its_modes_to_itself_is_fine_when_they_are(self, web_root: Path) -> None:
        with (
            running(subsystem="Subsystem sftp internal-sftp -u 022 -P fsetstat") as strict,
            closing(SftpDestination(strict.destination(web_root))) as destination,
        ):
            publish(destination, "a.mp4", b"abc")
        assert mode(web_root / "a.mp4") == 0o644


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
        assert "should it lose power" in said[0].getMessage()

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
        """One to drop things into. The files themselves still are."""
        web_root.chmod(0o733)
        with closing(SftpDestination(sshd.destination(web_root, user="nobody"))) as destination:
            for name in ("a.mp4", "b.mp4"):
                publish(destination, name, b"abc")
        assert names(web_root) == ["a.mp4", "b.mp4"]
        assert len([record for record in caplog.records if "should it lose power" in record.message]) == 1

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


def settled(path: Path, body: bytes) -> bool:
    """It writes back from its cache a moment later."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with suppress(FileNotFoundError):
            if path.read_bytes() == body:
                return True
        time.sleep(0.05)
    return False


class TestRoot:
    def test_a_root_relative_to_the_home_folder_and_with_a_slash_at_its_end(
        self, sshd: Sshd, web_root: Path
    ) -> None:
        # The home that the server goes by, whatever HOME says here.
        here = os.path.relpath(web_root, pwd.getpwuid(os.getuid()).pw_dir)
        with closing(SftpDestination(sshd.destination(f"{here}/"))) as destination:
            publish(destination, "a/b.mp4", b"abc")
        assert names(web_root) == ["a/", "a/b.mp4"]

    def test_a_root_that_is_a_link(self, sshd: Sshd, web_root: Path) -> None:
        link = web_root.with_name("link")
        link.symlink_to(web_root)
        with closing(SftpDestination(sshd.destination(link))) as destination:
            publish(destination, "a/b.mp4", b"abc")
            destination.delete("a/b.mp4")
        assert names(web_root) == []

    @pytest.mark.parametrize("kind", ["missing", "file"])
    def test_a_root_that_is_no_folder(self, sshd: Sshd, web_root: Path, kind: str) -> None:
        (web_root / "file").touch()
        with (
            closing(SftpDestination(sshd.destination(web_root / kind))) as destination,
            pytest.raises(DestinationError) as caught,
        ):
            destination.check()
        assert caught.value.code == "destination.root"
        assert not caught.value.transient


@pytest.mark.skipif(not ROOT, reason="only root may put a user into a cage")
def test_a_caged_user_whose_root_is_the_whole_world_it_sees() -> None:
    """ChrootDirectory: the cage, and all above it, belongs to root; files go into the user's folder in it."""
    with tempfile.TemporaryDirectory(prefix="syncer-test-", dir="/run") as folder:
        cage = Path(folder)
        cage.chmod(0o755)
        (cage / "media").mkdir()
        os.chown(cage / "media", 65534, 65534)
        with running(f"Match User nobody\n  ChrootDirectory {cage}\n  ForceCommand internal-sftp") as server:
            for root in ("/media", "media"):
                with closing(SftpDestination(server.destination(root, user="nobody"))) as destination:
                    publish(destination, "a/b.mp4", b"abc")
                assert (cage / "media" / "a" / "b.mp4").read_bytes() == b"abc"
                with closing(SftpDestination(server.destination("/", user="nobody"))) as destination:
                    assert destination.stat("media/a/b.mp4") is not None
                    destination.delete("media/a/b.mp4")
                    with pytest.raises(DestinationError) as caught:
                        destination.check()
                assert caught.value.code == "destination.denied"
                (cage / "media").mkdir(exist_ok=True)
                os.chown(cage / "media", 65534, 65534)


def test_a_refused_write_is_not_lost_among_the_others(destination: SftpDestination, web_root: Path) -> None:
    """Even when its answer comes while another request's is waited for."""
    destination.check()
    config = destination._remote._config  # noqa: SLF001 - the settings that the fixture made
    connection = connect(config, DestinationError)
    with closing(connection):
        from syncer.connect.ssh.pipelining import Writes

        client: Client = connection.sftp
        (web_root / "read-only").write_bytes(b"")
        handle = client.open_handle(str(web_root / "read-only"))
        for between in (lambda: None, lambda: client.normalize("/")):
            writes = Writes(client, handle)
            writes.write(b"abc")
            between()
            with pytest.raises(Refused):
                writes.settle()
        writes = Writes(client, handle)
        with pytest.raises(Refused):
            writes.write(b"x" * 10_000_000)
        client.close_handle(handle)


def test_a_folder_taken_away_behind_our_back_is_made_again(
    destination: SftpDestination, web_root: Path
) -> None:
    publish(destination, "a/b/c.mp4", b"abc")
    (web_root / "a/b/c.mp4").unlink()
    (web_root / "a/b").rmdir()
    publish(destination, "a/b/d.mp4", b"abc")
    assert names(web_root) == ["a/", "a/b/", "a/b/d.mp4"]


def test_folders_that_vanish_again_and_again_are_given_up(
    destination: SftpDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanished(*_: object) -> bytes:
        raise Refused(errno.ENOENT, "No such file")

    monkeypatch.setattr(Client, "create", vanished)
    with pytest.raises(DestinationError) as caught:
        publish(destination, "a/b.mp4", b"abc")
    assert (caught.value.code, caught.value.transient) == ("destination.vanished", True)


def test_a_listing_that_fails_is_never_a_short_one(
    destination: SftpDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> Iterator[object]:
        raise Refused(None, "Failure")

    monkeypatch.setattr(Client, "names", failing)
    with pytest.raises(DestinationError) as caught:
        list(destination.litter())
    assert caught.value.code == "destination.failed"


def test_names_that_are_not_utf8_are_nobodys_litter_and_in_nobodys_way(
    destination: SftpDestination, web_root: Path
) -> None:
    odd = web_root / os.fsdecode(b"caf\xe9")
    other = odd / os.fsdecode(b"x\xff.part")
    name = ".syncer-" + "0" * 32 + ".part"
    odd.mkdir()
    other.touch()
    (odd / name).touch()
    found = list(destination.litter())
    assert [litter.name for litter in found] == [f"caf\udce9/{name}"]
    destination.discard(found[0])
    assert list(destination.litter()) == []
    assert list(odd.iterdir()) == [other]


def test_more_folders_than_are_remembered(
    destination: SftpDestination, web_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.destinations.sftp_folders.MANY", 2)
    for number in range(5):
        publish(destination, f"{number}/a.mp4", b"abc")
    assert len(names(web_root)) == 10
