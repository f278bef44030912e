"""A destination of each kind, on real servers, and its files."""

from __future__ import annotations

import hashlib
import importlib
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from syncer.destinations import KINDS, open_destination
from syncer.model import HEAD_SIZE, Content, Stored
from syncer.protocols import Destination
from tests.rigs.destination import Rig

ODD_PATHS = [
    "a.mp4",
    "with space.mp4",
    " leading and before the dot .mp4",
    "100%.mp4",
    "%41%2e%2e.mp4",
    "#1?x=y&z+a;b.mp4",
    "\"double\" 'single' `back`.mp4",
    "$(touch x) ${HOME} *[a-z]?.mp4",
    "{braces}|<pipes>:colon,comma=@!~^.mp4",
    "two..dots/a...b.mp4",
    "-rf.jpg",
    "ends.in.dot./a.mp4",
    "grüße/日本語/🎬.mp4",
    "عربى.webm",
    "UPPER.MP4",
    "upper.mp4",
    "n" * 251 + ".mp4",
    "ü" * 125 + ".mp4",
    "/".join(["d" * 100] * 10) + ".mp4",
    "syncer-not-ours.part.mp4",
]


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with importlib.import_module(f"tests.rigs.destination_{request.param}").rig(request) as made:
        yield made


@pytest.fixture
def destination(rig: Rig) -> Iterator[Destination]:
    with closing(open_destination(rig.config)) as opened:
        yield opened


def content(body: bytes, media_type: str = "video/mp4") -> Content:
    return Content(
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        head_sha256=hashlib.sha256(body[:HEAD_SIZE]).hexdigest(),
        media_type=media_type,
    )


def publish(
    destination: Destination, path: str, body: bytes, media_type: str = "video/mp4", *, proof: bool = False
) -> Stored:
    with destination.stage(path, media_type, proof=proof) as staged:
        for start in range(0, len(body), 256 * 1024):
            staged.write(body[start : start + 256 * 1024])
        return staged.commit(content(body, media_type))


def body_at(rig: Rig, path: str) -> bytes | None:
    found = rig.visit(path)
    return found.body if found else None


KILLED = """
import pickle, sys, time
from syncer.destinations import open_destination
config, paths = pickle.load(sys.stdin.buffer)
for path in paths:
    staged = open_destination(config).stage(path, "video/mp4").__enter__()
    for _ in range(9):
        staged.write(b"x" * 1_000_000)
    globals()[path] = staged
print("staged", flush=True)
time.sleep(60)
"""


@pytest.fixture
def killed(rig: Rig) -> list[str]:
    """Names of staged files of a run that was killed with `kill -9`."""
    paths = ["a.mp4", "deep/er/b.mp4", "deep/c.mp4"]
    process = subprocess.Popen([sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    with process, process.stdin:
        process.stdin.write(pickle.dumps((rig.config, paths)))
        process.stdin.close()
        assert process.stdout.readline() == b"staged\n"
        process.send_signal(signal.SIGKILL)
    return paths
