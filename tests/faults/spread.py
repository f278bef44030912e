"""Distributes the tests to workers: by file, and the fault suite by bench. The suite comes first, as
it takes longest. With `-n auto` there are more workers than cores, as many tests only wait.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer  # type: ignore[import-untyped] # it has no types

HERE = "tests/faults/"
FIRST = re.compile(r"\[(\w+)")
"""The first parameter of a test: once or for good, or the wire."""


WORKERS, WORKERS_OF_FAULTS = 2, 3
"""Workers for each core. The fault suite waits most."""


def scope(nodeid: str) -> str:
    """Tests of one scope run in one worker, and share its module fixtures."""
    file = nodeid.partition("::")[0]
    first = FIRST.search(nodeid) if file.startswith(HERE) else None
    return f"{file} {first[1]}" if first else file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(HERE))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    cores = len(os.sched_getaffinity(0))
    faults_alone = all(HERE.rstrip("/") in argument for argument in config.args)
    return (WORKERS_OF_FAULTS if faults_alone else WORKERS) * cores


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Any:
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped] # it has no types

    made = LoadScopeScheduling(config, log)
    made._split_scope = scope  # noqa: SLF001 - what its documentation says to replace
    return made
