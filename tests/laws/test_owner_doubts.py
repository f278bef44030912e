"""What the owner mark at the start of a run makes of the files that the catalogue knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import DestinationError
from syncer.sync.sample import EMPTIED
from tests.laws.house import House, Root, hold
from tests.laws.test_owner import AWAY, FOREIGN_MARK, NOW, SEEN, refusal

LISTED = replace(SEEN, checked_at=NOW, published_at=NOW)
ROOTLESS = DestinationError("no such bucket", code="destination.bucket", hint="create it")


@dataclass
class Heard:
    """A catalogue, and what `look` asks of it."""

    catalogue: Any
    asked: list[tuple[object, ...]] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        method = getattr(self.catalogue, name)
        if name not in ("disown", "doubt", "hand_over"):
            return method

        def called(*arguments: object) -> object:
            self.asked.append((name, *arguments))
            return method(*arguments)

        return called


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(tmp_path, stack)


def asked(house: House, place: str = "there", *, take_over: bool = False) -> list[tuple[object, ...]]:
    """What a look asks of the catalogue."""
    owner = house.owner("one", place)
    owner.catalogue = heard = Heard(owner.catalogue)  # type: ignore[assignment]
    owner.look(take_over=take_over)
    return heard.asked


def published(house: House, count: int = 1) -> None:
    for number in range(count):
        path = "a" if count == 1 else f"{number}"
        house.catalogue("one").put(replace(LISTED, key=path, path=path))


def failed(call: Callable[[], object]) -> DestinationError:
    with pytest.raises(DestinationError) as caught:
        call()
    return caught.value


# Whose the files are


def test_our_own_mark_changes_nothing(house: House) -> None:
    hold(house.owner("one"))
    hold(house.owner("one"))
    assert asked(house) == asked(house, take_over=True) == []


@pytest.mark.parametrize("runs", [0, 1, 3])
def test_files_that_came_with_a_copied_mark_are_ours(house: House, runs: int) -> None:
    """Also if it is the mark of an earlier run there."""
    hold(house.owner("one"))
    copied = house.root.content
    for _ in range(runs):
        hold(house.owner("one"))
    house.root.content = copied
    assert ("hand_over", "there") in asked(house, "elsewhere")


def test_files_that_bootstrap_came_before_are_ours_all_the_same(house: House) -> None:
    """It writes its own mark in place of the copied one."""
    hold(house.owner("one"))
    hold(house.owner("one", "elsewhere"))
    assert asked(house, "elsewhere") == [("hand_over", "there")]
    hold(house.owner("one", "elsewhere"))
    assert asked(house, "elsewhere") == []


def test_nothing_comes_with_no_mark_or_with_our_own(house: House) -> None:
    hold(house.owner("one", "elsewhere"))
    house.root = Root()
    assert asked(house) == []
    hold(house.owner("one"))
    assert asked(house) == []


@pytest.mark.parametrize("known", [False, True])
def test_only_a_new_destination_that_is_taken_over_brings_its_files(house: House, *, known: bool) -> None:
    if known:
        hold(house.owner("one"))
    house.root.content = json.dumps(FOREIGN_MARK).encode()
    assert asked(house, take_over=True) == [("disown", frozenset())] + [("hand_over", None)] * (not known)


def test_of_a_later_state_the_newest_manifest_shows_what_it_let_go(house: House) -> None:
    """Of an earlier one it shows nothing."""
    one = house.owner("one")
    hold(one)
    earlier, marked = house.root.content, house.root.says
    hold(one)
    house.root.content = earlier
    assert asked(house, take_over=True) == [("disown",)]
    house.root.content = json.dumps(marked | {"turn": "later"}).encode()
    assert asked(house, take_over=True) == [("disown", frozenset())]


@pytest.mark.parametrize("there", [True, False])
def test_a_lost_mark_leaves_all_that_the_manifest_lists_in_doubt(house: House, *, there: bool) -> None:
    hold(house.owner("one"))
    if there:
        published(house)
        house.root.held = {"a"}
    house.root.content = None
    owner = house.owner("one")
    owner.listed = lambda: frozenset({("clips", "a", "a"), f"{SEEN.url}"})
    owner.catalogue = heard = Heard(owner.catalogue)  # type: ignore[assignment]
    owner.look()
    assert heard.asked == [("disown", None)]
    assert [each.rule for each in owner.remarks()] == ["destination.unmarked"]


# Are the files there?


def test_a_mark_without_any_file_is_another_disk_until_it_is_taken_over(house: House) -> None:
    hold(house.owner("one"))
    published(house, 20)
    house.root.held = {"0", "7"}
    assert asked(house) == asked(house, take_over=True) == []
    house.root.held = set()
    error = failed(house.owner("one").look)
    assert (error.code, "its owner mark is there, but" in error.message) == (EMPTIED, True)
    assert asked(house, take_over=True) == [("doubt",)]


def test_without_mark_and_files_the_message_says_so(house: House) -> None:
    hold(house.owner("one"))
    published(house)
    house.root.content = None
    error = failed(house.owner("one").look)
    assert (error.code, "its owner mark is gone, and" in error.message) == (EMPTIED, True)


@pytest.mark.parametrize(
    ("error", "files", "code"),
    [(ROOTLESS, True, EMPTIED), (ROOTLESS, False, None), (AWAY, True, None), (AWAY, False, None)],
)
def test_a_root_that_is_gone_with_published_files_is_an_emptied_destination(
    house: House, error: DestinationError, code: str | None, *, files: bool
) -> None:
    hold(house.owner("one"))
    if files:
        published(house)
    house.root.troubles, one = [error] * 3, house.owner("one")
    if code:
        found = failed(one.look)
        assert (found.code, found.message, found.hint) == (code, error.message, error.hint)
    else:
        one.look()
        assert one.unread is error
        assert [each.rule for each in one.remarks()] == ["destination.unread"]


def test_a_look_without_trouble_has_no_remark(house: House) -> None:
    hold(house.owner("one"))
    one = house.owner("one")
    one.look()
    assert [*one.remarks()] == []


# While a run holds the destination


def test_a_mark_that_went_since_the_look_ends_the_run_before_it_writes(house: House) -> None:
    hold(house.owner("one"))
    house.root.content = None
    error = failed(partial(hold, house.owner("one")))
    assert (error.code, house.root.written) == (EMPTIED, [True])


def test_a_run_that_lost_its_tree_takes_hold_of_nothing(house: House) -> None:
    one = house.owner("one")
    hold(one)
    mark, house.root.content = house.root.content, None
    assert failed(one.still_hold).code == EMPTIED
    house.root.content = mark
    assert failed(partial(hold, one)).code == EMPTIED
    assert len(house.root.written) == 1


def test_a_mark_of_another_catalogue_during_a_run_is_named_as_such(house: House) -> None:
    one = house.owner("one")
    hold(one)
    house.root.content = json.dumps(FOREIGN_MARK).encode()
    assert "host attic" in refusal(one.still_hold).message


def test_only_a_run_that_wrote_its_mark_and_goes_on_reads_it_again(house: House) -> None:
    one = house.owner("one")
    one.look()
    house.root.asked = 0
    one.still_hold()
    assert house.root.asked == 0
    hold(one)
    house.root.asked, house.root.mark_lasts = 0, (60.0, 0.0)
    one.still_hold()
    assert house.root.asked == 1, "before a delete, however short ago it was read"
    one.pace.stop()  # type: ignore[attr-defined]
    one.still_hold()
    assert house.root.asked == 1


def test_a_run_that_takes_hold_again_makes_no_mark_anew(house: House) -> None:
    hold(house.owner("one"))
    house.root.content = None
    one = house.owner("one")
    one.look()
    hold(one)
    house.root.content = None
    assert failed(partial(hold, one)).code == EMPTIED


@pytest.mark.parametrize("same", [True, False])
def test_a_new_catalogue_knows_whether_the_mark_was_made_here(house: House, *, same: bool) -> None:
    assert not house.owner("one").adopt(take_over=False), "there is none"
    hold(house.owner("lost"))
    if not same:
        house.root.content = json.dumps(house.root.says | {"host": "attic"}).encode()
    assert house.owner("one").adopt(take_over=True) is same
    assert house.owner("one").adopt(take_over=False), "it is ours now"


def test_only_runs_that_wrote_there_are_remembered(house: House) -> None:
    house.root.content = json.dumps(FOREIGN_MARK).encode()
    house.owner("one").look(take_over=True)
    (left,) = house.catalogue("one").tenures()
    assert (left.turn, left.written) == ("t", ())
    hold(house.owner("one"))
    (left,) = house.catalogue("one").tenures()
    assert left.written == (house.root.says["turn"],)
