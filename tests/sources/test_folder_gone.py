"""Laws of a source's folder, here and on an SSH server: one that is not there loses nothing; what is no file
of bytes is named once.
"""

from __future__ import annotations

import os
import socket

import pytest

from tests.home import Home, plain
from tests.media import mp4
from tests.servers.sshd import Sshd


@pytest.fixture(params=["local", "sftp"])
def held(request: pytest.FixtureRequest, home: Home, sshd: Sshd) -> Home:
    if request.param == "sftp":
        home.config["sources"]["clips"] = plain(sshd.source(home.media))
    return home


@pytest.mark.parametrize("empty", [False, True])
def test_a_missing_folder_is_reported_with_its_consequences(held: Home, *, empty: bool) -> None:
    """Also if its parent exists, as that of a mount point does."""
    held.put("a.mp4", mp4())
    held.config |= {"delete": "mirror", "max_delete": "100%"}
    assert held.sync()["exit_code"] == 0
    away = held.media.rename(held.folder / "away")
    if empty:
        held.media.mkdir()
        held.config["sources"]["clips"]["root"] = str(held.media / "disk")
    ran = held.syncer("sync")
    assert ran.code == 1
    (line,) = [line for line in ran.err.splitlines() if "clips" in line]
    assert "does not exist, so nothing in it was listed, and nothing that was published from it was" in line
    assert "mount its disk" in line
    assert held.public() == {"clips/a.mp4"}
    assert set(held.manifest()) == {"a.mp4"}
    held.config["sources"]["clips"]["root"] = str(away)
    assert held.sync()["counts"] == {"kept": 1}


def test_what_is_no_regular_file_is_skipped_and_named_once(held: Home) -> None:
    held.put("a.mp4", mp4())
    os.mkfifo(held.media / "pipe.mp4")
    (held.media / "sub").mkdir()
    (held.media / "sub/link.mp4").symlink_to("../pipe.mp4")
    held.config["sources"]["clips"]["exclude"] = ["ours/*"]
    (held.media / "ours").mkdir()
    os.mkfifo(held.media / "ours/queue")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(held.media / "s.sock"))
        done = held.sync()
    assert done["exit_code"] == 0
    assert set(held.manifest()) == {"a.mp4"}
    (finding,) = [each for each in done["findings"] if each["rule"] == "source.irregular"]
    assert finding["value"] == "3"
    assert "3 names are skipped, as each is no regular file" in finding["message"]
    for name in ("'pipe.mp4' (a named pipe)", "'s.sock' (a socket)", "'sub/link.mp4' (a named pipe)"):
        assert name in finding["message"]
    assert "queue" not in finding["message"]
    (held.media / "pipe.mp4").unlink()
    (held.media / "s.sock").unlink()
    (held.media / "sub/link.mp4").unlink()
    assert not [each for each in held.sync()["findings"] if each["rule"] == "source.irregular"]


def test_thousands_of_pipes_are_one_short_sentence(home: Home) -> None:
    for number in range(30):
        os.mkfifo(home.media / f"{number:02}.mp4")
    *_, finding = home.sync()["findings"]
    assert finding["value"] == "30"
    assert finding["message"].endswith("'09.mp4' (a named pipe) and 20 more")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a device")
def test_a_device_is_named(home: Home) -> None:
    os.mknod(home.media / "null.mp4", 0o20666, os.makedev(1, 3))
    *_, finding = home.sync()["findings"]
    assert "1 name is skipped, as it is no regular file: 'null.mp4' (a device)" in finding["message"]
