"""The owner of a destination, with a root in memory: who may write, who is refused, and the messages."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from syncer.errors import DestinationError
from syncer.model import Entry, State
from syncer.protocols.tenure import Tenure
from syncer.sync.sample import EMPTIED, SAMPLE
from tests.laws.house import ORIGIN, House, Killed, Root, hold

AWAY = DestinationError("no route to host", transient=True)
SEEN = Entry("clips", "a", State.PUBLISHED, path="a", url=f"{ORIGIN}a")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FOREIGN_MARK = {
    "catalogue": "c",
    "turn": "t",
    "host": "attic",
    "origin": "https://other.test/",
    "since": "2020",
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(tmp_path, stack)


def refusal(call: Callable[[], object]) -> DestinationError:
    with pytest.raises(DestinationError) as caught:
        call()
    assert (caught.value.code, caught.value.transient) == ("destination.owner", False)
    assert caught.value.hint
    return caught.value


# Ours


def test_who_only_looks_at_an_unmarked_root_neither_writes_nor_remembers(house: House) -> None:
    house.owner("one").look()
    house.owner("one").adopt(take_over=False)
    assert (house.root.written, house.catalogue("one").tenures()) == ([], [])


def test_each_run_leaves_a_mark_of_its_own_that_the_next_one_knows(house: House) -> None:
    marks = []
    for _ in range(3):
        house.owner("one").look()
        hold(house.owner("one"))
        marks.append(house.root.says)
    assert len({mark["turn"] for mark in marks}) == 3
    assert {(mark["host"], mark["origin"]) for mark in marks} == {(socket.gethostname(), ORIGIN)}
    assert len({mark["catalogue"] for mark in marks}) == 1
    since = datetime.strptime(marks[0]["since"], "%Y-%m-%dT%H:%M:%S%z")
    assert abs((datetime.now(UTC) - since).total_seconds()) < 3600
    assert house.root.written == [True, False, False], "only the first is for a root without a mark"


def test_since_is_when_the_catalogue_came_not_its_last_run(house: House) -> None:
    hold(house.owner("one"))
    house.root.content = json.dumps(house.root.says | {"since": "2020-01-01"}).encode()
    hold(house.owner("one"))
    assert house.root.says["since"] == "2020-01-01"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_is_killed_around_its_mark_goes_on(house: House, when: str) -> None:
    hold(house.owner("one"))
    for _ in range(3):
        house.root.dies = when
        with pytest.raises(Killed):
            hold(house.owner("one"))
    house.root.dies = ""
    house.owner("one").look()
    hold(house.owner("one"))


def test_a_tenure_without_a_turn_knows_its_catalogues_mark_at_its_place_only(house: House) -> None:
    house.root.content = json.dumps(FOREIGN_MARK).encode()
    house.catalogue("one").put_tenure(Tenure("there", "c"))
    house.owner("one").look()
    assert "a later state" in refusal(house.owner("one", "elsewhere").look).message
    house.catalogue("two").put_tenure(Tenure("there", "d"))
    assert "another catalogue" in refusal(house.owner("two").look).message


# Another's


def test_anothers_is_refused_with_host_origin_and_time_and_stays_as_it_is(house: House) -> None:
    house.root.content = json.dumps(FOREIGN_MARK).encode()
    for call in (house.owner("two").look, partial(hold, house.owner("two"))):
        error = refusal(call)
        assert "host attic uses it for https://other.test/ since 2020" in error.message
        assert "(there) belongs to another catalogue" in error.message
        assert "`syncer sync --take-over`" in str(error.hint)
    assert (house.root.written, house.catalogue("two").tenures()) == ([], [])


def test_what_is_taken_over_has_to_be_seen_again_and_is_the_others_no_more(house: House) -> None:
    one, two = house.owner("one"), house.owner("two")
    hold(one)
    house.catalogue("two").put(SEEN)
    two.look(take_over=True)
    assert [entry.state for entry in house.catalogue("two").entries()] == [State.STORED]
    two.look()
    hold(two)
    two.look()
    assert "another catalogue" in refusal(one.look).message
    refusal(partial(hold, one))


def test_to_take_over_what_is_ours_or_nobodys_doubts_nothing(house: House) -> None:
    house.catalogue("one").put(SEEN)
    house.owner("one").look(take_over=True)
    hold(house.owner("one"))
    house.owner("one").look(take_over=True)
    assert [entry.state for entry in house.catalogue("one").entries()] == [State.PUBLISHED]


def test_a_copy_of_the_catalogue_is_told_from_a_stranger(house: House) -> None:
    hold(house.owner("one"))
    house.copied("one", "two")
    hold(house.owner("two"))
    error = refusal(house.owner("one").look)
    assert "(there) was written by a later state of this catalogue or by a copy of it" in error.message
    assert "stop one" in str(error.hint)


def test_of_two_at_the_same_moment_the_slower_one_says_who_was_faster(house: House) -> None:
    house.root.faster = json.dumps(FOREIGN_MARK).encode()
    assert "host attic" in refusal(partial(hold, house.owner("one"))).message


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"{}", b'{"catalogue": 1}', b"[" * 60_000])
def test_a_mark_that_can_not_be_read_is_anothers_until_it_is_taken_over(house: House, content: bytes) -> None:
    one = house.owner("one")
    hold(one)
    house.root.content = content
    assert "its owner mark can't be read" in refusal(one.look).message
    refusal(partial(hold, one))
    one.look(take_over=True)
    house.root.content = content + b" "
    refusal(partial(hold, one))
    house.root.content = content
    hold(one)


def test_what_a_mark_says_is_shown_short_and_harmless(house: House) -> None:
    house.root.content = json.dumps(FOREIGN_MARK | {"host": "\x1b[2Jevil\n" + "x" * 10_000}).encode()
    said = refusal(house.owner("one").look).message
    assert said.isprintable()
    assert "[2Jevil\\nxx" in said
    assert len(said) < 400


# A destination that does not answer


def test_a_destination_that_was_ours_may_be_away_and_is_asked_once(house: House) -> None:
    hold(house.owner("one"))
    house.root.troubles, house.root.asked = [AWAY] * 9, 0
    house.owner("one").look()
    assert house.root.asked == 1
    calls: list[Callable[[], object]] = [
        house.owner("two").look,
        house.owner("one", "elsewhere").look,
        lambda: house.owner("one").look(take_over=True),
        partial(hold, house.owner("one")),
        lambda: house.owner("one").adopt(take_over=True),
    ]
    for call in calls:
        house.root.troubles, house.root.asked = [AWAY] * 9, 0
        with pytest.raises(DestinationError, match="no route"):
            call()
        assert house.root.asked == 3


def test_trouble_that_passes_is_sat_out(house: House) -> None:
    for troubles in range(3):
        house.root.troubles = [AWAY] * troubles
        hold(house.owner("one"))
    assert len(house.root.written) == 3


# A catalogue that was made anew


def test_a_catalogue_made_anew_on_the_same_machine_goes_on_as_the_lost_one(house: House) -> None:
    hold(house.owner("lost"))
    before = house.root.says
    anew = house.owner("anew")
    anew.adopt(take_over=False)
    assert house.root.says == before
    anew.look()
    hold(anew)
    assert {**house.root.says, "turn": before["turn"]} == before, "the same catalogue, since the same time"


@pytest.mark.parametrize(
    "change", [{"host": "attic"}, {"origin": "https://other.test/"}, {"host": "", "turn": ""}]
)
def test_a_catalogue_made_anew_takes_anothers_only_when_it_is_told(
    house: House, change: dict[str, str]
) -> None:
    hold(house.owner("lost"))
    lost = house.root.says
    house.root.content = json.dumps(lost | change).encode()
    anew = house.owner("anew")
    refusal(lambda: anew.adopt(take_over=False))
    assert house.catalogue("anew").tenures() == []
    anew.adopt(take_over=True)
    anew.look()
    hold(anew)
    assert house.root.says["catalogue"] != lost["catalogue"]
    refusal(house.owner("lost").look)


def test_a_catalogue_that_knows_its_mark_adopts_nothing(house: House) -> None:
    hold(house.owner("one"))
    before = house.catalogue("one").tenures()
    house.owner("one").adopt(take_over=True)
    assert house.catalogue("one").tenures() == before


def test_one_catalogue_has_one_name_at_all_its_destinations(house: House) -> None:
    hold(house.owner("one"))
    name, house.root = house.root.says["catalogue"], Root()
    hold(house.owner("one", "elsewhere"))
    assert house.root.says["catalogue"] == name
    assert {tenure.place for tenure in house.catalogue("one").tenures()} == {"there", "elsewhere"}


# Emptied


@pytest.mark.parametrize("there", [{f"p{each}" for each in range(*some)} for some in [(11,), (9, 20), (20,)]])
def test_a_lost_mark_beside_files_of_ours_is_made_anew_and_all_is_seen_again(
    house: House, there: set[str]
) -> None:
    one = house.owner("one")
    hold(one)
    for number in range(20):
        house.catalogue("one").put(replace(SEEN, key=f"{number}", path=f"p{number}", checked_at=NOW))
    house.root.content, house.root.held = None, there
    one.look()
    assert all(entry.unconfirmed for entry in house.catalogue("one").entries())
    hold(one)
    assert house.root.says["catalogue"] == house.catalogue("one").tenures()[0].catalogue


@pytest.mark.parametrize("count", [1, 19, 20, 21, 400])
def test_a_destination_without_mark_and_files_is_refused_until_it_is_taken_over(
    house: House, count: int
) -> None:
    one = house.owner("one")
    hold(one)
    for number in range(count):
        house.catalogue("one").put(replace(SEEN, key=f"{number}", path=f"p{number}", checked_at=NOW))
    house.root.content, house.root.asked = None, 0
    with pytest.raises(DestinationError) as caught:
        one.look()
    assert caught.value.code == EMPTIED
    assert house.root.asked <= 1 + SAMPLE
    one.look(take_over=True)
    assert all(entry.unconfirmed for entry in house.catalogue("one").entries())
    hold(one)


def test_a_first_run_that_published_nothing_may_lose_its_mark(house: House) -> None:
    hold(house.owner("one"))
    house.root.content = None
    house.owner("one").look()


def test_a_mark_that_a_server_hid_for_a_while_is_still_ours(house: House) -> None:
    one = house.owner("one")
    hold(one)
    left = house.root.content
    house.root.content, house.root.dies = None, "before"
    one.look()
    with pytest.raises(Killed):
        hold(one)
    house.root.content, house.root.dies = left, ""
    one.look()
    hold(one)
