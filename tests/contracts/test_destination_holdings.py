"""The laws of `protocols.Destination` about its files and its owner mark."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from syncer.destinations import open_destination
from syncer.destinations.keys import MAX_MARK, OWNER_MARK
from syncer.model import Litter, Stored
from syncer.protocols import Destination
from tests.contracts.stores import ODD_PATHS, destination, killed, publish, rig
from tests.rigs.destination import Rig

__all__ = ["destination", "killed", "rig"]  # fixtures


def listed(destination: Destination) -> dict[str, Stored]:
    found = list(destination.listing())
    assert len({stored.path for stored in found}) == len(found), "nothing twice"
    return {stored.path: stored for stored in found}


def test_an_empty_destination_lists_nothing(destination: Destination) -> None:
    assert listed(destination) == {}


def test_all_that_is_published_is_listed_with_its_size(destination: Destination) -> None:
    sizes = {path: number for number, path in enumerate(ODD_PATHS)}
    for path, size in sizes.items():
        publish(destination, path, b"x" * size)
    assert {path: stored.size for path, stored in listed(destination).items()} == sizes


def test_a_listing_says_of_each_what_stat_says(destination: Destination) -> None:
    for path in ("a.mp4", "deep/er/b.mp4"):
        publish(destination, path, path.encode())
    for path, stored in listed(destination).items():
        known = destination.stat(path)
        assert known is not None
        assert (stored.size, stored.etag) == (known.size, known.etag)


def test_a_listing_has_as_many_pages_as_it_needs(
    destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.destinations.s3.PAGE", 10)
    for number in range(30):
        publish(destination, f"{number % 3}/{number:04}.jpg", b"x", "image/jpeg")
    assert len(listed(destination)) == 30


@pytest.mark.usefixtures("killed")
def test_nothing_that_is_staged_is_listed(destination: Destination) -> None:
    publish(destination, "deep/published.mp4", b"abc")
    destination.put_mark(b"ours", new=True)
    assert set(listed(destination)) == {"deep/published.mp4"}


def test_files_may_be_deleted_while_they_are_listed(destination: Destination) -> None:
    for number in range(5):
        publish(destination, f"{number}/a.mp4", b"abc")
    for stored in destination.listing():
        destination.delete(stored.path)
    assert listed(destination) == {}


def test_a_mark_is_read_as_it_was_written(destination: Destination, rig: Rig) -> None:
    assert destination.mark() is None
    assert destination.put_mark(b"first", new=True)
    assert destination.mark() == b"first"
    assert destination.put_mark(b"second, and longer", new=False)
    assert destination.mark() == b"second, and longer"
    assert destination.put_mark(b"3rd", new=False)
    with closing(open_destination(rig.config)) as other:
        assert other.mark() == b"3rd"
    assert rig.names() == [OWNER_MARK]


def test_a_mark_that_is_there_is_not_replaced_by_a_new_one(destination: Destination, rig: Rig) -> None:
    destination.put_mark(b"first", new=True)
    assert not destination.put_mark(b"second", new=True)
    assert destination.mark() == b"first"
    assert rig.names() == [OWNER_MARK], "and nothing stays staged"


def test_of_many_that_write_a_new_mark_at_once_one_succeeds(rig: Rig) -> None:
    wrote: list[bytes] = []
    ready = threading.Barrier(4)

    def write(number: int) -> None:
        mark = str(number).encode() * 1000
        with closing(open_destination(rig.config)) as destination:
            destination.mark()
            ready.wait()
            if destination.put_mark(mark, new=True):
                wrote.append(mark)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(wrote) == 1
    with closing(open_destination(rig.config)) as destination:
        assert destination.mark() == wrote[0]
    assert rig.names() == [OWNER_MARK]


def test_a_mark_is_no_litter(destination: Destination) -> None:
    destination.put_mark(b"ours", new=True)
    assert list(destination.litter()) == []
    for locator in (OWNER_MARK, f"media/{OWNER_MARK}\n"):
        with pytest.raises(Exception, match="not one of our staged files"):
            destination.discard(Litter(locator, locator))
    assert destination.mark() == b"ours"


def test_of_a_mark_that_is_far_too_long_no_more_is_read(destination: Destination) -> None:
    destination.put_mark(b"x" * (MAX_MARK + 100_000), new=True)
    assert destination.mark() == b"x" * MAX_MARK


@pytest.fixture(autouse=True)
def _nothing_is_served(rig: Rig) -> Iterator[None]:
    """No visitor ever gets the mark."""
    yield
    assert rig.visit(OWNER_MARK) is None
