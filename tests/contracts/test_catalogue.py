"""The laws of `protocols.Catalogue`, for every implementation."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from syncer.errors import CatalogueError, Locked
from syncer.model import Asset, Entry, Facts, Failed, Finding, Proof, Run, Severity, State
from syncer.protocols import Catalogue
from syncer.protocols.tenure import Tenure

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
Open = Callable[[], Catalogue]


@pytest.fixture(params=["sqlite"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same catalogue, as often as it is called."""
    return {"sqlite": lambda: open_catalogue(f"sqlite:///{tmp_path / 'syncer.db'}")}[request.param]


@pytest.fixture
def catalogue(open_again: Open) -> Iterator[Catalogue]:
    with closing(open_again()) as opened:
        yield opened


def asset(key: str, source: str = "clips", locator: str | None = None) -> Asset:
    return Asset(source, key, locator or key)


def published(key: str, source: str = "clips") -> Entry:
    path = f"{source}/{key}"
    return Entry(source, key, State.PUBLISHED, path=path, url=f"https://media.example.test/{path}", size=1)


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
    """1,201 is more than two pages and a bit."""
    for number in range(1201):
        catalogue.put(published(f"{number:04}"))
    seen = []
    for entry in catalogue.entries(State.PUBLISHED):
        catalogue.put(replace(entry, state=State.DOOMED))
        seen.append(entry.key)
    assert seen == [f"{number:04}" for number in range(1201)]
    assert catalogue.count(State.DOOMED) == 1201


def test_every_write_is_kept_when_it_returns(catalogue: Catalogue, open_again: Open) -> None:
    catalogue.put(published("a"))
    with closing(open_again()) as other:
        assert other.entry("clips", "a") == published("a")


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


def test_one_name_or_one_path_twice_is_told(catalogue: Catalogue) -> None:
    """The same name goes before the same path, and the first keeps the path."""
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
    assert catalogue.claim(asset("a"), "p") is None, "one's own path is in nobody's way"
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


def test_what_something_is_wrong_with_is_told(catalogue: Catalogue) -> None:
    failed = Failed("source.cut", "cut off")
    catalogue.put(published("fine"))
    catalogue.put(replace(published("stale"), error=failed))
    catalogue.put(replace(published("unseen"), state=State.STORED))
    catalogue.put(Entry("clips", "refused", State.REJECTED))
    catalogue.put(Entry("clips", "failed", State.FAILED, error=failed))
    assert {entry.key for entry in catalogue.troubled()} == {"stale", "unseen", "refused", "failed"}
    assert catalogue.count_troubled() == 4


def test_held_counts_every_path_that_is_ours(catalogue: Catalogue) -> None:
    catalogue.put(published("a"))
    catalogue.put(replace(published("b"), state=State.REJECTED))
    catalogue.put(Entry("clips", "failed", State.FAILED))
    catalogue.retire("old", "clips", "a", NOW)
    assert catalogue.held() == 3


def test_a_catalogue_belongs_to_one_origin_which_may_move(catalogue: Catalogue) -> None:
    assert catalogue.recognise("https://a.example.test/", "local /srv/a") is None
    catalogue.adopt("https://a.example.test/", "local /srv/a")
    catalogue.check()
    catalogue.adopt("https://b.example.test/", "local /srv/a")
    catalogue.adopt("https://b.example.test/", "local /srv/b")
    with pytest.raises(CatalogueError, match=r"belongs to https://b\.example\.test/ at local /srv/b"):
        catalogue.adopt("https://c.example.test/", "local /srv/c")


def test_a_catalogue_that_is_only_read_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no catalogue"):
        open_catalogue(f"sqlite:///{tmp_path / 'none.db'}", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_catalogue_can_be_read_beside_its_writer_and_after_it(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.put(published("a"))
    for _ in range(2):
        with closing(open_catalogue(f"sqlite:///{tmp_path / 'syncer.db'}", read_only=True)) as reader:
            assert reader.entry("clips", "a") == published("a")
            with pytest.raises(CatalogueError):
                reader.put(published("b"))
        catalogue.close()


def test_what_is_doubted_is_stored_until_it_is_seen_again(catalogue: Catalogue) -> None:
    for number, state in enumerate(State):
        catalogue.put(replace(published(str(number)), state=state, sha256="ab" * 32))
    before = list(catalogue.entries())
    catalogue.doubt()
    assert list(catalogue.entries()) == [
        replace(entry, state=State.STORED) if entry.state is State.PUBLISHED else entry for entry in before
    ]


def test_tenures_are_remembered_one_for_each_destination(catalogue: Catalogue, open_again: Open) -> None:
    assert catalogue.tenures() == []
    catalogue.put_tenure(Tenure("local /srv/a", "name", "1"))
    catalogue.put_tenure(Tenure("local /srv/b", "name"))
    catalogue.put_tenure(Tenure("local /srv/a", "name", "2", "1"))
    with closing(open_again()) as other:
        assert other.tenures() == [
            Tenure("local /srv/a", "name", "2", "1"),
            Tenure("local /srv/b", "name", None),
        ]


def test_a_copy_is_made_once_a_day_and_only_if_one_is_wanted(catalogue: Catalogue) -> None:
    catalogue.put(published("a"))
    today = NOW.date()
    assert not catalogue.copy(today, 0, lambda: False)
    assert not catalogue.copy(today, 7, lambda: True)
    assert catalogue.copy(today, 7, lambda: False)
    assert not catalogue.copy(today, 7, lambda: False)
    assert catalogue.copy(today + timedelta(days=1), 7, lambda: False)


def test_proofs_are_remembered(catalogue: Catalogue) -> None:
    proof = Proof("tiktok.txt", "https://media.example.test/tiktok.txt", "ab" * 32, NOW)
    catalogue.put_proof(proof)
    catalogue.put_proof(replace(proof, checked_at=NOW))
    assert catalogue.proofs() == [replace(proof, checked_at=NOW)]


def test_runs_are_remembered(catalogue: Catalogue) -> None:
    assert catalogue.last_run() is None
    catalogue.begin_run(NOW)
    number = catalogue.begin_run(NOW)
    assert catalogue.last_run() == Run(NOW)
    run = Run(NOW, NOW + timedelta(seconds=1), 3, {"copied": 2}, "why")
    catalogue.end_run(number, run)
    assert catalogue.last_run() == run


def test_the_lock_has_one_holder_and_says_who(catalogue: Catalogue, open_again: Open) -> None:
    assert catalogue.holder() is None
    with catalogue.lock(), closing(open_again()) as other:
        assert re.search(r"process \d+ on .*, since 20\d\d-", str(other.holder()))
        with pytest.raises(Locked, match=r"process \d+ on .*, since 20\d\d-") as caught, other.lock():
            pass
        assert caught.value.code == "locked"
    assert catalogue.holder() is None
    with catalogue.lock():
        pass


def test_the_lock_of_a_killed_run_is_free(catalogue: Catalogue, open_again: Open, tmp_path: Path) -> None:
    """However it died."""
    script = (
        "import sys, time; from syncer.catalogue import open_catalogue\n"
        f"with open_catalogue('sqlite:///{tmp_path / 'syncer.db'}').lock():\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Locked, match=f"process {holder.pid} "), catalogue.lock():
            pass
        holder.kill()
        holder.wait()
    assert catalogue.holder() is None
    with closing(open_again()) as other, other.lock():
        pass
