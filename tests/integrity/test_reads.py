"""A byte that changes on its way is never published, whatever the source and however it tells its hash."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.model import Entry, Failed, Published, State
from syncer.sources.s3 import Config as S3Config
from syncer.sources.takeout import Config as TakeoutConfig
from syncer.sync import transitions
from tests.home import Home
from tests.integrity.bench import Bench, bench
from tests.integrity.ways import AT, CLIP, LEAST, WAYS, Way, standing
from tests.servers.flip import Body, every, flipping, once
from tests.servers.rgw import S3Service


@pytest.fixture
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    with standing(request.param, request, tmp_path) as made:
        yield made


@pytest.fixture
def work(home: Home, way: Way) -> Iterator[Bench]:
    with bench(home, way.config) as made:
        yield made


@pytest.mark.parametrize("way", WAYS, indirect=True)
def test_a_corrupted_read_is_never_published_and_a_right_one_is_proven(work: Bench, way: Way) -> None:
    asset = work.listed()
    way.flip.answers = every(AT, LEAST)
    outcome = work.copy(asset)
    assert way.flip.flipped
    assert isinstance(outcome, Failed)
    assert outcome.code in ("source.digest", "source.corrupt")
    assert outcome.hint
    assert work.public == {}, "neither published nor left staged"

    way.flip.answers, way.flip.flipped = once(AT, LEAST), 0
    outcome = work.copy(asset)
    assert way.flip.flipped == 1
    assert isinstance(outcome, Published), outcome
    assert outcome.content.verified_by == way.verified_by
    assert [*work.public.values()] == [way.data]


FLIPS = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, len(CLIP) - 1)),
    max_size=8,
    unique_by=(lambda flip: flip[0], lambda flip: flip[1] // 8),
).map(dict)
"""By the number of an answer, the byte that changes in it; no two change alike."""


@pytest.mark.parametrize("way", ["s3 ceph", "link Repr-Digest", "zip stored"], indirect=True)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=FLIPS)
def test_whatever_changes_wherever_only_the_right_bytes_are_public(
    work: Bench, way: Way, flips: dict[int, int]
) -> None:
    way.flip.answers = lambda _body: None
    asset = work.listed()
    for name in work.public:
        (work.home.site.root / name).unlink()
    left = iter(range(1000))

    def choose(body: Body) -> int | None:
        return flips.get(next(left)) if body.request.startswith("GET") else None

    way.flip.answers = choose
    outcome = work.copy(asset)
    assert [*work.public.values()] == ([way.data] if isinstance(outcome, Published) else [])


def test_bytes_that_two_reads_agree_on_are_not_published_against_their_checksum(home: Home) -> None:
    """They are damaged where they lie."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("Takeout/a.mp4", CLIP)
    data = made.getvalue()
    file = home.folder / "takeout-20250912T060118Z-1-001.zip"
    file.write_bytes(data.replace(CLIP[AT : AT + 50], bytes(50)))
    config = TakeoutConfig.model_validate({"kind": "takeout", "archives": (file,)})
    with bench(home, config) as work:
        outcome = work.copy()
    assert isinstance(outcome, Failed)
    assert outcome.code == "source.digest"
    assert "two reads came the same" in outcome.message
    assert "download that part again" in str(outcome.hint)
    assert home.public() == set()


def test_the_manifest_tells_what_proved_the_bytes(home: Home, rgw: S3Service) -> None:
    bucket = rgw.bucket()
    with closing(rgw.client()) as client:
        client.put_object(Bucket=bucket, Key="a.mp4", Body=CLIP)
    home.put("b.mp4", CLIP)
    home.config["sources"]["remote"] = {"kind": "s3"} | rgw.settings(bucket)
    assert home.sync()["exit_code"] == 0
    assert {key: item["verified_by"] for key, item in home.manifest().items()} == {
        "a.mp4": "etag-md5",
        "b.mp4": None,
    }


def test_a_later_look_does_not_forget_what_proved_the_bytes() -> None:
    entry = Entry("clips", "a", State.PUBLISHED, path="a", url="u", sha256="ab", verified_by="md5")
    looked = Published("a", "u", entry.content, seen=True)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert transitions.looked(entry, looked, now).verified_by == "md5"
    unproven = replace(looked, content=replace(entry.content, verified_by=None))
    assert transitions.copied(entry, "v2", unproven, now).verified_by is None


def test_a_read_that_broke_off_and_went_on_is_compared_as_a_whole(home: Home, rgw: S3Service) -> None:
    """A byte changes in the first answer, which is then cut; the second answer is right."""
    bucket = rgw.bucket()
    with closing(rgw.client()) as client, flipping(urlsplit(rgw.endpoint).port or 0) as flip:
        client.put_object(Bucket=bucket, Key="a.mp4", Body=CLIP)
        config = S3Config(kind="s3", **rgw.settings(bucket, endpoint=flip.endpoint))
        with bench(home, config) as work:
            asset = work.listed()
            flip.answers, flip.cut_after = once(70_000, LEAST), 150_000  # pieces have 64 KiB at most
            outcome = work.copy(asset)
            assert flip.flipped == 1
            assert isinstance(outcome, Published)
            assert outcome.content.verified_by == "etag-md5"
            assert [*work.public.values()] == [CLIP]
            assert {body.start for body in flip.seen} > {0}
