from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from tests.laws.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(open_catalogue(f"sqlite:///{tmp_path / 'syncer.db'}")) as catalogue:
        yield World(catalogue)
