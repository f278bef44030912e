"""The laws of `protocols.Catalogue` about entries, paths and their facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncer.errors import CatalogueError
from syncer.model import Entry, Facts, Failed, Finding, Proof, Severity, State
from syncer.protocols import Catalogue
from tests.contracts import catalogues
from tests.contracts.catalogues import NOW, published

open_again = catalogues.open_again
catalogue = catalogues.catalogue

FULL = Entry(
    "clips",
    "a/é 😀.mp4",
    State.REJECTED,
    version='"etag"',
    path="clips/a/é 😀.mp4",
    url="https://media.example.test/clips/a/%C3%A9.mp4",
    size=2**40,
    sha256="ab" * 32,
    verified_by="etag-md5",
    head_sha256="cd" * 32,
    media_type="video/mp4",
    facts=Facts(container="mp4", width=1080, height=1920, duration_s=12.5, fps=29.97, video_codec="h264"),
    findings=(
        Finding("media.size", Severity.REJECT, "too large", "4 GB", "5 GB", "make it smaller"),
        Finding("origin.range", Severity.WARN, "no ranges"),
    ),
    error=Failed("source.cut", "cut off", "try again", 3),
    attempts=2,
    published_at=NOW,
    checked_at=NOW + timedelta(hours=1),
    gone_since=NOW + timedelta(days=1),
    in_place=True,
)


def test_an_entry_comes_back_as_it_was_put(catalogue: Catalogue) -> None:
    catalogue.put(FULL)
    assert catalogue.entry("clips", "a/é 😀.mp4") == FULL
    assert catalogue.entry("clips", "other") is None
    assert catalogue.entry("other", "a/é 😀.mp4") is None


def test_putting_replaces(catalogue: Catalogue) -> None:
    catalogue.put(FULL)
    blank = Entry("clips", FULL.key, State.FAILED)
    catalogue.put(blank)
    assert list(catalogue.entries()) == [blank]


def test_a_path_has_one_owner(catalogue: Catalogue) -> None:
    first = published("a")
    catalogue.put(first)
    assert catalogue.owner("clips/a") == ("clips", "a")
    assert catalogue.owner("clips/b") is None
    with pytest.raises(CatalogueError) as caught:
        catalogue.put(replace(published("b"), path="clips/a"))
    assert caught.value.code == "catalogue.path"
    assert list(catalogue.entries()) == [first]


def test_removing_what_is_not_there_is_fine(catalogue: Catalogue) -> None:
    catalogue.put(published("a"))
    catalogue.remove("clips", "a")
    catalogue.remove("clips", "a")
    assert list(catalogue.entries()) == []


def test_entries_come_by_url_in_code_points_without_one_first(catalogue: Catalogue) -> None:
    keys = ["b", "a", "Z", "a-1", "a/1", "%C3%A9"]
    for key in keys:
        catalogue.put(published(key))
    catalogue.put(Entry("clips", "failed", State.FAILED))
    assert [entry.key for entry in catalogue.entries()] == ["failed", *sorted(keys)]


def test_entries_and_count_know_states(catalogue: Catalogue) -> None:
    for number, state in enumerate(State):
        catalogue.put(replace(published(str(number)), state=state))
    assert {entry.state for entry in catalogue.entries(State.STORED, State.DOOMED)} == {
        State.STORED,
        State.DOOMED,
    }
    assert catalogue.count() == len(State)
    assert catalogue.count(State.STORED, State.DOOMED) == 2


def test_entries_may_be_written_while_they_are_read(catalogue: Catalogue) -> None:
    """1,201 entries are more than two pages."""
    for number in range(1201):
        catalogue.put(published(f"{number:04}"))
    seen = []
    for entry in catalogue.entries(State.PUBLISHED):
        catalogue.put(replace(entry, state=State.DOOMED))
        seen.append(entry.key)
    assert seen == [f"{number:04}" for number in range(1201)]
    assert catalogue.count(State.DOOMED) == 1201


def test_retired_paths_wait_for_their_time(catalogue: Catalogue) -> None:
    for number in range(600):
        catalogue.retire(f"old/{number:03}", "clips", "a", NOW)
    catalogue.retire("young", "clips", "a", NOW + timedelta(days=2))
    due = list(catalogue.retired(NOW + timedelta(days=1)))
    assert due == [(f"old/{number:03}", "clips", "a") for number in range(600)]
    catalogue.forget_retired("old/000")
    catalogue.forget_retired("old/000")
    assert len(list(catalogue.retired(NOW))) == 599


def test_a_path_that_an_entry_bears_is_not_retired(catalogue: Catalogue) -> None:
    catalogue.retire("clips/a", "clips", "b", NOW)
    catalogue.put(published("a"))
    assert list(catalogue.retired(NOW)) == []


def test_a_flawed_asset_is_reported(catalogue: Catalogue) -> None:
    failed = Failed("source.cut", "cut off")
    catalogue.put(published("fine"))
    catalogue.put(replace(published("stale"), error=failed))
    catalogue.put(replace(published("unseen"), state=State.STORED))
    catalogue.put(Entry("clips", "refused", State.REJECTED))
    catalogue.put(Entry("clips", "failed", State.FAILED, error=failed))
    assert {entry.key for entry in catalogue.troubled()} == {"stale", "unseen", "refused", "failed"}


def test_held_counts_every_path_that_is_ours(catalogue: Catalogue) -> None:
    catalogue.put(published("a"))
    catalogue.put(replace(published("b"), state=State.REJECTED))
    catalogue.put(Entry("clips", "failed", State.FAILED))
    catalogue.retire("old", "clips", "a", NOW)
    assert catalogue.held() == 3


def test_what_is_doubted_is_stored_until_it_is_seen_again(catalogue: Catalogue) -> None:
    for number, state in enumerate(State):
        catalogue.put(replace(published(str(number)), state=state, sha256="ab" * 32))
    before = list(catalogue.entries())
    catalogue.doubt()
    assert list(catalogue.entries()) == [
        replace(entry, state=State.STORED) if entry.state is State.PUBLISHED else entry for entry in before
    ]


def test_proofs_are_remembered(catalogue: Catalogue) -> None:
    proof = Proof("tiktok.txt", "https://media.example.test/tiktok.txt", "ab" * 32, NOW)
    catalogue.put_proof(proof)
    catalogue.put_proof(replace(proof, checked_at=NOW))
    assert catalogue.proofs() == [replace(proof, checked_at=NOW)]
