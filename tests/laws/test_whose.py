"""Only a file that syncer is known to have written at this destination is replaced or deleted."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from tests.laws.world import START, World

CHANGES = ("move", "return", "lost mark", "older catalogue", "unpublished again")


def change(world: World, what: str) -> None:
    match what:
        case "move" | "return":
            world.here = "two" if what == "move" else "one"
        case "lost mark":
            world.catalogue.disown()
        case "older catalogue":
            world.catalogue.disown(set())
        case "unpublished again":
            world.catalogue.look_again()


@pytest.mark.parametrize("found", [False, True])
@pytest.mark.parametrize("changes", [*product(CHANGES, repeat=2)], ids="-".join)
def test_a_users_file_with_the_bytes_that_were_unpublished_stays(
    world: World, changes: tuple[str, ...], *, found: bool
) -> None:
    """Whatever happened since: it lies where syncer deleted its own, had none, or found this one. No run and
    no new version of the asset touches it.
    """
    world.sources["clips"].files = {"a": b"a", "stays": b"s"}
    world.run()
    entry = replace(world.entry("a"), found=found)
    world.catalogue.put(entry)
    world.catalogue.withdraw(entry, START)
    world.run()
    assert ("a" in world.stored) is found
    laid = set()
    for what in ("nothing", *changes):
        change(world, what)
        world.stored["a"] = b"a"
        laid.add(world.here)
        world.run()
    world.sources["clips"].files["a"] = b"new"
    for place in (world.here, *sorted(laid)):
        world.here = place
        world.run()
    assert [world.destinations[place].get("a") for place in sorted(laid)] == [b"a"] * len(laid)
