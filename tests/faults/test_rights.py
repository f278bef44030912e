"""Lost permissions at one place: the source, the destination, the catalogue, or the manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.laws import FAILED, Verdict, judge
from tests.faults.stage import CHANGED, NEW, Stage
from tests.faults.suite import Bench, settle

COMPLAINT = 2
"""The exit code if a folder can't be looked at: it counts as a config error."""


def source(stage: Stage) -> Path:
    return Path(stage.source.settings["root"])


def destination(stage: Stage) -> Path:
    return Path(stage.place.settings["root"])


LOST: dict[str, tuple[Callable[[Stage], Path], int]] = {
    "a file of the source can't be read": (lambda stage: source(stage) / NEW, 0o000),
    "the source can't be listed": (source, 0o300),
    "the source can't be entered": (source, 0o600),
    "the destination can't be written": (destination, 0o555),
    "the destination can't be entered": (destination, 0o644),
    "a published file can't be read": (lambda stage: destination(stage) / CHANGED, 0o000),
    "the folder of the catalogue can't be written": (lambda stage: stage.state, 0o555),
    "the folder of the catalogue can't be entered": (lambda stage: stage.state, 0o600),
    "the catalogue can't be written": (lambda stage: stage.state / "syncer.db", 0o444),
    "the catalogue can't be read": (lambda stage: stage.state / "syncer.db", 0o000),
    "the folder of the manifest can't be written": (lambda stage: stage.lists, 0o555),
    "the folder of the manifest can't be entered": (lambda stage: stage.lists, 0o600),
    "the manifest can't be read": (lambda stage: stage.lists / "urls.json", 0o000),
}
"""The lost permissions, by place."""


@contextmanager
def lost(path: Path, mode: int) -> Iterator[None]:
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


@pytest.mark.parametrize("what", LOST)
def test_lost_rights_are_reported_and_lose_nothing(
    local_destination: Bench, what: str, record_property: Callable[[str, object], None]
) -> None:
    path_of, mode = LOST[what]

    def case(_number: int) -> Verdict:
        with local_destination.lent() as (stage, _):
            stage.configure()
            stage.reset()
            with lost(path_of(stage), mode):
                ran = stage.sync(powerless=True)
            return judge(stage, ran, (*FAILED, COMPLAINT))

    settle(local_destination, "rights", what, [1], 1, case, record_property)
