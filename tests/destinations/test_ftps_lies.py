"""What breaks FTP is named by its cause, with advice that helps, and no failed trial leaves files behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncer.connect.pace import SharedPace
from syncer.destinations.ftps import FtpsDestination
from syncer.errors import DestinationError
from syncer.protocols.patience import Patience, Policy
from tests.home import Home
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.lying_ftp import LyingFtp, lying
from tests.servers.proftpd import Proftpd, running

pytestmark = pytest.mark.server

Lie = Callable[..., LyingFtp]
PASSWORD = "Let me=in/7"
QUICK = Patience(connect=2, answer=1, rate=1000, window=1, give_up=1, retry=Policy(attempts=1))


@pytest.fixture
def lie(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lie]:
    monkeypatch.setenv("FTPS_PASSWORD", PASSWORD)
    with ExitStack() as stack:
        yield lambda **lies: stack.enter_context(lying(certificates, **lies))


@pytest.fixture
def start(certificates: Certificates) -> Iterator[Callable[..., Proftpd]]:
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(running(certificates, **settings))


def as_config(settings: FtpsDestination.Config) -> dict[str, Any]:
    made: dict[str, Any] = settings.model_dump(mode="json", exclude_none=True)
    return made


def failure(config: FtpsDestination.Config, act: str = "check") -> DestinationError:
    with (
        closing(FtpsDestination(config, SharedPace(patience=QUICK))) as destination,
        pytest.raises(DestinationError) as caught,
    ):
        destination.put_mark(b"{}", new=True) if act == "mark" else destination.check()
    assert caught.value.hint
    return caught.value


# The connections


def test_a_data_connection_that_is_blocked_is_named_with_its_port(lie: Lie, web_root: Path) -> None:
    error = failure(lie(data="blocked").destination(web_root))
    assert error.code == "destination.data"
    assert "lets us in, but the data connection to 127.0.0.1 port " in error.message
    assert "passive ports" in (error.hint or "")
    assert "`connections`" not in (error.hint or "")


def test_a_data_connection_in_plain_text_is_named(lie: Lie, web_root: Path) -> None:
    error = failure(lie(data="plain").destination(web_root))
    assert error.code == "destination.tls"
    assert "over the data connection, not TLS" in error.message


@pytest.mark.parametrize("kind", ["implicit", "https"])
def test_a_port_where_the_client_speaks_first_is_no_lost_connection(
    start: Callable[..., Proftpd], home: Home, kind: str
) -> None:
    server = start(extra="TLSOptions UseImplicitSSL\nTLSRequired on")
    port = server.port if kind == "implicit" else int(home.site.connect_to.rpartition(":")[2])
    error = failure(server.destination(home.site.root, port=port))
    assert "does not greet as an FTP server does" in error.message
    assert "port 990 (implicit TLS)" in (error.hint or "")


def test_an_expired_certificate_is_called_expired(
    start: Callable[..., Proftpd], certificates: Certificates, web_root: Path
) -> None:
    error = failure(start(certificate=certificates.expired("127.0.0.1")).destination(web_root))
    day = datetime.now(UTC) - timedelta(days=1)
    assert f"has expired (certificate has expired, on {day:%Y-%m-%d})" in error.message
    assert "renew it" in (error.hint or "")
    assert "`host`" not in (error.hint or "")


def test_a_certificate_for_another_name_asks_for_the_host(
    start: Callable[..., Proftpd], certificates: Certificates, web_root: Path
) -> None:
    error = failure(start(certificate=certificates.leaf("other.test")).destination(web_root))
    assert "is for another name" in error.message
    assert "set `host`" in (error.hint or "")


# The requests


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_server_that_damages_what_it_sends_is_no_foreign_owner(home: Home, lie: Lie, damage: str) -> None:
    server = lie(damage=damage)
    home.config["origin"]["destination"] = as_config(server.destination(home.site.root))
    home.put("a.mp4", mp4(2000))
    for _ in range(2):
        ran = home.syncer("sync")
        assert ran.code == 1
        assert "the server damages what it stores or sends" in ran.err
        assert "take-over" not in ran.err
    assert list(home.site.root.iterdir()) == []


@pytest.mark.parametrize("code", [500, 502])
def test_a_refused_mlst_is_no_missing_root(lie: Lie, web_root: Path, code: int) -> None:
    error = failure(lie(replies={"MLST": f"{code} not here"}).destination(web_root))
    assert error.code == "destination.unsupported"
    assert f"refuses MLST, the request for a file's size and kind, for the root {web_root}" in error.message


def test_a_refused_mkd_is_named_at_the_owner_mark(start: Callable[..., Proftpd], web_root: Path) -> None:
    server = start(extra="TLSRequired on\n<Limit MKD XMKD>\nDenyAll\n</Limit>")
    error = failure(server.destination(web_root), "mark")
    assert "does not let us create the folder '.syncer-lock' in its root (MKD)" in error.message
    assert "create and remove folders" in (error.hint or "")
    assert list(web_root.iterdir()) == []


@pytest.mark.parametrize("replies", [{"DELE": "550 no"}, {"DELE": "502 unknown"}, {"DELE": "250 done"}])
def test_a_server_that_does_not_delete_is_refused_and_keeps_one_file(
    home: Home, lie: Lie, replies: dict[str, str]
) -> None:
    server = lie(replies=replies)
    home.config["origin"]["destination"] = as_config(server.destination(home.site.root))
    home.put("a.mp4", mp4(2000))
    for command in ("sync", "sync", "tidy", "doctor"):
        ran = home.syncer(command)
        assert ran.code != 0, command
        if command != "tidy":
            (left,) = (path.name for path in home.site.root.iterdir())
            assert f"does not let us delete '{left}', a test file" in ran.out + ran.err
    assert len(list(home.site.root.iterdir())) == 1


# Names


def test_a_server_that_accepts_any_name_for_a_rename_still_gets_files(lie: Lie, web_root: Path) -> None:
    (web_root / "link.mp4").symlink_to("nowhere")
    with closing(FtpsDestination(lie(any_name=True).destination(web_root))) as destination:
        assert destination.stat("new.mp4") is None
        assert destination.stat("link.mp4")
        assert destination.put_mark(b"{}", new=True)
    assert (web_root / "link.mp4").is_symlink()
