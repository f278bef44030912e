"""The warnings of a run about many files at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncer.model import Asset, Content, Entry, Finding, Published, Severity, State
from syncer.sync.notices import MOST_DOUBTS, Notices
from tests.laws.world import START

URL = "https://media.example.test/"
ENTRY = Entry("clips", "a", State.STORED, "v1", "a", f"{URL}a")
SEEN = Published("a", f"{URL}a", Content(1, "ab", "ab", "video/mp4"), seen=True)


def only(notices: Notices) -> Finding:
    (found,) = notices.findings()
    return found


@pytest.mark.parametrize("count", [1, MOST_DOUBTS, MOST_DOUBTS + 1, MOST_DOUBTS + 2])
def test_some_new_files_with_unpublished_bytes_are_named_with_a_command_and_the_rest_is_counted(
    count: int,
) -> None:
    notices = Notices()
    for number in range(count):
        notices.again(replace(ENTRY, key=f"{number}", url=f"{URL}{number}"), "old:x")
    named, more = notices.findings()[:MOST_DOUBTS], notices.findings()[MOST_DOUBTS:]
    for number, found in enumerate(named):
        assert found.message == (
            f"clips:{number} is published at {URL}{number}, and has the very bytes that you unpublished as"
            " old:x"
        )
        assert f"`syncer unpublish clips:{number}`" in str(found.hint)
    assert len(named) == min(count, MOST_DOUBTS)
    assert [found.value for found in more] == [str(left) for left in [count - MOST_DOUBTS] if left > 0]
    assert all("more new files have the very bytes" in found.message for found in more)


def test_lost_files_are_counted_for_each_source_with_the_first_of_them() -> None:
    notices = Notices()
    for source, key in (("one", "z"), ("two", "x"), ("one", "a")):
        notices.lose(Asset(source, key, key, 1))
    one, two = notices.findings()
    changed = "missing or changed at the destination"
    assert one.message == f"source one: 2 published files were {changed}, such as 'z'"
    assert two.message == f"source two: 1 published file was {changed}: 'x'"
    assert (one.rule, one.severity, one.value, two.value) == (
        "destination.changed",
        Severity.WARN,
        "2",
        "1",
    )
    assert "copies them again" in str(one.hint)


def test_only_files_that_a_first_look_saw_and_nobody_knows_to_be_ours_are_told() -> None:
    notices = Notices()
    found = replace(ENTRY, found=True)
    assert found.unconfirmed
    notices.find(ENTRY, SEEN)
    notices.find(found, replace(SEEN, seen=False))
    notices.find(replace(found, state=State.PUBLISHED, checked_at=START), SEEN)
    assert notices.findings() == []
    notices.find(found, replace(SEEN, path="b"))
    told = only(notices)
    assert told.message == (
        "1 file was at the destination already: 'b'; syncer has no proof that it wrote it, so it publishes it"
        " and never replaces or deletes it"
    )
    notices.find(found, SEEN)
    told = only(notices)
    assert told.message == (
        "2 files were at the destination already, such as 'a'; syncer has no proof that it wrote them, so it"
        " publishes them and never replaces or deletes them"
    )
    assert (told.rule, told.value) == ("destination.found", "2")
    assert "`.syncer-owner`" in str(told.hint)


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (1, "1 published file of clips can't be downloaded there any more; the copy stays online"),
        (2, "2 published files of clips can't be downloaded there any more; the copies stay online"),
    ],
)
def test_expired_links_of_a_source_are_counted(count: int, says: str) -> None:
    notices = Notices()
    notices.orphans["clips"] += count
    told = only(notices)
    assert (told.rule, told.message, told.value) == ("source.over", says, str(count))
    assert "add new links only for files that changed" in str(told.hint)


def test_the_commonest_reasons_why_files_can_not_be_judged_are_told_with_their_first_file() -> None:
    notices = Notices()
    for number in range(MOST_DOUBTS + 1):
        for key in range(number + 1):
            unknown = Finding("media.codec", Severity.UNKNOWN, f"reason {number}")
            warned = Finding("media.fps", Severity.WARN, "slow")
            notices.doubt(replace(ENTRY, key=f"{number}-{key}", findings=(warned, unknown)))
    told = notices.findings()
    assert [found.value for found in told] == ["6", "5", "4", "3", "2"]
    assert told[0].message == (
        "6 published, and it is unknown whether they would be accepted: reason 5, such as clips:5-0"
    )
    assert (told[0].rule, told[0].severity) == ("media.unread", Severity.UNKNOWN)
    assert "`syncer check` reads them again" in str(told[0].hint)
    few = Notices()
    few.doubt(replace(ENTRY, findings=(Finding("media.codec", Severity.UNKNOWN, "no codec"),)))
    assert "whether it would be accepted: no codec" in only(few).message
