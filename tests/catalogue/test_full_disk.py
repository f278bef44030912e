"""Commands that only read work on a full disk, also after a killed run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from syncer.errors import CatalogueError
from tests.catalogue.test_damage import entry
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


def write(folder: Path, numbers: Iterator[int]) -> None:
    with closing(open_catalogue(f"sqlite:///{folder}/syncer.db")) as catalogue:
        for number in numbers:
            catalogue.put(entry(number))


def written_until_full(folder: Path, numbers: Iterator[int]) -> str:
    """What the error says."""
    with pytest.raises(CatalogueError) as caught:
        write(folder, numbers)
    assert caught.value.code == "catalogue.full"
    return str(caught.value)


@pytest.mark.parametrize("unit", [4096, 5120])
def test_messages_about_a_full_disk_never_contradict_each_other(
    small: Path, caplog: pytest.LogCaptureFixture, unit: int
) -> None:
    """The disk may end in the middle of a change. Then the catalogue is doubted, but neither message says
    that something is lost, or that nothing is.
    """
    numbers, filler, url = count(), small / "filler", f"sqlite:///{small}/syncer.db"
    told, doubted = [], 0
    open_catalogue(url).close()
    for free in range(0, 30 * unit, unit):
        fill(small)
        os.truncate(filler, max(0, filler.stat().st_size - free))
        told.append(written_until_full(small, numbers))
        filler.unlink()
        try:
            open_catalogue(url, read_only=True).close()
        except CatalogueError as error:
            doubted += 1
            told.append(str(error))
        open_catalogue(url).close()
    told += [record.getMessage() for record in caplog.records]
    assert doubted, "the disk never ended in the middle of a change"
    assert not [text for text in told if "lost" in text]
