"""The paths in a catalogue that syncer wrote, for every implementation."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from syncer.model import State, Undeleted
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


def test_what_was_left_at_an_earlier_destination_is_named_until_its_path_is_in_use(open_again: Open) -> None:
    """The one asset is gone since, the other one has another path. What an asset left before waits on."""
    url = "https://media.example.test/"
    with closing(open_again()) as catalogue:
        catalogue.adopt(url, "one")
        for key in ("gone", "moved"):
            catalogue.put(replace(published(key), path=key, sha256="cd", checked_at=NOW))
        catalogue.retire("aside", "clips", "moved", NOW, "ab")
        catalogue.adopt(url, "two")
        catalogue.remove("clips", "gone")
        catalogue.put(replace(published("moved"), path="new", checked_at=NOW))
        assert not [*catalogue.orders(), *catalogue.earlier(NOW)]
    gone, moved, aside = (
        Undeleted("clips", key, path, sha256, earlier=True)
        for key, path, sha256 in (
            ("gone", "gone", "cd"),
            ("moved", "moved", "cd"),
            ("moved", "aside", "ab"),
        )
    )
    with closing(open_again()) as catalogue:
        catalogue.adopt(url, "one")
        assert list(catalogue.undeleted()) == [gone]
        assert list(catalogue.orders()) == list(catalogue.earlier(NOW)) == [aside, gone, moved]
        assert list(catalogue.earlier(NOW - timedelta(days=1))) == [gone, moved]
        assert not list(catalogue.retired(NOW)), "their bytes are compared first"
        assert (catalogue.wrote("gone"), catalogue.left("gone")) == (False, "cd")
        catalogue.readmit("clips", "gone")
        catalogue.put(replace(published("moved"), path="moved", checked_at=NOW))
        catalogue.disown()
        assert list(catalogue.orders()) == [aside, gone]
        catalogue.unpublish("gone")
        assert list(catalogue.undeleted()) == [replace(gone, earlier=False)]
        catalogue.forget_retired("aside")
        catalogue.adopt(url, "two")
        catalogue.adopt(url, "one")
        assert [(each.path, each.doubted) for each in catalogue.orders()] == [("gone", True)]
        catalogue.disown(set())
        assert [(each.path, each.unproven) for each in catalogue.orders()] == [("gone", True)]
