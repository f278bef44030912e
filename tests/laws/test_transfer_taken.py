"""If a copy's path is not free, syncer replaces only a file that it knows to be its own."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from syncer.errors import DestinationError
from syncer.model import Copy, Entry, Failed, Finding, Outcome, Published, Rejected, Severity, State
from tests.laws.shelf import sha
from tests.laws.test_transfer import Untold
from tests.laws.way import LARGEST, Way, rules, unlisted, video

AWAY = Finding("origin.unreachable", Severity.REJECT, "no route")
SLOW = Finding("origin.length", Severity.UNKNOWN, "no length")
HASHED = "{sha256:12}.mp4"
MINE, OTHER, LONGER = video(seed=1), video(seed=2), video(size=3000, seed=3)


@pytest.fixture
def way() -> Way:
    made = Way()
    made.tape.files["a.mp4"] = MINE
    return made


def taken(way: Way, outcome: Outcome, content: bytes) -> Failed:
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.attempts, outcome.unsure) == ("destination.taken", 1, False)
    assert (way.shop.files, way.shop.staged) == ({"a.mp4": content}, [])
    assert f"{len(content)} bytes" in outcome.message
    assert "Give the source another `path`." in (outcome.hint or "")
    return outcome


@pytest.mark.parametrize("known", [None, "in place", "found", "unconfirmed", "elsewhere"])
def test_what_is_not_ours_is_neither_replaced_nor_read_for_if_its_size_differs(
    way: Way, known: str | None
) -> None:
    way.shop.files["a.mp4"] = LONGER
    now = datetime(2026, 3, 1, tzinfo=UTC)
    entry = Entry("clips", "a.mp4", State.STORED, path="a.mp4", checked_at=now)
    entries = {
        "in place": replace(entry, in_place=True),
        "found": replace(entry, found=True),
        "unconfirmed": replace(entry, checked_at=None),
        "elsewhere": replace(entry, path="b.mp4"),
    }
    told = taken(way, way.work(Copy(way.tape.asset(), "a.mp4", "changed", entries.get(known or ""))), LONGER)
    assert (way.shop.stats, way.eyes.manners) == (1, [])
    assert (".syncer-owner" in str(told.hint)) is (known == "found")


def test_of_a_file_whose_size_differs_only_the_begin_is_read(way: Way) -> None:
    way.tape.files["a.mp4"], way.shop.files["a.mp4"] = video(size=90_000), OTHER
    taken(way, way.work(Copy(way.tape.asset(), "a.mp4", "new")), OTHER)
    assert way.tape.given < 90_000


@pytest.mark.parametrize("found", [False, True])
def test_a_file_that_may_be_ours_must_have_the_bytes_at_the_destination_too(way: Way, *, found: bool) -> None:
    """Its URL may lead elsewhere."""
    known = Entry("clips", "a.mp4", State.STORED, path="a.mp4", found=found)
    copy = Copy(way.tape.asset(), "a.mp4", "new", known)
    way.shop.files["a.mp4"], way.eyes.spoiled["a.mp4"] = OTHER, MINE
    told = taken(way, way.work(copy), OTHER)
    assert "its bytes differ from those at your source" in told.message
    assert (".syncer-owner" in str(told.hint)) is found
    elsewhere = way.work(replace(copy, known=replace(known, path="b.mp4")))
    assert isinstance(elsewhere, Published)
    way.shop.files["a.mp4"] = MINE
    outcome = way.work(copy)
    assert isinstance(outcome, Published)
    assert (outcome.found, way.shop.staged) == (True, [])


def test_what_syncer_left_there_before_is_replaced_and_any_other_file_is_not(way: Way) -> None:
    copy = Copy(way.tape.asset(), "a.mp4", "new", left=sha(OTHER))
    for lying in (LONGER, video(seed=9)):
        way.shop.files["a.mp4"] = lying
        taken(way, way.work(copy), lying)
    way.shop.files["a.mp4"] = OTHER
    assert isinstance(way.work(copy), Published)
    assert way.shop.files == {"a.mp4": MINE}


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("says", [(), (AWAY,), (SLOW,)])
def test_only_the_very_same_bytes_at_the_url_are_published_as_they_lie(
    way: Way, says: tuple[Finding, ...], *, listed: bool
) -> None:
    asset = way.tape.asset() if listed else unlisted(way, MINE)
    way.shop.files["a.mp4"], way.eyes.says = OTHER, says
    told = taken(way, way.work(Copy(asset, "a.mp4", "new")), OTHER)
    assert "Run again once https://media.example.test/a.mp4 serves it" in (told.hint or "")
    way.shop.files["a.mp4"] = MINE
    outcome = way.work(Copy(asset, "a.mp4", "new"))
    if says:
        assert says[0].message in taken(way, outcome, MINE).message
    else:
        assert isinstance(outcome, Published)
        assert (outcome.found, outcome.seen, way.shop.staged) == (True, True, [])


def test_a_file_that_was_there_and_is_another_one_now_may_be_an_earlier_copy(way: Way) -> None:
    way.shop.files["a.mp4"] = OTHER
    known = Entry("clips", "a.mp4", State.PUBLISHED, path="b.mp4", found=True)
    told = taken(way, way.work(Copy(way.tape.asset(), "a.mp4", "changed", known)), OTHER)
    assert "Copy its `.syncer-owner`, too" in str(told.hint)


def test_a_path_that_only_the_bytes_tell_is_looked_at_too(way: Way) -> None:
    way.set(HASHED)
    first = way.work(Copy(way.tape.asset(), None, "new"))
    assert isinstance(first, Published)
    assert not first.found
    again = way.work(Copy(way.tape.asset(), None, "new"))
    assert isinstance(again, Published)
    assert (again.found, len(way.shop.staged)) == (True, 1)
    way.shop.files[first.path] = LONGER
    way.eyes.manners.clear()
    found = Entry("clips", "a.mp4", State.PUBLISHED, path="b.mp4", found=True)
    for known in (None, found):
        outcome = way.work(Copy(way.tape.asset(), None, "new", known))
        assert isinstance(outcome, Failed)
        assert (outcome.code, way.shop.files) == ("destination.taken", {first.path: LONGER})
        assert way.eyes.manners == [], "its size tells enough"
        assert (".syncer-owner" in str(outcome.hint)) is (known is found)


def test_what_is_ours_is_replaced_and_the_destination_is_not_asked(way: Way) -> None:
    way.shop.files["a.mp4"] = LONGER
    outcome = way.work(Copy(way.tape.asset(), "a.mp4", "changed", ours=True))
    assert isinstance(outcome, Published)
    assert (outcome.found, way.shop.files, way.shop.stats) == (False, {"a.mp4": MINE}, 0)


def test_what_this_very_copy_may_have_written_is_ours(way: Way) -> None:
    """An upload without an answer is retried, and replaces what it left."""
    way.shop.troubles["committed"] = [DestinationError("no answer", transient=True)]
    outcome = way.work(Copy(way.tape.asset(), "a.mp4", "new"))
    assert isinstance(outcome, Published)
    assert (outcome.found, len(way.shop.staged), way.shop.stats) == (False, 2, 1)


def test_what_the_rules_refuse_is_refused_whatever_lies_there(way: Way) -> None:
    way.tape.files["a.mp4"] = bad = video(b"flaw")
    way.shop.files["a.mp4"] = bad
    assert "media.unreadable" in rules(way.work(Copy(way.tape.asset(), "a.mp4", "new")))
    told = way.work.rules.limits
    way.set(limits=Untold(*(getattr(told, each.name) for each in fields(told))))
    large = way.shop.files["a.mp4"] = video(size=LARGEST + 1)
    outcome = way.work(Copy(unlisted(way, large), "a.mp4", "new"))
    assert isinstance(outcome, Rejected)
    assert rules(outcome) == ["media.size"]


def test_a_destination_that_can_not_tell_is_not_written(way: Way) -> None:
    way.shop.troubles["stat"] = [DestinationError("403", code="destination.denied")]
    outcome = way.work(Copy(way.tape.asset(), "a.mp4", "new"))
    assert isinstance(outcome, Failed)
    assert (outcome.code, way.shop.staged) == ("destination.denied", [])


@pytest.mark.parametrize("template", [HASHED, "one.mp4"])
def test_two_workers_never_write_one_path_for_two_assets(way: Way, template: str) -> None:
    """The catalogue does not know the first file yet, so the second worker would take it for the user's."""
    way.set(template)
    way.tape.files["b.mp4"] = MINE
    first = way.work(Copy(way.tape.asset(), None, "new"))
    assert isinstance(first, Published)
    other = way.tape.asset("b.mp4")
    outcome = way.work(Copy(other, None, "new"))
    assert isinstance(outcome, Failed)
    assert (outcome.code, len(way.shop.staged)) == ("plan.collision", 1)
    assert f"clips:a.mp4 and clips:b.mp4 would have one public path, '{first.path}'" in outcome.message
    for source, key in (("clips", "b.mp4"), ("other", "a.mp4")):
        way.work.in_use.release(source, key, first.path)
        assert isinstance(way.work(Copy(other, None, "new")), Failed), "it is not theirs to release"
    way.work.in_use.release("clips", "a.mp4", first.path)
    outcome = way.work(Copy(other, None, "new"))
    assert isinstance(outcome, Published)
    assert outcome.found


@pytest.mark.parametrize("template", [HASHED, "one.mp4"])
@pytest.mark.parametrize("moment", ["stage", "commit"])
def test_a_copy_that_fails_before_its_commit_keeps_no_path(way: Way, template: str, moment: str) -> None:
    """After the begin of a commit, its bytes may be public."""
    way.set(template)
    way.tape.files["b.mp4"] = MINE
    trouble = DestinationError("403", code="destination.denied")
    way.shop.troubles["write" if moment == "stage" else "commit"] = [trouble]
    assert isinstance(way.work(Copy(way.tape.asset(), None, "new")), Failed)
    outcome = way.work(Copy(way.tape.asset("b.mp4"), None, "new"))
    assert isinstance(outcome, Published if moment == "stage" else Failed)
