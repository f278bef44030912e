"""The paths in a catalogue that syncer wrote, for every implementation."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from syncer.model import State
from syncer.protocols import Catalogue
from syncer.protocols.tenure import Tenure
from tests.contracts.catalogues import NOW, Open, catalogue, open_again, published

__all__ = ["catalogue", "open_again"]

PATH = "clips/a.mp4"


@pytest.mark.parametrize("state", [state for state in State if state is not State.REJECTED])
def test_the_path_of_a_copy_is_ours_unless_it_lay_there_before(catalogue: Catalogue, state: State) -> None:
    assert not catalogue.wrote(PATH)
    entry = replace(published("a.mp4"), path=PATH, state=state, checked_at=NOW)
    for changed, ours in (
        ({}, True),
        ({"in_place": True}, False),
        ({"found": True}, False),
        ({"found": True, "in_place": True}, False),
        ({"path": "clips/b.mp4"}, False),
    ):
        catalogue.put(replace(entry, **changed))
        assert catalogue.wrote(PATH) is ours, changed


def test_a_destination_with_a_new_name_is_the_same_one(catalogue: Catalogue, open_again: Open) -> None:
    origin = "https://media.example.test/"
    catalogue.adopt(origin, "old")
    catalogue.put(replace(published("a.mp4"), path=PATH, checked_at=NOW))
    catalogue.put_tenure(Tenure("old", "us", "turn"))
    catalogue.rename("another", "new")
    assert catalogue.recognise(origin, "new") == (origin, "old")
    catalogue.rename("old", "new")
    with closing(open_again()) as again:
        again.check()
        assert again.recognise(origin, "new") == (origin, "new")
        assert again.tenures() == [Tenure("new", "us", "turn")]
        assert again.wrote(PATH)
        assert again.entry("clips", "a.mp4") == replace(published("a.mp4"), path=PATH, checked_at=NOW)


def test_a_path_not_written_at_this_destination_is_not_ours(catalogue: Catalogue) -> None:
    catalogue.adopt("https://media.example.test/", "one")
    catalogue.put(replace(published("a.mp4"), path=PATH, checked_at=NOW))
    catalogue.retire("left.mp4", "clips", "b.mp4", NOW)
    assert catalogue.wrote(PATH)
    assert catalogue.wrote("left.mp4")
    catalogue.put(replace(published("c.mp4"), path="found.mp4", checked_at=NOW, found=True))
    catalogue.adopt("https://media.example.test/", "two")
    assert not catalogue.wrote(PATH)
    assert catalogue.left(PATH) is None
    assert not catalogue.wrote("left.mp4")
    catalogue.adopt("https://media.example.test/", "one")
    assert not catalogue.wrote(PATH), "somebody may have changed it since"
    assert catalogue.left(PATH) == published("a.mp4").sha256
    assert not catalogue.wrote("left.mp4")
    assert catalogue.left("left.mp4") is None, "nobody knows its bytes"
    assert catalogue.left("found.mp4") is None
    catalogue.put(replace(published("a.mp4"), path=PATH, checked_at=NOW, in_place=True))
    catalogue.remove("clips", "a.mp4")
    assert catalogue.left(PATH) is None, "a file in place belongs to the user"


@pytest.mark.parametrize("found", [True, False])
def test_a_path_that_an_asset_left_stays_ours_if_it_was(open_again: Open, *, found: bool) -> None:
    with closing(open_again()) as catalogue:
        catalogue.put(
            entry := replace(published("a.mp4"), path=PATH, sha256="ab", checked_at=NOW, found=found)
        )
        catalogue.withdraw(entry, NOW)
    with closing(open_again()) as catalogue:
        assert not catalogue.wrote(PATH), "somebody may have changed it since"
        assert catalogue.left(PATH) == (None if found else entry.sha256)
        assert bool(list(catalogue.undeleted())) is not found
        catalogue.forget_retired(PATH)
        assert catalogue.left(PATH) is None
