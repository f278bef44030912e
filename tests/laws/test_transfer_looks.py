"""What is known after a transfer: what is seen, what is lost, and what is unsure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syncer.errors import DestinationError, OriginError, SyncerError
from syncer.model import (
    Abandoned,
    Copy,
    Delete,
    Deleted,
    Entry,
    Failed,
    Finding,
    Inspect,
    Inspected,
    Keep,
    Leave,
    Outcome,
    Published,
    Recheck,
    Refuse,
    Severity,
    State,
)
from syncer.protocols import Stopped
from tests.laws.places import ORIGIN
from tests.laws.way import Way, video

AWAY = DestinationError("no route", code="destination.unreachable", hint="wait", transient=True)
DENIED = DestinationError("403", code="destination.denied", hint="ask")
OTHER = Finding("origin.bytes", Severity.REJECT, "other bytes")
SLOW = Finding("origin.slow", Severity.WARN, "slow")


@pytest.fixture
def way() -> Way:
    made = Way()
    made.tape.files["a.mp4"] = video()
    return made


def copied(way: Way) -> Outcome:
    return way.work(Copy(way.tape.asset(), "a.mp4", "new"))


@pytest.fixture
def entry(way: Way) -> Entry:
    """The entry of the published file."""
    outcome = copied(way)
    assert isinstance(outcome, Published)
    known, content = outcome, outcome.content
    way.eyes.manners.clear()
    way.shop.stats = 0
    return Entry(
        "clips",
        "a.mp4",
        State.PUBLISHED,
        "1",
        known.path,
        known.url,
        content.size,
        content.sha256,
        content.head_sha256,
        content.media_type,
        facts=content.facts,
    )


def lost(outcome: Outcome, code: str = "destination.changed", *, unsure: bool = False) -> Failed:
    """`unsure` if a file of the right size is there, as a cache may serve other bytes."""
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.attempts, outcome.unsure) == (code, 1, unsure)
    assert outcome.hint
    return outcome


# The look after a copy


def test_only_what_its_url_serves_is_seen(way: Way) -> None:
    way.eyes.spoiled["a.mp4"] = video(seed=1)
    outcome = copied(way)
    assert isinstance(outcome, Published)
    assert (outcome.seen, outcome.findings[-1:]) == (False, (OTHER,))


def test_a_warning_is_no_reason_not_to_be_seen(way: Way) -> None:
    way.eyes.says = (SLOW,)
    outcome = copied(way)
    assert isinstance(outcome, Published)
    assert (outcome.seen, outcome.findings) == (True, (SLOW,))


def test_a_look_that_a_stop_breaks_off_leaves_what_is_stored_unseen(way: Way) -> None:
    way.eyes.trouble = Stopped()
    outcome = copied(way)
    assert isinstance(outcome, Published)
    assert ([finding.rule for finding in outcome.findings], outcome.seen) == (["origin.stopped"], False)


def test_all_bytes_are_compared_where_that_is_asked_for_and_only_at_first(way: Way, entry: Entry) -> None:
    way.set(verify_all=True)
    copied(way)
    way.work(Recheck(entry, "due"))
    way.work(Recheck(entry, "due", first=True))
    way.set()
    way.work(Recheck(entry, "due", first=True))
    assert way.eyes.manners == ["compare", "look", "compare", "look"]


# Looking again


def test_what_is_still_there_is_seen_and_the_destination_is_not_asked(way: Way, entry: Entry) -> None:
    outcome = way.work(Recheck(entry, "due"))
    assert outcome == Published("a.mp4", ORIGIN + "a.mp4", entry.content, seen=True)
    assert way.shop.stats == 0


def test_what_is_neither_served_nor_held_is_lost(way: Way, entry: Entry) -> None:
    way.shop.files.clear()
    assert "'a.mp4' is missing or changed at the destination" in lost(way.work(Recheck(entry, "due"))).message
    way.shop.files["a.mp4"] = b"short"
    lost(way.work(Recheck(entry, "due")))


@pytest.mark.parametrize("error", [None, AWAY, DENIED])
def test_what_the_destination_holds_or_may_hold_is_not_lost(
    way: Way, entry: Entry, error: SyncerError | None
) -> None:
    way.eyes.says = (Finding("origin.status", Severity.REJECT, "answered 503"),)
    way.shop.troubles["stat"] = [error] if error else []
    outcome = way.work(Recheck(entry, "due"))
    assert isinstance(outcome, Published)
    assert (outcome.seen, outcome.findings, way.shop.stats) == (False, way.eyes.says, 1)


def test_a_warning_does_not_ask_for_the_loss(way: Way, entry: Entry) -> None:
    way.eyes.says = (SLOW,)
    way.shop.troubles["stat"] = [AWAY]
    outcome = way.work(Recheck(entry, "due"))
    assert isinstance(outcome, Published)
    assert (outcome.seen, way.shop.stats) == (True, 0)


def test_other_bytes_twice_in_a_row_are_the_file_itself(way: Way, entry: Entry) -> None:
    way.eyes.spoiled["a.mp4"] = video(seed=1)
    outcome = way.work(Recheck(entry, "due"))
    assert isinstance(outcome, Published), "it may be a cache"
    lost(way.work(Recheck(replace(entry, findings=(OTHER, SLOW)), "due")), unsure=True)
    way.eyes.says = (SLOW,)
    lost(way.work(Recheck(replace(entry, findings=(OTHER,)), "due")), unsure=True)


def test_other_bytes_beside_another_trouble_are_no_loss(way: Way, entry: Entry) -> None:
    """A login page also answers with another status."""
    wall = Finding("origin.status", Severity.REJECT, "answered 403")
    way.eyes.spoiled["a.mp4"] = video(seed=1)
    way.eyes.says = (wall,)
    for before in ((OTHER,), (OTHER, wall), ()):
        for stat in (False, True):
            outcome = way.work(Recheck(replace(entry, findings=before), "due", stat=stat))
            assert isinstance(outcome, Published)
            assert not outcome.seen
    way.eyes.says = ()
    assert isinstance(way.work(Recheck(replace(entry, findings=(OTHER, wall)), "due")), Published)


def test_a_new_destination_must_hold_it_whatever_the_url_serves(way: Way, entry: Entry) -> None:
    recheck = Recheck(entry, "moved", stat=True)
    outcome = way.work(recheck)
    assert isinstance(outcome, Published)
    assert outcome.seen
    way.eyes.spoiled["a.mp4"] = way.shop.files.pop("a.mp4")
    says = lost(way.work(recheck), "destination.absent").message
    assert "holds nothing at 'a.mp4', where 2000 bytes belong" in says
    way.shop.files["a.mp4"] = b"short"
    assert "holds a file of 5 bytes at" in lost(way.work(recheck), "destination.absent").message
    way.shop.troubles["stat"] = [DENIED]
    assert lost(way.work(recheck), "destination.denied")


@pytest.mark.parametrize("doubted", [False, True])
def test_a_file_in_doubt_is_read_at_the_destination_whatever_its_url_serves(
    way: Way, entry: Entry, *, doubted: bool
) -> None:
    recheck = Recheck(replace(entry, doubted=doubted), "moved", stat=True)
    way.eyes.spoiled["a.mp4"] = way.shop.files["a.mp4"]
    way.shop.files["a.mp4"] = bytes(len(way.shop.files["a.mp4"]))
    says = lost(way.work(recheck)).message
    assert "other bytes at the destination than syncer published" in says
    assert way.eyes.manners == []
    way.shop.troubles["open"] = [DENIED]
    assert lost(way.work(recheck), "destination.denied")


def test_a_file_that_is_ours_and_not_what_its_url_serves_is_not_seen(way: Way, entry: Entry) -> None:
    way.eyes.spoiled["a.mp4"] = video(seed=1)
    outcome = way.work(Recheck(entry, "moved", stat=True))
    assert isinstance(outcome, Published)
    assert not outcome.seen


def test_a_known_file_at_a_marked_destination_with_other_bytes_at_its_url_is_lost(
    way: Way, entry: Entry
) -> None:
    way.eyes.spoiled["a.mp4"] = video(seed=1)
    lost(
        way.work(
            Recheck(replace(entry, published_at=datetime(2026, 3, 1, tzinfo=UTC)), "restored", stat=True)
        ),
        unsure=True,
    )


def test_a_look_again_that_is_broken_off_says_nothing(way: Way, entry: Entry) -> None:
    way.eyes.trouble = Stopped()
    assert way.work(Recheck(entry, "due")) == Abandoned()
    way.eyes.trouble = OriginError("no route", code="origin.unreachable", transient=True)
    assert isinstance(way.work(Recheck(entry, "due")), Failed)


# The other actions


def test_what_is_deleted_is_gone(way: Way, entry: Entry) -> None:
    del entry
    assert way.work(Delete("clips", "a.mp4", "a.mp4", "gone")) == Deleted("a.mp4")
    assert way.shop.files == {}


def test_what_is_inspected_is_told_as_it_is_seen(way: Way, entry: Entry) -> None:
    assert way.work(Inspect(entry)) == Inspected(())
    way.eyes.spoiled["a.mp4"] = video(seed=1)
    assert way.work(Inspect(entry)) == Inspected((OTHER,))
    assert way.eyes.manners == ["inspect"] * 2


def test_what_stays_is_no_work(way: Way, entry: Entry) -> None:
    for action in (Keep(entry), Leave(way.tape.asset()), Refuse(entry, ())):
        outcome = way.work(action)
        assert isinstance(outcome, Failed)
        assert outcome.code == "error"
