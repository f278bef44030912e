"""The counts of a run, and the assets that it forgets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncer.model import (
    RECALLED,
    UNPUBLISHED,
    Content,
    Copy,
    Delete,
    Deleted,
    Entry,
    Failed,
    Finding,
    Forget,
    Forgotten,
    Published,
    Recheck,
    Severity,
    State,
)
from syncer.sync.ledger import Ledger
from syncer.sync.streaks import Streaks
from syncer.sync.taken import unproven
from tests.laws.shelf import Shelf
from tests.laws.test_ledger import ACTIONS, ASSET, CONTENT, KNOWN, OUTCOMES
from tests.laws.world import ORIGIN, START, World

REFUSED = Finding("media.size", Severity.REJECT, "too large")
UNKNOWN = Finding("media.codec", Severity.UNKNOWN, "no codec")
NO_GET = Finding("origin.get", Severity.REJECT, "403")
SLOW = Finding("origin.slow", Severity.WARN, "slow")


# Looks


def test_what_this_run_looked_at_is_not_counted_as_kept_too(world: World) -> None:
    later = START + timedelta(seconds=2)
    ledger = Ledger(replace(world.scan(), clock=lambda: later))
    for checked_at in (later - timedelta(seconds=1), later, later + timedelta(days=9), START, None):
        ledger.keep(replace(KNOWN, checked_at=checked_at))
    assert ledger.counts == {"kept": 3}


@pytest.mark.parametrize(
    ("state", "findings", "counts"),
    [
        (State.PUBLISHED, (REFUSED,), {"marked": 1}),
        (State.PUBLISHED, (UNKNOWN,), {"unknown": 1}),
        (State.PUBLISHED, (REFUSED, UNKNOWN), {"marked": 1}),
        (State.PUBLISHED, (NO_GET, SLOW), {}),
        (State.STORED, (REFUSED, UNKNOWN), {"stored": 1}),
    ],
)
@pytest.mark.parametrize("how", ["kept", "rechecked", "copied"])
def test_what_is_published_though_a_rule_refuses_or_can_not_judge_it_is_counted_too(
    world: World, how: str, state: State, findings: tuple[Finding, ...], counts: dict[str, int]
) -> None:
    ledger, entry = Ledger(world.scan()), replace(KNOWN, state=state, findings=findings)
    outcome = Published("a", f"{ORIGIN}a", CONTENT, seen=state is State.PUBLISHED, findings=findings)
    world.catalogue.put(entry)
    if how == "kept":
        ledger.keep(entry)
        counts = {word: count for word, count in counts.items() if word != "stored"}
    else:
        ledger.write(Recheck(entry, "due") if how == "rechecked" else Copy(ASSET, "a", "new", entry), outcome)
    del ledger.counts["bytes"]
    assert +ledger.counts == {how: 1, **counts}
    assert len([*ledger.notices.doubts()]) == counts.get("unknown", 0)


def test_a_delete_that_found_nothing_is_not_told(world: World) -> None:
    world.catalogue.put(KNOWN)
    ledger = Ledger(world.scan())
    look = Delete("clips", "a", "a", "unpublished", only="ab", look=True)
    assert ledger.write(look, Deleted("a", was_there=False)) is None
    assert ledger.counts["deleted"] == 0


def test_a_look_at_what_was_forgotten_meanwhile_writes_nothing(world: World) -> None:
    ledger = Ledger(world.scan())
    ledger.stand(ACTIONS["recheck"], OUTCOMES["published"])
    world.catalogue.put(KNOWN)
    for outcome in ("failed", "abandoned"):
        ledger.stand(ACTIONS["recheck"], OUTCOMES[outcome])
    assert list(world.catalogue.entries()) == [KNOWN]


# Samples of the origin


def test_what_is_about_to_be_replaced_is_no_sample_of_its_type(world: World) -> None:
    ledger = Ledger(world.scan())
    for key, kind in (("a", "video/mp4"), ("b", "image/png")):
        entry = replace(KNOWN, key=key, path=key, media_type=kind)
        world.catalogue.put(entry)
        content = replace(CONTENT, media_type=kind)
        ledger.write(Recheck(entry, "due"), Published(key, f"{ORIGIN}{key}", content, seen=True))
    ledger.begin(Copy(replace(ASSET, source="other"), "c", "new"))
    assert len(ledger.samples) == 2
    ledger.begin(Copy(ASSET, "a", "changed", KNOWN))
    assert [*ledger.samples] == ["image/png"]


def test_files_in_place_of_a_type_that_is_not_served_are_counted_as_unseen_only(world: World) -> None:
    ledger = Ledger(world.scan())
    for key, kind in (("a", "video/mp4"), ("b", "video/mp4"), ("c", "image/png"), ("d", "")):
        asset = replace(ASSET, key=key, in_place=True)
        content = Content(7, "ab", "cd", kind)
        ledger.write(Copy(asset, key, "new"), Published(key, f"{ORIGIN}{key}", content, seen=True))
    assert ledger.counts == {"in_place": 4}
    ledger.write(ACTIONS["inspect"], OUTCOMES["broken"])
    assert +ledger.counts == {"in_place": 2, "stored": 2, "unseen": 2}
    ledger.write(ACTIONS["inspect"], OUTCOMES["broken"])
    assert ledger.counts["in_place"] == 2


def test_a_file_in_place_that_is_not_seen_is_counted_as_unseen_only(world: World) -> None:
    ledger = Ledger(world.scan())
    ledger.write(Copy(replace(ASSET, in_place=True), "a", "new"), OUTCOMES["unseen"])
    assert +ledger.counts == {"stored": 1, "unseen": 1}


# Whose file it is


@pytest.mark.parametrize("before", [None, False, True])
@pytest.mark.parametrize(
    ("in_place", "found", "word", "size"),
    [(False, False, "copied", 7), (False, True, "found", 0), (True, False, "in_place", 0)],
)
def test_only_what_syncer_wrote_is_copied_and_its_own(  # noqa: PLR0913 - the columns of the table
    world: World, word: str, size: int, *, in_place: bool, found: bool, before: bool | None
) -> None:
    """Whether it lay in place `before` or not."""
    known: list[tuple[str, str, str]] = []
    ledger = Ledger(world.scan(), lambda *which: known.append(which))
    asset = replace(ASSET, in_place=in_place)
    old = None if before is None else replace(KNOWN, in_place=before, path="old")
    if old:
        world.catalogue.put(old)
    ledger.write(Copy(asset, "a", "new", old), Published("a", f"{ORIGIN}a", CONTENT, seen=True, found=found))
    entry = world.entry("a")
    assert (entry.in_place, entry.found, entry.ours) == (in_place, found, word == "copied")
    assert +ledger.counts == {word: 1} | ({"bytes": size} if size else {})
    assert known == [("clips", "a", "a")]


def test_an_asset_that_may_not_have_its_path_fails_and_its_note_is_not_needed_any_more(world: World) -> None:
    world.catalogue.put(replace(KNOWN, key="b"))
    known: list[tuple[str, str, str]] = []
    scan = replace(world.scan(), failed=["clips"])  # so `b` may still be there
    told = Ledger(scan, lambda *which: known.append(which)).write(
        Copy(ASSET, "a", "new"), OUTCOMES["published"]
    )
    assert told
    assert isinstance(told[1], Failed)
    assert (world.entry("a").state, world.entry("b").path) == (State.FAILED, "a")
    assert known == [("clips", "a", "a")]


def test_an_asset_whose_bytes_need_another_path_is_decided_about_again(world: World) -> None:
    ledger = Ledger(world.scan())
    assert ledger.write(Copy(ASSET, "a", "new"), OUTCOMES["identified"]) is None
    assert ([*ledger.identified], ledger.counts) == ([ASSET], {})


def test_a_success_with_a_file_in_place_says_nothing_about_the_destination(world: World) -> None:
    for in_place, left in ((True, {("", "destination.full"): 3}), (False, {})):
        ledger = Ledger(world.scan())
        ledger.streaks.failures.update({("clips", "source.cut"): 2, ("", "destination.full"): 3})
        ledger.write(Copy(replace(ASSET, in_place=in_place), "a", "new"), OUTCOMES["published"])
        assert ledger.streaks.failures == left


def test_of_failures_in_a_row_the_commonest_code_is_told() -> None:
    streaks = Streaks()
    for source, code in (("clips", "source.denied"),) * 3 + (("clips", "source.unreachable"),) * 2:
        streaks.failed(source, code, "no")
    streaks.failed("other", "source.denied", "no")
    assert (streaks.in_a_row("clips"), streaks.commonest("clips")) == (5, "source.denied")


def test_a_refusal_shows_that_the_source_can_be_read(world: World) -> None:
    ledger = Ledger(world.scan())
    ledger.streaks.failures["clips", "source.cut"] = 2
    ledger.write(Copy(ASSET, "a", "new"), OUTCOMES["rejected"])
    assert ledger.streaks.failures == {}


def test_files_that_a_first_look_finds_at_a_new_destination_are_told(world: World) -> None:
    entry = replace(KNOWN, state=State.STORED, checked_at=None, found=True)
    world.catalogue.put(entry)
    ledger = Ledger(world.scan())
    ledger.write(Recheck(entry, "new destination"), OUTCOMES["published"])
    assert [found.rule for found in ledger.notices.findings()] == ["destination.found"]


# Lost files


@pytest.mark.parametrize(
    ("asset", "outcome", "state", "again"),
    [
        (ASSET, Failed("destination.changed", "gone"), State.PUBLISHED, True),
        (ASSET, Failed("destination.absent", "gone"), State.PUBLISHED, True),
        (ASSET, Failed("destination.changed", "gone", unsure=True), State.PUBLISHED, False),
        (ASSET, Failed("destination.lost", "cut off"), State.PUBLISHED, False),
        (ASSET, Failed("destination.changed", "gone"), State.REJECTED, False),
        (None, Failed("destination.changed", "gone"), State.PUBLISHED, False),
    ],
)
def test_only_what_is_certainly_lost_and_still_wanted_is_copied_again(
    world: World, asset: object, outcome: Failed, state: State, *, again: bool
) -> None:
    entry = replace(KNOWN, state=state, attempts=2)
    world.catalogue.put(entry)
    ledger = Ledger(world.scan())
    told = ledger.write(Recheck(entry, "due", asset=ASSET if asset else None), outcome)
    assert (told is None) is again
    assert ([*ledger.identified], ledger.counts["failed"]) == (([ASSET], 0) if again else ([], 1))
    after = world.entry("a").attempts
    assert after == (2 if again or state is State.REJECTED else 3)
    assert len([*ledger.notices.lost()]) == again


# Files that are gone


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        (replace(KNOWN, state=State.FAILED, checked_at=None), "gone"),
        (replace(KNOWN, in_place=True), "gone"),
        (replace(KNOWN, found=True), "stays"),
        (replace(KNOWN, in_place=True, found=True), "gone"),
    ],
)
def test_a_file_that_stays_public_is_not_counted_as_gone(world: World, entry: Entry, word: str) -> None:
    world.catalogue.put(entry)
    ledger = Ledger(world.scan())
    action = Forget(entry, "gone")
    assert ledger.forget(action) == (action, Forgotten())
    assert (ledger.counts, list(world.catalogue.entries())) == ({word: 1}, [])


def test_a_users_file_that_left_its_source_stays_public_and_is_named(world: World) -> None:
    world.delete = timedelta()
    world.sources |= {"up": Shelf("up", {"x": b"x", "y": b"y"}, lies="up/")}
    world.sources["clips"].files = {"a": b"a", "b": b"b"}
    world.stored["a"] = b"a"
    world.run()
    del world.sources["clips"].files["a"], world.sources["up"].files["x"]
    summary = world.run()
    assert (summary.counts["stays"], summary.counts["gone"], world.stored["a"]) == (1, 1, b"a")
    (named,) = (found for found in summary.remarks if found.rule == "source.stays")
    assert "clips:a left its source" in named.message


def test_nobody_elses_file_is_replaced_where_a_forgotten_copy_was(world: World) -> None:
    world.delete = timedelta()
    world.sources["clips"] = Shelf("clips", {"a": b"a", "b": b"b"})
    for here in ("one", "two", "one"):
        world.here = here
        world.run()
    del world.destinations["two"]["a"]
    world.here = "two"
    del world.sources["clips"].files["a"]
    assert world.run().counts["gone"] == 1
    world.stored["a"] = b"a"
    world.sources["clips"].files["a"] = b"new"
    assert world.run().counts["failed"] == 1
    assert world.stored["a"] == b"a"


def test_a_deleted_file_that_a_cache_still_serves_has_failed_once(world: World) -> None:
    world.catalogue.put(KNOWN)
    ledger, cached = Ledger(world.scan()), Finding("unpublish.cached", Severity.REJECT, "a cache keeps it")
    assert ledger.write(Delete("clips", "a", "a", UNPUBLISHED, only="ab"), Deleted("a", served=cached))
    assert (ledger.counts, ledger.scan.remarks) == ({"deleted": 1, "failed": 1}, [cached])


def test_a_file_that_was_put_back_is_named_at_the_end_and_not_told_before(world: World) -> None:
    ledger = Ledger(world.scan())
    assert ledger.write(Delete("clips", "a", "a", RECALLED, only="ab", look=True), unproven()) is None
