"""Special features of FTP servers with TLS, on real ones: habits of hosts, and the error of each failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from syncer.destinations.ftps import FtpsDestination
from syncer.errors import DestinationError
from syncer.model import PART
from syncer.protocols.patience import Patience, Policy
from syncer.runners import SharedPace
from tests.contracts.test_resume import PATH, body, content, interrupt, upload, uploads
from tests.contracts.test_resume import publish as resumed
from tests.mounts import mounted
from tests.servers.certificates import Certificates
from tests.servers.proftpd import PASSWORD, Proftpd, running

__all__ = ["uploads"]

Start = Callable[..., Proftpd]


pytestmark = pytest.mark.server


@pytest.fixture
def start(certificates: Certificates) -> Iterator[Start]:
    """Starts a ProFTPD with settings of its own."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(running(certificates, **settings))


def publish(destination: FtpsDestination, path: str, data: bytes, meant: bytes | None = None) -> None:
    with destination.stage(path, "video/mp4") as staged:
        staged.write(data)
        staged.commit(content(data if meant is None else meant))


def refused(server: Proftpd, root: Path | str, **others: Any) -> DestinationError:
    with (
        closing(FtpsDestination(server.destination(root, **others))) as destination,
        pytest.raises(DestinationError) as caught,
    ):
        destination.check()
    assert caught.value.hint
    assert PASSWORD not in str(caught.value)
    return caught.value


# The login


def test_no_password_goes_to_a_server_without_tls(start: Start, web_root: Path) -> None:
    commands = web_root.parent / "commands"
    server = start(tls="off", extra=f"ExtendedLog {commands} ALL")
    error = refused(server, web_root)
    assert (error.code, error.transient) == ("destination.tls", False)
    assert "AUTH" in commands.read_text()
    assert "PASS" not in commands.read_text()


def test_a_certificate_has_to_be_that_of_the_host(
    start: Start, certificates: Certificates, web_root: Path
) -> None:
    for certificate in (
        certificates.leaf("other.test"),
        certificates.unknown("127.0.0.1"),
        certificates.expired("127.0.0.1"),
    ):
        error = refused(start(certificate=certificate), web_root)
        assert (error.code, error.transient) == ("destination.tls", False)


def test_a_wrong_login_is_refused_without_a_word_of_the_password(
    proftpd: Proftpd, web_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRONG", "hunter2")
    for others in ({"user": "nobody"}, {"password": "env:WRONG"}):
        error = refused(proftpd, web_root, **others)
        assert (error.code, error.transient) == ("destination.denied", False)
        assert "hunter2" not in str(error)


def test_a_server_that_can_not_list_for_programs_is_refused(start: Start, web_root: Path) -> None:
    error = refused(start(extra="FactsAdvertise off"), web_root)
    assert (error.code, error.transient) == ("destination.unsupported", False)


def test_a_root_that_is_no_folder_is_named(proftpd: Proftpd, web_root: Path) -> None:
    (web_root / "file").write_text("x")
    for root in (web_root / "missing", web_root / "file"):
        error = refused(proftpd, root)
        assert error.code == "destination.root"
        assert str(root) in error.message


def test_a_relative_root_begins_in_the_login_folder(start: Start, web_root: Path) -> None:
    (web_root / "public html").mkdir()
    server = start(home=web_root)
    with closing(FtpsDestination(server.destination("public html"))) as destination:
        publish(destination, "a.mp4", b"abc")
    assert (web_root / "public html/a.mp4").read_bytes() == b"abc"


# Habits of servers


def test_a_server_that_tells_no_hash_is_read_back(start: Start, web_root: Path) -> None:
    server = start(hashes=False)
    with closing(FtpsDestination(server.destination(web_root))) as destination:
        publish(destination, "a.mp4", body())
        publish(destination, "empty.mp4", b"")
        with pytest.raises(DestinationError) as caught:
            publish(destination, "b.mp4", b"sent", meant=b"else")
    assert (caught.value.code, caught.value.transient) == ("destination.corrupt", True)
    assert sorted(path.name for path in web_root.iterdir()) == ["a.mp4", "empty.mp4"]


def test_a_file_that_can_not_be_replaced_in_one_step_stays(start: Start, web_root: Path) -> None:
    server = start(overwrite="off")
    with closing(FtpsDestination(server.destination(web_root))) as destination:
        publish(destination, "a.mp4", b"old")
        with pytest.raises(DestinationError) as caught:
            publish(destination, "a.mp4", b"new")
    assert caught.value.code == "destination.replace"
    assert [(path.name, path.read_bytes()) for path in web_root.iterdir()] == [("a.mp4", b"old")]


@pytest.mark.parametrize("habits", [{"append": "off"}, {"hashes": False}], ids=str)
def test_a_kept_part_is_completed_or_sent_again(
    start: Start, web_root: Path, uploads: Any, habits: dict[str, Any]
) -> None:
    server = start(**habits)
    with closing(FtpsDestination(server.destination(web_root))) as destination:
        interrupt(destination, upload(uploads), body()[: PART + 99], KeyboardInterrupt())
        assert uploads.resumable()
        resumed(destination, upload(uploads), body())
    assert [path.name for path in web_root.rglob("*") if path.is_file()] == [PATH.rpartition("/")[2]]
    assert (web_root / PATH).read_bytes() == body()


def test_visitors_may_read_what_a_strict_umask_hides(start: Start, web_root: Path) -> None:
    server = start(umask="077")
    with closing(FtpsDestination(server.destination(web_root))) as destination:
        publish(destination, "new/a.mp4", b"abc")
        assert (web_root / "new").stat().st_mode & 0o777 == 0o755
        assert (web_root / "new/a.mp4").stat().st_mode & 0o777 == 0o644
        server.extra = "<Limit SITE_CHMOD>\nDenyAll\n</Limit>"
        server.configure()
        destination.close()
        for path in ("a.mp4", "newer/a.mp4"):
            with pytest.raises(DestinationError) as caught:
                publish(destination, path, b"abc")
            assert caught.value.code == "destination.denied"
            assert "umask" in (caught.value.hint or "")
    assert sorted(path.name for path in web_root.iterdir()) == ["new"]


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("STOR", "create files in its root"),
        ("MKD XMKD", "create the folder 'clips'"),
        ("RNFR RNTO", "rename files in its root"),
        ("DELE", "delete '"),
    ],
)
def test_a_denied_step_is_named(start: Start, web_root: Path, limit: str, said: str) -> None:
    server = start(extra=f"<Limit {limit}>\nDenyAll\n</Limit>")
    with closing(FtpsDestination(server.destination(web_root))) as destination:
        with pytest.raises(DestinationError) as caught:
            destination.check("clips" if "MKD" in limit else "")
        assert caught.value.code == "destination.denied"
        assert said in caught.value.message
        assert caught.value.hint


def test_a_folder_that_is_a_link_is_never_entered(proftpd: Proftpd, web_root: Path) -> None:
    outside = web_root.parent / "outside"
    outside.mkdir()
    (outside / "theirs.mp4").write_bytes(b"theirs")
    (web_root / "link").symlink_to(outside)
    with closing(FtpsDestination(proftpd.destination(web_root))) as destination:
        methods: list[Callable[[], object]] = [
            lambda: publish(destination, "link/a.mp4", b"abc"),
            lambda: destination.delete("link/theirs.mp4"),
            lambda: destination.stat("link/theirs.mp4"),
        ]
        for method in methods:
            with pytest.raises(DestinationError) as caught:
                method()
            assert caught.value.code == "destination.outside"
        assert list(destination.listing()) == []
    assert [path.name for path in outside.iterdir()] == ["theirs.mp4"]


# Failures


def test_a_full_disk_is_named_and_nothing_stays(proftpd: Proftpd, web_root: Path) -> None:
    with (
        mounted(web_root, "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs"),
        closing(FtpsDestination(proftpd.destination(web_root))) as destination,
    ):
        with pytest.raises(DestinationError) as caught:
            publish(destination, "a.mp4", b"x" * 8_000_000)
        assert (caught.value.code, caught.value.transient) == ("destination.full", False)
        publish(destination, "b.mp4", b"fits")
        assert [path.name for path in web_root.iterdir()] == ["b.mp4"]


QUICK = Patience(connect=2, answer=1, rate=1000, window=1, give_up=3, retry=Policy(attempts=1))


@pytest.mark.parametrize("how", ["cut", "silent"])
def test_a_connection_that_ends_or_hangs_is_given_up_and_the_next_try_goes_on(
    proftpd: Proftpd, web_root: Path, uploads: Any, how: str
) -> None:
    with closing(FtpsDestination(proftpd.destination(web_root), SharedPace(patience=QUICK))) as destination:

        def fail() -> None:
            with (
                destination.stage(PATH, "video/mp4", resume=upload(uploads)) as staged,
                trouble(proftpd, how, lambda: staged.write(body()[: PART + 1])),
            ):
                for _ in range(100):
                    staged.write(b"x" * 1_000_000)

        with pytest.raises(DestinationError) as caught:
            fail()
        assert caught.value.transient
        assert caught.value.code in ("destination.lost", "destination.given_up")
        assert len(uploads.resumable()) == 1
        resumed(destination, upload(uploads), body())
    assert (web_root / PATH).read_bytes() == body()


def trouble(server: Proftpd, how: str, first: Callable[[], None]) -> AbstractContextManager[object]:
    first()
    with ExitStack() as stack:
        if how == "silent":
            stack.enter_context(server.silent())
        else:
            assert server.drop_sessions()
        return stack.pop_all()


def test_a_lock_that_a_dead_run_left_is_taken_over(proftpd: Proftpd, web_root: Path) -> None:
    (web_root / ".syncer-lock").mkdir()
    pace = SharedPace(patience=Patience(give_up=0.3))
    with closing(FtpsDestination(proftpd.destination(web_root), pace)) as destination:
        assert destination.put_mark(b"ours", new=True)
        assert destination.mark() == b"ours"
    assert [path.name for path in web_root.iterdir()] == [".syncer-owner"]


def test_a_connection_that_the_server_closed_while_it_was_idle_is_opened_again(
    proftpd: Proftpd, web_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.connect.ftp.session.IDLE_SECONDS", 0.0)
    with closing(FtpsDestination(proftpd.destination(web_root))) as destination:
        publish(destination, "a.mp4", b"abc")
        assert proftpd.drop_sessions()
        publish(destination, "b.mp4", b"abc")
        assert destination.stat("b.mp4")
