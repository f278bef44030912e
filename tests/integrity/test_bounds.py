"""No stream fills a disk: it ends at the platform's limit, at max_size, or where a disk's reserve begins."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncer.model import Failed, Published, Rejected
from syncer.preflight import Limit, Limits, load_limits
from syncer.runners import SharedPace
from syncer.sources.links import Config as LinksConfig
from syncer.sources.local import Config as LocalConfig
from syncer.sync.bounds import RESERVE_SHARE
from tests.home import Home
from tests.integrity.bench import Bench, bench
from tests.media import mp4, sample
from tests.mounts import mounted
from tests.servers.sshd import Sshd
from tests.servers.wire import Answer, scripted

MEGA = 1_000_000
VIDEO, PHOTO = mp4(100_000), sample("Sunset at the Lake.jpg")
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount disks")


@contextmanager
def endless(head: bytes) -> Iterator[LinksConfig]:
    """A link to what begins as that, has no length, and never ends."""
    with scripted(Answer(body=head, endless=True)) as url:
        config = {"kind": "links", "urls": (f"{url}/a",), "allow_private": True}
        yield LinksConfig.model_validate(config)


@contextmanager
def disk(folder: Path, size: int) -> Iterator[Path]:
    with mounted(folder, "-t", "tmpfs", "-o", f"size={size},mode=755", "none"):
        yield folder


def free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def smaller(video: int, photo: int) -> Limits:
    limits = load_limits("tiktok")

    def at(size: int) -> Limit[int]:
        return replace(limits.video_size_at_best, value=size)

    return replace(
        limits,
        video_size=at(video),
        video_size_at_best=at(video),
        photo_size=at(photo),
        photo_size_at_best=at(photo),
    )


def read(work: Bench) -> int:
    assert isinstance(work.transfer.pace, SharedPace)
    return work.transfer.pace.passed


@pytest.mark.parametrize("head", [VIDEO, PHOTO])
def test_a_stream_ends_at_the_platforms_limit(home: Home, head: bytes) -> None:
    limits = smaller(video=3 * MEGA, photo=2 * MEGA)
    with endless(head) as config, bench(home, config, path="{source}.{ext}", limits=limits) as work:
        outcome = work.copy()
        assert isinstance(outcome, Rejected)
        assert [finding.rule for finding in outcome.findings] == ["media.size"]
        assert (outcome.size or 0) in (2 * MEGA + 1, 3 * MEGA + 1)
        assert read(work) <= 3 * MEGA
        assert work.public == {}


@pytest.mark.parametrize("head", [VIDEO, PHOTO])
@pytest.mark.parametrize("publish_rejected", [False, True])
def test_a_stream_ends_at_max_size(home: Home, head: bytes, publish_rejected: bool) -> None:  # noqa: FBT001 - a table
    rules: dict[str, Any] = {"publish_rejected": publish_rejected, "max_sizes": {"clips": MEGA}}
    with endless(head) as config, bench(home, config, path="{source}.{ext}", **rules) as work:
        outcome = work.copy()
        assert isinstance(outcome, Rejected)
        assert [finding.rule for finding in outcome.findings] == ["source.max_size"]
        assert read(work) <= MEGA
        assert work.public == {}


@pytest.mark.parametrize("kind", ["local", "sftp"])
def test_a_stream_ends_where_the_reserve_of_the_destination_begins(
    home: Home, request: pytest.FixtureRequest, kind: str
) -> None:
    """What is refused is published here, so the platform sets no limit."""
    root, size = home.site.root, 40 * MEGA
    sshd: Sshd | None = request.getfixturevalue("sshd") if kind == "sftp" else None
    with disk(root, size), endless(PHOTO) as config:
        store = sshd.destination(root) if sshd else None
        with bench(home, config, store, "{source}.{ext}", publish_rejected=True) as work:
            outcome = work.copy()
            assert isinstance(outcome, Failed)
            assert outcome.code == "destination.full"
            assert abs(read(work) - size * (1 - RESERVE_SHARE)) < 2 * MEGA
            assert work.public == {}
            assert free(root) > size * 0.99, "there is room again at once"


def test_a_stream_ends_where_the_reserve_for_temporary_files_begins(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A video without ranges waits there, as its facts are read before it is copied."""
    folder = home.folder / "tmp"
    folder.mkdir()
    with disk(folder, 40 * MEGA), endless(VIDEO) as config:
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        with bench(home, config, path="{source}.{ext}", publish_rejected=True) as work:
            outcome = work.copy()
            assert isinstance(outcome, Failed)
            assert outcome.code == "disk"
            assert abs(read(work) - 40 * MEGA * (1 - RESERVE_SHARE)) < 2 * MEGA
            assert free(folder) > 39 * MEGA


def test_what_does_not_fit_is_not_even_begun(home: Home) -> None:
    home.put("a.mp4", mp4(39 * MEGA))
    with disk(home.site.root, 40 * MEGA), bench(home, LocalConfig(kind="local", root=home.media)) as work:
        outcome = work.copy()
        assert isinstance(outcome, Failed)
        assert outcome.code == "destination.full"
        assert read(work) == 0
        home.put("a.mp4", mp4(37 * MEGA))
        assert isinstance(work.copy(), Published)


def test_what_was_listed_with_fewer_bytes_is_cut_off_there(home: Home) -> None:
    home.put("a.jpg", PHOTO + bytes(5 * MEGA))
    with bench(home, LocalConfig(kind="local", root=home.media), publish_rejected=True) as work:
        outcome = work.copy(replace(work.listed(), size=MEGA))
        assert isinstance(outcome, Failed)
        assert outcome.code == "source.changed"
        assert read(work) <= MEGA
        assert work.public == {}


def test_what_was_over_a_limit_is_not_read_again_in_the_next_run(home: Home) -> None:
    """Its listing does not tell how long it is; what was seen of it does."""
    with scripted(Answer(headers={"ETag": '"v1"'}, body=PHOTO, endless=True)) as url:
        source: dict[str, Any] = {"kind": "links", "urls": [f"{url}/a.jpg"], "allow_private": True}
        home.config["sources"] = {"clips": source | {"max_size": "5MB"}}
        first = home.sync()
        assert (first["exit_code"], first["counts"]["rejected"]) == (4, 1)
        assert home.sync()["exit_code"] == 0, "left out, like whatever is known to be larger"
        home.config["sources"] = {"clips": source}
        third = home.sync()
        assert (third["exit_code"], third["counts"]["rejected"]) == (4, 1)
        (trouble,) = home.troubles().values()
        assert "20971521 bytes" in trouble["message"]
        assert home.sync()["counts"].get("bytes", 0) == 0
        assert home.public() == set()
