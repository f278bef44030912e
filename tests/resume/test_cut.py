"""The connection to the destination breaks in the middle of a file, and the run goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.home import Home
from tests.resume.road import CUT, MEBI, OVERHEAD, Road, digest, road

SIZE = 96 * MEBI


@pytest.fixture(params=["sftp", "s3"])
def way(request: pytest.FixtureRequest, home: Home) -> Iterator[Road]:
    with road(request.param, home, request) as made:
        yield made


def test_ten_cuts_cost_a_part_each_and_never_the_file(way: Road) -> None:
    """So 4 GB that are cut ten times cost less than 1.1 times their bytes."""
    content = way.put(SIZE)
    assert 4e9 * OVERHEAD + 10 * CUT <= 4e9 * 1.1
    way.relay.cuts = [number * SIZE // 11 for number in range(1, 11)]
    way.sync()
    assert way.relay.cuts == []
    assert way.public() == digest(content)
    assert way.relay.sent < SIZE * OVERHEAD + 10 * CUT
    assert (way.staged(), way.remembered) == ([], [])
