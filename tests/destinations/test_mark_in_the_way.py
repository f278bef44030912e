"""Something else has the owner mark's name: a run says what it is and what to do, and publishes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers.proftpd import Proftpd
from tests.servers.sshd import Sshd

pytestmark = pytest.mark.server

THINGS: dict[str, Callable[[Path], None]] = {
    "link": lambda mark: mark.symlink_to("nowhere"),
    "link to a file": lambda mark: mark.symlink_to("/etc/hostname"),
    "pipe": os.mkfifo,
    "folder": lambda mark: mark.mkdir(),
}


NAMED = {"link to a file": "a link", "pipe": "a named pipe"}
WHERE = [(kind, thing) for kind in ("local", "sftp") for thing in THINGS]
WHERE += [("ftps", "folder"), ("ftps", "link")]
"""FTP does not tell a link from what it leads to."""


def settle(home: Home, kind: str, request: pytest.FixtureRequest) -> None:
    if kind == "local":
        return
    server: Sshd | Proftpd = request.getfixturevalue({"sftp": "sshd", "ftps": "proftpd"}[kind])
    settings = server.destination(home.site.root).model_dump(mode="json", exclude_none=True)
    home.config["origin"]["destination"] = settings


@pytest.mark.parametrize(("kind", "thing"), WHERE)
def test_it_is_named_with_what_to_do(
    home: Home, kind: str, thing: str, request: pytest.FixtureRequest
) -> None:
    settle(home, kind, request)
    home.put("a.mp4", mp4(2000))
    mark = home.site.root / ".syncer-owner"
    THINGS[thing](mark)
    ran = home.syncer("sync")
    assert ran.code == 1
    assert f"is {NAMED.get(thing, f'a {thing}')}, " in ran.err
    assert "remove or rename .syncer-owner there" in ran.err
    assert "`path`" not in ran.err
    assert list(home.site.root.iterdir()) == [mark]
