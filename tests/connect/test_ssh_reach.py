"""Opening an SSH session: the errors of a host that can't be reached, and the defaults of ssh."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from syncer.connect.pace import SharedPace
from syncer.connect.ssh import login
from syncer.connect.ssh.connection import SshSettings
from syncer.errors import SourceError
from syncer.protocols.patience import Patience
from tests.connect.sessions import refusal
from tests.servers.ports import free_port
from tests.servers.sshd import Sshd, running


class TestReach:
    def test_a_port_without_a_listener(self, sshd: Sshd) -> None:
        error = refusal(SshSettings(**sshd.settings(port=free_port())))
        assert error.code == "destination.unreachable"
        assert "refuses the connection" in error.message
        assert error.transient

    @pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".example", "."])
    def test_a_name_that_does_not_exist(self, sshd: Sshd, host: str) -> None:
        error = refusal(SshSettings(**sshd.settings(host=host)))
        assert error.code == "destination.unreachable"
        assert f"{host} can't be resolved" in error.message

    def test_a_machine_that_does_not_answer(self, sshd: Sshd) -> None:
        """A listener with a full queue drops new connections."""
        pace = SharedPace(patience=Patience(connect=0.5))
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)
            with closing(socket.create_connection(deaf.getsockname())):
                error = refusal(SshSettings(**sshd.settings(port=deaf.getsockname()[1])), pace=pace)
        assert error.code == "destination.unreachable"
        assert "no answer in" in error.message
        assert error.transient

    @pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-x\r\n"])
    def test_a_server_that_speaks_something_else_or_hangs_up(
        self, sshd: Sshd, caplog: pytest.LogCaptureFixture, greeting: bytes
    ) -> None:
        """It may be busy, so the error is transient; no traceback is logged."""

        def answer() -> None:
            wire, _ = listener.accept()
            with wire:
                wire.sendall(greeting)

        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            thread = threading.Thread(target=answer)
            thread.start()
            error = refusal(SshSettings(**sshd.settings(port=listener.getsockname()[1])), SourceError)
            thread.join()
        assert error.code == "source.lost"
        assert error.transient
        assert caplog.records == []

    @pytest.mark.server
    @pytest.mark.parametrize("fault", ["hangs up", "falls silent"])
    def test_a_server_that_goes_away_before_the_login(
        self, monkeypatch: pytest.MonkeyPatch, fault: str
    ) -> None:
        pace = SharedPace(patience=Patience(answer=0.5))
        with running() as server, ExitStack() as until_then:

            def log_in(*arguments: Any) -> None:
                if fault == "hangs up":
                    server.drop_sessions()
                else:
                    until_then.enter_context(server.silent())
                login.log_in(*arguments)

            monkeypatch.setattr("syncer.connect.ssh.connection.log_in", log_in)
            error = refusal(SshSettings(**server.settings()), pace=pace)
        assert (error.code, error.transient) == ("destination.lost", True)


def test_the_defaults_are_those_of_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = SshSettings(host="vps.example.com")
    assert (settings.port, settings.user, settings.key) == (22, None, None)
    assert settings.known_hosts == tmp_path / ".ssh" / "known_hosts"
    assert settings.address == "vps.example.com"
