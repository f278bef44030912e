"""Law: no message repeats a secret of the config, whatever the server it was sent to says."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from contextlib import closing
from urllib.parse import quote

import pytest

from syncer.connect.pace import SharedPace
from syncer.errors import DestinationError, SyncerError
from syncer.protocols.patience import Patience, Policy
from syncer.settings.secret import reveal
from syncer.sources.drive import Config as DriveConfig
from syncer.sources.drive import DriveSource
from syncer.sources.s3 import Config as S3Config
from syncer.sources.s3 import S3Source
from syncer.sources.sftp import SftpSource
from syncer.unsaid import without_secrets
from tests.servers.scripted import answer, scripted
from tests.servers.sshd import Sshd

SECRETS = ["wJalrXUtnFEMI/K7MDENG+bPxRfiCY", "let me in", "sesame", "hunter_two"]
QUICK = Patience(connect=2, answer=1, rate=1000, window=1, give_up=0.1, retry=Policy(attempts=1))


def spellings(secret: str) -> list[str]:
    return [
        secret,
        quote(secret, safe=""),
        secret.encode().hex(),
        base64.b64encode(secret.encode()).decode(),
        base64.urlsafe_b64encode(f"a:{secret}".encode()).decode(),
    ]


@pytest.fixture(params=SECRETS)
def secret(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ECHOED", request.param)
    return str(request.param)


def said(call: Callable[[], object]) -> str:
    with pytest.raises(SyncerError) as caught:
        call()
    error: BaseException | None = caught.value
    assert isinstance(error, SyncerError)
    return f"{error} {error.message} {error.hint} {error.code} {error.args}"


def expect_none(text: str, secret: str) -> None:
    assert not [each for each in spellings(secret) if each in text]


@pytest.mark.parametrize("where", ["Code", "Message"])
@pytest.mark.parametrize("status", ["403 Forbidden", "400 Bad Request"])
def test_an_s3_answer_with_a_key(secret: str, where: str, status: str) -> None:
    told = {"Code": "Odd", "Message": "no"} | {where: " ".join(spellings(secret))}
    body = "<Error>" + "".join(f"<{name}>{value}</{name}>" for name, value in told.items()) + "</Error>"
    with scripted(None, answer(status, body.encode(), "Content-Type: application/xml")) as server:
        keys = {"access_key": "env:ECHOED", "secret_key": "env:ECHOED"}
        settings = {"kind": "s3", "bucket": "b", "endpoint": f"http://{server.connect_to}", **keys}
        source = S3Source(
            "clips", S3Config.model_validate(settings | {"addressing": "path"}), SharedPace(patience=QUICK)
        )
        with closing(source):
            expect_none(said(lambda: list(source.assets())), secret)


def packet(reason: str) -> bytes:
    """SSH_MSG_DISCONNECT before the encryption."""
    text = reason.encode()
    payload = struct.pack(">BII", 1, 11, len(text)) + text + struct.pack(">I", 0)
    padding = 8 - (len(payload) + 5) % 8 + 8
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


@pytest.mark.parametrize("kind", ["banner", "version", "disconnect"])
def test_an_ssh_server_with_a_password(secret: str, kind: str, sshd: Sshd) -> None:
    reveal("env:ECHOED")
    echo = " ".join(spellings(secret))
    sent = {
        "banner": f"{echo}\r\n".encode(),
        "version": f"SSH-1.5-{echo}\r\n".encode(),
        "disconnect": b"SSH-2.0-x\r\n" + packet(echo),
    }[kind]
    with scripted(None, sent) as server:
        settings = sshd.source("/").model_copy(
            update={"host": "127.0.0.1", "port": server.port, "key": None, "password": "env:ECHOED"}
        )
        source = SftpSource("clips", settings, SharedPace(patience=QUICK))
        with closing(source):
            expect_none(said(lambda: list(source.assets())), secret)


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden"])
def test_a_drive_answer_with_a_key(secret: str, status: str) -> None:
    body = b'{"error": {"errors": [{"reason": "%s"}]}}' % secret.replace(" ", "_").encode()
    with scripted(None, answer(status, body, "Content-Type: application/json")) as server:
        fields = {"kind": "drive", "folder": "folder0000", "endpoint": f"http://{server.connect_to}/"}
        settings = DriveConfig(**fields, api_key="env:ECHOED")  # type: ignore[arg-type]
        source = DriveSource("clips", settings, SharedPace(patience=QUICK))
        with closing(source):
            expect_none(said(lambda: list(source.assets())), secret)


def test_a_message_of_ours_has_no_secret_but_keeps_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("correct-Horse7", "password"):
        monkeypatch.setenv("ECHOED", value)
        reveal("env:ECHOED")
    error = DestinationError("it said correct-Horse7", hint="check `password`")
    assert str(error) == "it said ***; check `password`"
    assert without_secrets("530 password correct%2DHorse7") == "530 *** correct%2DHorse7"


@pytest.mark.parametrize("short", ["a", "x1"])
def test_a_short_secret_is_hidden_where_it_is_a_word(short: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHOED", short)
    reveal("env:ECHOED")
    assert without_secrets(f"530 PASS {short}: bad {short}{short}") == f"530 PASS ***: bad {short}{short}"
