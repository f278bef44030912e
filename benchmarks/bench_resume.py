"""What a large upload costs that is interrupted ten times, on the wire of its destination.

    make bench-resume        (or with SYNCER_BENCH_BYTES=400000000)

`cut`: the connection breaks, and the run goes on. `killed`: kill -9, and the next run goes on.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.home import Home
from tests.media import SMALLEST
from tests.resume.road import KEY, Road, road

SIZE = int(os.environ.get("SYNCER_BENCH_BYTES", "4000000000"))
TIMES = 10
CHUNK = 8 * 1024 * 1024


@pytest.fixture(params=["sftp", "s3"])
def way(request: pytest.FixtureRequest, home: Home) -> Iterator[Road]:
    with road(request.param, home, request) as made:
        yield made


@pytest.mark.parametrize("manner", ["cut", "killed"])
def test_interrupted(way: Road, manner: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = fill(way.home.media / KEY)
    begun = time.monotonic()
    if manner == "cut":
        way.relay.cuts = [number * SIZE // (TIMES + 1) for number in range(1, TIMES + 1)]
    else:
        for _ in range(TIMES):
            way.kill_after(SIZE // (TIMES + 1))
    ran = way.home.syncer("sync", "--json")
    with capsys.disabled():
        sys.stdout.write(
            f"\n{way.kind}, {SIZE / 1e9:g} GB {manner} {TIMES} times: exit code {ran.code}, "
            f"sent {way.relay.sent / SIZE:.3f} x, received {way.relay.passed / SIZE:.4f} x, "
            f"{time.monotonic() - begun:.0f} s, {len(way.staged())} left staged {ran.json['counts']}\n"
        )
    if way.relay.cuts:
        pytest.fail(f"it gave up after {TIMES - len(way.relay.cuts)} cuts")
    assert published(way) == expected
    assert way.relay.sent <= 1.1 * SIZE


def fill(file: Path) -> str:
    """A video with random bytes behind it; returns their sha256."""
    digest = hashlib.sha256()
    left = SIZE - len(SMALLEST)
    with file.open("wb") as stream:
        for part in (SMALLEST, left.to_bytes(4, "big") + b"free"):
            stream.write(part)
            digest.update(part)
        left -= 8
        while left:
            part = os.urandom(min(left, CHUNK))
            stream.write(part)
            digest.update(part)
            left -= len(part)
    return digest.hexdigest()


def published(way: Road) -> str:
    body = way.read(f"clips/{KEY}")
    assert body is not None
    return hashlib.sha256(body).hexdigest()
