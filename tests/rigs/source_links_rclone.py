"""The same at `rclone serve s3`, which answers a range with status 200, and ignores If-Match."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.rigs.source import Rig
from tests.rigs.source_links import on


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with on(request.getfixturevalue("rclone_s3"), request, names_any_key=False) as made:
        yield made
