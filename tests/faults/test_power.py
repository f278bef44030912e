"""A power cut at each step of a run: bytes that were not flushed may be lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pytest

from tests.faults.conftest import Ground
from tests.faults.laws import Verdict, judge, listed, whole
from tests.faults.nursery import Arm
from tests.faults.places import empty
from tests.faults.power import Disk, Tree, read
from tests.faults.runs import Ran
from tests.faults.stage import Stage
from tests.faults.suite import Bench, by_what, sample, settle
from tests.faults.wires import CHANGING, OPEN, Calls

RUN_AGAIN = 48
"""States with a next run; all others are only checked."""


@pytest.fixture(scope="module")
def stage(ground: Ground) -> Stage:
    return ground.stage()


@pytest.fixture(scope="module")
def found(stage: Stage) -> list[Tree]:
    """The possible states after a power cut at any step of a run, each once."""
    stage.reset()
    folders = [stage.state, stage.lists, Path(stage.place.settings["root"])]
    disk, log = Disk(folders), stage.folder / "written"
    paths = tuple(map(str, folders))
    ran = stage.sync(Arm(paths, CHANGING | OPEN, log=str(log), data=True))
    assert ran.code == 0, ran.out + ran.err
    trees: dict[int, Tree] = {}
    for op in read(log):
        disk.apply(op)
        for tree in _states(disk, paths):
            trees.setdefault(hash(frozenset(tree.items())), tree)
    return list(trees.values())


def _states(disk: Disk, folders: tuple[str, ...]) -> Iterator[Tree]:
    for kept_bytes in (False, True):
        for count in range(len(folders) + 1):
            for kept in combinations(folders, count):
                tree = disk.after(frozenset(kept), kept_bytes=kept_bytes)
                # The first process that opens the catalogue creates SQLite's shared memory again.
                yield {path: held for path, held in tree.items() if not path.endswith("-shm")}


def lay(stage: Stage, tree: Tree) -> None:
    """Write this state to the disk."""
    for folder in (stage.state, stage.lists, Path(stage.place.settings["root"])):
        empty(folder)
    for path, content in tree.items():
        Path(path).parent.mkdir(exist_ok=True, parents=True)
        Path(path).write_bytes(content)


def test_a_power_cut_leaves_whole_files_and_a_manifest_of_what_is_served(
    stage: Stage, found: list[Tree]
) -> None:
    verdicts = []
    for number, tree in enumerate(found, start=1):
        lay(stage, tree)
        verdicts.append((number, Verdict([*whole(stage), *listed(stage)])))
    wrong = by_what(verdicts)
    assert not wrong, "\n".join(f"{said}: states {numbers}" for said, numbers in wrong.items())


def test_the_run_after_a_power_cut_goes_on(
    stage: Stage, found: list[Tree], record_property: Callable[[str, object], None]
) -> None:
    def case(number: int) -> Verdict:
        lay(stage, found[number - 1])
        return judge(stage, Ran(-9, "", ""), (-9,))

    bench = Bench("power", [(stage, Calls((), stage.folder / "calls"))])
    numbers = sample(len(found), RUN_AGAIN, "power")
    settle(bench, "power cut", "power cut", numbers, len(found), case, record_property)
