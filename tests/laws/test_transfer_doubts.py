"""Looks that can't decide, bytes that were cut off, files that only the manifest knows, files in place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syncer.errors import DestinationError
from syncer.model import Action, Copy, Entry, Facts, Failed, Finding, Published, Recheck, Severity, State
from tests.laws.way import GOOD, Way, video

CONTENT = video(size=90_000)
"""Larger than what a look reads."""
OPEN = Finding("origin.length", Severity.UNKNOWN, "no length")
UNASKED = Finding("origin.unreachable", Severity.UNKNOWN, "given up")
CUT = Finding("origin.incomplete", Severity.REJECT, "it broke off")
ABSENT = Finding("origin.status", Severity.REJECT, "answered 404", value="404", hint="upload it")
BUSY = Finding("origin.status", Severity.REJECT, "answered 503", value="503", hint="wait")
OTHER = Finding("origin.bytes", Severity.REJECT, "other bytes", value="404", hint="purge the cache")


@pytest.fixture
def way() -> Way:
    made = Way()
    made.tape.files["a.mp4"] = CONTENT
    return made


def published(way: Way, action: Action | None = None) -> Published:
    outcome = way.work(action or Copy(way.tape.asset(), "a.mp4", "new"))
    assert isinstance(outcome, Published)
    return outcome


@pytest.fixture
def entry(way: Way) -> Entry:
    """The entry of the published file."""
    seen = published(way)
    way.eyes.manners.clear()
    way.shop.stats = 0
    now = datetime(2026, 3, 1, tzinfo=UTC)
    made = Entry("clips", "a.mp4", State.PUBLISHED, "1", "a.mp4", seen.url, published_at=now, checked_at=now)
    return made.holding(seen.content)


def rules(outcome: Published) -> list[str]:
    return [found.rule for found in outcome.findings]


# What a look can't decide


def test_all_bytes_of_a_new_file_are_compared_if_the_config_says_so(way: Way) -> None:
    way.set(verify_all=True)
    published(way)
    assert way.eyes.manners == ["compare"]


def test_the_bytes_that_a_look_read_are_told(way: Way) -> None:
    way.eyes.read = 7
    assert published(way).read == 7


def test_an_answer_that_decides_nothing_lists_no_new_url_and_keeps_one_that_was_seen(way: Way) -> None:
    way.eyes.says = (OPEN,)
    new = published(way)
    assert not new.seen
    known = Entry("clips", "a.mp4", State.PUBLISHED, "1", "a.mp4", new.url).holding(new.content)
    assert published(way, Recheck(known, "due")).seen
    assert not published(way, Recheck(known, "due", first=True)).seen
    way.eyes.says = (UNASKED,)
    assert not published(way, Recheck(known, "due")).seen


def test_only_a_comparison_of_all_bytes_refutes_that_it_was_cut(way: Way, entry: Entry) -> None:
    recheck = Recheck(replace(entry, findings=(CUT,)), "due")
    way.eyes.says = (OPEN,)
    outcome = published(way, recheck)
    assert (outcome.seen, rules(outcome), way.eyes.manners) == (False, [OPEN.rule, CUT.rule], ["look"])
    way.eyes.says = ()
    way.eyes.spoiled["a.mp4"] = CONTENT[:-1] + b"x"
    outcome = published(way, recheck)
    assert (outcome.seen, rules(outcome), way.eyes.manners[1:]) == (False, [OTHER.rule], ["look", "compare"])
    way.eyes.spoiled.clear()
    outcome = published(way, recheck)
    assert (outcome.seen, outcome.findings) == (True, ())


# What only the manifest knows


@pytest.fixture
def listed(entry: Entry) -> Recheck:
    """Its URL, size and sha256 are known."""
    return Recheck(replace(entry, head_sha256=None, facts=Facts()), "restored", stat=True)


def test_a_file_that_only_the_manifest_knows_is_compared_and_its_facts_are_read(
    way: Way, entry: Entry, listed: Recheck
) -> None:
    outcome = published(way, listed)
    assert (outcome.seen, way.eyes.manners) == (True, ["compare"])
    assert outcome.content == entry.content
    assert outcome.content.facts == GOOD


def test_nothing_is_learned_from_other_bytes(way: Way, listed: Recheck) -> None:
    way.eyes.spoiled["a.mp4"] = CONTENT[:-1] + b"x"
    outcome = published(way, listed)
    assert (outcome.seen, outcome.content) == (False, listed.entry.content)


def test_a_comparison_of_all_bytes_tells_all_that_is_known(way: Way, listed: Recheck) -> None:
    way.eyes.says = (ABSENT,)
    outcome = published(way, replace(listed, entry=replace(listed.entry, findings=(CUT,))))
    assert rules(outcome) == ["media.unread", ABSENT.rule]


def test_a_file_in_doubt_is_only_looked_at_once_its_bytes_were_compared_there(way: Way, entry: Entry) -> None:
    outcome = published(way, Recheck(replace(entry, doubted=True), "moved", stat=True))
    assert (outcome.seen, way.eyes.manners) == (True, ["look"])


@pytest.mark.parametrize("code", ["destination.missing", "destination.changed"])
def test_a_file_in_doubt_that_can_not_be_opened_is_not_ours_unless_that_may_pass(
    way: Way, entry: Entry, code: str
) -> None:
    recheck = Recheck(replace(entry, doubted=True), "moved", stat=True)
    way.shop.troubles["open"] = [DestinationError("it is a link", code=code)]
    outcome = way.work(recheck)
    assert isinstance(outcome, Failed)
    assert "other bytes at the destination than syncer published" in outcome.message
    way.shop.troubles["open"] = [DestinationError("it grows", code=code, transient=True)]
    assert published(way, recheck).seen


# In place


@pytest.mark.parametrize(
    ("says", "hint"), [(ABSENT, "see that the file is still there"), (BUSY, "wait"), (OTHER, "purge")]
)
def test_what_is_to_do_about_a_url_depends_on_whose_file_it_is(
    way: Way, entry: Entry, says: Finding, hint: str
) -> None:
    way.eyes.says = (says,)
    for lies, told in ((True, hint), (False, str(says.hint))):
        (found,) = published(way, Recheck(replace(entry, in_place=lies), "due")).findings
        assert str(found.hint).startswith(told)
        assert replace(found, hint=None) == replace(says, hint=None)


def test_a_file_in_place_with_other_bytes_twice_is_to_be_read_again_and_the_destination_is_not_asked(
    way: Way, entry: Entry
) -> None:
    way.eyes.spoiled["a.mp4"] = CONTENT[::-1]
    lies = replace(entry, in_place=True)
    assert not published(way, Recheck(lies, "due")).seen
    outcome = way.work(Recheck(replace(lies, findings=(OTHER,)), "due"))
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.unsure, way.shop.stats) == ("destination.changed", False, 0)
    assert "the URL of 'a.mp4' serves other bytes" in outcome.message
    assert "the next run reads the file again" in str(outcome.hint)
