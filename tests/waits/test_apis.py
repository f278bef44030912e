"""Law: neither Google Drive nor TikTok's API nor an SSH agent nor DNS is waited for without end."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.connect import dial
from syncer.connect.dns import DnsSettings, txt_records
from syncer.connect.pace import SharedPace
from syncer.connect.ssh import connection
from syncer.connect.watch import Stalled
from syncer.connect.web.client import WebSettings
from syncer.destinations.sftp import SftpDestination
from syncer.errors import DestinationError, OriginError, PlatformError, SourceError
from syncer.protocols.patience import Patience, Policy
from syncer.push.model import Media
from syncer.push.tiktok import TiktokClient, TiktokSettings
from syncer.sources.drive import DriveSource
from tests.servers import stalling
from tests.servers.sshd import Sshd, running
from tests.servers.stalling import http, serving


def quick(**more: Any) -> SharedPace:
    settings: dict[str, Any] = {
        "connect": 0.3,
        "answer": 0.3,
        "window": 0.3,
        "retry": Policy(2, 0.001),
    } | more
    return SharedPace(patience=Patience(**settings))


@pytest.mark.parametrize("talk", [http(stalling.silent), http(stalling.dripping_body), http(stalling.reset)])
def test_google_drive(monkeypatch: pytest.MonkeyPatch, talk: stalling.Talk) -> None:
    monkeypatch.setenv("SYNCER_TEST_KEY", "k")
    with serving(talk) as server:
        said = {"kind": "drive", "folder": "1AbCdEfGhIj", "api_key": "env:SYNCER_TEST_KEY"}
        config = DriveSource.Config.model_validate(said | {"endpoint": server.url})
        pace = quick(give_up=0.6)
        with closing(DriveSource("studio", config, pace)) as source:
            codes = set()
            for _ in range(20):
                with pytest.raises(SourceError) as caught:
                    list(source.assets())
                codes.add(caught.value.code)
            assert codes <= {"source.unreachable", "source.given_up"}
        if "source.given_up" in codes:
            asked = server.connections
            with closing(DriveSource("studio", config, pace)) as another, pytest.raises(SourceError):
                list(another.assets())
            assert server.connections == asked, "all workers know"


def test_tiktoks_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNCER_TEST_TOKEN", "t")
    with serving(stalling.mute) as server:
        web = WebSettings(connect_to=f"127.0.0.1:{server.port}")
        settings = TiktokSettings("env:SYNCER_TEST_TOKEN", web=web)
        api = TiktokClient(settings, quick(give_up=0.5))
        told: list[PlatformError] = []
        while not told or told[-1].transient:
            with pytest.raises(PlatformError) as caught:
                api.status("p1")
            told.append(caught.value)
        assert {each.code for each in told} == {"push.unreachable"}
        assert "failed every request for" in told[-1].message
        with pytest.raises(PlatformError) as caught:
            api.send(("https://h/a.mp4",), Media.VIDEO)
        assert caught.value.code == "push.unreachable", "nothing was sent, and that is known"


def test_an_ssh_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sshd: Sshd) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(tmp_path / "agent"))
        agent.listen()
        settings = connection.SshSettings(**sshd.settings(key=None))
        with pytest.raises(DestinationError) as caught:
            connection.connect_ssh(settings, DestinationError, quick(connect=5.0))
    assert caught.value.code == "destination.denied"


@pytest.mark.server
def test_a_server_that_takes_no_more_bytes(web_root: Path) -> None:
    with running() as server:
        destination = SftpDestination(server.destination(web_root), quick(connect=5.0))
        with closing(destination), destination.stage("a.mp4", "video/mp4") as staged:
            staged.write(bytes(100_000))
            with server.silent(), pytest.raises(DestinationError) as caught:
                staged.write(bytes(16 * 1024**2))
    assert (caught.value.code, caught.value.transient) == ("destination.lost", True)


def test_a_lookup_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: release.wait(60))
    with pytest.raises(Stalled, match="looking up media"):
        dial.resolve("media.example.test", 443, quick())
    stopped = quick(connect=60.0)
    stopped._stopped_at = 0.0  # noqa: SLF001 - as if it had been stopped long ago
    with pytest.raises(Stalled, match="stopped"):
        dial.resolve("media.example.test", 443, stopped)
    release.set()


def test_a_dns_server() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        settings = DnsSettings.at(f"127.0.0.1:{mute.getsockname()[1]}", quick().patience)
        with pytest.raises(OriginError) as caught:
            txt_records("media.example.test", settings)
    assert (caught.value.code, caught.value.transient) == ("origin.dns", True)


def test_the_first_address_that_answers_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside one that drops what is sent to it, as IPv6 does in many networks."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as deaf:
        deaf.bind(("127.0.0.2", 0))
        deaf.listen(0)
        port = listener.getsockname()[1]
        with closing(socket.create_connection(deaf.getsockname())):
            found = [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", where)
                for where in (deaf.getsockname(), ("127.0.0.1", port))
            ]
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
            with closing(dial.dial("media.example.test", port, quick(connect=30.0))) as wire:
                assert wire.getpeername() == ("127.0.0.1", port)
