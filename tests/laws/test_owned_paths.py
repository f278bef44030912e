"""Whose the file at a path is, when the asset there is gone, is rejected, or is found again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from syncer.model import Asset, Content, Copy, Entry, Published, Rejected, State
from syncer.sync.ledger import Ledger
from tests.laws.test_ledger import ASSET, CONTENT, KNOWN
from tests.laws.world import ORIGIN, World


def test_an_asset_that_is_gone_is_forgotten_as_soon_as_another_takes_its_path(world: World) -> None:
    world.catalogue.put(replace(KNOWN, key="b"))
    scan = replace(world.scan(), complete=["clips"])
    ledger = Ledger(scan)
    ledger.write(Copy(ASSET, "a", "new"), Published("a", f"{ORIGIN}a", CONTENT, seen=True))
    assert [entry.key for entry in world.catalogue.entries()] == ["a"]


@pytest.mark.parametrize(
    ("before", "lies", "path", "left"),
    [
        (KNOWN, True, "up/a", ["a"]),
        (KNOWN, True, "a", []),
        (replace(KNOWN, found=True), True, "up/a", []),
        (replace(KNOWN, in_place=True), False, "b", []),
    ],
)
def test_an_asset_that_is_rejected_where_it_lies_now_has_no_path_and_only_its_copy_is_deleted_later(
    world: World, before: Entry, path: str, left: list[str], *, lies: bool
) -> None:
    world.catalogue.put(before)
    asset = Asset("clips", "a", "a", 1, "v2", in_place=lies)
    Ledger(world.scan()).write(Copy(asset, path, "changed", before), Rejected("video/mp4", 1, ()))
    entry = world.entry("a")
    assert (entry.state, entry.path, entry.url) == (State.REJECTED, None, None)
    assert (entry.in_place, entry.found) == (lies, False)
    assert [found for found, _, _ in world.catalogue.retired(world.clock)] == left


@pytest.mark.parametrize(
    ("changes", "content", "found"),
    [
        ({}, CONTENT, False),
        ({}, replace(CONTENT, sha256="other"), True),
        ({"path": "b"}, CONTENT, True),
        ({"found": True}, CONTENT, True),
        ({"in_place": True}, CONTENT, True),
    ],
)
def test_a_file_in_doubt_is_its_own_only_with_the_bytes_that_syncer_had_at_its_path(
    world: World, changes: dict[str, Any], content: Content, *, found: bool
) -> None:
    known = replace(KNOWN, state=State.STORED, checked_at=None, doubted=True, **changes)
    world.catalogue.put(known)
    outcome = Published("a", f"{ORIGIN}a", content, seen=True, found=True)
    Ledger(world.scan()).write(Copy(ASSET, "a", "new", known), outcome)
    assert world.entry("a").found is found
