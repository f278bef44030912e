"""Laws of TikTok's limits for each user: they hold in one run and across runs."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.catalogue import open_pushes
from syncer.push import limits
from syncer.push.limits import PollIntervals, Rate, RateLimits
from syncer.push.model import PushState
from tests.home import Home
from tests.media import sample
from tests.servers.tiktok import TiktokServer

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def before(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=each) for each in seconds]


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ([], 0),
        ([1], 0),
        ([60, 61, 62], 0),
        ([1, 2], 58),
        ([2, 1], 58),
        ([1, 59], 1),
        ([1, 2, 59], 58),
        ([0, 0], 60),
    ],
)
def test_a_call_waits_until_the_window_has_room(earlier: list[float], expected: float) -> None:
    assert Rate(2, 60).wait(before(*earlier), NOW) == expected


def test_no_call_waits_longer_than_a_window_after_the_clock_was_set_back() -> None:
    assert Rate(2, 60).wait(before(-1e6, -2e6), NOW) == 60


@given(st.integers(1, 6), st.lists(st.floats(0, 50), max_size=30))
def test_with_these_waits_there_are_never_too_many_calls(calls: int, pauses: list[float]) -> None:
    rate, now = Rate(calls, 60), NOW
    made: list[datetime] = []
    for pause in pauses:
        now += timedelta(seconds=pause)
        now += timedelta(seconds=rate.wait(made, now))
        made.append(now)
    for last in made:
        window = [each for each in made if last - timedelta(seconds=59.99) < each <= last]
        assert len(window) <= calls


def test_intervals_between_looks_grow() -> None:
    patience, pauses, last = PollIntervals(2, 2, 10), [], None
    for _ in range(5):
        last = patience.next(last)
        pauses.append(last)
    assert pauses == [2, 4, 8, 10, 10]


def test_the_defaults_are_the_documented_limits() -> None:
    assert RateLimits().sends.calls == 6
    assert RateLimits().sends.seconds > 60
    assert RateLimits().looks.seconds / RateLimits().looks.calls > 60 / 30
    assert RateLimits().pending == Rate(5, 24 * 3600)


@pytest.fixture
def ten(home: Home) -> Home:
    for number in range(10):
        home.put(f"ten/{number}.jpg", sample("Sunset at the Lake.jpg"))
    home.sync()
    return home


def test_ten_assets_cause_no_429(ten: Home, tiktok: TiktokServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a window of less than a minute, with half of them in a second run."""
    monkeypatch.setattr(limits, "LIMITS", RateLimits(Rate(3, 1.2), Rate(1, 0.12), Rate(20, 60)))
    tiktok.limits = {"init": (3, 1.0), "status": (10, 1.0)}
    tiktok.pending = 20
    for half in ("ten/[0-4].jpg", "ten/[5-9].jpg"):
        assert ten.syncer("push", half).code == 0
    assert len(tiktok.drafts) == 10
    assert tiktok.too_many == 0
    starts = tiktok.calls["init"]
    assert starts[-1] - starts[0] > 3, "ten at three a second take more than three seconds"


def test_a_draft_is_not_sent_into_a_full_inbox(ten: Home, tiktok: TiktokServer) -> None:
    ran = ten.syncer("push", "--json", "ten/*")
    assert ran.code == 3
    assert [record["state"] for record in ran.json].count("arrived") == 5
    held = [record for record in ran.json if record["state"] == "held"]
    assert {record["code"] for record in held} == {"spam_risk_too_many_pending_share"}
    assert tiktok.inits == len(held) == 5


def test_drafts_that_the_user_has_posted_make_room(ten: Home, tiktok: TiktokServer) -> None:
    assert ten.syncer("push", "ten/[0-4].jpg").code == 0
    for draft in tiktok.drafts.values():
        draft.status = "PUBLISH_COMPLETE"
    tiktok.user_posts = True
    ran = ten.syncer("push", "ten/[5-9].jpg")
    assert (ran.code, ran.out.count(": posted\n"), len(ran.out.splitlines())) == (0, 5, 5)
    assert "posted, sent 20" in ten.syncer("push", "ten/0.jpg").out


def test_a_429_delays_the_push_as_long_as_it_says(home: Home, tiktok: TiktokServer) -> None:
    tiktok.faults = ["429"]
    assert home.syncer("push", "clips:a.mp4").code == 0
    assert (len(tiktok.drafts), tiktok.too_many) == (1, 1)


def test_a_lasting_429_ends_the_push(home: Home, tiktok: TiktokServer) -> None:
    tiktok.faults = ["429"] * 4
    ran = home.syncer("push", "clips:a.mp4", "clips:b.jpg")
    assert ran.code == 3
    assert "✗ clips:a.mp4: too many requests in a minute" in ran.out
    assert "- clips:b.jpg: not sent: too many requests in a minute" in ran.out
    assert len(tiktok.requests) == 4


def test_a_429_while_following_delays_all_drafts(home: Home, tiktok: TiktokServer) -> None:
    tiktok.faults = ["", "", "429"]
    begun = time.monotonic()
    assert home.syncer("push", "clips:b.jpg", "clips:c.webp").code == 0
    assert time.monotonic() - begun > 1
    assert tiktok.too_many == 1


def test_yesterdays_drafts_take_no_room(ten: Home, tiktok: TiktokServer) -> None:
    assert ten.syncer("push", "ten/[0-4].jpg").code == 0
    with closing(open_pushes(f"sqlite:///{ten.folder / 'syncer.db'}")) as pushes:
        for push in pushes.standing(PushState.ARRIVED):
            pushes.put(replace(push, sent_at=push.sent_at - timedelta(days=1)))
    tiktok.pending = 10
    assert ten.syncer("push", "ten/5.jpg").code == 0
