"""An asset whose first bytes can't be read, or are no media, gets an entry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncer.model import Asset, Entry, Failed, Finding, Identify, Rejected, Severity, State
from syncer.sync.ledger import Ledger
from tests.laws.world import ORIGIN, START, World

ASSET = Asset("clips", "a", "a", 1, "v2")
KNOWN = Entry("clips", "a", State.PUBLISHED, "v1", "a.mp4", f"{ORIGIN}a.mp4", 7, "ab", "cd", "video/mp4")
KNOWN = replace(KNOWN, published_at=START, checked_at=START)
NONE = Rejected("text/plain", 1, (Finding("media.none", Severity.REJECT, "a text"),))
CUT = Failed("source.cut", "cut off")


def test_what_is_no_media_is_refused_and_leaves_the_path_of_before(world: World) -> None:
    world.catalogue.put(KNOWN)
    ledger = Ledger(world.scan())
    action = Identify(ASSET, KNOWN)
    assert ledger.write(action, NONE) == (action, NONE)
    entry = world.entry("a")
    assert (entry.state, entry.version, entry.path) == (State.REJECTED, "v2", "a.mp4")


@pytest.mark.parametrize("outcome", [NONE, CUT])
def test_of_what_was_not_known_there_is_an_entry_now(world: World, outcome: Rejected | Failed) -> None:
    ledger = Ledger(world.scan())
    assert ledger.write(Identify(ASSET), outcome)
    entry = world.entry("a")
    assert (entry.state, entry.path) == (State.REJECTED if outcome is NONE else State.FAILED, None)
    assert entry.error == (CUT if outcome is CUT else None)


def test_a_failure_is_remembered_and_counts_against_its_source(world: World) -> None:
    world.catalogue.put(KNOWN)
    ledger = Ledger(world.scan())
    for times in (1, 2):
        action = Identify(ASSET, world.entry("a"))
        assert ledger.write(action, CUT) == (action, CUT)
        assert ledger.streaks.failures["clips", "source.cut"] == times
        assert world.entry("a") == replace(KNOWN, error=CUT, attempts=times)
