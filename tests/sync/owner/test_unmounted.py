"""If the disk is unmounted during a run, nothing below the mount point is replaced or deleted."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from syncer.destinations.keys import OWNER_MARK
from tests.home import Home, plain
from tests.media import mp4
from tests.servers.proftpd import Proftpd
from tests.servers.sshd import Sshd

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount disks")

OLD = [f"v{number}.mp4" for number in range(9)]
CHANGED = OLD[2:]
NEW = ["new/1.mp4", "new/2.mp4", "new/3.mp4"]
SIZE = 100_000
BANDWIDTH = f"{4 * SIZE // 1000}KB/s"
"""A run is still at work when its first file is seen."""


@dataclass
class Disk:
    """The destination's root is the mount point. `below` lies under it, where the user has files."""

    home: Home
    disk: Path
    below: dict[str, bytes] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.home.site.root

    def mount(self) -> None:
        subprocess.run(["mount", "--bind", self.disk, self.root], check=True)

    def unmount(self) -> None:
        """A disk that is pulled out while it is in use."""
        subprocess.run(["umount", "-l", self.root], check=True)

    def put_below(self) -> None:
        for number, name in enumerate([*OLD[3:5], *OLD[7:], NEW[0]]):
            file = self.root / "clips" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(mp4(SIZE, seed=900 + number))
        self.below = files(self.root)

    def change(self) -> None:
        for number, name in enumerate([*CHANGED, *NEW]):
            self.home.put(name, mp4(SIZE, seed=100 + number))
        (self.home.media / OLD[0]).unlink()

    def sync_unmounted(self, seen: Callable[[dict[str, bytes]], object]) -> Any:
        """A run whose disk is unmounted as soon as a file that the run wrote is `seen` there."""
        before = files(self.disk)
        process = self.home.start("sync", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while not seen({name: said for name, said in files(self.disk).items() if said != before.get(name)}):
            assert process.poll() is None, process.communicate()
            time.sleep(0.005)
        self.unmount()
        out, err = process.communicate(timeout=120)
        assert out, err
        return json.loads(out) | {"log": err.decode()}


def files(root: Path) -> dict[str, bytes]:
    """Media by path."""
    found = (each for each in root.rglob("*.mp4") if not each.name.startswith("."))
    return {str(each.relative_to(root)): each.read_bytes() for each in found}


def lost(done: Any) -> dict[str, str]:
    assert done["exit_code"] == 1, done
    (error,) = done["errors"]
    assert error["code"] == "destination.emptied"
    assert error["hint"].startswith("was its disk unmounted")
    assert "nothing more is copied or deleted" in error["message"]
    return error  # type: ignore[no-any-return]


@pytest.fixture(params=["local", "sftp", "ftps"])
def disk(request: pytest.FixtureRequest, home: Home, web_root: Path) -> Iterator[Disk]:
    destination = home.config["origin"]["destination"]
    if request.param == "sftp":
        sshd: Sshd = request.getfixturevalue("sshd")
        destination = plain(sshd.destination(web_root))
    elif request.param == "ftps":
        proftpd: Proftpd = request.getfixturevalue("proftpd")
        destination = proftpd.destination(web_root).model_dump(mode="json", exclude_none=True)
    home.config["origin"]["destination"] = destination
    home.config |= {"delete": "mirror", "max_delete": "100%", "workers": 2}
    made = Disk(home, web_root.with_name("disk"))
    made.disk.mkdir(mode=0o755)
    made.disk.chmod(0o755)
    made.put_below()
    made.mount()
    try:
        for number, name in enumerate(OLD):
            home.put(name, mp4(SIZE, seed=number))
        assert home.sync()["listed"] == len(OLD)
        home.config["bandwidth"] = BANDWIDTH
        yield made
    finally:
        subprocess.run(["umount", "-l", web_root], check=False, stderr=subprocess.DEVNULL)


def test_no_file_below_the_mount_point_is_replaced_or_deleted_and_the_disk_is_caught_up(disk: Disk) -> None:
    home = disk.home
    disk.change()
    done = disk.sync_unmounted(bool)
    left = files(disk.root)
    assert left.items() >= disk.below.items()
    error = lost(done)
    assert "its owner mark is gone" in error["message"]
    new = {f"clips/{name}" for name in NEW}
    assert left.keys() - disk.below.keys() <= new
    assert all(repr(name) in error["message"] for name in left.keys() - disk.below.keys())
    assert not home.manifest().keys() & set(NEW), "they may lie below the mount point"

    home.config["bandwidth"] = None
    done = home.sync()
    assert (done["exit_code"], [each["code"] for each in done["errors"]]) == (1, ["destination.emptied"])
    assert files(disk.root) == left
    assert not (disk.root / OWNER_MARK).exists()

    disk.mount()
    done = home.sync()
    assert (done["exit_code"], done["errors"]) == (0, [])
    here = {f"clips/{name}": (home.media / name).read_bytes() for name in [*OLD[1:], *NEW]}
    assert files(disk.root) == here
    assert home.manifest().keys() == {*OLD[1:], *NEW}
    disk.unmount()
    assert files(disk.root) == left
