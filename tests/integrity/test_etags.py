"""An ETag that looks like an MD5 and is none refuses no good file, and lets no corrupted one through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.model import Failed, Published
from syncer.sync.readings import REFUTED
from tests.home import Home
from tests.integrity.bench import Bench, bench
from tests.integrity.ways import AT, CLIP, LEAST, Way, standing
from tests.servers.flip import every, once

FALSE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    """A signed link to an S3 API behind a gateway whose ETags are its own."""
    with standing("link ceph", request, tmp_path) as made:
        made.flip.etag = FALSE
        yield made


@pytest.fixture
def work(home: Home, way: Way) -> Iterator[Bench]:
    with bench(home, way.config) as made:
        yield made


def reads(way: Way) -> int:
    """How often its reading was begun."""
    return sum(body.size >= LEAST and body.start == 0 for body in way.flip.seen)


def test_a_good_file_with_a_false_etag_is_published_with_a_warning(work: Bench, way: Way) -> None:
    outcome = work.copy()
    assert isinstance(outcome, Published)
    assert outcome.seen
    assert outcome.content.verified_by is None
    assert [finding.rule for finding in outcome.findings] == ["source.etag"]
    assert [*work.public.values()] == [CLIP]
    assert reads(way) == 2


def test_where_etags_proved_false_files_are_read_once(work: Bench, way: Way) -> None:
    asset = work.listed()
    for number in range(REFUTED):
        work.copy(replace(asset, key=f"{number}.mp4"))
    before = reads(way)
    outcome = work.copy(replace(asset, key="last.mp4"))
    assert isinstance(outcome, Published)
    assert outcome.findings == ()
    assert reads(way) == before + 1


def test_a_corrupted_read_does_not_pass_for_a_false_etag(work: Bench, way: Way) -> None:
    asset = work.listed()
    way.flip.answers = once(AT, LEAST)
    assert isinstance(work.copy(asset), Published)
    assert way.flip.flipped == 1
    assert [*work.public.values()] == [CLIP]
    assert reads(way) == 3, "of which two agree"


def test_a_fault_at_one_place_of_each_answer_does_not_make_two_reads_agree(work: Bench, way: Way) -> None:
    asset = work.listed()
    way.flip.answers = every(AT, LEAST)
    outcome = work.copy(asset)
    assert isinstance(outcome, Failed)
    assert outcome.code == "source.digest"
    assert work.public == {}
