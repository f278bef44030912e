"""The laws of `protocols.Catalogue` about listings: what is missing, gone, back, or there twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from syncer.model import Entry, State
from syncer.protocols import Catalogue
from tests.contracts import catalogues
from tests.contracts.catalogues import NOW, asset, published

open_again = catalogues.open_again
catalogue = catalogues.catalogue


def test_what_a_listing_lacks_is_missing(catalogue: Catalogue) -> None:
    for key in "abc":
        catalogue.put(published(key))
    catalogue.put(published("a", "other"))
    catalogue.begin_listing()
    assert catalogue.note(asset("b"), "clips/b") is None
    assert [entry.key for entry in catalogue.missing("clips")] == ["a", "c"]


def test_what_no_listing_holds_is_missing_whatever_its_source(catalogue: Catalogue) -> None:
    for source in ("clips", "left"):
        for key in "ab":
            catalogue.put(published(key, source))
    catalogue.begin_listing()
    catalogue.note(asset("a"), None)
    assert catalogue.noted("clips", "a")
    assert not catalogue.noted("clips", "b")
    missing = [(entry.source, entry.key) for entry in catalogue.missing()]
    assert missing == [("clips", "b"), ("left", "a"), ("left", "b")]


def test_missing_is_paged_and_may_be_written(catalogue: Catalogue) -> None:
    for number in range(1201):
        catalogue.put(published(f"{number:04}"))
    catalogue.begin_listing()
    for entry in catalogue.missing("clips"):
        catalogue.put(replace(entry, state=State.DOOMED))
    assert catalogue.count(State.DOOMED) == 1201


def test_gone_since_is_when_it_was_first_missing(catalogue: Catalogue) -> None:
    catalogue.put(published("a"))
    for day in range(2):
        catalogue.begin_listing()
        catalogue.end_listing("clips", NOW + timedelta(days=day))
    entry = catalogue.entry("clips", "a")
    assert entry is not None
    assert entry.gone_since == NOW


def test_what_is_back_is_not_gone(catalogue: Catalogue) -> None:
    catalogue.put(replace(published("a"), gone_since=NOW))
    catalogue.begin_listing()
    catalogue.note(asset("a"), "clips/a")
    catalogue.end_listing("clips", NOW)
    assert catalogue.entry("clips", "a") == published("a")


def test_what_is_gone_and_was_never_public_is_forgotten(catalogue: Catalogue) -> None:
    catalogue.put(Entry("clips", "failed", State.FAILED))
    catalogue.put(Entry("clips", "listed", State.FAILED))
    catalogue.begin_listing()
    catalogue.note(asset("listed"), None)
    catalogue.end_listing("clips", NOW)
    assert [entry.key for entry in catalogue.entries()] == ["listed"]


def test_one_name_or_one_path_twice_is_reported(catalogue: Catalogue) -> None:
    """The same name counts before the same path, and the first asset keeps the path."""
    catalogue.begin_listing()
    assert catalogue.note(asset("a", locator="A1"), "p/a") is None
    assert catalogue.note(asset("b", locator="B1"), "p/b") is None
    assert catalogue.note(asset("c", locator="C1"), "p/a") == asset("a", locator="A1")
    assert catalogue.note(asset("b", locator="B2"), "p/a") == asset("b", locator="B1")
    assert catalogue.note(asset("b", "other"), "p/b") == asset("b", locator="B1")
    assert catalogue.note(asset("d"), None) is None
    assert catalogue.note(asset("e"), None) is None


def test_a_path_is_claimed_once_it_is_known(catalogue: Catalogue) -> None:
    catalogue.begin_listing()
    catalogue.note(asset("a", locator="A1"), None)
    catalogue.note(asset("b"), None)
    assert catalogue.claim(asset("a"), "p") is None
    assert catalogue.claim(asset("a"), "p") is None, "an asset's own path is free for it"
    assert catalogue.claim(asset("b"), "p") == asset("a", locator="A1")
    assert catalogue.claim(asset("b"), None) is None
    assert catalogue.claim(asset("b"), "q") is None
    assert catalogue.note(asset("c"), "q") == asset("b")


def test_one_of_two_on_a_path_is_not_missing(catalogue: Catalogue) -> None:
    catalogue.put(published("b"))
    catalogue.begin_listing()
    catalogue.note(asset("a"), "p")
    catalogue.note(asset("b"), "p")
    assert list(catalogue.missing("clips")) == []


def test_a_new_listing_forgets_the_old(catalogue: Catalogue) -> None:
    catalogue.begin_listing()
    catalogue.note(asset("a"), "p")
    catalogue.begin_listing()
    assert catalogue.note(asset("a"), "p") is None


def test_a_locator_that_is_not_unicode_can_be_noted(catalogue: Catalogue) -> None:
    catalogue.begin_listing()
    assert catalogue.note(asset("caf\\xe9", locator="caf\udce9"), None) is None
