"""Before it writes, a run looks for a sample of the published files at the destination."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from syncer.errors import DestinationError
from syncer.model import Entry, State, Stored
from syncer.sync.owner import Owner
from syncer.sync.sample import EMPTIED, FEW, SAMPLE, LookedFor, beside_mark, without_mark
from tests.laws.house import House, hold
from tests.laws.test_owner import NOW, SEEN

ENTRIES = [replace(SEEN, key=str(number), path=f"p{number}", size=10) for number in range(100)]


def size_of(sizes: dict[str, int]) -> Callable[[str], Stored | None]:
    return lambda path: Stored(path, sizes[path]) if path in sizes else None


def same(_entry: Entry, _stored: Stored) -> bool:
    return True


def denied(_: str) -> Stored | None:
    raise DestinationError("denied")


@pytest.mark.parametrize("count", [1, SAMPLE - 1, SAMPLE, SAMPLE + 1, 2 * SAMPLE + 1, 100])
def test_a_sample_has_its_size_at_most_and_half_of_it_at_least(count: int) -> None:
    found = without_mark(lambda: ENTRIES[:count], size_of({}), same)
    assert found
    assert min(count, SAMPLE // 2) <= found.looked_for <= SAMPLE


def test_without_mark_only_files_of_their_sizes_show_our_destination() -> None:
    others = {entry.path or "": 11 for entry in ENTRIES}
    assert without_mark(lambda: ENTRIES[:7], size_of(others), same) == LookedFor(7, 0, 7)
    assert without_mark(lambda: ENTRIES[:1], size_of({"p0": 10}), same) is None
    assert without_mark(lambda: [replace(ENTRIES[0], size=None)], size_of(others), same) is None
    assert without_mark(list, size_of({}), same) is None
    with pytest.raises(DestinationError):
        without_mark(lambda: ENTRIES, denied, same)


@pytest.mark.parametrize(("count", "there"), [(7, 3), (4, 2), (1, 0), (2, 1)])
def test_without_mark_more_than_half_of_the_sample_has_to_be_there(count: int, there: int) -> None:
    """A run whose disk was unmounted may have left its last files below the mount point."""
    sizes = {f"p{number}": 10 for number in range(count - there, count)}
    assert without_mark(lambda: ENTRIES[:count], size_of(sizes), same) == LookedFor(count, there, 0)
    sizes[f"p{count - there - 1}"] = 10
    assert without_mark(lambda: ENTRIES[:count], size_of(sizes), same) is None


@pytest.mark.parametrize(("count", "alike"), [(7, 3), (4, 2), (1, 0), (100, 10)])
def test_without_mark_files_with_their_sizes_and_other_bytes_show_nothing(count: int, alike: int) -> None:
    sizes = size_of({entry.path or "": 10 for entry in ENTRIES})
    asked = list[str]()

    def first(_entry: Entry, stored: Stored) -> bool:
        asked.append(stored.path)
        return len(asked) <= alike

    found = without_mark(lambda: ENTRIES[:count], sizes, first)
    assert found == LookedFor(len(asked), alike, 0, len(asked) - alike)
    assert len(asked) <= SAMPLE
    assert "with other bytes, 0 of another size, 0 missing" in str(found)


def test_without_mark_files_in_doubt_show_nothing_unless_all_are() -> None:
    doubted = [replace(entry, doubted=True) for entry in ENTRIES[:50]]
    sizes = size_of({entry.path or "": 10 for entry in doubted})
    found = without_mark(lambda: doubted + ENTRIES[50:60], sizes, same)
    assert found == LookedFor(10, 0, 0)
    assert without_mark(lambda: doubted, sizes, same) is None


@pytest.mark.parametrize("count", [0, 1, FEW, FEW + 1, 100])
def test_beside_our_mark_many_files_have_to_be_gone(count: int) -> None:
    gone = beside_mark(lambda: ENTRIES[:count], size_of({}))
    assert (gone is not None) == (count > FEW)


@pytest.mark.parametrize("there", [{"p0": 10}, {"p0": 11}, {"p50": 11}, {"p95": 10}])
def test_beside_our_mark_any_file_shows_our_destination(there: dict[str, int]) -> None:
    assert beside_mark(lambda: ENTRIES, size_of(there)) is None


def test_beside_our_mark_files_in_place_or_in_doubt_and_what_is_not_told_show_nothing() -> None:
    assert beside_mark(lambda: ENTRIES, denied) is None
    lying = [replace(entry, in_place=True) for entry in ENTRIES]
    doubted = [replace(entry, doubted=True) for entry in ENTRIES]
    assert beside_mark(lambda: lying + doubted, size_of({})) is None
    assert beside_mark(lambda: lying + ENTRIES[:5], size_of({"p50": 10})) == LookedFor(5, 0, 0)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(tmp_path, stack)


def emptied(call: Callable[[], object]) -> str:
    with pytest.raises(DestinationError) as caught:
        call()
    assert caught.value.code == EMPTIED
    return caught.value.message


@pytest.fixture
def one(house: House) -> Owner:
    hold(house.owner("one"))
    for entry in ENTRIES[: FEW + 1]:
        house.catalogue("one").put(replace(entry, size=1, sha256=sha256(b"x").hexdigest(), checked_at=NOW))
    return house.owner("one")


def test_who_emptied_a_marked_destination_says_so_and_all_is_looked_for_and_ours(
    house: House, one: Owner
) -> None:
    assert "its owner mark is there" in emptied(one.look)
    assert {entry.state for entry in house.catalogue("one").entries()} == {State.PUBLISHED}
    one.look(take_over=True)
    assert all(entry.unconfirmed and not entry.doubted for entry in house.catalogue("one").entries())


@pytest.mark.parametrize("how", ["gone", "taken over"])
def test_where_our_mark_is_gone_or_anothers_nothing_is_ours_before_it_was_compared(
    house: House, one: Owner, how: str
) -> None:
    house.root.held = {"p0", "p1", "p2"}
    house.catalogue("one").retire("left", "clips", "0", NOW)
    house.root.content = None if how == "gone" else b"{}"
    one.look(take_over=how == "taken over")
    assert all(entry.unconfirmed and entry.doubted for entry in house.catalogue("one").entries())
    assert not house.catalogue("one").wrote("left")
    hold(one)


def test_a_mark_that_goes_while_a_run_goes_on_is_not_made_anew(house: House, one: Owner) -> None:
    """Also if the look at the start could not read the mark."""
    house.root.held = {"p0", "p1", "p2"}
    one.look()
    house.root.content = None
    assert "is gone" in emptied(lambda: hold(one))
    assert house.root.content is None
    again = house.owner("one")
    again.look()
    hold(again)
    house.root.content = None
    emptied(lambda: hold(again))
