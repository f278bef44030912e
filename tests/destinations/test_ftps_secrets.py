"""No message repeats the FTP password, in whatever reply and spelling the server sends it back."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from urllib.parse import quote

import pytest

from syncer.connect.pace import SharedPace
from syncer.destinations.ftps import FtpsDestination
from syncer.errors import DestinationError
from syncer.protocols.patience import Patience, Policy
from tests.home import Home
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.lying_ftp import LyingFtp, lying

pytestmark = pytest.mark.server

PASSWORD = "Let me=in/7"
ECHOES = [
    PASSWORD,
    quote(PASSWORD, safe=""),
    base64.b64encode(PASSWORD.encode()).decode(),
    base64.b64encode(f"deploy:{PASSWORD}".encode()).decode(),
]
REPLIES = {
    "": "421 go away, {secret}",
    "AUTH": "502 {secret}",
    "USER": "530 {secret}",
    "PASS": '421 login "{secret}" refused',
    "PBSZ": "999 PASS {secret}",
    "FEAT": "421-have\r\n{secret}\r\n421 {secret}",
    "PWD": "257 {secret}",
    "MLST": "502 {secret}",
    "STOR": "553 {secret}",
    "EPSV": "229 {secret}",
    "RNFR": "550 {secret}",
    "DELE": "550 {secret}",
    "MKD": "553 {secret}",
    "MLSD": "451 {secret}",
}


QUICK = Patience(connect=2, answer=1, rate=1000, window=1, give_up=0.1, retry=Policy(attempts=1))


def at(verb: str, certificates: Certificates) -> AbstractContextManager[LyingFtp]:
    return lying(certificates, replies={verb: REPLIES[verb].replace("{secret}", " ".join(ECHOES))})


@pytest.mark.parametrize("verb", REPLIES)
def test_a_reply_with_the_password_is_shown_without_it(
    certificates: Certificates,
    web_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    verb: str,
) -> None:
    monkeypatch.setenv("FTPS_PASSWORD", PASSWORD)
    said = ""
    with at(verb, certificates) as server, caplog.at_level(logging.DEBUG):
        there = FtpsDestination(server.destination(web_root), SharedPace(patience=QUICK))
        acts: list[Callable[[], object]] = [
            there.check,
            lambda: there.stat("a.mp4"),
            lambda: there.put_mark(b"{}", new=True),
        ]
        with closing(there):
            for act in acts:
                try:
                    act()
                except DestinationError as error:
                    said += f"{error} {error.args} {error.message}"
    assert said or verb == "MKD"
    for echo in ECHOES:
        assert echo not in said + caplog.text
    assert "***" in said or verb in ("USER", "PASS", "MKD")


@pytest.mark.parametrize("verb", ["PASS", "STOR"])
def test_no_output_of_a_run_has_it(
    home: Home, certificates: Certificates, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setenv("FTPS_PASSWORD", PASSWORD)
    home.put("a.mp4", mp4(2000))
    home.config["retry"] = {"attempts": 1}
    with at(verb, certificates) as server:
        settings = server.destination(home.site.root).model_dump(mode="json", exclude_none=True)
        home.config["origin"]["destination"] = settings
        ran = [home.syncer(*command) for command in (["sync"], ["doctor", "--json"], ["status", "--json"])]
    assert [each.code for each in ran[:2]] == [1, 1]
    assert "***" in ran[0].err
    assert not [echo for echo in ECHOES if echo in str(ran)]
