"""The decision for each asset, as a table of strings."""

from __future__ import annotations

import zlib
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.errors import UnsafePlan
from syncer.model import (
    Action,
    Asset,
    Copy,
    Delete,
    Entry,
    Finding,
    Forget,
    Identify,
    Inspect,
    Keep,
    Leave,
    Recheck,
    Refuse,
    Severity,
    State,
)
from syncer.sync.plan import MostDeletes, Terms, check_deletes, check_gone, decide

NOW = datetime(2026, 6, 1, tzinfo=UTC)
REFUSED = (Finding("media.size", Severity.REJECT, "too large"),)

# * is an entry that was not seen at this destination
# entry: state version path | asset: version path | today's limits | action
TABLE = """
-                    | v1 p    | take   | copy new
-                    | v1 -    | take   | copy new
-                    | -  p    | take   | copy new
failed    v1 -       | v1 p    | take   | copy failed before
failed    v1 p       | v1 p    | take   | copy failed before
doomed    v1 p       | v1 p    | take   | copy back at the source
doomed    v1 p       | v2 p    | take   | copy back at the source
published v1 p       | v1 p    | take   | keep
published v1 p       | v1 p    | refuse | refuse
published v1 p       | v1 q    | refuse | refuse
stored    v1 p       | v1 p    | refuse | refuse
published v1 p       | v2 p    | take   | copy changed
published v1 p       | -  p    | take   | copy changed
published -  p       | -  p    | take   | keep
published v1 p       | v1 q    | take   | copy moved
published v1 p       | v1 -    | take   | keep
stored    v1 p       | v1 p    | take   | recheck not seen yet
stored    v1 p       | v2 p    | take   | copy changed
stored    v1 p       | v1 q    | take   | copy moved
rejected  v1 -       | v1 p    | refuse | keep
rejected  v1 p       | v1 q    | refuse | keep
rejected  v1 -       | v1 p    | take   | copy acceptable now
rejected  v1 -       | v2 p    | refuse | copy changed
stored*   v1 p       | v1 p    | take   | recheck new destination
stored*   v1 p       | v1 p    | refuse | refuse
stored*   v1 p       | v2 p    | take   | copy changed
stored*   v1 p       | v1 q    | take   | copy moved
failed*   v1 p       | v1 p    | take   | copy not at the destination
published* v1 p      | v1 p    | take   | keep
rejected* v1 p       | v1 p    | refuse | keep
"""


def told(action: Action) -> str:
    match action:
        case Copy():
            return f"copy {action.reason}"
        case Recheck():
            return f"recheck {action.reason}"
        case Keep():
            return "keep"
        case Refuse():
            return "refuse"
        case Delete() | Forget() | Inspect() | Identify() | Leave():
            return "never"


def url(path: str) -> str:
    return f"https://media.example.test/{path}"


def value(word: str) -> str | None:
    return None if word == "-" else word


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_decisions(row: str) -> None:
    known, listed, limits, expected = (cell.strip() for cell in row.split("|"))
    version, path = map(value, listed.split())
    entry = None
    if known != "-":
        state, known_version, known_path = known.split()
        entry = Entry("s", "k", State(state.strip("*")), value(known_version), value(known_path))
        seen = None if state.endswith("*") else NOW
        entry = replace(entry, url=url(known_path), checked_at=seen)
    terms = Terms(lambda _: REFUSED if limits == "refuse" else (), url, NOW)
    assert told(decide(Asset("s", "k", "k", version=version), entry, path, terms)) == expected


def at(age: timedelta, key: str = "k") -> tuple[Asset, Entry]:
    entry = Entry("s", key, State.PUBLISHED, "v1", "p", url("p"), checked_at=NOW - age)
    return Asset("s", key, key, version="v1"), entry


WEEKLY = Terms(lambda _: (), url, NOW, recheck=timedelta(days=7))


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("state", [State.PUBLISHED, State.STORED, State.REJECTED])
@pytest.mark.parametrize(
    ("lay", "lies", "reason"), [(False, True, "copied before"), (True, False, "in place before")]
)
def test_a_file_that_changes_hands_is_published_anew(
    version: str,
    state: State,
    lay: bool,  # noqa: FBT001 - a parameter of the test
    lies: bool,  # noqa: FBT001 - as above
    reason: str,
) -> None:
    """Even with the same path and version, it is another file, or somebody else's."""
    entry = Entry("s", "k", state, "v1", "p", url("p"), checked_at=NOW, in_place=lay)
    asset = Asset("s", "k", "k", version=version, in_place=lies)
    assert decide(asset, entry, "p", WEEKLY) == Copy(asset, "p", reason, entry)


@given(key=st.text(), days=st.floats(0, 30))
def test_a_published_url_is_looked_at_again_between_half_the_interval_and_all_of_it(
    key: str, days: float
) -> None:
    asset, entry = at(timedelta(days=days), key)
    action = decide(asset, entry, "p", WEEKLY)
    if days < 3.5:
        assert action == Keep(entry)
    if days >= 7:
        assert action == Recheck(entry, "due")


def test_rechecks_are_spread_over_runs() -> None:
    """Files that were published together are not all looked at in the same run."""
    pairs = [at(timedelta(days=5), str(number)) for number in range(100)]
    due = sum(isinstance(decide(asset, entry, "p", WEEKLY), Recheck) for asset, entry in pairs)
    assert 20 < due < 80


def test_rechecks_are_spread_over_the_whole_second_half_of_the_interval() -> None:
    """Each file is due at its own point of the interval, not later."""
    shares = []
    for number in range(300):
        own = zlib.crc32(f"s/{number}".encode()) / 2**32
        shares.append(0.5 + own / 2)
        age = timedelta(days=7) * shares[-1]
        for wait, due in ((age, True), (age - timedelta(microseconds=1), False)):
            asset, entry = at(wait, str(number))
            assert isinstance(decide(asset, entry, "p", WEEKLY), Recheck) is due
    assert min(shares) < 0.51
    assert max(shares) > 0.99


def test_what_was_not_seen_yet_is_looked_at_as_new_bytes_are() -> None:
    asset, entry = at(timedelta(0))
    stored = replace(entry, state=State.STORED)
    assert decide(asset, stored, "p", WEEKLY) == Recheck(stored, "not seen yet", first=True)


def test_a_look_in_the_future_is_due() -> None:
    """The clock was wrong once."""
    asset, entry = at(timedelta(days=-30))
    assert decide(asset, entry, "p", WEEKLY) == Recheck(entry, "due")


def test_a_look_of_this_moment_is_not_due_again() -> None:
    asset, entry = at(timedelta(minutes=-1))
    just_now = replace(WEEKLY, clock=lambda: entry.checked_at or WEEKLY.now)
    assert decide(asset, entry, "p", just_now) == Keep(entry)
    assert decide(asset, entry, "p", replace(WEEKLY, clock=lambda: WEEKLY.now)) == Recheck(entry, "due")


def test_another_origin_is_looked_at_without_copying() -> None:
    asset, entry = at(timedelta(0))
    old = replace(entry, url="https://old.example.test/p")
    assert decide(asset, old, "p", WEEKLY) == Recheck(entry, "new URL", first=True)


def test_without_an_interval_or_a_look_nothing_is_due() -> None:
    asset, entry = at(timedelta(days=999))
    assert decide(asset, entry, "p", replace(WEEKLY, recheck=None)) == Keep(entry)
    unseen = replace(entry, checked_at=None)
    assert decide(asset, unseen, "p", WEEKLY) == Keep(unseen)


def test_a_new_destination_is_asked_itself_and_the_url_is_todays() -> None:
    """The web server before it may still serve what the new destination lacks."""
    asset, entry = at(timedelta(0))
    moved = replace(entry, state=State.STORED, checked_at=None, url="https://old.example.test/p")
    today = replace(moved, url=url("p"))
    assert decide(asset, moved, "p", WEEKLY) == Recheck(today, "new destination", first=True, stat=True)


def test_what_is_rejected_at_any_limit_is_found_by_its_facts_alone() -> None:
    """A judge that only warns refuses nothing."""
    asset, entry = at(timedelta(0))
    warned = replace(WEEKLY, judge=lambda _: (replace(REFUSED[0], severity=Severity.WARN),))
    assert decide(asset, entry, "p", warned) == Keep(entry)


# doomed of held | share, at least | emptied sources | whether it is refused, and why
LIMITS = """
a=0        of 0   | 0%   0 |   | fine
a=0        of 10  | 0%   0 |   | fine
a=1        of 10  | 0%   0 |   | 1 of 10 published files (10.0%)
a=1        of 10  | 10%  0 |   | fine
a=1        of 1   | 10%  0 |   | 1 of 1 published file (100.0%)
a=2        of 10  | 10%  0 |   | 2 of 10 published files (20.0%)
a=1        of 5   | 10%  0 |   | 1 of 5 published files (20.0%)
a=1        of 5   | 10%  3 |   | fine
a=3        of 5   | 10%  3 |   | fine
a=4        of 5   | 10%  3 |   | 4 of 5 published files (80.0%)
a=2 b=2    of 5   | 10%  3 |   | 4 of 5 published files (80.0%)
a=3        of 100 | 0%   3 |   | fine
a=4        of 100 | 0%   3 |   | 4 of 100 published files (4.0%)
a=29       of 100 | 29%  0 |   | fine
a=57       of 100 | 57%  0 |   | fine
a=58       of 100 | 57%  0 |   | 58 of 100 published files (58.0%)
a=10       of 10  | 100% 0 |   | fine
a=1        of 1   | 10%  3 |   | fine
a=1        of 1   | 10%  3 | a | source a lists 0 objects, and 7 of its files are published
a=1        of 50  | 99%  9 | a | source a lists 0 objects, and 7 of its files are published
a=1        of 50  | 10%  3 | b | fine
b=1 a=1    of 50  | 10%  3 | b | source b lists 0 objects, and 7 of its files are published
           of 50  | 10%  3 | a | fine
a=7        of 7   | 100% 3 | a | fine
"""


@pytest.mark.parametrize("row", LIMITS.strip("\n").splitlines())
def test_a_run_deletes_within_its_limit_and_nothing_of_an_emptied_source(row: str) -> None:
    gone, limit, emptied, expected = (cell.strip() for cell in row.split("|"))
    *counts, _, held = gone.split()
    share, at_least = limit.split()
    doomed = {name: int(count) for name, _, count in (each.partition("=") for each in counts)}
    most = MostDeletes(int(share.rstrip("%")) / 100, int(at_least))
    with nullcontext() if expected == "fine" else pytest.raises(UnsafePlan) as caught:
        check_deletes(doomed, int(held), most, dict.fromkeys(emptied.split(), 7))
    if caught:
        assert caught.value.message.startswith(expected)
        assert caught.value.message.endswith("; nothing was deleted")
        assert "--max-delete 100%" in str(caught.value.hint)


def test_a_refusal_says_the_limit_as_the_config_does() -> None:
    with pytest.raises(UnsafePlan, match=r"over max_delete of 10% \(at least 3\); nothing"):
        check_deletes({"a": 4}, 10, MostDeletes(0.1, 3), {})
    with pytest.raises(UnsafePlan, match="over max_delete of 10%; nothing"):
        check_deletes({"a": 4}, 10, MostDeletes(0.1, 0), {})


@pytest.mark.parametrize(
    ("gone", "lying", "limit", "emptied", "refused"),
    [
        ({}, 0, MostDeletes(0.0), {"a"}, False),
        ({"a": 1}, 10, MostDeletes(0.1), set(), False),
        ({"a": 2}, 10, MostDeletes(0.1), set(), True),
        ({"a": 1, "b": 1}, 10, MostDeletes(0.1), set(), True),
        ({"a": 2, "b": 1}, 3, MostDeletes(0.1, 3), set(), False),
        ({"a": 29}, 100, MostDeletes(0.29), set(), False),
        ({"a": 1}, 1000, MostDeletes(0.1, 3), {"a"}, True),
        ({"a": 1}, 1000, MostDeletes(0.1, 3), {"b"}, False),
        ({"a": 5}, 5, MostDeletes(0.99), {"a"}, True),
        ({"a": 5}, 5, MostDeletes(1.0), {"a"}, False),
    ],
)
def test_files_in_place_leave_the_manifest_within_the_limit(
    gone: dict[str, int],
    lying: int,
    limit: MostDeletes,
    emptied: set[str],
    refused: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    with pytest.raises(UnsafePlan) if refused else nullcontext():
        check_gone(gone, lying, limit, emptied)
