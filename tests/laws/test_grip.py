"""A run writes and deletes only in the tree that it took hold of: one whose owner mark it wrote itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from syncer.errors import DestinationError
from syncer.model import Abandoned, Content, Copy, Delete, Entry, Failed, Published, Stored
from syncer.protocols import Staged
from syncer.sync.grip import NAMED, Grip
from tests.laws.places import Parcel, Shop
from tests.laws.test_owner import SEEN
from tests.laws.way import Way, video

OURS, EARLIER, THEIRS = b"this run", b"an earlier run", b"another catalogue"
REMOTE = (2.0, 0.0)
"""As SFTP and FTPS have it."""


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def judged(mark: bytes) -> DestinationError | None:
    """Only marks are judged."""
    assert mark
    return DestinationError("theirs", code="destination.owner", hint="ask them") if mark == THEIRS else None


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def grip(clock: Clock) -> Grip:
    made = Grip("there", clock)
    made.took(OURS, clock.now, judged)
    return made


@pytest.fixture
def way(grip: Grip) -> Way:
    """A transfer of a run that took hold of its destination."""
    made = Way(shop=Shop(owner=OURS, mark_lasts=REMOTE))
    made.work = replace(made.work, grip=grip)
    return made


def refused(call: Callable[[], object]) -> DestinationError:
    with pytest.raises(DestinationError) as caught:
        call()
    assert not caught.value.transient
    return caught.value


def copy(way: Way, *, known: Entry | None = None, seed: int = 0) -> object:
    way.tape.files["a.mp4"] = video(seed=seed)
    return way.work(Copy(way.tape.asset(), "a.mp4", "new", known, ours=known is not None))


KNOWN = replace(SEEN, key="a.mp4", path="a.mp4")


# The look


@pytest.mark.parametrize(
    ("found", "code", "said"),
    [
        (None, "destination.emptied", "its owner mark is gone; nothing more"),
        (EARLIER, "destination.emptied", "that of an earlier run; nothing more"),
        (THEIRS, "destination.owner", "theirs"),
    ],
)
def test_another_tree_ends_all_that_the_run_would_still_write(
    grip: Grip, found: bytes | None, code: str, said: str
) -> None:
    shop = Shop(owner=found)
    error = refused(lambda: grip.look(shop, sure=True))
    assert error.code == code
    assert error.message.endswith(said) or f"{said} is copied or deleted" in error.message
    assert (error.hint == "ask them") == (found == THEIRS)
    assert "below the mount point" not in str(error.hint), "no file was written there"
    shop.owner = OURS
    for call in (grip.check, lambda: grip.look(shop, sure=False), lambda: grip.look(shop, sure=True)):
        assert refused(call).code == code, "also if the disk is back"


def test_one_wrong_answer_of_a_server_is_no_other_tree(grip: Grip) -> None:
    class Forgetful(Shop):
        def mark(self) -> bytes | None:
            said = super().mark()
            return said if self.marks > 1 else None

    shop = Forgetful(owner=OURS)
    assert grip.look(shop, sure=True)
    assert shop.marks == 2


@pytest.mark.parametrize("code", ["destination.root", "destination.bucket"])
def test_a_root_that_is_gone_is_another_tree(grip: Grip, code: str) -> None:
    shop = Shop(owner=OURS)
    shop.troubles["mark"] = [DestinationError("gone", code=code) for _ in range(2)]
    assert refused(lambda: grip.look(shop, sure=True)).code == "destination.emptied"


@pytest.mark.parametrize(
    "error",
    [
        DestinationError("no answer", transient=True),
        DestinationError("denied", code="destination.denied"),
    ],
)
def test_a_mark_that_cant_be_read_is_no_proof_of_anything(grip: Grip, error: DestinationError) -> None:
    shop = Shop(owner=OURS, troubles={"mark": [error]})
    with pytest.raises(DestinationError) as caught:
        grip.look(shop, sure=True)
    assert caught.value is error
    assert not grip.lost
    assert grip.look(shop, sure=True)


def test_new_small_files_share_one_look_for_a_while_and_replaced_ones_need_their_own(
    grip: Grip, clock: Clock
) -> None:
    shop = Shop(owner=OURS, mark_lasts=REMOTE)
    for _ in range(1000):
        grip.look(shop, sure=False)
    assert shop.marks == 0, "the run has just written it"
    clock.now += REMOTE[0]
    for _ in range(1000):
        grip.look(shop, sure=False)
    assert shop.marks == 1
    for _ in range(5):
        assert grip.look(shop, sure=True)
    assert shop.marks == 6


def test_a_run_that_wrote_no_mark_reads_none(clock: Clock, grip: Grip) -> None:
    shop = Shop()
    none = Grip("there", clock)
    assert not none.look(shop, sure=True)
    assert (none.holds, grip.holds) == (False, True)
    assert shop.marks == 0


@pytest.mark.parametrize("count", [1, NAMED, NAMED + 2])
def test_the_error_names_the_new_files_that_no_look_has_followed(
    grip: Grip, clock: Clock, count: int
) -> None:
    shop = Shop(owner=OURS, mark_lasts=REMOTE)
    grip.wrote("proven.mp4")
    clock.now += 5
    grip.look(shop, sure=False)
    for number in range(count):
        grip.wrote(f"{number}.mp4")
    assert grip.unproven() == [f"{number}.mp4" for number in range(count)]
    shop.owner = None
    error = refused(lambda: grip.look(shop, sure=True))
    assert f"written: '0.mp4'{',' if count > 1 else ';'} " in error.message
    assert "proven" not in error.message
    assert (f"'{NAMED - 1}.mp4', …;" in error.message) == (count > NAMED)
    assert "remove it" in str(error.hint)


def test_a_look_proves_nothing_of_a_file_that_was_complete_after_the_look_began(
    grip: Grip, clock: Clock
) -> None:
    class Slow(Shop):
        def mark(self) -> bytes | None:
            clock.now += 1
            grip.wrote("meanwhile.mp4")
            return super().mark()

    grip.wrote("before.mp4")
    clock.now += 1
    grip.wrote("as it began.mp4")
    assert grip.look(Slow(owner=OURS), sure=True)
    assert grip.unproven() == ["as it began.mp4", "meanwhile.mp4"]


# What a worker does


@pytest.mark.parametrize("lasts", [(0.0, 0.0), REMOTE])
def test_in_another_tree_nothing_is_replaced_or_deleted(way: Way, lasts: tuple[float, float]) -> None:
    way.shop.mark_lasts = lasts
    way.shop.owner, way.shop.files = None, {"a.mp4": b"theirs"}
    assert isinstance(copy(way, known=KNOWN), Abandoned)
    outcome = way.work(Delete("clips", "a.mp4", "a.mp4", "gone"))
    assert isinstance(outcome, Failed)
    assert outcome.code == "destination.emptied"
    assert way.shop.files == {"a.mp4": b"theirs"}


def test_a_delete_alone_finds_the_other_tree(way: Way) -> None:
    way.shop.owner, way.shop.files = EARLIER, {"a.mp4": b"theirs", "b.mp4": b"theirs"}
    for name in ("a.mp4", "b.mp4"):
        outcome = way.work(Delete("clips", name, name, "gone"))
        assert isinstance(outcome, Failed)
        assert outcome.code == "destination.emptied"
    assert len(way.shop.files) == 2


def test_a_disk_that_goes_during_an_upload_is_noticed_before_a_file_is_replaced(way: Way) -> None:
    class Pulled(Shop):
        @contextmanager
        def stage(self, *of: object, **more: object) -> Iterator[Staged]:
            del more
            self.owner, self.files = None, {"a.mp4": b"theirs"}
            yield Parcel(self, str(of[0]), str(of[1]))

    way.shop = Pulled(owner=OURS, mark_lasts=REMOTE)
    way.work = replace(way.work, destination=way.shop)
    assert isinstance(copy(way, known=KNOWN), Abandoned)
    assert way.shop.files == {"a.mp4": b"theirs"}


def test_an_upload_that_is_tried_again_counts_as_a_replacement(way: Way, grip: Grip) -> None:
    """The staged file was on the disk that is gone, and a file of the user lies at the path below."""

    class Gone(Shop):
        tried = False

        @contextmanager
        def stage(self, *of: object, **more: object) -> Iterator[Staged]:
            del more
            yield Lost(self, str(of[0]), str(of[1]))

    class Lost(Parcel):
        def commit(self, content: Content) -> Stored:
            if self.shop.owner:
                self.shop.owner, self.shop.files = None, {"a.mp4": b"theirs"}
                raise DestinationError("vanished", code="destination.vanished", transient=True)
            return super().commit(content)

    way.shop = Gone(owner=OURS, mark_lasts=REMOTE)
    way.work = replace(way.work, destination=way.shop)
    assert copy(way) == Abandoned(unsure=True)
    assert way.shop.files == {"a.mp4": b"theirs"}
    assert grip.lost


def test_a_new_file_costs_no_look_and_a_replaced_one_costs_one(way: Way) -> None:
    assert isinstance(copy(way), Published)
    assert way.shop.marks == 0
    assert isinstance(copy(way, known=KNOWN, seed=1), Published)
    assert way.shop.marks == 1


def test_a_new_file_is_unproven_until_a_look_and_a_replaced_one_never_is(
    way: Way, grip: Grip, clock: Clock
) -> None:
    assert isinstance(copy(way), Published)
    assert grip.unproven() == ["a.mp4"]
    clock.now += 1
    assert isinstance(copy(way, known=KNOWN, seed=1), Published)
    assert grip.unproven() == []


def test_in_another_tree_no_upload_is_begun(way: Way, clock: Clock) -> None:
    clock.now += 10
    way.shop.owner = None
    assert isinstance(copy(way), Abandoned)
    assert way.shop.staged == []
