"""Law: a message says what happened, even if the exception of a library says nothing."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import paramiko
import pytest

from syncer.connect.ftp import failures as ftp_failures
from syncer.connect.ftp.control import FtpRefused
from syncer.connect.s3 import client as aws
from syncer.connect.ssh import connection
from syncer.connect.ssh.sftp_answers import Refused
from syncer.connect.watch import Stalled
from syncer.connect.web.errors import translating
from syncer.destinations import staging
from syncer.destinations.ftps.refusals import ftps_error
from syncer.destinations.sftp.denied import denied
from syncer.errors import DestinationError, SourceError, SyncerError
from syncer.sources import local, sftp

SYSTEM = (
    *(OSError, TimeoutError, ConnectionError, ConnectionAbortedError, ConnectionResetError, BrokenPipeError),
    *(PermissionError, socket.gaierror, ssl.SSLError, ssl.SSLEOFError, Stalled, Refused),
)
OTHERS = (EOFError, paramiko.SSHException, paramiko.AuthenticationException, paramiko.sftp.SFTPError)
SHAPES: list[tuple[object, ...]] = [
    *[(), ("",), (" ",), (None,), ("[Errno None] dropped",), ("dropped: ",)],
    *[(None, None), (None, ""), (None, "Failure"), (5, None), (5, ""), (104, "reset: \n")],
]
"""The arguments of exceptions that say little."""

SSH = connection.SshSettings(host="h.example.com")
CONNECTIONS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "ssh": lambda: connection.ssh_errors(SSH, DestinationError),
    "ftp": lambda: ftp_failures.translated("h.example.com", SourceError),
    "s3": lambda: aws.s3_errors("storing s3://b/h.example.com", DestinationError),
    "web": lambda: translating("https://h.example.com/a"),
}
FILES: dict[str, Callable[[OSError], SyncerError]] = {
    "destination": lambda error: staging.file_error(error, "a.mp4", "/srv"),
    "local source": lambda error: local._failure(error, "/srv/a.mp4"),  # noqa: SLF001 - the table of its errors
    "sftp source": lambda error: sftp._failure(error, "/srv/a.mp4"),  # noqa: SLF001 - as there
}


def wordless(kinds: tuple[type[Exception], ...]) -> Iterator[Exception]:
    yield from (kind(*shape) for kind in kinds for shape in SHAPES)


def expect_words(message: str) -> None:
    assert "None" not in message
    assert "Errno" not in message
    assert "\n" not in message
    assert not re.search(r"[\s:;,(]$|[:(,]\s*\)|: [,;]|::", message), message


@pytest.mark.parametrize("place", CONNECTIONS)
def test_a_broken_connection_is_described_whatever_the_library_says(place: str) -> None:
    of_ssh = wordless(OTHERS) if place == "ssh" else ()
    for error in (*wordless(SYSTEM), *of_ssh):
        with pytest.raises(SyncerError) as caught, CONNECTIONS[place]():
            raise error
        expect_words(caught.value.message)


@pytest.mark.parametrize("place", FILES)
def test_a_failed_file_is_described_whatever_the_system_says(place: str) -> None:
    for error in wordless(SYSTEM):
        assert isinstance(error, OSError)
        expect_words(FILES[place](error).message)


@pytest.mark.parametrize(("number", "text"), [(None, "Failure"), (None, "None"), (None, ": "), (13, "")])
def test_a_refusal_is_described_whatever_the_sftp_server_says(number: int | None, text: str) -> None:
    error = Refused(number, text)
    error.doing = ("create a test file", "let this user write there")
    told = denied(error, "h.example.com:/srv")
    assert told
    expect_words(told.message)
    expect_words(f"refused: {error}")


@pytest.mark.parametrize("text", ["", " ", "None", "no: "])
@pytest.mark.parametrize("code", [450, 550])
def test_a_refusal_is_described_whatever_the_ftp_server_says(code: int, text: str) -> None:
    expect_words(ftps_error(FtpRefused(code, text), "a.mp4", "h.example.com").message)


@pytest.mark.parametrize("place", ["ssh", "ftp"])
@pytest.mark.parametrize("error", [TimeoutError(), Stalled("nothing came for 20.0 s")])
def test_silence_is_not_called_a_lost_connection(place: str, error: Exception) -> None:
    with pytest.raises(SyncerError) as caught, CONNECTIONS[place]():
        raise error
    told = f": {error}" if str(error) else ""
    assert caught.value.message == f"h.example.com does not answer in time{told}"
    assert (caught.value.code.endswith(".lost"), caught.value.transient) == (True, True)
