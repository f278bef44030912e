"""The SFTP destination's own laws, against OpenSSH."""

from __future__ import annotations

import errno
import os
import pwd
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncer.connect.ssh.connection import connect_ssh
from syncer.connect.ssh.sftp import Client, Refused
from syncer.destinations.sftp import SftpDestination
from syncer.errors import DestinationError
from tests.contracts.stores import publish
from tests.destinations.folders import ROOT
from tests.rigs.destination_local import names
from tests.servers.sshd import Sshd, running


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


class TestModes:
    @pytest.mark.server
    def test_a_visitor_may_read_whatever_the_servers_umask(self, web_root: Path) -> None:
        """Files get 0644, new folders 0755; existing folders keep their mode."""
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

    @pytest.mark.server
    def test_a_file_that_nobody_could_read_is_refused_if_the_mode_is_visible_only_later(
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

    @pytest.mark.server
    def test_a_server_that_keeps_its_modes_to_itself_is_fine_when_they_are(self, web_root: Path) -> None:
        with (
            running(subsystem="Subsystem sftp internal-sftp -u 022 -P fsetstat") as strict,
            closing(SftpDestination(strict.destination(web_root))) as destination,
        ):
            publish(destination, "a.mp4", b"abc")
        assert mode(web_root / "a.mp4") == 0o644


class TestRoot:
    def test_a_root_relative_to_the_home_folder_and_with_a_slash_at_its_end(
        self, sshd: Sshd, web_root: Path
    ) -> None:
        # The server's home of the user, whatever HOME is here.
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


@pytest.mark.server
@pytest.mark.skipif(not ROOT, reason="only root may put a user into a cage")
def test_a_caged_user_whose_root_is_the_whole_world_it_sees() -> None:
    """ChrootDirectory: root owns the cage and all above it; files go into the user's folder in the cage."""
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
    """Even if its answer comes while another one is awaited."""
    destination.check()
    config = destination._remote._config  # noqa: SLF001 - the settings that the fixture made
    connection = connect_ssh(config, DestinationError)
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


def test_names_that_are_not_utf8_are_no_litter_and_do_no_harm(
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
    monkeypatch.setattr("syncer.destinations.sftp.folders.MANY", 2)
    for number in range(5):
        publish(destination, f"{number}/a.mp4", b"abc")
    assert len(names(web_root)) == 10
