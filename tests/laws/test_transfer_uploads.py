"""How an interrupted upload continues, and when it ends: a full disk, a stop."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.errors import DestinationError
from syncer.model import Abandoned, Asset, Litter, Published, Space
from syncer.runners import SharedPace
from syncer.sync.bounds import STEP
from syncer.sync.uploads import Uploads
from tests.laws.way import Way, copied, failed, unlisted, video


@pytest.fixture
def way() -> Way:
    return Way()


# Parts of uploads that broke off


@pytest.fixture
def uploads(way: Way, tmp_path: Path) -> Uploads:
    made = Uploads(tmp_path / "uploads", "there")
    way.work = replace(way.work, uploads=made)
    return made


def test_an_upload_that_is_small_or_of_no_version_is_not_resumed(way: Way, uploads: Uploads) -> None:
    del uploads
    copied(way, video())
    way.shop.files.clear()
    content = video()
    copied(way, content, asset=unlisted(way, content))
    (_, _, small, _), (_, _, large, _) = way.shop.staged
    assert small is None
    assert large is not None


@pytest.mark.parametrize("template", ["{key}", "{sha256:12}.mp4"])
@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("trouble", [False, True])
def test_a_part_of_another_version_is_discarded_and_never_resumed(
    way: Way, uploads: Uploads, template: str, version: str, *, trouble: bool
) -> None:
    way.set(template)
    way.work = replace(way.work, uploads=uploads)
    content = video()
    path = "a.mp4" if template == "{key}" else f"{hashlib.sha256(content).hexdigest()[:12]}.mp4"
    old = Asset("clips", "a.mp4", "a.mp4", None, version)
    uploads.of(old, path, "video/mp4", SharedPace(), way.work.rules.policy).keep("the part")
    way.shop.troubles["discard"] = [DestinationError("away", transient=True)] if trouble else []
    asset = unlisted(way, content)
    outcome = copied(way, content, path=None if template != "{key}" else path, asset=asset)
    assert isinstance(outcome, Published)
    ((_, _, resume, _),) = way.shop.staged
    assert resume
    assert resume.kept() == ("the part" if version == "1" else None)
    assert uploads.resumable() == ({"the part"} if version == "1" else set())
    assert way.shop.discarded == ([] if version == "1" else [Litter(path, "the part")])


def test_what_an_earlier_run_left_of_another_file_is_begun_anew_once(way: Way) -> None:
    kept = DestinationError("another file's", code="destination.kept")
    way.shop.troubles["write"] = [kept]
    assert isinstance(copied(way, video()), Published)
    way.shop.files.clear()
    way.shop.staged.clear()
    way.shop.troubles["write"] = [kept] * 5
    failed(way, copied(way, video()), "destination.kept")
    assert len(way.shop.staged) == 2


# Room


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("template", ["{key}", "{sha256:12}.mp4"])
def test_a_full_destination_is_not_filled_further(way: Way, template: str, *, known: bool) -> None:
    way.set(template)
    content = video()
    way.shop.space = Space("the disk", 1000, 10_000)
    path = "a.mp4" if template == "{key}" else None
    outcome = copied(way, content, path=path, asset=None if known else unlisted(way, content))
    error = failed(way, outcome, "destination.full")
    assert "the disk is full: " in error.message
    assert (way.shop.staged == []) is known, "before anything of it is read"


def test_a_disk_that_fills_up_on_the_way_is_noticed(way: Way) -> None:
    """Other programs write, too: so free space is read again."""
    for template in ("{key}", "{sha256:12}.mp4"):
        way.set(template, publish_rejected=True)
        way.shop.space = Space("the disk", 100 * STEP, 10_000)
        content = video(size=3 * STEP)
        way.shop.troubles["write"] = []

        def filled(verb: str) -> None:
            if verb == "write":
                way.shop.space = Space("the disk", 0, 10_000)

        way.shop.trouble = filled  # type: ignore[method-assign]
        failed(way, copied(way, content, path="a.mp4" if template == "{key}" else None), "destination.full")


# A stop


@pytest.mark.parametrize("template", ["{key}", "{sha256:12}.mp4"])
def test_a_stop_before_the_commit_publishes_nothing(way: Way, template: str) -> None:
    way.set(template)

    def stopping(verb: str) -> None:
        if verb == "write":
            way.pace.stop()

    way.shop.trouble = stopping  # type: ignore[method-assign]
    outcome = copied(way, video(), path="a.mp4" if template == "{key}" else None)
    assert (outcome, way.shop.files) == (Abandoned(), {})
