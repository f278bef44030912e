"""A byte that changes on its way is never published, whatever the source and however it tells its hash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.model import Failed, Published
from tests.home import Home
from tests.integrity.bench import Bench, bench
from tests.integrity.ways import AT, LEAST, WAYS, Way, standing
from tests.servers.flip import every, once


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    with standing(request.param, request, tmp_path) as made:
        yield made


@pytest.fixture
def work(home: Home, way: Way) -> Iterator[Bench]:
    with bench(home, way.config) as made:
        yield made


def test_a_corrupted_read_is_never_published(work: Bench, way: Way) -> None:
    asset = work.listed()
    way.flip.answers = every(AT, LEAST)
    outcome = work.copy(asset)
    assert way.flip.flipped
    assert isinstance(outcome, Failed)
    assert outcome.code in ("source.digest", "source.corrupt")
    assert outcome.hint
    assert work.public == {}, "neither published nor left staged"


def test_what_was_corrupted_once_is_read_again_and_proven(work: Bench, way: Way) -> None:
    asset = work.listed()
    way.flip.answers = once(AT, LEAST)
    outcome = work.copy(asset)
    assert way.flip.flipped == 1
    assert isinstance(outcome, Published), outcome
    assert outcome.content.verified_by == way.verified_by
    assert [*work.public.values()] == [way.data]
