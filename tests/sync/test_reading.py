"""An interrupted read continues at its offset, and never mixes two versions. Real S3, behind a relay."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

import pytest

from syncer.connect.retry import Policy
from syncer.errors import SourceChanged, SourceError
from syncer.model import Asset
from syncer.protocols import Reader, Source
from syncer.runners import SharedPace
from syncer.sources import open_source
from syncer.sources.s3 import Config
from syncer.sync.resume import MOST_BREAKS, unbroken
from tests.servers.rgw import S3Service
from tests.servers.wire import Relay, relay

SIZE = 6 * 1024**2
PATIENT = Policy(attempts=4, first_wait=0.01, longest_wait=0.02)


@cache
def data() -> bytes:
    return random.Random(4).randbytes(SIZE)  # noqa: S311 - any bytes, but the same each time


@dataclass
class Line:
    """A bucket with one object, behind a relay."""

    service: S3Service
    bucket: str
    relay: Relay
    source: Source

    def put(self, data: bytes) -> Asset:
        with closing(self.service.client()) as client:
            client.put_object(Bucket=self.bucket, Key="clip.mp4", Body=data)
        (asset,) = self.source.assets()
        return asset


@pytest.fixture
def line(rgw: S3Service) -> Iterator[Line]:
    with behind(rgw) as made:
        yield made


@contextmanager
def behind(service: S3Service) -> Iterator[Line]:
    with relay(urlsplit(service.endpoint).port or 0) as before:
        bucket = service.bucket()
        settings = service.settings(bucket, endpoint=f"http://127.0.0.1:{before.port}")
        with closing(open_source("clips", Config(kind="s3", **settings))) as source:
            yield Line(service, bucket, before, source)


def drained(reader: Reader) -> bytes:
    parts = []
    while part := reader.read(256 * 1024):
        parts.append(part)
    return b"".join(parts)


def read(line: Line, asset: Asset, policy: Policy = PATIENT) -> bytes:
    with unbroken(line.source, asset, SharedPace(), policy) as reader:
        return drained(reader)


def test_bytes_that_arrived_are_not_read_again(line: Line) -> None:
    asset = line.put(data())
    before, line.relay.cut_after = line.relay.passed, 2 * 1024**2
    assert read(line, asset) == data()
    assert line.relay.passed - before < SIZE * 1.5
    assert line.relay.connections >= 3


def test_another_version_does_not_go_on_where_the_first_broke_off(line: Line) -> None:
    asset = line.put(data())
    line.relay.cut_after = 1024**2
    with unbroken(line.source, asset, SharedPace(), PATIENT) as reader:
        assert reader.read(1024)
        line.put(bytes(SIZE))
        with pytest.raises(SourceChanged):
            drained(reader)


def test_without_progress_it_is_given_up_and_not_begun_again(line: Line) -> None:
    asset = line.put(data())
    with unbroken(line.source, asset, SharedPace(), PATIENT) as reader:
        assert reader.read(1024)
        line.relay.cut_after = 0
        with pytest.raises(SourceError) as caught:
            drained(reader)
    assert not caught.value.transient


def test_a_stopped_run_does_not_go_on(line: Line) -> None:
    """The interrupted read does not count as a failure of the source."""
    asset, pace = line.put(data()), SharedPace()
    with unbroken(line.source, asset, pace, PATIENT) as reader:
        assert reader.read(1024)
        line.relay.cut_after = 0
        pace.stop()
        with pytest.raises(SourceError) as caught:
            drained(reader)
    assert caught.value.transient


@dataclass
class Dripping:
    """A source whose every reader breaks off after one byte; `ranges` says what a
    read from an offset does.
    """

    ranges: bool = True
    opened: list[int] = field(default_factory=list)

    @contextmanager
    def open(self, _asset: Asset, start: int = 0) -> Iterator[Reader]:
        if start and not self.ranges:
            raise SourceError("it gives no ranges", code="source.range")
        self.opened.append(start)
        yield _OneByte()


class _OneByte:
    left = 1

    def read(self, _size: int, /) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise SourceError("it broke off", code="source.cut", transient=True)
        return b"x"


def dripped(source: Dripping) -> SourceError:
    asset = Asset("clips", "clip.mp4", "clip.mp4", 10_000, "v1")
    with (
        pytest.raises(SourceError) as caught,
        unbroken(source, asset, SharedPace(), PATIENT) as reader,  # type: ignore[arg-type] # reading is all that is asked
    ):
        drained(reader)
    return caught.value


def test_one_that_only_drips_is_given_up() -> None:
    source = Dripping()
    error = dripped(source)
    assert (error.code, error.transient) == ("source.cut", False)
    assert source.opened == list(range(MOST_BREAKS + 1))


def test_where_there_are_no_ranges_the_whole_is_tried_again() -> None:
    """The caller retries, as it must stage the upload again."""
    source = Dripping(ranges=False)
    error = dripped(source)
    assert (error.code, error.transient) == ("source.cut", True)
    assert source.opened == [0]
