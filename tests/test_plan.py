"""What is decided for each asset, as a table of strings."""

from __future__ import annotations

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
    Identify,
    Inspect,
    Keep,
    Leave,
    Recheck,
    Refuse,
    Severity,
    State,
)
from syncer.plan import Terms, check_deletes, decide

NOW = datetime(2026, 6, 1, tzinfo=UTC)
REFUSED = (Finding("media.size", Severity.REJECT, "too large"),)

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
        case Delete() | Inspect() | Identify() | Leave():
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
        entry = Entry("s", "k", State(state), value(known_version), value(known_path), url=url(known_path))
    terms = Terms(lambda _: REFUSED if limits == "refuse" else (), url, NOW)
    assert told(decide(Asset("s", "k", "k", version=version), entry, path, terms)) == expected


def at(age: timedelta, key: str = "k") -> tuple[Asset, Entry]:
    entry = Entry("s", key, State.PUBLISHED, "v1", "p", url("p"), checked_at=NOW - age)
    return Asset("s", key, key, version="v1"), entry


WEEKLY = Terms(lambda _: (), url, NOW, recheck=timedelta(days=7))


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
    """Not all that was published together is looked at together."""
    pairs = [at(timedelta(days=5), str(number)) for number in range(100)]
    due = sum(isinstance(decide(asset, entry, "p", WEEKLY), Recheck) for asset, entry in pairs)
    assert 20 < due < 80


def test_a_look_in_the_future_is_due() -> None:
    """The clock was wrong once."""
    asset, entry = at(timedelta(days=-30))
    assert decide(asset, entry, "p", WEEKLY) == Recheck(entry, "due")


def test_another_origin_is_looked_at_without_copying() -> None:
    asset, entry = at(timedelta(0))
    old = replace(entry, url="https://old.example.test/p")
    assert decide(asset, old, "p", WEEKLY) == Recheck(entry, "new URL", first=True)


def test_without_an_interval_or_a_look_nothing_is_due() -> None:
    asset, entry = at(timedelta(days=999))
    assert decide(asset, entry, "p", replace(WEEKLY, recheck=None)) == Keep(entry)
    unseen = replace(entry, checked_at=None)
    assert decide(asset, unseen, "p", WEEKLY) == Keep(unseen)


@pytest.mark.parametrize(
    ("doomed", "published", "limit"), [(0, 0, 0.0), (0, 10, 0.0), (1, 10, 0.1), (10, 10, 1.0)]
)
def test_a_plan_within_the_limit_is_fine(doomed: int, published: int, limit: float) -> None:
    check_deletes(doomed, published, limit)


@pytest.mark.parametrize(("doomed", "published", "limit"), [(2, 10, 0.1), (1, 5, 0.1), (1, 10, 0.0)])
def test_a_plan_that_deletes_too_much_is_refused(doomed: int, published: int, limit: float) -> None:
    with pytest.raises(UnsafePlan, match=f"{doomed} of {published} .*; nothing was deleted"):
        check_deletes(doomed, published, limit)
