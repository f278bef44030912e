"""Withdrawn assets in a catalogue, for every implementation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from syncer.model import State, Undeleted
from syncer.protocols import Catalogue
from tests.contracts.catalogues import NOW, Open, asset, catalogue, open_again, published

__all__ = ["catalogue", "open_again"]


def test_all_paths_that_are_ours_are_reported_once(catalogue: Catalogue) -> None:
    for number in range(600):
        catalogue.put(published(f"{number:04}.mp4"))
    catalogue.put(replace(published("nowhere.mp4"), path=None, url=None, state=State.FAILED))
    catalogue.retire("old/a.mp4", "clips", "a.mp4", NOW)
    catalogue.retire("clips/0001.mp4.old", "more", "b.mp4", NOW)
    paths = list(catalogue.paths())
    assert len(paths) == 602
    assert paths[1] == ("clips/0001.mp4", "clips", "0001.mp4")
    assert paths[600:] == [("clips/0001.mp4.old", "more", "b.mp4"), ("old/a.mp4", "clips", "a.mp4")]


def test_a_withdrawn_asset_is_no_entry_and_its_path_is_still_ours(open_again: Open) -> None:
    entry = replace(published("a.mp4"), version="v1", sha256="ab")
    with closing(open_again()) as catalogue:
        catalogue.put(entry)
        catalogue.withdraw(entry, NOW)
    with closing(open_again()) as catalogue:
        assert catalogue.entry("clips", "a.mp4") is None
        assert catalogue.withdrawn("clips", "a.mp4") == {"ab": "v1"}
        assert list(catalogue.withdrawals()) == [("clips", "a.mp4")]
        assert list(catalogue.paths()) == [("clips/a.mp4", "clips", "a.mp4")]
        assert list(catalogue.undeleted()) == [Undeleted("clips", "a.mp4", "clips/a.mp4", entry.sha256)]
        assert list(catalogue.retired(NOW)) == [], "`delete` has no say about it"
        catalogue.forget_retired("clips/a.mp4")
    with closing(open_again()) as catalogue:
        assert not [*catalogue.undeleted(), *catalogue.paths()]


def test_a_retired_path_can_be_unpublished_alone(open_again: Open) -> None:
    with closing(open_again()) as catalogue:
        for name in ("new", "old"):
            catalogue.retire(f"{name}/a.mp4", "clips", "a.mp4", NOW, name)
        catalogue.unpublish("old/a.mp4")
        catalogue.unpublish("nowhere/a.mp4")
    with closing(open_again()) as catalogue:
        assert list(catalogue.undeleted()) == [Undeleted("clips", "a.mp4", "old/a.mp4", "old")]
        assert list(catalogue.retired(NOW)) == [("new/a.mp4", "clips", "a.mp4")]
        assert (catalogue.wrote("old/a.mp4"), catalogue.left("old/a.mp4")) == (False, "old")
        catalogue.readmit("clips", "a.mp4")
        assert list(catalogue.undeleted()) == []
        assert catalogue.wrote("old/a.mp4")


def test_an_unpublished_file_is_unproven_at_another_destination(catalogue: Catalogue) -> None:
    """And forgotten there if nobody knows its bytes: it may be somebody else's. Where syncer left it, it is
    syncer's again.
    """
    catalogue.adopt("https://media.example.test/", "one")
    for name, sha256 in (("known", "ab"), ("unknown", None)):
        catalogue.retire(name, "clips", name, NOW, sha256)
        catalogue.unpublish(name)
    catalogue.adopt("https://media.example.test/", "two")
    unproven = Undeleted("clips", "known", "known", "ab", unproven=True)
    proven = replace(unproven, unproven=False, doubted=True)
    assert list(catalogue.undeleted()) == [unproven]
    assert not catalogue.wrote("known")
    catalogue.expect("known")
    assert not [*catalogue.orders()]
    catalogue.adopt("https://media.example.test/", "one")
    unknown = Undeleted("clips", "unknown", "unknown", None, earlier=True)
    assert list(catalogue.undeleted()) == [proven, unknown]
    catalogue.adopt("https://media.example.test/", "two")
    assert list(catalogue.undeleted()) == [unproven]
    catalogue.hand_over("one")
    assert list(catalogue.undeleted()) == [proven, unknown]
    catalogue.expect("unknown")
    catalogue.readmit("clips", "known")
    assert list(catalogue.paths()) == [], "syncer wrote nothing there"


def test_what_was_deleted_is_looked_for_again_until_its_path_is_published(open_again: Open) -> None:
    """After a move, a lost mark, or the mark of an earlier run: unproven, as it was deleted."""
    keys = ("a.mp4", "b.mp4", "c.mp4")
    with closing(open_again()) as catalogue:
        catalogue.adopt("https://media.example.test/", "one")
        for key in keys:
            entry = replace(published(key), version="v1", sha256="ab", found=key == "c.mp4")
            catalogue.put(entry)
            catalogue.withdraw(entry, NOW)
            catalogue.forget_retired(entry.path or "")
        assert not [*catalogue.orders(), *catalogue.paths()]
    with closing(open_again()) as catalogue:
        changes: tuple[Callable[[], object], ...] = (
            lambda: catalogue.adopt("https://media.example.test/", "two"),
            catalogue.disown,
            lambda: catalogue.disown(set()),
            catalogue.look_again,
        )
        for change in changes:
            change()
            assert [(each.key, each.unproven) for each in catalogue.orders()] == [(key, True) for key in keys]
            for each in list(catalogue.orders()):
                catalogue.expect(each.path)
        catalogue.put(replace(published("a.mp4"), version="v2"))
        catalogue.readmit("clips", "b.mp4")
        catalogue.look_again()
        assert [each.key for each in catalogue.orders()] == ["c.mp4"]
        assert [each.key for each in catalogue.recalled()] == ["c.mp4"]


def test_what_was_not_there_is_expected(catalogue: Catalogue) -> None:
    """It is none of our paths, until it is there again."""
    for key in ("a.mp4", "b.mp4"):
        entry = replace(published(key), version="v1")
        catalogue.put(entry)
        catalogue.withdraw(entry, NOW)
    catalogue.expect("clips/a.mp4")
    assert [(each.key, each.absent) for each in catalogue.orders()] == [("a.mp4", True), ("b.mp4", False)]
    assert [each.key for each in catalogue.undeleted()] == ["b.mp4"]
    assert [path for path, *_ in catalogue.paths()] == ["clips/b.mp4"]
    assert catalogue.held() == 1
    catalogue.unpublish("clips/a.mp4")
    assert [each.key for each in catalogue.undeleted()] == ["a.mp4", "b.mp4"]


def test_a_path_in_place_is_not_ours_once_it_is_withdrawn(catalogue: Catalogue) -> None:
    """Before that, it does not count among the paths that may be deleted."""
    entries = [replace(published(key), version="v1", in_place=key == "a.mp4") for key in ("a.mp4", "b.mp4")]
    for entry in entries:
        catalogue.put(entry)
    assert (catalogue.held(), catalogue.held("clips")) == (1, 1)
    for entry in entries:
        catalogue.withdraw(entry, NOW)
    assert list(catalogue.paths()) == [("clips/b.mp4", "clips", "b.mp4")]
    assert [left.path for left in catalogue.undeleted()] == ["clips/b.mp4"]
    assert list(catalogue.withdrawals()) == [("clips", "a.mp4"), ("clips", "b.mp4")]


def test_what_was_withdrawn_is_remembered_until_it_is_published_again(open_again: Open) -> None:
    """Or until the user undoes it. Neither a listing without the asset nor another version is a reason."""
    entries = [replace(published(key), version="v1", sha256=f"{key}1") for key in "abcd"]
    with closing(open_again()) as catalogue:
        for entry in entries:
            catalogue.put(entry)
            catalogue.withdraw(entry, NOW)
        catalogue.begin_listing()
        catalogue.note(asset("a"), None)
        catalogue.end_listing("clips", NOW)
        catalogue.put(replace(entries[0], state=State.FAILED, path=None, url=None))
        catalogue.put(second := replace(entries[0], version="v2", sha256="a2"))
        catalogue.put(replace(entries[1], version="v2"))
        catalogue.readmit("clips", "c")
        catalogue.put(replace(entries[3], state=State.FAILED, path=None, url=None))
        catalogue.withhold("clips", "d", "v3", "d1")
    with closing(open_again()) as catalogue:
        assert [catalogue.withdrawn("clips", key) for key in "abcde"] == [
            {"a1": "v1"},
            {},
            {},
            {"d1": "v3"},
            {},
        ]
        assert catalogue.entry("clips", "d") is None
        catalogue.withdraw(second, NOW)
        catalogue.withhold("clips", "b", "v3", "b1")
        assert catalogue.withdrawn("clips", "a") == {"a1": "v1", "a2": "v2"}
        assert list(catalogue.withdrawals()) == [("clips", "a"), ("clips", "d")]
        assert [catalogue.withdrawn_as(sha256) for sha256 in ("a1", "b1")] == [[("clips", "a")], []]
        assert catalogue.entry("clips", "b"), "it is public with other bytes"


def test_the_bytes_of_an_old_path_are_withdrawn_unless_the_asset_has_them_today(catalogue: Catalogue) -> None:
    catalogue.put(replace(published("a.mp4"), version="v2", sha256="new"))
    for sha256 in ("old", "new"):
        catalogue.retire(sha256, "clips", "a.mp4", NOW, sha256)
        catalogue.unpublish(sha256)
    assert catalogue.withdrawn("clips", "a.mp4") == {"old": ""}


def test_a_version_that_was_unpublished_is_known_after_another_one_has_its_path(open_again: Open) -> None:
    first, second = (replace(published("a.mp4"), sha256=each * 64) for each in "12")
    with closing(open_again()) as catalogue:
        catalogue.adopt("https://media.example.test/", "one")
        for entry in (first, second):
            catalogue.put(entry)
            catalogue.withdraw(entry, NOW)
            catalogue.forget_retired("clips/a.mp4")
        catalogue.put(published("b.mp4"))
    with closing(open_again()) as catalogue:
        assert [each.sha256 for each in catalogue.once_unpublished()] == [second.sha256]
        assert catalogue.versions("clips/a.mp4") == {first.sha256, second.sha256}
        assert catalogue.versions("clips/b.mp4") == frozenset()
        catalogue.put(third := replace(first, sha256="3" * 64))
        assert [*catalogue.once_unpublished()] == [], "an entry has the path"
        catalogue.remove("clips", "a.mp4")
        catalogue.look_again("clips/b.mp4")
        assert [*catalogue.undeleted()] == []
        catalogue.look_again("clips/a.mp4")
        assert [(each.path, each.unproven) for each in catalogue.undeleted()] == [("clips/a.mp4", True)]
        assert [*catalogue.once_unpublished()] == [], "each run looks at it"
        catalogue.put(replace(third, sha256=first.sha256))
        assert first.sha256 not in catalogue.versions("clips/a.mp4")
        catalogue.remove("clips", "a.mp4")
        catalogue.readmit("clips", "a.mp4")
        assert [*catalogue.once_unpublished()] == []


def test_a_file_that_syncer_did_not_write_is_not_looked_for_after_it_was_unpublished(
    catalogue: Catalogue,
) -> None:
    catalogue.adopt("https://media.example.test/", "one")
    catalogue.put(found := replace(published("a.mp4"), sha256="1" * 64, found=True))
    catalogue.withdraw(found, NOW)
    assert ([*catalogue.once_unpublished()], len([*catalogue.recalled()])) == ([], 1)


def test_the_bytes_of_a_published_version_are_known_after_the_next_one_was_rejected(
    catalogue: Catalogue,
) -> None:
    catalogue.adopt("https://media.example.test/", "one")
    catalogue.put(entry := replace(published("a.mp4"), sha256="1" * 64))
    catalogue.put(rejected := replace(entry, state=State.REJECTED, sha256=None, head_sha256=None))
    catalogue.withdraw(rejected, NOW)
    assert [each.sha256 for each in catalogue.undeleted()] == ["1" * 64]
    assert [each.sha256 for each in catalogue.recalled()] == ["1" * 64]
