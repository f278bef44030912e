"""Fixtures with media files for the probe."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.probe import pool
from syncer.probe.prober import Prober
from tests.probe.recipes import CHANGED, RECIPES


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all of `recipes.NAMES`."""
    folder = tmp_path_factory.mktemp("made")
    for name, recipe in RECIPES.items():
        words = [
            re.sub(r"\{(.+)\}", lambda other: str(folder / other[1]), word) for word in shlex.split(recipe)
        ]
        command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *words, str(folder / name)]
        subprocess.run(command, check=True)
    for name, (other, change) in CHANGED.items():
        (folder / name).write_bytes(change((folder / other).read_bytes()))
    return folder


@pytest.fixture
def own_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new pool without children. All other tests share one, as a child is slow to start."""
    monkeypatch.setattr(pool, "_POOLS", {})


@pytest.fixture
def prober() -> Iterator[Prober]:
    with Prober() as one:
        yield one
