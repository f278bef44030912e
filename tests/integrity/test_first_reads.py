"""What is read before the copy decides whether it is refused, and the media facts. One corrupted byte there
refuses no good file, and gets no wrong fact into the manifest.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from syncer.model import Published, Rejected
from syncer.sources.s3 import Config
from tests.home import Home
from tests.integrity.bench import Bench, bench
from tests.media import PNG, SMALLEST, mp4
from tests.servers.flip import Flip, flipping, once
from tests.servers.rgw import S3Service

FILLER = (100_000).to_bytes(4, "big") + b"free" + bytes(99_992)


def index_last() -> bytes:
    """A video whose index begins after the first 64 KiB."""
    at, stco = SMALLEST.index(b"moov") - 4, SMALLEST.index(b"stco") + 12
    place = int.from_bytes(SMALLEST[stco : stco + 4], "big") + len(FILLER)
    return SMALLEST[:at] + FILLER + SMALLEST[at:stco] + place.to_bytes(4, "big") + SMALLEST[stco + 4 :]


@pytest.fixture
def flip(rgw: S3Service) -> Iterator[Flip]:
    with flipping(urlsplit(rgw.endpoint).port or 0) as made:
        yield made


@pytest.fixture
def work(home: Home, rgw: S3Service, flip: Flip, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A bucket with the parameter's bytes as its one object."""
    bucket = rgw.bucket()
    with closing(rgw.client()) as client:
        client.put_object(Bucket=bucket, Key="a.mp4", Body=request.param)
    config = Config(kind="s3", **rgw.settings(bucket, endpoint=flip.endpoint))
    with bench(home, config) as made:
        yield made


@pytest.mark.parametrize("work", [mp4(300_000)], indirect=True)
@pytest.mark.parametrize("at", [5, 20, 200, 600])
def test_a_byte_that_changes_once_refuses_nothing(work: Bench, flip: Flip, at: int) -> None:
    asset = work.listed()
    flip.answers = once(at, 100_000)
    outcome = work.copy(asset)
    assert flip.flipped == 1
    assert isinstance(outcome, Published)
    assert [*work.public.values()] == [mp4(300_000)]


@pytest.mark.parametrize("work", [PNG], indirect=True)
def test_what_two_reads_refuse_is_refused(work: Bench, flip: Flip) -> None:
    outcome = work.copy()
    assert isinstance(outcome, Rejected)
    assert [finding.rule for finding in outcome.findings] == ["media.format"]
    assert sum(body.start == 0 and body.size == len(PNG) for body in flip.seen) == 2


@pytest.mark.parametrize("work", [index_last()], indirect=True)
@pytest.mark.parametrize("field", [b"mvhd", b"mdhd", b"tkhd"])
def test_facts_are_those_of_the_bytes_that_are_published(work: Bench, flip: Flip, field: bytes) -> None:
    asset = work.listed()
    right = work.copy(asset)
    assert isinstance(right, Published)
    at = index_last().index(field) + 22

    def choose(body: object) -> int | None:
        """A number of the index, in an answer that begins after the head."""
        start = getattr(body, "start", 0)
        return at - start if start > 0 and not flip.flipped else None

    flip.answers = choose
    outcome = work.copy(asset)
    assert flip.flipped == 1
    assert isinstance(outcome, Published)
    assert outcome.content == right.content
