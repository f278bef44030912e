"""What a transfer tries again, and what it says of a failure."""

from __future__ import annotations

import pytest

from syncer.errors import DestinationError, SourceError
from syncer.model import Abandoned, Failed, Published
from syncer.protocols import Stopped
from tests.laws.way import Way, copied, video

AWAY = DestinationError("no route", code="destination.unreachable", hint="wait", transient=True)
DENIED = DestinationError("403", code="destination.denied", hint="ask")


@pytest.fixture
def way() -> Way:
    return Way()


@pytest.mark.parametrize("verb", ["stage", "write", "commit", "committed"])
@pytest.mark.parametrize("times", [2, 3])
def test_what_is_transient_is_tried_again_as_often_as_allowed(way: Way, verb: str, times: int) -> None:
    way.shop.troubles[verb] = [AWAY] * times
    outcome = copied(way, video())
    begun = verb.startswith("commit")
    if times == 2 or verb == "committed":
        assert isinstance(outcome, Published)
    else:
        assert outcome == Failed(AWAY.code, "no route", "wait", attempts=3, unsure=begun)


@pytest.mark.parametrize("error", [AWAY, DENIED])
def test_an_upload_that_was_taken_and_answered_with_an_error_is_published_if_all_its_bytes_are_served(
    way: Way, error: DestinationError, caplog: pytest.LogCaptureFixture
) -> None:
    way.shop.troubles["committed"] = [error] * 9
    outcome = copied(way, video())
    assert isinstance(outcome, Published)
    assert outcome.seen
    assert way.eyes.manners == ["look", "compare"]
    assert f"{error.message}; but {outcome.url} serves the new file" in caplog.text
    caplog.clear()
    way.eyes.spoiled["a.mp4"] = video()[:-1] + b"x"
    assert isinstance(copied(way, video()), Failed)
    assert not caplog.text


@pytest.mark.parametrize("verb", ["stage", "write", "commit"])
def test_what_is_not_transient_is_tried_once(way: Way, verb: str) -> None:
    way.shop.troubles[verb] = [DENIED] * 9
    assert copied(way, video()) == Failed(DENIED.code, "403", "ask", 1, unsure=verb.startswith("commit"))
    assert len(way.shop.staged) == 1


def test_a_commit_that_was_begun_in_an_earlier_attempt_leaves_it_open(way: Way) -> None:
    way.shop.troubles = {"commit": [AWAY]}
    way.tape.breaks = {2: SourceError("403", code="source.denied")}
    assert copied(way, video()) == Failed("source.denied", "403", None, 2, unsure=True)


@pytest.mark.parametrize("begun", [False, True])
def test_a_mistake_of_ours_costs_one_asset(way: Way, monkeypatch: pytest.MonkeyPatch, *, begun: bool) -> None:
    way.shop.troubles["commit" if begun else "write"] = [ZeroDivisionError()] * 2
    outcome = copied(way, video())
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.unsure) == ("internal", begun)
    assert "ZeroDivisionError" in outcome.message
    assert "SYNCER_DEBUG=1" in str(outcome.hint)
    monkeypatch.setenv("SYNCER_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        copied(way, video())


@pytest.mark.parametrize("when", ["write", "commit"])
@pytest.mark.parametrize("error", [AWAY, DENIED, Stopped()])
def test_after_a_stop_only_an_error_that_stays_is_told(way: Way, when: str, error: Exception) -> None:
    def stopping(verb: str) -> None:
        if verb == when:
            way.pace.stop()
            raise error

    way.shop.trouble = stopping  # type: ignore[method-assign]
    outcome, begun = copied(way, video()), when == "commit"
    if error is DENIED:
        assert outcome == Failed(DENIED.code, "403", "ask", 1, unsure=begun)
    else:
        assert outcome == Abandoned(unsure=begun)
