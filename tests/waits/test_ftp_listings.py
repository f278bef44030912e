"""Law: the listing of a folder over FTP ends, whatever the server says, for every use of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from syncer.connect.ftp.control import NotFtpError
from syncer.connect.ftp.listing import EndlessListing, bounded_lines
from syncer.connect.pace import SharedPace
from syncer.destinations.ftps import FtpsDestination
from syncer.errors import DestinationError
from syncer.protocols.patience import Patience, Policy
from tests.home import Home
from tests.media import SMALLEST
from tests.servers.certificates import Certificates
from tests.servers.lying_ftp import lying

pytestmark = pytest.mark.server

SHORT = Patience(connect=5, answer=5, rate=1000, window=1, give_up=0.1, retry=Policy(attempts=1))
UNKNOWN = {"MLST": "550 ask elsewhere", "SIZE": "550 ask elsewhere"}
"""Answers that leave only the listing of the parent folder."""

USES: dict[str, Callable[[FtpsDestination], object]] = {
    "test upload": lambda there: there.check(),
    "look": lambda there: there.stat("a.mp4"),
    "owner mark": lambda there: there.mark(),
    "listing": lambda there: list(there.listing()),
    "litter": lambda there: list(there.litter()),
}


@pytest.mark.parametrize("use", USES)
def test_a_folder_without_end_is_left_by_name(
    certificates: Certificates, web_root: Path, monkeypatch: pytest.MonkeyPatch, use: str
) -> None:
    monkeypatch.setenv("FTPS_PASSWORD", "let me in")
    with lying(certificates, endless=True) as server:
        there = FtpsDestination(server.destination(web_root), SharedPace(patience=SHORT))
        with closing(there):
            assert there.stat("known.mp4") is None
            server.lies.replies = UNKNOWN
            with pytest.raises(DestinationError, match="does not end: it gave") as caught:
                USES[use](there)
    assert caught.value.code == "destination.endless"
    assert not caught.value.transient
    assert caught.value.hint


def test_a_run_at_such_a_server_ends(
    home: Home, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTPS_PASSWORD", "let me in")
    home.put("a.mp4", SMALLEST)
    home.config["timeouts"] = {"give_up": "100ms"}
    with lying(certificates, endless=True) as server:
        settings = server.destination(home.site.root).model_dump(mode="json", exclude_none=True)
        home.config["origin"]["destination"] = settings
        ran = home.syncer("sync")
    assert ran.code == 1
    assert "does not end: it gave" in ran.err


@pytest.mark.parametrize("most", [99, 250])
def test_names_without_end_stop_at_their_number(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.connect.ftp.listing.MOST_NAMES", most)
    chunks = (b"type=file; %d.mp4\r\n" % number for number in range(10**9))
    with pytest.raises(EndlessListing, match=f"more than {most} names"):
        list(bounded_lines(chunks, "/clips", Patience()))


def test_a_line_without_end_is_no_listing() -> None:
    with pytest.raises(NotFtpError):
        list(bounded_lines((b"x" * 1000 for _ in range(10**9)), "/clips", Patience()))
