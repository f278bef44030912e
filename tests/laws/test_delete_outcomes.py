"""What each outcome of a delete makes of the catalogue and the counts, and what a run reports then."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import pytest

from syncer.model import EARLIER, UNPUBLISHED, Delete, Deleted, Failed, Forgotten, Outcome, Undeleted
from syncer.sync.deletes import MOST, Deletes, doubted_orders, still_public
from syncer.sync.streaks import Streaks
from syncer.sync.taken import unproven
from tests.laws.shelf import Shelf
from tests.laws.world import ORIGIN, START, World

SHA = "0" * 64
DENIED = Failed("destination.denied", "not allowed", "ask them")
GONE = Delete("clips", "a", "a", "gone")
ORDER = Delete("clips", "a", "a", UNPUBLISHED, only=SHA)
LOOK = replace(ORDER, look=True)
OLD = Delete("clips", "a", "a", EARLIER, only=SHA)
OLD_LOOK = replace(OLD, look=True)
DONE, ABSENT, ANOTHER = Deleted("a"), Deleted("a", was_there=False), Forgotten()


@dataclass
class Written:
    """A world with the outcome written. `paths`: of its entries; `error`: code of the entry's error."""

    world: World
    action: Delete
    outcome: Outcome

    def __post_init__(self) -> None:
        self.deletes = Deletes(self.world.scan(), Counter(), Streaks())
        self.told = self.deletes.write(self.action, self.outcome)

    @property
    def row(self) -> tuple[object, ...]:
        catalogue = self.world.catalogue
        entry = catalogue.entry("clips", "a")
        orders = {left.path: "absent" if left.absent else "due" for left in catalogue.orders()}
        kept = orders.get("a") or ("aside" if any(True for _ in catalogue.retired(START)) else "")
        return (
            self.told,
            entry and entry.path,
            entry and entry.error and entry.error.code,
            kept,
            {**self.deletes.counts},
            [remark.rule for remark in self.deletes.scan.remarks],
            self.deletes.streaks.in_a_row(""),
        )


def having(world: World, action: Delete, path: str | None) -> World:
    """`path`: of the asset's entry today, if it has one. Another path of it was retired."""
    world.sources["clips"].files = {"a": b"a"}
    world.run()
    entry = world.entry("a")
    if action.by_hand:
        world.catalogue.withdraw(entry, START)
        if action.look:
            world.catalogue.expect("a")
    elif path != "a":
        world.catalogue.retire("a", "clips", "a", START, SHA)
        world.catalogue.remove("clips", "a")
    if path and (action.by_hand or path != "a"):
        world.catalogue.put(replace(entry, path=path, url=ORIGIN + path))
    return world


ONE = {"deleted": 1}
BAD = {"failed": 1}
PUBLIC, CHANGED, CODE = ["unpublish.public"], ["unpublish.changed"], DENIED.code


@pytest.mark.parametrize(
    ("action", "path", "outcome", "row"),
    [
        (GONE, "a", DONE, (True, None, None, "", ONE, [], 0)),
        (GONE, "b", DONE, (True, "b", None, "", ONE, [], 0)),
        (GONE, None, DONE, (True, None, None, "", ONE, [], 0)),
        (GONE, "a", DENIED, (True, "a", CODE, "", BAD, [], 1)),
        (GONE, "b", DENIED, (True, "b", None, "aside", BAD, [CODE], 1)),
        (GONE, None, DENIED, (True, None, None, "aside", BAD, [CODE], 1)),
        (ORDER, "b", DONE, (True, "b", None, "", ONE, [], 0)),
        (ORDER, None, DONE, (True, None, None, "", ONE, [], 0)),
        (ORDER, None, ABSENT, (False, None, None, "absent", {}, [], 0)),
        (ORDER, None, ANOTHER, (True, None, None, "", {}, CHANGED, 0)),
        (ORDER, None, DENIED, (True, None, None, "due", BAD, [], 1)),
        (LOOK, None, ABSENT, (False, None, None, "absent", {}, [], 0)),
        (LOOK, None, ANOTHER, (False, None, None, "", {}, CHANGED, 0)),
        (LOOK, None, unproven(), (False, None, None, "due", {}, [], 0)),
        (LOOK, None, DENIED, (False, None, None, "absent", {}, [], 0)),
        (OLD, None, DONE, (True, None, None, "", ONE, [], 0)),
        (OLD, None, ABSENT, (False, None, None, "", {}, [], 0)),
        (OLD, None, ANOTHER, (True, None, None, "", {}, CHANGED, 0)),
        (OLD, None, DENIED, (True, None, None, "aside", BAD, [], 1)),
        (OLD, "b", DENIED, (True, "b", None, "aside", BAD, [CODE], 1)),
        (OLD_LOOK, None, unproven(), (False, None, None, "aside", {}, [], 0)),
        (OLD_LOOK, None, DENIED, (False, None, None, "aside", BAD, [], 1)),
    ],
)
def test_an_outcome_is_written(
    world: World, action: Delete, path: str | None, outcome: Outcome, row: tuple[object, ...]
) -> None:
    assert Written(having(world, action, path), action, outcome).row == row


def test_a_delete_that_succeeds_ends_the_streak_of_failures(world: World) -> None:
    written = Written(having(world, GONE, "a"), GONE, DENIED)
    assert written.deletes.streaks.in_a_row("") == 1
    written.deletes.write(GONE, DONE)
    assert written.deletes.streaks.in_a_row("") == 0


def test_a_delete_that_failed_says_which_file_why_and_what_to_do(world: World) -> None:
    for failed, hint in ((DENIED, "ask them"), (replace(DENIED, hint=None), "the next run tries again")):
        remark = Written(having(world, GONE, None), GONE, failed).deletes.scan.remarks[-1]
        assert (remark.message, remark.hint) == ("'a' could not be deleted: not allowed", hint)


@pytest.mark.parametrize(("action", "what"), [(ORDER, "was unpublished"), (OLD, "is not published any more")])
def test_another_file_at_the_path_is_named_with_what_to_do(world: World, action: Delete, what: str) -> None:
    remark = Written(having(world, action, None), action, ANOTHER).deletes.scan.remarks[-1]
    assert (remark.value, f"clips:a {what}, but" in remark.message) == ("a", True)
    assert "remove it" in str(remark.hint)


@pytest.mark.parametrize(
    ("outcome", "counted", "said"),
    [(None, 1, "maybe still public"), (DENIED, 0, "not allowed [destination.denied]")],
)
def test_an_order_that_is_not_done_counts_once(
    world: World, outcome: Failed | None, counted: int, said: str
) -> None:
    having(world, ORDER, None)
    deletes = Deletes(world.scan(), Counter(), Streaks())
    if outcome:
        deletes.write(ORDER, outcome)
    deletes.remind()
    assert deletes.counts["failed"] == counted + bool(outcome)
    assert deletes.scan.remarks[-1].message.endswith(said)


def test_more_of_them_than_a_mail_can_hold_are_counted(world: World) -> None:
    world.sources["clips"].files = {f"{number:02}": b"%d" % number for number in range(MOST + 3)}
    world.run()
    for key in world.sources["clips"].files:
        world.catalogue.withdraw(world.entry(key), START)
    deletes = Deletes(world.scan(), Counter(), Streaks())
    deletes.remind()
    *named, more = deletes.scan.remarks
    assert (len(named), more.value, more.hint) == (MOST, "3", "`syncer status` names them")


def test_what_was_absent_or_may_be_the_users_is_looked_for(world: World) -> None:
    """Not what is to be deleted anyway, has no known bytes, or lies in place."""
    world.sources["clips"].files = {key: key.encode() for key in ("away", "due", "own/lies", "unknown")}
    world.run()
    for key in world.sources["clips"].files:
        entry = world.entry(key)
        world.catalogue.withdraw(replace(entry, sha256=None) if key == "unknown" else entry, START)
        if key != "due":
            world.catalogue.expect(key)
    world.sources["own"] = Shelf("own", lies="own/")
    assert [(look.path, look.look) for look in doubted_orders(world.scan())] == [("away", True)]


LEFT = Undeleted("clips", "a", "a", SHA)


@pytest.mark.parametrize(
    ("left", "failed", "message", "hint"),
    [
        (
            LEFT,
            None,
            "was unpublished, but its file is not deleted yet and maybe still public",
            "by hand",
        ),
        (LEFT, DENIED, "maybe still public: not allowed [destination.denied]", "ask them"),
        (LEFT, replace(DENIED, hint=None), "[destination.denied]", "by hand"),
        (replace(LEFT, sha256=None), None, "does not know which bytes", "`syncer unpublish URL` again"),
        (replace(LEFT, sha256=None, earlier=True), None, "does not know which", "run `syncer unpublish URL`"),
        (replace(LEFT, earlier=True), None, "left there before the destination changed", "`max_delete` say"),
    ],
)
def test_what_is_still_public_is_named_with_the_reason_and_what_to_do(
    left: Undeleted, failed: Failed | None, message: str, hint: str
) -> None:
    found = still_public(left, "URL", failed)
    assert message in found.message
    assert str(found.hint).endswith(hint)
    assert (found.rule, found.value) == ("unpublish.public", "a")
