"""S3, as a source and as a destination: Ceph behind a proxy that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.faults.conftest import Each, Ground
from tests.faults.messages import Message, answer
from tests.faults.pictures import jpeg
from tests.faults.proxy import KINDS, proxy
from tests.faults.stage import CHANGED, Stage
from tests.faults.suite import Bench
from tests.faults.wires import Http
from tests.servers.rgw import S3Service

BIG = jpeg(9_000_000, 9)
"""More than one part of a multipart upload."""


def refusal(status: int, reason: str, code: str) -> Message:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><RequestId>1</RequestId></Error>'
    return answer(status, reason, body.encode(), (b"Content-Type", b"application/xml"))


REFUSALS = {
    403: refusal(403, "Forbidden", "AccessDenied"),
    500: refusal(500, "Internal Server Error", "InternalError"),
    503: refusal(503, "Slow Down", "SlowDown"),
}


def of_an_object(target: str) -> bool:
    """A listing has no hash."""
    return "list-type=" not in target


@pytest.fixture(scope="module")
def source(ground: Ground, rgw: S3Service) -> Iterator[Bench]:
    with ExitStack() as running:

        def make() -> tuple[Stage, Http]:
            made = running.enter_context(proxy(rgw.address, refusals=REFUSALS, checked=of_an_object))
            return ground.stage(ground.objects(rgw, made.endpoint)), Http(made)

        yield Bench.of("S3 source", make)


@pytest.fixture(scope="module")
def destination(ground: Ground, rgw: S3Service) -> Iterator[Bench]:
    with ExitStack() as running:

        def make() -> tuple[Stage, Http]:
            made = running.enter_context(proxy(rgw.address, refusals=REFUSALS))
            stage = ground.stage(place=ground.bucket(rgw, made.endpoint))
            stage.new[CHANGED] = BIG
            stage.source.hold(stage.new)
            return stage, Http(made)

        yield Bench.of("S3 destination", make)


@pytest.mark.parametrize("kind", KINDS)
def test_reading_from_a_bucket(source: Bench, kind: str, always: bool, check: Each) -> None:  # noqa: FBT001 - a fixture
    check(source, kind, always)


@pytest.mark.parametrize("kind", KINDS)
def test_writing_to_a_bucket(destination: Bench, kind: str, always: bool, check: Each) -> None:  # noqa: FBT001 - a fixture
    check(destination, kind, always)
