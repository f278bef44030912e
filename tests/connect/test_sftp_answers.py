"""Invalid answers of an SFTP server are errors, within a short time. A name may be any bytes."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from syncer.connect.pace import SharedPace
from syncer.destinations.sftp import SftpDestination
from syncer.errors import DestinationError
from syncer.protocols.patience import Patience
from tests.contracts.stores import publish
from tests.servers.sshd import Sshd, running

SERVER = """\
import struct, sys

HOW = {how!r}

def take(size):
    data = sys.stdin.buffer.read(size)
    return data if len(data) == size else sys.exit()

def say(kind, number, data):
    packet = struct.pack(">BI", kind, number) + data
    sys.stdout.buffer.write(struct.pack(">I", len(packet)) + packet)
    sys.stdout.buffer.flush()

while True:
    packet = take(*struct.unpack(">I", take(4)))
    number = int.from_bytes(packet[1:5], "big")
    if packet[0] == 1:
        say(2, 3, b"")
    elif HOW == "strays":
        while True:
            say(101, 1 << 31, bytes(12))
    elif HOW == "attributes without end":
        say(105, number, struct.pack(">II", 1 << 31, (1 << 32) - 1))
    elif HOW == "another type":
        say(102, number, bytes(4))
    elif HOW == "a bare yes":
        say(101, number, bytes(12))
    elif HOW == "cut":
        say(105, number, b"")
    elif HOW == "no number":
        sys.stdout.buffer.write(struct.pack(">IB", 1, 105))
        sys.stdout.buffer.flush()
    elif packet[0] == 17:
        say(105, number, struct.pack(">II", 4, {folder}))
    else:  # one name with a length, but without its bytes
        say(104, number, struct.pack(">II", 1, 4096))
"""
"""A scripted server, as no real one answers so."""

HOWS = (
    *("strays", "attributes without end", "another type", "a bare yes", "cut", "no number"),
    "a name that is longer than its packet",
)


@pytest.mark.server
@pytest.mark.parametrize("how", HOWS)
def test_nonsense_is_an_error_by_name(tmp_path: Path, how: str) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER.format(how=how, folder=stat.S_IFDIR | 0o755))
    pace = SharedPace(patience=Patience(answer=20.0))
    with running(subsystem=f"Subsystem sftp {sys.executable} -IS {script}") as server:
        place = SftpDestination(server.destination("/"), pace)
        with closing(place), pytest.raises(DestinationError, match="does not speak SFTP") as caught:
            place.check()
    assert caught.value.code == "destination.denied"


def test_folder_on_the_server_may_have_a_name_that_is_not_utf8(sshd: Sshd, web_root: Path) -> None:
    real = os.fsencode(web_root) + b"/caf\xe9"
    os.mkdir(real)  # noqa: PTH102 - bytes
    link = web_root / "link"
    link.symlink_to(os.fsdecode(real))
    with closing(SftpDestination(sshd.destination(link))) as place:
        place.check()
        publish(place, "new/a.mp4", b"a")
        publish(place, "new/a.mp4", b"b")
        assert place.put_mark(b"mark", new=True)
        assert [stored.path for stored in place.listing()] == ["new/a.mp4"]
        assert (link / "new" / "a.mp4").read_bytes() == b"b"
        place.delete("new/a.mp4")
        assert sorted(os.listdir(real)) == [b".syncer-owner"]  # noqa: PTH208 - bytes
