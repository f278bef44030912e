"""The laws of `protocols.Catalogue` about runs, waiting times and owners."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from syncer.errors import CatalogueError
from syncer.model import Asset, Entry, Finding, Proof, Run, Severity, State
from syncer.protocols import Catalogue

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)


@pytest.fixture(params=["sqlite"])
def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    url = {"sqlite": f"sqlite:///{tmp_path / 'syncer.db'}"}[request.param]
    with closing(open_catalogue(url)) as opened:
        yield opened


def published(key: str, source: str = "clips") -> Entry:
    return Entry(source, key, State.PUBLISHED, path=f"{source}/{key}", url=f"https://m.test/{key}")


def test_the_last_thousand_runs_are_remembered(catalogue: Catalogue, tmp_path: Path) -> None:
    import sqlite3

    for number in range(1010):
        catalogue.begin_run(NOW + number * HOUR)
    with closing(sqlite3.connect(tmp_path / "syncer.db")) as db:
        assert db.execute("SELECT count(*), min(number) FROM run").fetchone() == (1000, 11)
    assert catalogue.last_run() == Run(NOW + 1009 * HOUR)


def test_a_run_is_remembered_with_its_warnings_up_to_a_hundred(catalogue: Catalogue) -> None:
    findings = tuple(Finding("source.empty", Severity.WARN, str(number)) for number in range(150))
    run = Run(NOW, NOW + HOUR, 0, {"copied": 2}, None, findings)
    catalogue.end_run(catalogue.begin_run(NOW), run)
    assert catalogue.last_run() == replace(run, findings=findings[:100])


@pytest.mark.parametrize(
    ("runs", "anew"),
    [
        ([], False),
        ([0 * DAY], False),
        ([0 * DAY, DAY, 2 * DAY], False),
        ([0 * DAY, YEAR], False),
        ([DAY, 0 * DAY], True),
        ([0 * DAY, YEAR, DAY], True),
        ([0 * DAY, -YEAR, DAY], True),
        ([0 * DAY, -YEAR, -YEAR + DAY, DAY], True),
        ([0 * DAY, YEAR, DAY, 2 * DAY, 3 * DAY], False),
    ],
    ids=str,
)
def test_waits_start_anew_in_a_run_before_which_the_clock_went_back_or_came_back(
    catalogue: Catalogue, runs: list[timedelta], *, anew: bool
) -> None:
    for run in runs[:-1]:
        catalogue.begin_run(NOW + run)
    old, now = NOW - 9 * DAY - YEAR, NOW + (runs[-1] if runs else timedelta())
    catalogue.put(replace(published("a"), gone_since=old))
    catalogue.put(published("b"))
    catalogue.retire("left", "clips", "a", old)
    catalogue.begin_run(now)
    entry, other = catalogue.entry("clips", "a"), catalogue.entry("clips", "b")
    assert entry
    assert entry.gone_since == (now if anew else old)
    assert other == published("b"), "an asset that is not gone has no waiting time"
    assert list(catalogue.retired(old)) == ([] if anew else [("left", "clips", "a")])
    assert list(catalogue.retired(now)) == [("left", "clips", "a")]


def test_a_wait_from_the_future_begins_today(catalogue: Catalogue) -> None:
    catalogue.put(replace(published("a"), gone_since=NOW + YEAR))
    catalogue.put(replace(published("b"), gone_since=NOW + YEAR))
    catalogue.put(replace(published("c", "other"), gone_since=NOW + YEAR))
    catalogue.retire("left", "clips", "a", NOW + YEAR)
    catalogue.begin_run(NOW)
    catalogue.begin_listing()
    catalogue.note(Asset("clips", "b", "b"), "clips/b")
    catalogue.end_listing("clips", NOW)
    found = {entry.key: entry.gone_since for entry in catalogue.entries()}
    assert found == {"a": NOW, "b": None, "c": NOW + YEAR}, "the other source was never listed"
    assert list(catalogue.retired(NOW)) == [("left", "clips", "a")]


def test_what_was_noted_is_not_gone_although_no_listing_ended(catalogue: Catalogue) -> None:
    for key in "ab":
        catalogue.put(replace(published(key), gone_since=NOW))
    catalogue.begin_listing()
    catalogue.note(Asset("clips", "a", "a"), "clips/a")
    catalogue.returned()
    assert {entry.key: entry.gone_since for entry in catalogue.entries()} == {"a": None, "b": NOW}


def test_held_counts_the_paths_of_one_source_too(catalogue: Catalogue) -> None:
    catalogue.put(published("a"))
    catalogue.put(published("b", "other"))
    catalogue.put(Entry("clips", "failed", State.FAILED))
    catalogue.retire("left", "clips", "a", NOW)
    assert (catalogue.held(), catalogue.held("clips"), catalogue.held("other")) == (3, 2, 1)
    assert catalogue.held("none") == 0


def test_files_in_place_lie_as_long_as_they_may_be_published(catalogue: Catalogue) -> None:
    for state in State:
        catalogue.put(replace(published(state.value), state=state, in_place=True))
    catalogue.put(published("copy"))
    catalogue.put(Entry("clips", "never published", State.FAILED, in_place=True))
    assert catalogue.lying() == 3


def test_a_path_is_claimed_by_an_asset_of_this_run(catalogue: Catalogue) -> None:
    catalogue.put(published("a"))
    catalogue.begin_listing()
    assert not catalogue.claimed("clips/a")
    catalogue.note(Asset("clips", "b", "b"), None)
    catalogue.claim(Asset("clips", "b", "b"), "clips/a")
    assert catalogue.claimed("clips/a")
    assert catalogue.claimed("clips/a", ("clips", "b"))
    for other in (("clips", "a"), ("photos", "b")):
        assert not catalogue.claimed("clips/a", other)
    assert not catalogue.claimed("clips/b", ("clips", "b"))
    catalogue.begin_listing()
    assert not catalogue.claimed("clips/a")


def test_writes_to_a_catalogue_that_was_set_aside_are_not_kept(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.put(published("a"))
    with closing(open_catalogue(f"sqlite:///{tmp_path / 'syncer.db'}")) as aside:
        aside.set_aside()
        files = {file.name for file in tmp_path.iterdir()}
        aside.put(published("b"))
        aside.remove("clips", "a")
        aside.begin_run(NOW)
        catalogue.put(published("c"))
        assert [entry.key for entry in aside.entries()] == ["b"]
        assert {file.name for file in tmp_path.iterdir()} == files
    assert [entry.key for entry in catalogue.entries()] == ["a", "c"]
    assert catalogue.last_run() is None


def test_the_same_destination_changes_nothing_and_another_origin_keeps_what_was_seen(
    catalogue: Catalogue,
) -> None:
    assert catalogue.adopt("https://a.test/", "one") is None
    seen = replace(published("a"), checked_at=NOW)
    catalogue.put(seen)
    for origin in ("https://a.test/", "https://b.test/"):
        assert catalogue.adopt(origin, "one") is None
        assert list(catalogue.entries()) == [seen]
    assert list(catalogue.unconfirmed()) == []
    assert catalogue.adopt("https://b.test/", "two") == "one"
    assert [entry.key for entry in catalogue.unconfirmed()] == ["a"]


def placed(catalogue: Catalogue) -> None:
    catalogue.put(published("a"))


def proven(catalogue: Catalogue) -> None:
    catalogue.put_proof(Proof("tiktok.txt", "https://m.test/tiktok.txt", "0" * 64, NOW, NOW))


def retired(catalogue: Catalogue) -> None:
    catalogue.retire("old.mp4", "clips", "a", NOW)


def unpublished(catalogue: Catalogue) -> None:
    catalogue.put(published("a"))
    catalogue.withdraw(published("a"), NOW)
    catalogue.forget_retired("clips/a")


@pytest.mark.parametrize("use", [placed, proven, retired, unpublished])
def test_a_catalogue_with_anything_published_or_proven_is_of_one_origin_and_destination(
    catalogue: Catalogue, use: Callable[[Catalogue], None]
) -> None:
    catalogue.adopt("https://m.test/", "one")
    use(catalogue)
    for act in (catalogue.recognise, catalogue.adopt):
        with pytest.raises(CatalogueError) as caught:
            act("https://other.test/", "two")
        assert caught.value.code == "catalogue.foreign"
    assert catalogue.recognise("https://m.test/", "one") == ("https://m.test/", "one")


def test_a_catalogue_with_nothing_published_may_move_to_another_origin_and_destination(
    catalogue: Catalogue,
) -> None:
    catalogue.adopt("https://m.test/", "one")
    catalogue.put(Entry("clips", "a", State.REJECTED))
    catalogue.put(Entry("clips", "b", State.FAILED))
    assert catalogue.recognise("https://other.test/", "two") is None
    assert catalogue.adopt("https://other.test/", "two") is None
    assert catalogue.recognise("https://other.test/", "two") == ("https://other.test/", "two")


def unseen(catalogue: Catalogue) -> None:
    catalogue.put_proof(Proof("tiktok.txt", "https://m.test/tiktok.txt", "0" * 64, NOW, None))


def in_place(catalogue: Catalogue) -> None:
    catalogue.put(replace(published("a"), state=State.STORED, published_at=None, in_place=True))


@pytest.mark.parametrize("use", [unseen, in_place])
def test_a_catalogue_with_nothing_that_was_seen_at_a_url_may_be_used_for_another(
    catalogue: Catalogue, use: Callable[[Catalogue], None]
) -> None:
    catalogue.adopt("https://m.test/", "one")
    use(catalogue)
    assert catalogue.recognise("https://other.test/", "two") is None
    catalogue.adopt("https://other.test/", "two")
    assert catalogue.recognise("https://other.test/", "two") == ("https://other.test/", "two")
