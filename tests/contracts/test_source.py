"""The laws of `protocols.Source`, for every kind of source. Each test's name is the law."""

from __future__ import annotations

import hashlib
import pickle
import random
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest

from syncer.connect.digests import Comparison
from syncer.errors import SourceChanged, SourceError
from syncer.model import Asset
from syncer.protocols import Reader, Source
from syncer.sources import open_source
from tests.rigs.source import Rig

KINDS = (
    "local",
    "s3",
    "rclone",
    "links",
    "links_rclone",
    "sftp",
    "rclone_sftp",
    "takeout",
    "takeout_tgz",
    "drive",
)

ODD = (
    "a b.mp4",
    "50%25.mp4",
    "what?.mp4",
    "#1.mp4",
    "1+1=2&3;4,5@$!.mp4",
    "'quoted' \"twice\".mp4",
    "back\\slash.mp4",
    "日本語/видео/🎬.mp4",
    " leading and trailing .mp4 ",
    "~user/[1]{2}*.mp4",
    "UPPER/lower.MP4",
    "upper/lower.MP4",
    ".hidden/..two dots.mp4",
    "no extension",
    "-rf.mp4",
    "x" * 200 + ".mp4",
)
ODD_IN_BUCKETS = (
    "a//b.mp4",
    "../up.mp4",
    "x/../y.mp4",
    "./here.mp4",
    "/lead.mp4",
    "end/",
    "tab\tnew\nline\x01.mp4",
)

DECOMPOSED = "cafe\u0301/re\u0301sume\u0301.mp4"


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with import_module(f"tests.rigs.source_{request.param}").rig(request) as made:
        yield made


@pytest.fixture
def source(rig: Rig) -> Iterator[Source]:
    with closing(open_source("clips", rig.config)) as opened:
        yield opened


def listed(source: Source, rig: Rig | None = None) -> dict[str, Asset]:
    """The listed assets, by the names of the rig."""
    prefix = rig.prefix if rig else ""
    assets = [source.look(asset) for asset in source.assets()]
    assert all(asset.key.startswith(prefix) for asset in assets)
    by_key = {asset.key.removeprefix(prefix): asset for asset in assets}
    assert len(by_key) == len(assets), "a key was listed twice"
    return by_key


def drained(reader: Reader, size: int = 256 * 1024) -> bytes:
    parts = []
    while part := reader.read(size):
        assert len(part) <= size
        parts.append(part)
    assert reader.read(size) == b"", "after the end is the end"
    return b"".join(parts)


def read(source: Source, asset: Asset, start: int = 0) -> bytes:
    with source.open(asset, start) as reader:
        return drained(reader)


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - any bytes will do, if they come again


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_an_empty_source_lists_nothing(rig: Rig, source: Source) -> None:
    assert listed(source, rig) == {}


def test_a_listing_tells_source_size_version_and_age(rig: Rig, source: Source) -> None:
    rig.put("folder/clip.mp4", b"12345")
    asset = listed(source, rig)["folder/clip.mp4"]
    assert (asset.source, asset.size, asset.flaw) == ("clips", 5, None)
    assert asset.version
    assert asset.modified
    assert asset.modified.tzinfo


def test_listing_twice_gives_the_same_assets_in_the_same_order(rig: Rig, source: Source) -> None:
    for key in ("b.mp4", "a/c.mp4", "a.mp4", "c/a.mp4"):
        rig.put(key, b"x")
    assert list(source.assets()) == list(source.assets())


@pytest.mark.scale
def test_more_than_a_thousand_are_all_listed(rig: Rig, source: Source) -> None:
    keys = {f"{number % 7}/clip {number}.mp4" for number in range(1_105)}
    for key in keys:
        rig.put(key, b"x")
    assert set(listed(source, rig)) == keys


def test_an_error_while_listing_is_raised_and_only_when_the_listing_is_asked_for(rig: Rig) -> None:
    for what, (config, code) in rig.broken.items():
        with closing(open_source("clips", config)) as source:
            assets = source.assets()
            with pytest.raises(SourceError) as caught:
                next(assets)
        assert caught.value.code == code, what
        assert caught.value.hint, what


def test_reading_gives_exactly_the_bytes_from_any_start(rig: Rig, source: Source) -> None:
    data = noise(3 * 1024**2 + 17)
    rig.put("clip.mp4", data)
    asset = listed(source, rig)["clip.mp4"]
    for start in (0, 1, 65_535, 1024**2, len(data) - 1, len(data)):
        assert read(source, asset, start) == data[start:], start


@pytest.mark.parametrize("size", [1, 7, 4096, 1024**2])
def test_a_read_returns_at_most_the_requested_bytes(rig: Rig, source: Source, size: int) -> None:
    data = noise(9_000)
    rig.put("clip.mp4", data)
    with source.open(listed(source, rig)["clip.mp4"]) as reader:
        assert drained(reader, size) == data


def test_every_announced_hash_matches_the_bytes(rig: Rig, source: Source) -> None:
    data = noise(300_000)
    rig.put("clip.mp4", data)
    for start in (0, 1):
        with source.open(listed(source, rig)["clip.mp4"], start) as reader:
            for told in reader.digests():
                comparison = Comparison(told)
                comparison.update(data)
                assert comparison.came(hashlib.sha256(data).hexdigest()) == told.value


def test_zero_bytes_are_an_asset_too(rig: Rig, source: Source) -> None:
    rig.put("empty.mp4", b"")
    asset = listed(source, rig)["empty.mp4"]
    assert asset.size == 0
    assert read(source, asset) == b""


def test_odd_keys_are_listed_and_read(rig: Rig, source: Source) -> None:
    keys = ODD + (ODD_IN_BUCKETS if rig.names_any_key else ())
    for key in keys:
        rig.put(key, key.encode())
    assets = listed(source, rig)
    assert set(assets) == set(keys)
    for key, asset in assets.items():
        assert read(source, asset) == key.encode(), key


def test_keys_are_in_normal_form_c_whatever_the_source_calls_them(rig: Rig, source: Source) -> None:
    rig.put(DECOMPOSED, b"bytes")
    ((key, asset),) = listed(source, rig).items()
    assert key == unicodedata.normalize("NFC", DECOMPOSED) != DECOMPOSED
    assert read(source, asset) == b"bytes"


def test_other_bytes_are_another_version_and_the_same_are_not(rig: Rig, source: Source) -> None:
    rig.put("changes.mp4", b"1234")
    rig.put("stays.mp4", b"1234")
    before = listed(source, rig)
    rig.put("changes.mp4", b"5678")
    after = listed(source, rig)
    assert before["changes.mp4"].version != after["changes.mp4"].version
    assert before["stays.mp4"] == after["stays.mp4"]


@pytest.mark.parametrize("start", [0, 5, 10])
@pytest.mark.parametrize("data", [b"other byte", b"longer than before", b"short"])
def test_a_change_since_the_listing_is_reported(rig: Rig, source: Source, start: int, data: bytes) -> None:
    rig.put("clip.mp4", b"0123456789")
    asset = listed(source, rig)["clip.mp4"]
    rig.put("clip.mp4", data)
    with pytest.raises(SourceChanged, match=r"clip\.mp4"):
        read(source, asset, start)


@pytest.mark.parametrize("start", [0, 5, 10])
def test_a_deletion_since_the_listing_is_reported(rig: Rig, source: Source, start: int) -> None:
    rig.put("clip.mp4", b"0123456789")
    asset = listed(source, rig)["clip.mp4"]
    rig.remove("clip.mp4")
    with pytest.raises(SourceChanged, match=r"clip\.mp4"):
        read(source, asset, start)


@pytest.mark.parametrize("length", [24 * 1024**2, 16 * 1024**2])
def test_a_change_while_reading_never_gives_bytes_of_two_versions(
    rig: Rig, source: Source, length: int
) -> None:
    data = noise(24 * 1024**2)
    rig.put("clip.mp4", data)
    asset = listed(source, rig)["clip.mp4"]
    with source.open(asset) as reader:
        begun = reader.read(1024)
        rig.put("clip.mp4", noise(length, seed=2))
        try:
            seen = begun + drained(reader)
        except SourceError:
            return
    assert seen == data


@pytest.mark.scale
def test_leaving_early_frees_the_connection(rig: Rig, source: Source) -> None:
    rig.put("clip.mp4", noise(16 * 1024**2))
    asset = listed(source, rig)["clip.mp4"]
    read(source, asset)
    before = open_files()
    kept = []  # so that leaving the block frees it, not the garbage collector
    for _ in range(50):
        with source.open(asset) as reader:
            assert reader.read(1024)
            kept.append(reader)
    assert open_files() <= before + 2
    assert len(read(source, asset)) == asset.size


def test_an_error_of_the_reader_passes_through(rig: Rig, source: Source) -> None:
    rig.put("clip.mp4", noise(1024))
    asset = listed(source, rig)["clip.mp4"]
    with pytest.raises(ZeroDivisionError), source.open(asset):
        _ = 1 / 0


def test_settings_travel_to_another_process(rig: Rig) -> None:
    rig.put("clip.mp4", b"bytes")
    config = pickle.loads(pickle.dumps(rig.config))  # noqa: S301 - our own
    assert config == rig.config
    with closing(open_source("clips", config)) as source:
        assert read(source, listed(source, rig)["clip.mp4"]) == b"bytes"


def test_keys_and_flaws_can_be_stored_as_text(rig: Rig, source: Source) -> None:
    rig.put("日本語.mp4", b"x")
    for asset in source.assets():
        assert asset.key.encode()
        assert (asset.flaw or "").encode() is not None
