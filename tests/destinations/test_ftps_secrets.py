"""No message repeats the FTP password, in whatever reply and spelling the server sends it back."""

from __future__ import annotations

import base64
import logging
from urllib.parse import quote

import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.lying_ftp import lying

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


@pytest.mark.parametrize("verb", REPLIES)
def test_a_reply_with_the_password_is_shown_without_it(
    home: Home,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    verb: str,
) -> None:
    monkeypatch.setenv("FTPS_PASSWORD", PASSWORD)
    home.put("a.mp4", mp4(2000))
    home.config["timeouts"] = {"answer": "1s", "give_up": "100ms"}
    home.config["retry"] = {"attempts": 1}
    reply = REPLIES[verb].replace("{secret}", " ".join(ECHOES))
    with lying(certificates, replies={verb: reply}) as server, caplog.at_level(logging.DEBUG):
        settings = server.destination(home.site.root).model_dump(mode="json", exclude_none=True)
        home.config["origin"]["destination"] = settings
        said = "".join(str(home.syncer(*command)) for command in (["sync"], ["doctor", "--json"]))
        said += str(home.syncer("status", "--json"))
    for echo in ECHOES:
        assert echo not in said + caplog.text
    assert "***" in said or verb in ("USER", "RNFR")
