"""What an FTP server refuses is named, found before anything is published, and has advice that works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from syncer.connect.ftp.control import FtpRefused
from syncer.connect.refusal import Doing
from syncer.destinations.ftps import FtpsDestination
from syncer.destinations.ftps.refusals import ftps_error
from syncer.destinations.steps import create_file
from syncer.errors import DestinationError
from tests.contracts.test_resume import content
from tests.home import Home
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.proftpd import Proftpd, running

pytestmark = pytest.mark.server

Start = Callable[..., Proftpd]


@pytest.fixture
def start(certificates: Certificates) -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(running(certificates, **settings))


def at(home: Home, server: Proftpd) -> None:
    settings = server.destination(home.site.root).model_dump(mode="json", exclude_none=True)
    home.config["origin"]["destination"] = settings


def publish(destination: FtpsDestination, path: str, data: bytes) -> None:
    with destination.stage(path, "video/mp4") as staged:
        for start in range(0, len(data), 100_000):
            staged.write(data[start : start + 100_000])
        staged.commit(content(data))


# A server that does not replace


def test_a_server_that_does_not_replace_is_refused_by_the_first_run_and_by_doctor(
    home: Home, start: Start
) -> None:
    server = start(overwrite="off")
    at(home, server)
    home.put("a.mp4", mp4(2000))
    for command in ("sync", "doctor"):
        ran = home.syncer(command)
        said = ran.out + ran.err
        assert ran.code == 1
        assert "does not let us replace " in said
        assert "AllowOverwrite on" in said
        assert "sha256" not in said
        assert list(home.site.root.iterdir()) == []
    server.overwrite = "on"
    server.configure()
    assert home.sync()["counts"]["copied"] == 1


def test_a_mark_that_can_not_be_renewed_names_the_setting_of_the_server(home: Home, start: Start) -> None:
    server = start()
    at(home, server)
    home.put("a.mp4", mp4(2000))
    assert home.sync()["exit_code"] == 0
    server.overwrite = "off"
    server.configure()
    home.put("b.mp4", mp4(2001, seed=1))
    ran = home.syncer("sync")
    assert ran.code == 1
    assert "AllowOverwrite on" in ran.err
    assert "sha256" not in ran.err
    assert home.public() == {"clips/a.mp4"}


# An upload that the server breaks off


@pytest.mark.parametrize("size", [300_000, 8_000_000])
def test_an_upload_that_the_server_breaks_off_asks_for_its_disk_and_quota(
    start: Start, web_root: Path, size: int
) -> None:
    server = start(extra="MaxStoreFileSize 100 Kb")
    with (
        closing(FtpsDestination(server.destination(web_root))) as destination,
        pytest.raises(DestinationError) as caught,
    ):
        publish(destination, "clips/a.mp4", b"x" * size)
    assert "broke off the upload of 'clips/a.mp4'" in caught.value.message
    assert "is its disk or your quota full?" in (caught.value.hint or "")
    assert "touch" not in caught.value.message
    assert list(web_root.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "text", "denied"),
    [
        (451, "Transfer aborted. Input/output error", False),
        (426, "Failure writing to local file.", False),
        (550, "rejected by the virus scanner", True),
    ],
)
def test_what_broke_off_an_upload_is_repeated_and_never_called_a_right(
    code: int, text: str, *, denied: bool
) -> None:
    refused = FtpRefused(code, text)
    refused.uploading = True
    error = ftps_error(refused, "clips/b.mp4", "ftp.test:media")
    assert error.message == f"ftp.test:media broke off the upload of 'clips/b.mp4' ({code} {text})"
    assert (error.code == "destination.denied", error.transient) == (denied, not denied)
    assert "quota full?" in (error.hint or "")
    assert "right" not in (error.hint or "")


@pytest.mark.parametrize("doing", [None, create_file("clips")])
def test_a_refusal_that_may_pass_is_called_temporary(doing: Doing | None) -> None:
    refused = FtpRefused(450, "busy")
    refused.doing = doing
    error = ftps_error(refused, "clips/b.mp4", "ftp.test:media")
    assert error.transient
    assert (error.hint or "").startswith("the server calls this temporary")


def test_unpublish_names_the_public_file_that_it_could_not_delete(home: Home, start: Start) -> None:
    server = start()
    at(home, server)
    home.put("a.mp4", mp4(2000))
    assert home.sync()["exit_code"] == 0
    server.extra = "<Limit DELE>\nDenyAll\n</Limit>"
    server.configure()
    ran = home.syncer("unpublish", "a.mp4")
    assert ran.code == 3
    assert "clips/a.mp4 is out of the manifest, but STILL PUBLIC" in ran.out
    (part,) = (path.name for path in home.site.root.glob("*.part"))
    assert f"or delete '{part}' by hand" in ran.out
    done = home.sync()
    assert (done["exit_code"], done["findings"][-1]["rule"]) == (1, "unpublish.public")
