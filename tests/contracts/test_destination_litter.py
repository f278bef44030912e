"""The laws about staged files of a killed run, for every kind of destination."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from syncer.errors import DestinationError
from syncer.model import Litter
from syncer.protocols import Destination
from tests.contracts import stores
from tests.contracts.stores import body_at, publish
from tests.rigs.destination import Rig

killed = stores.killed

rig = stores.rig
destination = stores.destination


def test_what_a_killed_run_left_is_found_and_discarded(
    rig: Rig, destination: Destination, killed: list[str]
) -> None:
    publish(destination, "deep/published.mp4", b"stays")
    assert all(rig.visit(path) is None for path in killed)
    assert len(list(destination.litter())) == (len(killed) if rig.litter_is_ours else 0)
    found = list(destination.litter(timedelta()))
    assert len(found) == len(killed)
    assert [litter.name for litter in found] == sorted(litter.name for litter in found)
    for litter in found:
        assert litter.modified is not None
        assert abs(datetime.now(UTC) - litter.modified) < timedelta(minutes=2)
        destination.discard(litter)
    assert rig.names() == [name for name in ("deep/", "deep/published.mp4") if name in rig.names()]
    assert list(destination.litter(timedelta())) == []
    for litter in found:
        destination.discard(litter)
    assert body_at(rig, "deep/published.mp4") == b"stays"


def test_litter_may_be_discarded_while_it_is_listed(destination: Destination, killed: list[str]) -> None:
    found = 0
    for litter in destination.litter(timedelta()):
        destination.discard(litter)
        found += 1
    assert found == len(killed)
    assert list(destination.litter(timedelta())) == []


@pytest.mark.usefixtures("killed")
def test_litter_can_be_asked_for_by_age(destination: Destination) -> None:
    """So the staged files of another run stay."""
    assert list(destination.litter(older_than=timedelta(hours=1))) == []
    deadline = time.monotonic() + 60
    while len(list(destination.litter(older_than=timedelta(seconds=1)))) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_nothing_but_litter_is_litter(rig: Rig, destination: Destination) -> None:
    publish(destination, "a.mp4", b"abc")
    publish(destination, "syncer/b.part.mp4", b"abc")
    assert list(destination.litter()) == []
    for locator in ("a.mp4", "../a.mp4", "syncer/b.part.mp4"):
        with pytest.raises((DestinationError, ValueError)):
            destination.discard(Litter(name=locator, locator=locator))
    assert body_at(rig, "a.mp4") == b"abc"
    assert body_at(rig, "syncer/b.part.mp4") == b"abc"
