"""Commands that only read work on a full disk, also after a killed run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from tests.home import Home
from tests.media import SMALLEST

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount disks")


@pytest.fixture
def small(home: Home) -> Iterator[Path]:
    """A disk for the catalogue alone."""
    folder = home.folder / "disk"
    folder.mkdir()
    home.config["catalogue"] = f"sqlite:///{folder}/syncer.db"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def die(folder: Path) -> None:
    """As a killed run leaves it: its changes are only in the log, and the index is gone."""
    names = ("syncer.db", "syncer.db-wal")
    with closing(open_catalogue(f"sqlite:///{folder}/syncer.db")) as catalogue:
        catalogue.begin_run(datetime.now(UTC))
        kept = {name: (folder / name).read_bytes() for name in names}
    for name, content in kept.items():
        (folder / name).write_bytes(content)


def fill(folder: Path) -> None:
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1024))
        except OSError:
            return


@pytest.mark.parametrize("end", ["well", "badly"])
@pytest.mark.parametrize("command", [("urls",), ("status",), ("urls", "--format", "json")])
def test_a_full_disk_keeps_nobody_from_reading(
    home: Home, small: Path, command: tuple[str, ...], end: str
) -> None:
    home.put("fine.mp4", SMALLEST)
    assert home.sync()["exit_code"] == 0
    if end == "badly":
        die(small)
    fill(small)
    ran = home.syncer(*command)
    assert ran.code == 0, ran.err
    assert "fine.mp4" in ran.out or "1 published" in ran.out
