"""Laws of a run that reads media: a refusal is reported before the copy, and costs little."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from syncer.connect.retry import Policy
from syncer.destinations.local import LocalDestination
from syncer.errors import SourceError
from syncer.mirror import run, scanning
from syncer.model import Asset, Copy, Digest, Published, Rejected
from syncer.origin.addresses import OriginAddresses
from syncer.origin.paths import PathTemplate
from syncer.origin.view import PublicOrigin, PublicView
from syncer.preflight import Limits, load_limits
from syncer.probe.prober import Prober
from syncer.protocols import Opened
from syncer.runners import SharedPace
from syncer.sources.local import LocalSource
from syncer.sync.rules import Rules
from syncer.sync.transfer import Transfer
from tests.home import Home
from tests.media import mp4, sample

CLIP = sample("Summer Trip.mp4")
LONG_AGO = 10**9


@dataclass
class Counting(LocalSource):
    """The local source, which counts the bytes read. Without `ranges`, it reads from the start only."""

    name: str
    root: Path
    ranges: bool = True
    read: int = 0
    opened: int = 0

    def __post_init__(self) -> None:
        super().__init__(self.name, LocalSource.Config(kind="local", root=self.root))

    @contextmanager
    def open(self, asset: Asset, start: int = 0) -> Iterator[Opened]:
        self.opened += 1
        if start and not self.ranges:
            raise SourceError("no ranges here", code="source.range")
        with super().open(asset, start) as reader:
            yield _Counted(reader, self)


@dataclass
class _Counted:
    reader: Opened
    source: Counting

    def digests(self) -> tuple[Digest, ...]:
        return self.reader.digests()

    def read(self, size: int, /) -> bytes:
        chunk = self.reader.read(size)
        self.source.read += len(chunk)
        return chunk


@pytest.fixture
def source(home: Home) -> Counting:
    return Counting("clips", home.media)


@pytest.fixture
def work(home: Home, source: Counting) -> Iterator[Transfer]:
    pace = SharedPace()
    origin = PublicOrigin(home.site.url, home.site.url, home.site.ca, home.site.connect_to)
    with closing(PublicView(origin, pace)) as view, closing(Prober()) as prober:
        yield Transfer(
            sources={"clips": source},
            destination=LocalDestination(LocalDestination.Config(kind="local", root=home.site.root)),
            view=view,
            addresses=OriginAddresses(home.site.url, home.site.url, {"clips": PathTemplate.parse("{key}")}),
            rules=Rules(load_limits("tiktok"), policy=Policy(attempts=1)),
            pace=pace,
            prober=prober,
        )


def listed(source: Counting) -> Asset:
    (asset,) = source.assets()
    return asset


def test_the_manifest_has_the_facts_of_the_bytes(home: Home) -> None:
    home.put("a.mp4", CLIP)
    home.put("photo.webp", sample("café.webp"))
    assert home.sync()["exit_code"] == 0
    video, photo = home.manifest()["a.mp4"], home.manifest()["photo.webp"]
    assert (video["container"], video["video_codec"], video["fps"]) == ("mp4", "h264", 30.0)
    assert video["width"] >= 360
    assert video["duration_s"] > 0
    assert (photo["container"], photo["fps"], photo["duration_s"]) == ("webp", None, None)
    assert [video["accepted"], photo["accepted"]] == [True, True]


def test_a_bad_file_of_4_gb_costs_little(home: Home, work: Transfer, source: Counting) -> None:
    with home.put("a.mp4", b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2\0\0\0\0mdat").open("r+b") as file:
        file.truncate(4_000_000_000)
    outcome = work(Copy(listed(source), "a.mp4", "new"))
    assert isinstance(outcome, Rejected)
    assert [finding.rule for finding in outcome.findings] == ["media.unreadable"]
    assert source.read < 1_000_000
    assert home.public() == set()


def test_a_small_file_is_read_once(home: Home, work: Transfer, source: Counting) -> None:
    content = mp4(60_000)
    home.put("a.mp4", content)
    outcome = work(Copy(listed(source), "a.mp4", "new"))
    assert isinstance(outcome, Published)
    assert outcome.content.facts.video_codec == "h264"
    assert (source.opened, source.read) == (1, len(content))


@pytest.mark.parametrize("path", ["a.mp4", None])
def test_a_source_without_ranges_is_also_read_once(
    home: Home, work: Transfer, source: Counting, path: str | None
) -> None:
    """The moov box is at the end, after the bytes of the first read."""
    content = _moov_last(300_000)
    source.ranges = False
    home.put("a.mp4", content)
    ours = OriginAddresses(home.site.url, home.site.url, {"clips": PathTemplate.parse("{sha256:12}.mp4")})
    transfer = work if path else replace(work, addresses=ours)
    outcome = transfer(Copy(listed(source), path, "new"))
    assert isinstance(outcome, Published)
    assert outcome.content.facts.video_codec == "h264"
    assert outcome.content.facts.moov_first is False
    assert source.read == len(content)
    assert home.site.get(outcome.path).content == content


def _moov_last(filler: int) -> bytes:
    """`mp4()` with its boxes in another order: ftyp, mdat, moov."""
    content = mp4()
    ftyp, moov_at = content[:48], 48
    moov = content[moov_at : moov_at + int.from_bytes(content[48:52], "big")]
    mdat_at = moov_at + len(moov)
    while content[mdat_at + 4 : mdat_at + 8] != b"mdat":
        mdat_at += int.from_bytes(content[mdat_at : mdat_at + 4], "big")
    mdat = content[mdat_at : mdat_at + int.from_bytes(content[mdat_at : mdat_at + 4], "big")]
    free = (filler + 8).to_bytes(4, "big") + b"free" + bytes(filler)
    stco = moov.index(b"stco")
    moved = moov[: stco + 12] + (len(ftyp) + 8).to_bytes(4, "big") + moov[stco + 16 :]
    return ftyp + mdat + free + moved


def test_a_cut_video_is_not_published(home: Home) -> None:
    home.put("a.mp4", CLIP[:-2000])
    assert home.sync()["exit_code"] == 4
    assert home.troubles()["a.mp4"]["code"] in ("media.truncated", "media.unreadable")
    assert home.public() == set()


def test_a_refused_file_can_still_be_published(home: Home) -> None:
    home.put("a.mp4", CLIP[:-2000])
    home.config["check"]["rejected"] = "publish"
    done = home.sync()
    assert (done["exit_code"], done["counts"]["copied"]) == (4, 1)
    record = home.manifest()["a.mp4"]
    assert record["accepted"] is False
    assert record["findings"]


def test_changed_limits_judge_remembered_facts_and_read_no_byte(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home.put("a.mp4", CLIP)
    assert home.sync()["exit_code"] == 0
    os.utime(path, ns=(LONG_AGO, path.stat().st_mtime_ns))
    _limit(monkeypatch, video_codecs=("vp9",))
    assert home.sync()["exit_code"] == 4
    assert home.manifest() == {}
    assert home.troubles()["a.mp4"]["code"] == "media.codec"
    assert home.sync()["exit_code"] == 4
    assert path.stat().st_atime_ns == LONG_AGO
    monkeypatch.undo()
    assert home.sync()["counts"]["copied"] == 1
    assert home.manifest()["a.mp4"]["accepted"] is True


def _limit(monkeypatch: pytest.MonkeyPatch, **values: object) -> None:
    def limited(profile: str) -> Limits:
        known = load_limits(profile)
        return replace(
            known,
            **{name: replace(getattr(known, name), value=value) for name, value in values.items()},
        )

    for module in (run, scanning):
        monkeypatch.setattr(module, "load_limits", limited)
