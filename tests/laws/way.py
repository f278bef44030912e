"""A transfer from a source in memory to a destination and a URL in memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from syncer.connect.retry import Policy
from syncer.model import (
    Asset,
    Copy,
    Digest,
    Facts,
    Failed,
    Outcome,
    Published,
    Rejected,
)
from syncer.origin.addresses import OriginAddresses
from syncer.origin.paths import PathTemplate
from syncer.preflight import Limit, Limits, load_limits
from syncer.probe.prober import Prober
from syncer.probe.window import Reopen
from syncer.runners import SharedPace
from syncer.sync.rules import Rules
from syncer.sync.transfer import Transfer
from tests.laws.places import ORIGIN, Eyes, Shop, Tape
from tests.media import mp4

LARGEST = 100_000
"""Bytes of a video that the limits here take."""
GOOD = Facts("mp4", 360, 360, 1.0, 30.0, 30.0, "h264", moov_first=True, missing=0)
BY_END = {b"flaw": replace(GOOD, flaw="no video stream"), b"warn": replace(GOOD, duration_s=200.0)}


def video(end: bytes = b"good", size: int = 2000, seed: int = 0) -> bytes:
    """A video whose last four bytes decide what `ByEnd` finds."""
    return mp4(size, seed)[:-4] + end


class ByEnd(Prober):
    """Facts that depend on the last bytes, so these are read before the copy."""

    def probe(self, head: bytes, size: int | None, media_type: str, reopen: Reopen) -> Facts:
        if size is None or not media_type.startswith("video/"):
            return BY_END.get(head[-4:], GOOD)
        with reopen(size - 4) as reader:
            return BY_END.get(reader.read(4), GOOD)


@dataclass
class Way:
    """All of it."""

    tape: Tape = field(default_factory=Tape)
    shop: Shop = field(default_factory=Shop)
    pace: SharedPace = field(default_factory=SharedPace)
    eyes: Eyes = field(init=False)
    work: Transfer = field(init=False)

    def __post_init__(self) -> None:
        self.eyes = Eyes(self.shop)
        self.set("{key}")

    def set(self, template: str = "{key}", **rules: object) -> None:
        """Start over with another template or other rules."""
        made = Rules(_limits(), policy=Policy(attempts=3, first_wait=0))
        self.work = Transfer(
            {"clips": self.tape},
            self.shop,
            self.eyes,
            OriginAddresses(ORIGIN, ORIGIN, {"clips": PathTemplate.parse(template)}),
            replace(made, **rules),  # type: ignore[arg-type]
            self.pace,
            ByEnd(),
        )


def md5(content: bytes) -> Digest:
    return Digest("etag-md5", "md5", hashlib.md5(content).hexdigest())  # noqa: S324 - as S3 tells it


def copied(way: Way, content: bytes, *, path: str | None = "a.mp4", asset: Asset | None = None) -> Outcome:
    way.tape.files["a.mp4"] = content
    return way.work(Copy(asset or way.tape.asset(), path, "new"))


def unlisted(way: Way, content: bytes) -> Asset:
    """An asset without a size in the listing."""
    way.tape.files["a.mp4"] = content
    return Asset("clips", "a.mp4", "a.mp4", None, "1")


def refused(way: Way, outcome: Outcome) -> Rejected:
    assert isinstance(outcome, Rejected)
    assert way.shop.files == {}
    return outcome


def failed(way: Way, outcome: Outcome, code: str) -> Failed:
    assert isinstance(outcome, Failed)
    assert (outcome.code, way.shop.files) == (code, {})
    return outcome


def rules(outcome: Outcome) -> list[str]:
    assert isinstance(outcome, Published | Rejected)
    return [finding.rule for finding in outcome.findings]


def _limits() -> Limits:
    size = Limit(LARGEST, "a test", "2026-09", "A")
    return replace(load_limits("tiktok"), video_size=size, video_size_at_best=size)
