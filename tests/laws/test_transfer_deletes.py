"""A delete removes only what it is about, and tells what it leaves."""

from __future__ import annotations

import pytest

from syncer.errors import DestinationError
from syncer.model import EARLIER, RECALLED, UNPUBLISHED, Delete, Deleted, Failed, Forgotten, Outcome
from syncer.origin.removed import CACHED
from syncer.sync.sample import EMPTIED
from syncer.sync.taken import UNPROVEN
from tests.laws.places import ORIGIN, Shop
from tests.laws.shelf import sha
from tests.laws.way import Way

LEFT, BEFORE, THEIRS = b"left by syncer", b"an older version", b"somebody's"


@pytest.fixture
def way() -> Way:
    return Way(shop=Shop({"a.mp4": LEFT}, owner=b"ours"))


def delete(way: Way, why: str = UNPUBLISHED, *, look: bool = False, url: str | None = None) -> Outcome:
    return way.work(
        Delete("clips", "a", "a.mp4", why, only=sha(LEFT), look=look, also=frozenset({sha(BEFORE)}), url=url)
    )


@pytest.mark.parametrize("why", [UNPUBLISHED, EARLIER])
def test_what_syncer_left_is_deleted_and_what_is_not_there_is_told(way: Way, why: str) -> None:
    assert delete(way, why) == Deleted("a.mp4")
    assert way.shop.files == {}
    assert delete(way, why) == Deleted("a.mp4", was_there=False)


@pytest.mark.parametrize("look", [False, True])
@pytest.mark.parametrize("content", [BEFORE, THEIRS])
def test_other_bytes_stay_and_those_of_an_earlier_version_are_told(
    way: Way, content: bytes, *, look: bool
) -> None:
    way.shop.files["a.mp4"] = content
    outcome = delete(way, look=look)
    assert way.shop.files == {"a.mp4": content}
    if content == THEIRS:
        assert outcome == Forgotten()
    else:
        assert isinstance(outcome, Failed)
        assert outcome.code == UNPROVEN


def test_a_look_deletes_nothing(way: Way) -> None:
    outcome = delete(way, RECALLED, look=True)
    assert isinstance(outcome, Failed)
    assert (outcome.code, way.shop.files) == (UNPROVEN, {"a.mp4": LEFT})
    way.shop.files.clear()
    assert delete(way, RECALLED, look=True) == Deleted("a.mp4", was_there=False)


def test_without_the_owner_mark_a_file_that_is_not_there_is_not_gone(way: Way) -> None:
    """Its disk may not be mounted."""
    way.shop.owner = None
    assert delete(way) == Deleted("a.mp4"), "the file itself shows that its disk is there"
    outcome = delete(way)
    assert isinstance(outcome, Failed)
    assert outcome.code == EMPTIED


def test_a_file_that_is_written_at_this_moment_stays(way: Way) -> None:
    way.shop.troubles["open"] = [DestinationError("it grows", code="destination.changed")]
    assert delete(way) == Forgotten()
    way.shop.troubles["open"] = [DestinationError("403", code="destination.denied")]
    outcome = delete(way)
    assert isinstance(outcome, Failed)
    assert (outcome.code, way.shop.files) == ("destination.denied", {"a.mp4": LEFT})


def test_what_is_gone_from_its_source_is_deleted_without_a_question(way: Way) -> None:
    assert way.work(Delete("clips", "a", "a.mp4", "gone from the source")) == Deleted("a.mp4")
    assert (way.shop.files, way.shop.stats, way.shop.marks) == ({}, 0, 0)


def test_an_unpublished_file_of_unknown_bytes_is_deleted(way: Way) -> None:
    assert way.work(Delete("clips", "a", "a.mp4", UNPUBLISHED)) == Deleted("a.mp4")
    assert way.work(Delete("clips", "a", "a.mp4", UNPUBLISHED)) == Deleted("a.mp4", was_there=False)


def test_a_cache_that_still_serves_it_is_told(way: Way) -> None:
    assert delete(way, url=f"{ORIGIN}a.mp4") == Deleted("a.mp4")
    way.shop.files["a.mp4"] = way.eyes.spoiled["a.mp4"] = LEFT
    outcome = delete(way, url=f"{ORIGIN}a.mp4")
    assert isinstance(outcome, Deleted)
    assert outcome.served
    assert outcome.served.rule == CACHED
