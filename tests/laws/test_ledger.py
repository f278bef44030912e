"""What a run counts, reports and writes for every pair of action and outcome."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncer.model import (
    Abandoned,
    Action,
    Asset,
    Content,
    Copy,
    Delete,
    Deleted,
    Entry,
    Failed,
    Finding,
    Identified,
    Identify,
    Inspect,
    Inspected,
    Outcome,
    Published,
    Recheck,
    Refuse,
    Rejected,
    Severity,
    State,
)
from syncer.sync.ledger import Ledger
from tests.laws.shelf import Shelf
from tests.laws.world import ORIGIN, START, World

ASSET = Asset("clips", "a", "a", 1, "v1")
CONTENT = Content(7, "ab", "cd", "video/mp4")
KNOWN = Entry("clips", "a", State.PUBLISHED, "v1", "a", f"{ORIGIN}a", 7, "ab", "cd", "video/mp4")
KNOWN = replace(KNOWN, published_at=START, checked_at=START)
WARNED = (Finding("origin.head", Severity.WARN, "no HEAD"),)
BROKEN = (Finding("origin.get", Severity.REJECT, "403"),)

ACTIONS: dict[str, Action] = {
    "copy": Copy(ASSET, "a", "new", KNOWN),
    "identify": Identify(replace(ASSET, version=None), KNOWN),
    "head": Identify(ASSET, KNOWN),
    "recheck": Recheck(KNOWN, "due"),
    "delete": Delete("clips", "a", "a", "gone"),
    "inspect": Inspect(KNOWN),
}
OUTCOMES: dict[str, Outcome] = {
    "published": Published("a", f"{ORIGIN}a", CONTENT, seen=True),
    "unseen": Published("a", f"{ORIGIN}a", CONTENT, seen=False),
    "identified": Identified(ASSET),
    "rejected": Rejected("video/mp4", 7, BROKEN),
    "failed": Failed("source.cut", "cut off"),
    "over": Failed("source.expired", "expired"),
    "lost": Failed("destination.changed", "gone"),
    "deleted": Deleted("a"),
    "fine": Inspected(()),
    "warned": Inspected(WARNED),
    "broken": Inspected(BROKEN),
    "abandoned": Abandoned(),
}

# the action and its outcome | state after it (-: no entry) | counts | whether it is reported
TABLE = """
copy     published  | published | copied 1 bytes 7    | told
copy     unseen     | stored    | copied 1 stored 1 bytes 7 | told
copy     rejected   | rejected  | rejected 1          | told
copy     failed     | published | failed 1            | told
copy     over       | published | failed 1            | told
copy     abandoned  | published |                     |
identify identified | published |                     |
identify failed     | published | failed 1            | told
identify over       | published | kept 1              |
identify abandoned  | published |                     |
head     identified | published |                     |
head     rejected   | rejected  | rejected 1          | told
head     failed     | published | failed 1            | told
head     over       | published | failed 1            | told
head     abandoned  | published |                     |
recheck  published  | published | rechecked 1         | told
recheck  unseen     | stored    | rechecked 1 stored 1 | told
recheck  failed     | published | failed 1            | told
recheck  lost       | failed    | failed 1            | told
recheck  abandoned  | published |                     |
delete   deleted    | -         | deleted 1           | told
delete   failed     | published | failed 1            | told
delete   abandoned  | published |                     |
inspect  fine       | published |                     |
inspect  warned     | published |                     | told
inspect  broken     | stored    | stored 1            | told
inspect  failed     | published | failed 1            | told
inspect  abandoned  | published |                     |
"""


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_every_outcome_of_every_action_is_written_counted_and_told(world: World, row: str) -> None:
    did, state, counts, told = (cell.strip() for cell in row.split("|"))
    action, outcome = did.split()
    world.catalogue.put(KNOWN)
    ledger = Ledger(world.scan())
    answer = ledger.write(ACTIONS[action], OUTCOMES[outcome])
    assert answer == ((ACTIONS[action], OUTCOMES[outcome]) if told else None)
    words = counts.split()
    assert +ledger.counts == dict(zip(words[::2], map(int, words[1::2]), strict=True))
    entry = world.catalogue.entry("clips", "a")
    assert (entry.state if entry else "-") == state


def test_a_look_at_what_another_asset_has_replaced_meanwhile_is_forgotten(world: World) -> None:
    ledger = Ledger(world.scan())
    for outcome in ("published", "failed"):
        assert ledger.write(ACTIONS["recheck"], OUTCOMES[outcome]) is None
    assert (ledger.counts, list(world.catalogue.entries())) == ({}, [])


def test_one_asset_of_each_media_type_that_was_seen_is_a_sample(world: World) -> None:
    ledger = Ledger(world.scan())
    for key, media_type, seen in (("a", "x", True), ("b", "x", True), ("c", "y", True), ("d", "z", False)):
        known = replace(KNOWN, key=key, path=key)
        world.catalogue.put(known)
        outcome = Published(key, f"{ORIGIN}{key}", replace(CONTENT, media_type=media_type), seen)
        ledger.write(Recheck(known, "due"), outcome)
    assert {media_type: sample.key for media_type, sample in ledger.samples.items()} == {"x": "a", "y": "c"}


def test_what_was_begun_and_given_up_is_as_before_unless_nobody_knows(world: World) -> None:
    copy = Copy(ASSET, "a", "changed", KNOWN)
    ledger = Ledger(world.scan())
    for unsure, state in ((False, State.PUBLISHED), (True, State.STORED)):
        world.catalogue.put(KNOWN)
        ledger.begin(copy)
        assert world.entry("a").state is State.STORED, "a run that dies now does not know"
        ledger.write(copy, Abandoned(unsure))
        assert world.entry("a").state is state


@pytest.mark.parametrize(
    ("path", "state"), [("a", State.STORED), ("b", State.PUBLISHED), (None, State.PUBLISHED)]
)
def test_only_a_copy_in_the_same_place_makes_the_old_bytes_unsure(
    world: World, path: str | None, state: State
) -> None:
    world.catalogue.put(KNOWN)
    Ledger(world.scan()).begin(Copy(ASSET, path, "changed", KNOWN))
    assert world.entry("a").state is state


def test_an_asset_that_is_new_is_begun_without_an_entry(world: World) -> None:
    ledger = Ledger(world.scan())
    ledger.begin(Copy(ASSET, "a", "new"))
    assert world.catalogue.entry("clips", "a") is None
    ledger.write(Copy(ASSET, "a", "new"), Abandoned())
    assert world.catalogue.entry("clips", "a") is None
    ledger.write(Copy(ASSET, "a", "new"), OUTCOMES["published"])
    assert world.entry("a").published_at == world.clock


def test_a_refusal_by_todays_limits_is_written_counted_and_told(world: World) -> None:
    world.catalogue.put(KNOWN)
    ledger = Ledger(world.scan())
    action = Refuse(KNOWN, BROKEN)
    assert ledger.refuse(action) == (action, Rejected("video/mp4", 7, BROKEN))
    assert world.entry("a").state is State.REJECTED
    assert ledger.counts == {"rejected": 1}


def test_what_stays_as_it_is_is_counted_and_forgets_its_error(world: World) -> None:
    ledger = Ledger(world.scan())
    ledger.keep(replace(KNOWN, error=Failed("source.cut", "cut"), attempts=3, gone_since=START))
    assert world.entry("a") == KNOWN
    ledger.keep(replace(KNOWN, key="b", state=State.REJECTED))
    assert ledger.counts == {"kept": 1, "rejected": 1}


# A look at a new destination


@pytest.mark.parametrize(
    ("outcome", "state", "counts", "told"),
    [
        ("published", State.PUBLISHED, {"rechecked": 1}, True),
        ("unseen", State.STORED, {}, False),
        ("lost", State.FAILED, {}, False),
        ("failed", State.STORED, {}, False),
        ("abandoned", State.STORED, {}, False),
    ],
)
def test_a_look_at_a_new_destination_writes_only_what_is_sure(
    world: World, outcome: str, state: State, counts: dict[str, int], *, told: bool
) -> None:
    moved = replace(KNOWN, state=State.STORED, checked_at=None)
    world.catalogue.put(moved)
    ledger = Ledger(world.scan())
    assert (ledger.confirm(Recheck(moved, "new destination"), OUTCOMES[outcome]) is not None) is told
    assert world.entry("a").state is state
    assert state is not State.STORED or world.entry("a") == moved
    assert ledger.counts == counts
    assert ledger.confirm(Recheck(replace(moved, key="gone"), "new"), OUTCOMES[outcome]) is None
    assert ledger.confirm(ACTIONS["inspect"], OUTCOMES[outcome]) is None


# Failures in a row


@pytest.mark.parametrize(
    ("code", "where"),
    [
        ("source.unreachable", "clips"),
        ("destination.full", ""),
        ("source.missing", None),
        ("destination.changed", None),
        ("destination.absent", None),
        ("origin.status", None),
        ("internal", None),
    ],
)
@pytest.mark.parametrize("action", ["copy", "recheck"])
def test_failures_in_a_row_are_those_that_the_next_asset_would_meet_too(
    world: World, action: str, code: str, where: str | None
) -> None:
    world.catalogue.put(KNOWN)
    ledger = Ledger(world.scan())
    for _ in range(2):
        ledger.write(ACTIONS[action], Failed(code, "no"))
    assert ledger.streaks.failures == ({} if where is None else {(where, code): 2})


def test_a_success_ends_the_row_of_its_source_and_of_the_destination(world: World) -> None:
    world.catalogue.put(KNOWN)
    ledger = Ledger(world.scan())
    row = {("clips", "source.cut"): 3, ("other", "source.cut"): 4, ("", "destination.lost"): 5}
    ledger.streaks.failures.update(row)
    ledger.write(ACTIONS["recheck"], OUTCOMES["published"])
    assert ledger.streaks.failures == {("other", "source.cut"): 4}
    ledger.streaks.failures.update(row)
    ledger.write(ACTIONS["delete"], OUTCOMES["deleted"])
    assert set(ledger.streaks.failures) == {("clips", "source.cut"), ("other", "source.cut")}


# Expired links


def test_an_expired_link_keeps_its_published_file_and_is_reported_once(world: World) -> None:
    ledger = Ledger(world.scan())
    for number, state in enumerate((State.PUBLISHED, State.STORED, State.REJECTED)):
        asset = replace(ASSET, key=str(number))
        known = replace(KNOWN, key=str(number), state=state, path=str(number))
        world.catalogue.put(known)
        assert ledger.write(Identify(replace(asset, version=None), known), OUTCOMES["over"]) is None
        assert world.entry(str(number)) == known
    (finding,) = ledger.notices.orphaned()
    assert (finding.rule, finding.value) == ("source.over", "3")
    assert finding.message.startswith("3 published files of clips")
    assert finding.hint


@pytest.mark.parametrize("known", [None, State.FAILED])
def test_an_expired_link_that_was_never_published_fails(world: World, known: State | None) -> None:
    if known:
        world.catalogue.put(replace(KNOWN, state=known))
    ledger = Ledger(world.scan())
    assert ledger.write(Identify(replace(ASSET, version=None)), OUTCOMES["over"])
    assert world.entry("a").state is State.FAILED
    assert list(ledger.notices.orphaned()) == []


# The owner of a path


@pytest.mark.parametrize("gone", [False, True])
def test_a_path_that_is_known_only_from_the_bytes_is_settled_when_the_listing_is_through(
    world: World, *, gone: bool
) -> None:
    world.templates = {"clips": "{sha256}", "other": "{sha256}"}
    world.sources = {"clips": Shelf("clips"), "other": Shelf("other", {"z": b"same"})}
    world.run()
    (path,) = world.stored
    world.sources["clips"].files["a"] = b"same"
    if gone:
        world.sources["other"].files.clear()
    summary = world.run()
    assert (summary.exit, summary.counts["failed"]) == ((0, 0) if gone else (3, 1))
    ((action, outcome),) = [(action, outcome) for action, outcome in world.told if isinstance(action, Copy)]
    assert action.asset.key == "a"
    assert isinstance(outcome, Published if gone else Failed)
    assert world.catalogue.owner(path) == (("clips", "a") if gone else ("other", "z"))
    assert world.listed == {path}


def test_what_fails_a_plain_get_takes_its_type_out_of_the_manifest_and_no_other(world: World) -> None:
    world.catalogue.put(replace(KNOWN, key="p", path="p", url=f"{ORIGIN}p", media_type="image/webp"))
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.fails[Inspect] = Inspected(BROKEN)
    summary = world.run()
    assert (summary.exit, summary.counts["stored"], summary.remarks[1:]) == (3, 2, list(BROKEN))
    assert (world.listed, world.entry("a").findings) == ({"p"}, BROKEN)
