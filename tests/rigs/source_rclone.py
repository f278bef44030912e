"""A bucket of `rclone serve s3`: a folder behind an S3 API with its own behaviour."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.rigs.source import Rig
from tests.rigs.source_s3 import on


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with on(request.getfixturevalue("rclone_s3"), request, names_any_key=False) as made:
        yield made
