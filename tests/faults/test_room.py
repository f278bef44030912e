"""Disks that are full, have no free inodes, or are read-only: at the destination, the catalogue, and
the manifest.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.conftest import Ground
from tests.faults.laws import Verdict, judge
from tests.faults.stage import IMPATIENCE, Stage
from tests.faults.suite import Bench, Wire, settle
from tests.faults.wires import Calls

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount disks")

PLACES = ("destination", "catalogue", "manifest")
ROOM = (0, 4, 12, 32, 64, 100, 140)
"""Free KiB."""
NAMES = (0, 1, 2, 3)
"""Free inodes."""
PLENTY = "rw,size=64m,nr_inodes=1000"

Record = Callable[[str, object], None]


def folder_of(stage: Stage, place: str) -> Path:
    folders = {"catalogue": stage.state, "manifest": stage.lists}
    return folders.get(place, Path(stage.place.settings["root"]))


@pytest.fixture(scope="module")
def bench(ground: Ground) -> Iterator[Bench]:
    """Stages with a disk for each of the three folders."""
    mounted: list[Path] = []

    def make() -> tuple[Stage, Wire]:
        stage = ground.bare()
        for folder in (folder_of(stage, place) for place in PLACES):
            folder.mkdir()
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"{PLENTY},mode=755", "none", folder], check=True)
            mounted.append(folder)
        stage.prepare()
        return stage, Calls((), stage.folder / "calls")

    try:
        yield Bench.of("disks", make)
    finally:
        for folder in mounted:
            subprocess.run(["umount", folder], check=True)


@contextmanager
def remounted(folder: Path, options: str) -> Iterator[None]:
    subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", f"remount,{PLENTY}", folder], check=True)


def tried(bench: Bench, place: str, options: Callable[[Path], str]) -> Verdict:
    with bench.lent() as (stage, _):
        stage.configure(**IMPATIENCE)
        stage.reset()
        with remounted(folder_of(stage, place), options(folder_of(stage, place))):
            ran = stage.sync()
        stage.configure()
        return judge(stage, ran)


@pytest.mark.parametrize("place", PLACES)
def test_a_full_disk_is_reported_and_loses_nothing(bench: Bench, place: str, record_property: Record) -> None:
    def case(number: int) -> Verdict:
        def options(folder: Path) -> str:
            found = os.statvfs(folder)
            used = (found.f_blocks - found.f_bfree) * found.f_frsize
            return f"size={used // 1024 + ROOM[number - 1]}k"

        return tried(bench, place, options)

    numbers = range(1, len(ROOM) + 1)
    settle(bench, "full", f"{place} full", numbers, len(ROOM), case, record_property)


@pytest.mark.parametrize("place", PLACES)
def test_a_disk_without_names_is_reported_and_loses_nothing(
    bench: Bench, place: str, record_property: Record
) -> None:
    def case(number: int) -> Verdict:
        def options(folder: Path) -> str:
            found = os.statvfs(folder)
            return f"nr_inodes={found.f_files - found.f_ffree + NAMES[number - 1]}"

        return tried(bench, place, options)

    numbers = range(1, len(NAMES) + 1)
    settle(bench, "no names", f"{place} without names", numbers, len(NAMES), case, record_property)


@pytest.mark.parametrize("place", PLACES)
def test_a_read_only_disk_is_reported_and_loses_nothing(
    bench: Bench, place: str, record_property: Record
) -> None:
    def case(_number: int) -> Verdict:
        return tried(bench, place, lambda _folder: "ro")

    settle(bench, "read-only", f"{place} read-only", [1], 1, case, record_property)
