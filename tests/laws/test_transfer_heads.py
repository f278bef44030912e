"""An asset's first bytes decide the ending of its path, and whether it is media at all."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from syncer.model import Asset, Entry, Identified, Identify, Rejected, State
from tests.laws.way import Way, video


@pytest.fixture
def way() -> Way:
    made = Way()
    made.tape.files["a.mp4"] = video()
    return made


def nameless(way: Way, content: bytes, *, listed: bool = True) -> Asset:
    way.tape.files["a"] = content
    asset = way.tape.asset("a")
    return asset if listed else replace(asset, version=None, size=None)


def test_what_a_listing_left_open_is_told_without_reading(way: Way) -> None:
    asset = way.tape.asset()
    assert way.work(Identify(replace(asset, size=None, version=None))) == Identified(asset)
    assert way.tape.starts == []


@pytest.mark.parametrize("listed", [True, False])
def test_the_first_bytes_tell_the_ending(way: Way, *, listed: bool) -> None:
    asset = nameless(way, video(), listed=listed)
    assert way.work(Identify(asset)) == Identified(replace(way.tape.asset("a"), ending=".mp4"))
    assert way.tape.starts == [0]


def test_what_an_entry_knows_of_this_version_is_not_read_again(way: Way) -> None:
    asset = nameless(way, video())
    same = Entry("clips", "a", State.PUBLISHED, asset.version, media_type="video/mp4")
    assert way.work(Identify(asset, same)) == Identified(asset)
    assert way.tape.starts == []
    for known in (replace(same, version="1"), replace(same, media_type=None)):
        assert way.work(Identify(asset, known)) == Identified(replace(asset, ending=".mp4"))


def test_what_is_no_media_is_refused_when_two_reads_agree(way: Way) -> None:
    asset = nameless(way, b"a text" * 500)
    outcome = way.work(Identify(asset))
    assert isinstance(outcome, Rejected)
    assert (outcome.media_type, outcome.size, len(way.tape.starts)) == ("text/plain", 3000, 3)
    assert outcome.findings
    outcome = way.work(Identify(nameless(way, b"a text" * 500, listed=False)))
    assert outcome == Identified(replace(asset, ending=""))


def test_a_corrupted_head_refuses_nothing(way: Way) -> None:
    way.tape.flips = {0: 4}
    asset = nameless(way, video())
    assert way.work(Identify(asset)) == Identified(replace(asset, ending=".mp4"))
    assert hashlib.sha256(video()).hexdigest() == asset.version
