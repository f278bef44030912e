"""A run that has nothing to write says that it could not read the destination."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.home import Home, plain
from tests.media import mp4
from tests.servers import proftpd, sshd
from tests.servers.certificates import Certificates


def rules(done: Any) -> list[str]:
    return [finding["rule"] for finding in done["findings"]]


@pytest.mark.parametrize("kind", ["sftp", "ftps"])
def test_a_server_that_is_away_is_reported_once_also_if_nothing_changed(
    home: Home, web_root: Path, certificates: Certificates, kind: str
) -> None:
    home.config["timeouts"] = {"connect": "1s"}
    with sshd.running() if kind == "sftp" else proftpd.running(certificates) as server:
        there = plain(server.destination(web_root))
        if kind == "ftps":
            there["password"] = str.__str__(there["password"])
        home.config["origin"]["destination"] = there
        for number in range(2):
            home.put(f"{number}.mp4", mp4(seed=number))
        done = home.sync()
        assert (done["exit_code"], rules(done)) == (0, [])
        server.stop()
        done = home.sync()
        assert (done["exit_code"], done["counts"], rules(done)) == (0, {"kept": 2}, ["destination.unread"])
        (finding,) = done["findings"]
        assert finding["message"].startswith("the destination could not be read: ")
        server.start()
        assert rules(home.sync()) == []
        (home.media / "0.mp4").unlink()
        home.config |= {"delete": "mirror", "max_delete": "100%"}
        server.stop()
        done = home.sync()
        assert done["exit_code"] != 0
        assert "destination.unread" not in rules(done), "the error says it"
        server.start()
