"""Failures of single files end nothing: a source or the destination is given up only if nothing works."""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import syncer
from syncer.connect import circuit
from syncer.connect.meaning import Meaning
from syncer.connect.s3 import errors as aws_errors
from syncer.errors import DestinationError, Exit, SourceError
from syncer.model import Action, Asset, Copy, Delete, Failed, Identify, Outcome, Rejected
from syncer.sources.links import direct
from syncer.sync import scope, trials
from syncer.sync.scope import Scope
from syncer.sync.trials import PATIENCE, SPREAD, spread
from tests.laws.shelf import Shelf
from tests.laws.world import World

MANY = 1000


def numbered(count: int, name: str = "") -> dict[str, bytes]:
    return {f"{name}{number:04}": b"%d" % number for number in range(count)}


def failing(world: World, monkeypatch: pytest.MonkeyPatch, bad: Callable[[str], bool], *codes: str) -> None:
    """Copies of the assets with such keys fail, with one code after the other."""
    act, tried = world.act, iter(range(10**6))

    def acted(action: Action) -> Outcome:
        if isinstance(action, Copy | Identify) and bad(action.asset.key):
            world.done.append(action)
            return Failed(codes[next(tried) % len(codes)], "no")
        return act(action)

    monkeypatch.setattr(world, "act", acted)


@pytest.mark.parametrize(
    "codes",
    [
        ("source.denied",),
        ("source.digest",),
        ("source.corrupt",),
        ("source.changed",),
        ("source.io", "source.denied", "source.missing"),
        ("destination.denied",),
        ("destination.path",),
        ("destination.full",),
        ("source.range", "destination.failed"),
    ],
)
@pytest.mark.parametrize("unversioned", [False, True])
@pytest.mark.parametrize("where", ["first", "last", "around"])
def test_files_that_fail_keep_no_other_from_being_published(
    world: World, monkeypatch: pytest.MonkeyPatch, where: str, codes: tuple[str, ...], *, unversioned: bool
) -> None:
    bad = {"first": range(40), "last": range(30, 70), "around": [*range(30), *range(60, 100)]}[where]
    good = numbered(100).keys() - {f"{number:04}" for number in bad}
    world.sources = {"clips": Shelf("clips", numbered(100), unversioned=unversioned)}
    failing(world, monkeypatch, lambda key: key not in good, *codes)
    summary = world.run()
    assert set(world.stored) == good
    assert world.listed == good
    assert (summary.exit, summary.errors) == (Exit.FAILED, [])
    assert summary.counts["failed"] == len(bad)


def test_a_few_that_work_at_the_end_of_very_many_are_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sources = {"clips": Shelf("clips", numbered(MANY))}
    failing(world, monkeypatch, lambda key: key < "0970", "source.denied")
    assert world.run().errors == []
    assert len(world.stored) == 30


def test_a_source_of_which_nothing_works_is_given_up_and_the_next_is_not(world: World) -> None:
    world.sources = {"one": Shelf("one", numbered(MANY)), "two": Shelf("two", {"a": b"a"})}
    world.templates = {"one": "one/{key}", "two": "two/{key}"}
    world.dead = {"one"}
    summary = world.run()
    (error,) = summary.errors
    assert isinstance(error, SourceError)
    assert error.code == "source.denied"
    assert error.message == (
        "source one: 125 assets in a row failed with source.denied, the last 100 of them spread over all that"
        " was left, so the rest was not tried"
    )
    assert summary.counts["failed"] == PATIENCE + SPREAD
    assert {"0999", "0025"} <= {action.asset.key for action in world.done if isinstance(action, Copy)}
    assert set(world.stored) == {"two/a"}


@pytest.mark.parametrize("unversioned", [False, True])
def test_a_full_destination_does_not_cost_the_download_of_all(world: World, *, unversioned: bool) -> None:
    world.sources = {name: Shelf(name, numbered(400), unversioned=unversioned) for name in ("one", "two")}
    world.templates = {"one": "one/{key}", "two": "two/{key}"}
    world.fails[Copy] = Failed("destination.full", "no space")
    summary = world.run()
    assert world.did()["Copy"] == 2 * PATIENCE
    assert summary.exit == Exit.ERROR
    (error,) = summary.errors
    assert isinstance(error, DestinationError)
    assert error.code == "destination.full"


class Halves(Shelf):
    """Every second file lies in place."""

    def look(self, asset: Asset) -> Asset:
        return replace(super().look(asset), in_place=int(asset.key) % 2 == 0)


def test_files_in_place_neither_hide_nor_share_the_troubles_of_the_destination(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sources = {"clips": Halves("clips", numbered(400))}
    failing(world, monkeypatch, lambda key: int(key) % 2 == 1, "destination.full")
    summary = world.run()
    assert [error.code for error in summary.errors] == ["destination.full"]
    assert summary.counts["failed"] == 2 * PATIENCE
    assert summary.counts["unseen"] == 200, "what lies in place has no URL in this world"


def test_what_is_too_large_for_the_room_that_is_left_costs_no_smaller_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A really full disk then ends the run, although many files were copied before."""
    world.sources = {"clips": Shelf("clips", numbered(MANY))}
    failing(world, monkeypatch, lambda key: key < "0100" or key > "0200", "destination.full")
    summary = world.run()
    assert len(world.stored) == 101
    assert [error.code for error in summary.errors] == ["destination.full"]
    assert summary.counts["failed"] < MANY // 2


@pytest.mark.parametrize("code", ["source.given_up", "destination.given_up"])
def test_what_a_circuit_breaker_refuses_is_given_up_at_once_in_its_own_words(world: World, code: str) -> None:
    world.sources["clips"].files = numbered(400)
    world.fails[Copy] = Failed(code, "it only failed for 60 s")
    (error,) = world.run().errors
    assert error.message.removeprefix("source clips: ") == "it only failed for 60 s"
    assert world.did()["Copy"] == 1


def test_a_refusal_by_the_checks_shows_that_the_source_works(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, world.sources["clips"].files = world.act, numbered(MANY)

    def acted(action: Action) -> Outcome:
        if isinstance(action, Copy):
            odd = int(action.asset.key) % 20
            return Failed("source.denied", "403") if odd else Rejected("text/plain", 1, ())
        return act(action)

    monkeypatch.setattr(world, "act", acted)
    summary = world.run()
    assert (summary.errors, summary.counts["rejected"]) == ([], MANY // 20)


def test_deletes_that_fail_keep_no_other_from_being_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.delete = timedelta()
    world.sources["clips"].files = numbered(100)
    world.run()
    world.sources["clips"].files = {"0099": b"99"}
    act = world.act

    def acted(action: Action) -> Outcome:
        if isinstance(action, Delete) and action.path < "0040":
            return Failed("destination.denied", "read-only folder")
        return act(action)

    monkeypatch.setattr(world, "act", acted)
    assert world.run().counts["deleted"] == 59


def test_what_is_not_tried_is_left_as_it_was(world: World) -> None:
    """A run that dies while bytes are replaced marks them as unsure, but not the files that still wait."""
    world.sources["clips"].files = numbered(400)
    world.run()
    world.sources["clips"].files = {key: b"new" + key.encode() for key in numbered(400)}
    world.dead = {"clips"}
    assert world.run().exit == Exit.ERROR
    assert len(world.listed) >= 400 - PATIENCE - SPREAD
    entries = [world.entry(key) for key in numbered(400)]
    assert sum(entry.error is not None for entry in entries) == PATIENCE + SPREAD


def test_a_run_that_is_stopped_while_it_doubts_gives_nothing_up(world: World) -> None:
    world.sources["clips"].files = numbered(400)
    world.dead = {"clips"}
    summary = world.run(stop_after=PATIENCE + 5)
    assert (summary.exit, summary.errors) == (Exit.INTERRUPTED, [])


def test_no_more_is_held_in_memory_than_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "MOST_ASIDE", 150)
    world.sources["clips"].files = numbered(MANY)
    failing(world, monkeypatch, lambda key: key < "0100" or key > "0300", "source.denied")
    summary = world.run()
    assert len(world.stored) == 201
    assert [error.code for error in summary.errors] == ["source.denied"]


def test_a_server_that_lets_each_file_wait_costs_no_more_than_the_patience(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try takes 10 s: after a minute, no further file of the sample is tried."""
    world.sources["clips"].files = numbered(MANY)
    world.dead = {"clips"}
    monkeypatch.setattr(trials, "monotonic", lambda: 10.0 * len(world.done))
    (error,) = world.run().errors
    assert world.did()["Copy"] <= PATIENCE + 7
    tried = sorted(int(action.asset.key) for action in world.done[PATIENCE:] if isinstance(action, Copy))
    assert tried[0] == PATIENCE
    assert tried[-1] == MANY - 1
    assert all(later - before < MANY // 2 for before, later in itertools.pairwise(tried))
    assert f"the last {len(tried)} of them" in error.message


def test_a_spread_has_the_first_and_the_last_and_every_start_of_it_is_one() -> None:
    assert sorted(spread(list(range(10)), 4)) == [0, 3, 6, 9]
    assert spread([1, 2], 25) == [2, 1]
    assert (spread([1], 25), spread([], 25)) == ([1], [])
    assert len(set(spread(list(range(26)), 25))) == 25
    for count in (8, 16, 32):
        begun = sorted(spread(list(range(1000)), 100)[: count + 1])
        assert all(later - before <= 2.6 * 1000 / count for before, later in itertools.pairwise(begun))


# The table


def strings() -> Iterator[tuple[str, bool]]:
    """The words in the program's text, each with whether it is the second word of an error's code."""
    for file in Path(syncer.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value, False
            elif isinstance(node, ast.JoinedStr) and "default_code" in ast.unparse(node):
                yield from ((str(part.value), True) for part in node.values if isinstance(part, ast.Constant))


@functools.cache
def codes() -> frozenset[tuple[str, str]]:
    """All codes of sources and destinations; an error for both has two."""
    told = [*strings()]
    both = {each.code for each in vars(aws_errors).values() if isinstance(each, Meaning)}
    both |= {text[1:] for text, behind in told if behind and re.fullmatch(r"\.[a-z_]+", text)}
    found = {(where, word) for where in ("source", "destination") for word in (*both, circuit.GIVEN_UP)}
    named = (re.fullmatch(r"(source|destination)\.([a-z_]+)", text) for text, _ in told)
    found |= {("source", direct.NOT_ASKED)} | {(code[1], code[2]) for code in named if code}
    return frozenset(found)


def test_every_code_has_a_scope() -> None:
    rows = {"source": scope.SOURCE, "destination": scope.DESTINATION}
    assert len(codes()) > 80
    assert sorted(f"{where}.{word}" for where, word in codes() if word not in rows[where]) == []


def test_no_row_is_of_a_code_that_nothing_raises() -> None:
    rows = {("source", word) for word in scope.SOURCE} | {("destination", word) for word in scope.DESTINATION}
    assert rows - codes() == set()


@pytest.mark.parametrize(
    ("code", "where"),
    [
        ("source.denied", "clips"),
        ("source.io", "clips"),
        ("destination.full", ""),
        ("source.changed", None),
        ("source.digest", None),
        ("destination.path", None),
        ("origin.status", None),
        ("internal", None),
        ("source.never_heard_of", "clips"),
    ],
)
def test_a_failure_counts_against_its_source_or_the_destination(code: str, where: str | None) -> None:
    assert scope.failure_scope("clips", code) == where


def test_every_scope_is_used_for_sources_and_destinations() -> None:
    assert set(Scope) == set(scope.SOURCE.values()) == set(scope.DESTINATION.values())
