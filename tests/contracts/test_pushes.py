"""The laws of `sent.Pushes`, for every implementation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue, open_pushes
from syncer.errors import CatalogueError, Locked
from syncer.model import Entry, State
from syncer.push.model import Push, Pushed, Pushes, PushState

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
Open = Callable[[], Pushes]


@pytest.fixture(params=["sqlite"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """A function that opens the same pushes at each call."""
    return {"sqlite": lambda: open_pushes(f"sqlite:///{tmp_path / 'syncer.db'}")}[request.param]


@pytest.fixture
def pushes(open_again: Open) -> Iterator[Pushes]:
    with closing(open_again()) as opened:
        yield opened


def push(*identities: str, state: PushState = PushState.SENDING, sent_at: datetime = NOW) -> Push:
    assets = tuple(Pushed(name, f"https://media.example.test/{name}") for name in identities)
    return Push(state, assets, sent_at)


def test_a_push_comes_back_as_it_was_put(pushes: Pushes) -> None:
    assets = (
        Pushed("1", "https://media.example.test/%C3%A9.jpg", "ab" * 32, "clips", "é 😀.jpg"),
        Pushed("2", "https://cdn.example.test/b.jpg"),
    )
    sent = pushes.add(Push(PushState.SENDING, assets, NOW))
    assert sent.number
    assert pushes.latest("2") == sent
    ended = replace(
        sent,
        state=PushState.FAILED,
        publish_id="p_inbox~v2.1",
        status="FAILED",
        code="internal",
        looked_at=NOW,
        ended_at=NOW + timedelta(seconds=1),
    )
    pushes.put(ended)
    assert pushes.latest("1") == pushes.latest("2") == ended


def test_the_latest_that_was_not_refused_counts(pushes: Pushes) -> None:
    assert pushes.latest("a") is None
    first = pushes.add(push("a", state=PushState.ARRIVED))
    pushes.add(push("a", "b", state=PushState.REFUSED))
    assert pushes.latest("a") == first
    assert pushes.latest("b") is None
    album = pushes.add(push("b", "a"))
    assert pushes.latest("a") == pushes.latest("b") == album


def test_those_in_some_states_come_oldest_first(pushes: Pushes) -> None:
    added = [pushes.add(push(state.value, state=state)) for state in PushState]
    wanted = [each for each in added if each.state in (PushState.SENT, PushState.FAILED)]
    assert pushes.standing(PushState.FAILED, PushState.SENT) == wanted


def test_those_of_late_are_the_sent_and_the_looked_at(pushes: Pushes) -> None:
    pushes.add(push("old"))
    new = pushes.add(push("new", sent_at=NOW + timedelta(hours=1)))
    looked = replace(pushes.add(push("looked at")), looked_at=NOW + timedelta(hours=1))
    pushes.put(looked)
    assert pushes.since(NOW) == [new, looked]


def test_every_write_is_kept_when_it_returns(pushes: Pushes, open_again: Open) -> None:
    sent = pushes.add(push("a"))
    with closing(open_again()) as other:
        assert other.standing(PushState.SENDING) == [sent]


def test_sync_goes_on_beside_a_push(pushes: Pushes, tmp_path: Path) -> None:
    """Each has its own lock, and neither waits for the other."""
    with closing(open_catalogue(f"sqlite:///{tmp_path / 'syncer.db'}")) as catalogue:
        with pushes.lock(), catalogue.lock():
            sent = pushes.add(push("a"))
            catalogue.put(Entry("clips", "a", State.FAILED))
            pushes.put(replace(sent, state=PushState.SENT))
        assert catalogue.count() == 1
    assert len(pushes.standing(PushState.SENT)) == 1


def test_one_sends_at_a_time(pushes: Pushes, open_again: Open) -> None:
    said = r"process \d+ on .*, since 20\d\d-"
    with pushes.lock(), closing(open_again()) as other, pytest.raises(Locked, match=said), other.lock():
        pass
    with pushes.lock():
        pass


def test_the_lock_of_a_killed_push_is_free(pushes: Pushes, tmp_path: Path) -> None:
    script = (
        "import sys, time; from syncer.catalogue import open_pushes\n"
        f"with open_pushes('sqlite:///{tmp_path / 'syncer.db'}').lock():\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Locked), pushes.lock():
            pass
        holder.kill()
        holder.wait()
    with pushes.lock():
        pass


def test_a_write_error_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as caught:
        open_pushes(f"sqlite:///{tmp_path}/none/syncer.db")
    assert caught.value.code == "catalogue.denied"
    with pytest.raises(CatalogueError, match="is not a kind of catalogue"):
        open_pushes("mysql:///x")
