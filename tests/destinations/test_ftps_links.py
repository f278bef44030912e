"""No link of the user is replaced over FTP, even one that the server shows to no program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from syncer.destinations.ftps import FtpsDestination
from syncer.errors import DestinationError
from tests.home import Home
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.proftpd import Proftpd, running

pytestmark = pytest.mark.server

Start = Callable[..., Proftpd]
SETTINGS = {"default": "", "hidden": "ShowSymlinks off", "chroot": "DefaultRoot {root}"}


@pytest.fixture
def start(certificates: Certificates) -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(running(certificates, **settings))


def as_config(settings: FtpsDestination.Config) -> dict[str, Any]:
    made: dict[str, Any] = settings.model_dump(mode="json", exclude_none=True)
    return made


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_link_to_a_disk_that_is_away_is_never_replaced(home: Home, start: Start, kind: str) -> None:
    root = home.site.root
    server = start(extra="TLSRequired on\n" + SETTINGS[kind].format(root=root))
    home.config["origin"]["destination"] = as_config(server.destination("/" if kind == "chroot" else root))
    targets = {"gone.mp4": "/mnt/away/gone.mp4", "loop.mp4": "loop.mp4", "out.mp4": "/etc/passwd"}
    (root / "clips").mkdir()
    for name, target in targets.items():
        (root / "clips" / name).symlink_to(target)
        home.put(name, mp4(2000, seed=len(name)))
    home.put("new.mp4", mp4(2001))
    for _ in range(2):
        assert home.sync()["exit_code"] == 3
        assert {name: str((root / "clips" / name).readlink()) for name in targets} == targets
        assert (root / "clips/new.mp4").read_bytes() == mp4(2001)
    assert str(home.troubles()).count("destination.taken") == 3


def test_an_owner_mark_that_is_a_link_to_nothing_is_never_replaced(proftpd: Proftpd, web_root: Path) -> None:
    (web_root / ".syncer-owner").symlink_to("/mnt/away/mark")
    with (
        closing(FtpsDestination(proftpd.destination(web_root))) as destination,
        pytest.raises(DestinationError) as caught,
    ):
        destination.put_mark(b"{}", new=True)
    assert caught.value.code == "destination.in_the_way"
    assert (web_root / ".syncer-owner").is_symlink()
    assert [path.name for path in web_root.iterdir()] == [".syncer-owner"]


def test_a_folder_that_is_a_link_to_nothing_is_named_as_a_link(proftpd: Proftpd, web_root: Path) -> None:
    (web_root / "clips").symlink_to("/mnt/away/clips")
    with (
        closing(FtpsDestination(proftpd.destination(web_root))) as destination,
        pytest.raises(DestinationError) as caught,
    ):
        destination.check("clips")
    assert caught.value.code == "destination.outside"
    assert (web_root / "clips").is_symlink()


def test_a_new_name_costs_one_request_more(web_root: Path, start: Start) -> None:
    commands = web_root.parent / "commands"
    server = start(extra=f"TLSRequired on\nExtendedLog {commands} ALL")
    with closing(FtpsDestination(server.destination(web_root))) as destination:
        assert destination.stat("a.mp4") is None
        before = commands.read_text().count("\n")
        assert destination.stat("b.mp4") is None
        asked = commands.read_text().splitlines()[before:]
    assert [verb for line in asked for verb in ("MLST", "SIZE", "RNFR") if verb in line] == [
        "MLST",
        "SIZE",
        "RNFR",
    ]
