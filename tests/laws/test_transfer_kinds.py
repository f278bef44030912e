"""Transfers that write nothing, or not at once: files in place, withheld bytes, names with a wrong ending."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from syncer.errors import SourceError
from syncer.model import (
    Copy,
    Entry,
    Failed,
    Identified,
    Outcome,
    Published,
    Rejected,
    State,
    Withheld,
)
from syncer.origin.addresses import OriginAddresses
from syncer.sync.begun import Notes
from syncer.sync.grip import Grip
from tests.laws.house import Killed
from tests.laws.places import ORIGIN
from tests.laws.shelf import sha
from tests.laws.way import Way, copied, video
from tests.media import sample

PHOTO = sample("Sunset at the Lake.jpg")


@pytest.fixture
def way() -> Way:
    return Way()


# In place


@pytest.fixture
def lying(way: Way) -> Way:
    """`up/a.mp4` lies in place."""
    way.tape.files["a.mp4"] = way.shop.files["up/a.mp4"] = video()
    place = OriginAddresses(ORIGIN, ORIGIN, {}, places={"clips": "up/"})
    way.work = replace(way.work, addresses=place, grip=Grip("there"))
    return way


def published(way: Way) -> Outcome:
    return way.work(Copy(replace(way.tape.asset(), in_place=True), "up/a.mp4", "new"))


def test_a_file_in_place_is_read_and_looked_at_and_nothing_is_asked_or_written(lying: Way) -> None:
    outcome = published(lying)
    assert isinstance(outcome, Published)
    assert (outcome.path, outcome.content.sha256, outcome.seen) == ("up/a.mp4", sha(video()), True)
    assert (outcome.found, lying.shop.staged, lying.shop.stats) == (False, [], 0)


def test_a_file_in_place_that_the_platform_refuses_is_not_published(lying: Way) -> None:
    lying.tape.files["a.mp4"] = lying.shop.files["up/a.mp4"] = video(b"flaw")
    assert isinstance(published(lying), Rejected)


def test_a_file_in_place_that_can_not_be_read_may_have_new_bytes_at_its_url(lying: Way) -> None:
    lying.tape.breaks = dict.fromkeys(range(9), SourceError("403", code="source.denied"))
    outcome = published(lying)
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.unsure) == ("source.denied", True)
    outcome = lying.work(Copy(lying.tape.asset(), "up/a.mp4", "new"))
    assert isinstance(outcome, Failed)
    assert not outcome.unsure


# Withheld


@pytest.mark.parametrize("template", ["{key}", "{sha256:12}.mp4"])
def test_withheld_bytes_are_not_published(way: Way, template: str) -> None:
    way.set(template)
    way.tape.files["a.mp4"] = video()
    copy = Copy(way.tape.asset(), "a.mp4" if template == "{key}" else None, "new")
    held = replace(copy, withheld=frozenset({sha(video()), "another"}))
    assert way.work(held) == Withheld(sha(video()))
    assert way.shop.files == {}
    assert isinstance(way.work(replace(copy, withheld=frozenset({"another"}))), Published)


# A wrong ending


def test_a_name_with_a_wrong_ending_gets_that_of_its_bytes_before_anything_is_written(way: Way) -> None:
    way.tape.files["a.mp4"] = PHOTO
    outcome = way.work(Copy(way.tape.asset(), "a.mp4", "new"))
    assert outcome == Identified(replace(way.tape.asset(), ending=".jpg"))
    assert way.shop.staged == []


def test_a_name_that_is_published_keeps_its_ending(way: Way) -> None:
    way.tape.files["a.mp4"] = PHOTO
    known = Entry("clips", "a.mp4", State.PUBLISHED, path="a.mp4")
    outcome = way.work(Copy(way.tape.asset(), "a.mp4", "changed", known, ours=True))
    assert isinstance(outcome, Published)
    assert way.shop.files == {"a.mp4": PHOTO}
    outcome = way.work(Copy(way.tape.asset(), "a.mp4", "changed", replace(known, path="b.mp4")))
    assert isinstance(outcome, Identified)


def test_without_a_path_before_the_bytes_are_read_the_ending_is_right_at_once(way: Way) -> None:
    way.set("{sha256:12}.{ext}")
    way.tape.files["a.mp4"] = PHOTO
    outcome = way.work(Copy(way.tape.asset(), None, "new"))
    assert isinstance(outcome, Published)
    assert outcome.path == f"{sha(PHOTO)[:12]}.jpg"


# What is there afterwards


@pytest.mark.parametrize(("before", "unsure"), [("a.mp4", True), ("b.mp4", False), (None, True)])
def test_old_bytes_are_unsure_only_where_new_ones_may_have_taken_their_place(
    way: Way, before: str | None, *, unsure: bool
) -> None:
    way.shop.troubles["commit"] = [SourceError("no answer", code="destination.lost")] * 9
    way.tape.files["a.mp4"] = video()
    known = Entry("clips", "a.mp4", State.PUBLISHED, path=before) if before else None
    outcome = way.work(Copy(way.tape.asset(), "a.mp4", "changed", known, ours=True))
    assert isinstance(outcome, Failed)
    assert outcome.unsure is unsure


def test_a_run_that_dies_while_it_makes_a_file_public_leaves_a_note(way: Way, tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes", "there")
    way.work = replace(way.work, notes=notes)
    for verb, noted in (("write", []), ("commit", [("a.mp4", sha(video()))])):
        way.shop.troubles[verb] = [Killed()]
        with pytest.raises(Killed):
            copied(way, video())
        assert [(note.path, note.content.sha256) for note in notes.left()] == noted
