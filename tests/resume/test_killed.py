"""A run ends in the middle of a file, and the next one goes on where the destination has it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.home import Home
from tests.resume.road import CUT, MEBI, OVERHEAD, Road, digest, road

SIZE = 32 * MEBI


@pytest.fixture(params=["sftp", "s3"])
def way(request: pytest.FixtureRequest, home: Home) -> Iterator[Road]:
    with road(request.param, home, request) as made:
        yield made


ONE = pytest.mark.parametrize("way", ["s3"], indirect=True)
"""The others are held to the same by `contracts/test_resume.py`."""


def test_a_killed_run_costs_the_next_ones_a_part_at_most(way: Road) -> None:
    content = way.put(SIZE)
    for _ in range(2):
        way.kill_after(SIZE // 3)
        assert way.public() is None
        assert len(way.staged()) == len(way.remembered) == 1
    way.sync()
    assert way.public() == digest(content)
    assert way.relay.sent < SIZE * OVERHEAD + 2 * CUT
    assert way.relay.passed < MEBI, "what was kept is not read back over the wire"
    assert (way.staged(), way.remembered) == ([], [])


@ONE
def test_a_stopped_run_leaves_what_the_next_one_resumes(way: Road) -> None:
    content = way.put(SIZE)
    assert way.broken_off(SIZE // 2, subprocess.Popen.terminate) == 130
    assert len(way.staged()) == 1
    way.sync()
    assert way.public() == digest(content)
    assert way.relay.sent < SIZE * OVERHEAD + CUT
    assert (way.staged(), way.remembered) == ([], [])


@ONE
def test_what_was_kept_of_another_version_is_dropped(way: Road) -> None:
    way.put(SIZE, seed=1)
    way.kill_after(SIZE // 2)
    (part,) = way.staged()
    content = way.put(SIZE, seed=2)
    way.sync()
    assert way.public() == digest(content)
    assert part not in way.staged()
    assert (way.staged(), way.remembered) == ([], [])


@pytest.mark.parametrize("way", ["sftp"], indirect=True)
def test_a_corrupted_part_is_dropped_and_the_same_run_starts_over(way: Road) -> None:
    content = way.put(SIZE)
    way.kill_after(SIZE // 2)
    (part,) = way.staged()
    with (way.home.site.root / part).open("r+b") as file:
        file.seek(MEBI)
        file.write(b"!")
    way.sync()
    assert way.public() == digest(content)
    assert (way.staged(), way.remembered) == ([], [])
