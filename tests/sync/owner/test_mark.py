"""If two catalogues have one destination, of any kind, the second one writes and deletes nothing."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from syncer.catalogue import open_catalogue
from syncer.connect.retry import Policy
from syncer.destinations import open_destination
from syncer.destinations.keys import OWNER_MARK
from syncer.errors import DestinationError, SyncerError
from syncer.model import State
from syncer.protocols import Catalogue, Destination
from syncer.runners import SharedPace
from syncer.sync.owner import Owner
from tests.catalogue.test_damage import entry
from tests.contracts.stores import destination, rig
from tests.laws.house import hold
from tests.rigs.destination import Rig

__all__ = ["destination", "rig"]  # fixtures

ORIGIN = "https://media.example.test/"
Open = Callable[[str], Owner]


@pytest.fixture
def opened() -> Iterator[dict[str, Catalogue]]:
    """Catalogues, by name."""
    made: dict[str, Catalogue] = {}
    yield made
    for catalogue in made.values():
        with suppress(sqlite3.ProgrammingError):  # closed by the thread that opened it
            catalogue.close()


@pytest.fixture
def owner(rig: Rig, tmp_path: Path, opened: dict[str, Catalogue]) -> Open:
    """The owner whose catalogue has this name, at the rig's destination."""

    def make(name: str) -> Owner:
        if name not in opened:
            opened[name] = open_catalogue(f"sqlite:///{tmp_path / name}.db")
        return Owner(
            opened[name],
            lambda: closing(open_destination(rig.config)),
            "there",
            ORIGIN,
            SharedPace(),
            Policy(attempts=2, first_wait=0.01),
        )

    return make


def refusal(call: Callable[[], None]) -> DestinationError:
    with pytest.raises(DestinationError) as caught:
        call()
    assert caught.value.code == "destination.owner"
    assert not caught.value.transient
    assert caught.value.hint
    return caught.value


def test_the_first_run_leaves_its_mark_and_each_later_one_knows_it(
    owner: Open, destination: Destination, rig: Rig
) -> None:
    one, seen = owner("one"), set()
    one.look()
    assert rig.names() == [], "whoever only looks writes nothing"
    for _ in range(3):
        one.look()
        hold(one)
        mark = json.loads(destination.mark() or b"")
        seen.add(mark["turn"])
        assert (mark["host"], mark["origin"]) == (socket.gethostname(), ORIGIN)
    assert len(seen) == 3
    assert rig.names() == [OWNER_MARK]
    assert rig.visit(OWNER_MARK) is None


def test_anothers_destination_is_refused_with_its_host_and_since_when(
    owner: Open, destination: Destination
) -> None:
    hold(owner("one"))
    before = destination.mark()
    for call in (owner("two").look, partial(hold, owner("two"))):
        error = refusal(call)
        assert f"host {socket.gethostname()}" in error.message
        assert json.loads(before or b"")["since"] in error.message
        assert "`syncer catalogue rebuild`" in (error.hint or "")
        assert "`syncer sync --take-over`" in (error.hint or "")
    assert destination.mark() == before
    hold(owner("one"))


def test_a_destination_that_was_taken_over_is_refused_to_its_old_owner(
    owner: Open, opened: dict[str, Catalogue]
) -> None:
    one, two = owner("one"), owner("two")
    hold(one)
    opened["two"].put(entry(1))
    two.look(take_over=True)
    assert [each.state for each in opened["two"].entries()] == [State.STORED], (
        "seen again before it is listed"
    )
    hold(two)
    two.look()
    refusal(one.look)
    refusal(partial(hold, one))


def test_of_many_first_runs_at_the_same_time_one_goes_on(owner: Open, opened: dict[str, Catalogue]) -> None:
    ready, came = threading.Barrier(4), []

    def begin(name: str) -> None:
        each = owner(name)
        each.look()
        ready.wait()
        try:
            hold(each)
            came.append("holds")
        except SyncerError as error:
            came.append(error.code)
        opened[name].close()

    threads = [threading.Thread(target=begin, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == [*["destination.owner"] * 3, "holds"]


def test_a_run_that_was_killed_before_its_mark_was_written_goes_on(owner: Open) -> None:
    one = owner("one")
    hold(one)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Owner, "_write_at", killed)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                hold(one)
    one.look()
    hold(one)


def test_a_copy_of_the_catalogue_on_another_machine_is_noticed(owner: Open, tmp_path: Path) -> None:
    hold(owner("one"))
    with closing(open_catalogue(f"sqlite:///{tmp_path / 'two.db'}")) as two:
        for tenure in owner("one").catalogue.tenures():
            two.put_tenure(tenure)
    hold(owner("two"))
    error = refusal(owner("one").look)
    assert "a copy of it" in error.message
    assert "stop one" in (error.hint or "")


def test_a_mark_that_can_not_be_read_belongs_to_another_catalogue(
    owner: Open, destination: Destination
) -> None:
    """Unknown is never yes."""
    one = owner("one")
    hold(one)
    for content in (b"", b"\xff\xfe", b"[]", b"{}", b'{"catalogue": 1}', b"[" * 60_000):
        destination.put_mark(content, new=False)
        refusal(one.look)
        refusal(partial(hold, one))
        one.look(take_over=True)
        hold(one)
        one.look()


def test_a_destination_that_can_not_be_asked_passes_if_it_was_ours_and_is_not_written(
    owner: Open, rig: Rig
) -> None:
    away = type(rig.config).model_validate(
        rig.config.model_dump() | {"bucket" if rig.config.kind == "s3" else "root": _nowhere(rig)}
    )
    one = owner("one")
    object.__setattr__(one, "opened", lambda: closing(open_destination(away)))
    with pytest.raises(DestinationError):
        one.look()
    hold(owner("one"))
    one.look()
    with pytest.raises(DestinationError):
        one.look(take_over=True)
    with pytest.raises(DestinationError):
        hold(one)


def _nowhere(rig: Rig) -> Any:
    known = {"local": Path("/no/such/place"), "s3": "no-such-bucket"}
    return known.get(rig.config.kind, "/no/such/place")
