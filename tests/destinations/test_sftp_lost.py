"""The SFTP destination when connections are lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncer.connect.pace import SharedPace
from syncer.connect.ssh.connection import connect_ssh
from syncer.destinations.sftp import SftpDestination
from syncer.errors import DestinationError
from syncer.protocols.patience import Patience
from tests.contracts.stores import content, publish
from tests.rigs.destination_local import names
from tests.servers.sshd import Sshd, running


@pytest.fixture
def own_sshd() -> Iterator[Sshd]:
    """An sshd for tests that stop it."""
    with running() as server:
        yield server


class TestLostConnection:
    def test_a_server_killed_while_writing_is_transient_and_the_next_try_works(
        self, own_sshd: Sshd, web_root: Path
    ) -> None:
        """The staged file can't be removed meanwhile, so it is litter."""
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
            assert "does not answer in time: nothing came for" in caught.value.message

    def test_a_root_that_can_not_be_looked_at_any_more(self, own_sshd: Sshd, web_root: Path) -> None:
        """The server goes away between the login and the first look."""
        with closing(SftpDestination(own_sshd.destination(web_root))) as destination:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("syncer.connect.ssh.session.connect_ssh", _connect_and_cut(own_sshd))
                with pytest.raises(DestinationError) as caught:
                    destination.check()
            assert (caught.value.code, caught.value.transient) == ("destination.lost", True)
            destination.check()


def _connect_and_cut(server: Sshd) -> object:
    def connecting(*arguments: object) -> object:
        connection = connect_ssh(*arguments)  # type: ignore[arg-type] # forwarded as they come
        server.drop_sessions()
        return connection

    return connecting
