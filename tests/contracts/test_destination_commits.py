"""The laws of `protocols.Staged` for every kind, on real servers: the whole file is public, or nothing."""

from __future__ import annotations

import os
import threading
from contextlib import closing

import pytest

from syncer.destinations import open_destination
from syncer.errors import DestinationError
from syncer.protocols import Destination
from tests.contracts import stores
from tests.contracts.stores import body_at, content, publish
from tests.rigs.destination import Rig

rig = stores.rig
destination = stores.destination


def test_what_is_committed_is_seen_by_a_visitor(rig: Rig, destination: Destination) -> None:
    stored = publish(destination, "clips/a.mp4", b"abc")
    assert (stored.path, stored.size) == ("clips/a.mp4", 3)
    assert body_at(rig, "clips/a.mp4") == b"abc"


def test_nothing_is_public_before_commit(rig: Rig, destination: Destination) -> None:
    with destination.stage("clips/a.mp4", "video/mp4") as staged:
        staged.write(b"abc")
        assert rig.visit("clips/a.mp4") is None
        assert destination.stat("clips/a.mp4") is None
        for name in rig.names():
            assert name.endswith("/") or rig.visit(name) is None, "a staged file can't be downloaded either"
        staged.commit(content(b"abc"))
    assert body_at(rig, "clips/a.mp4") == b"abc"


def test_leaving_without_commit_leaves_no_trace(rig: Rig, destination: Destination) -> None:
    with destination.stage("new/folders/a.mp4", "video/mp4") as staged:
        staged.write(b"abc" * 100_000)
    assert rig.names() == []
    with destination.stage("b.mp4", "video/mp4"):
        pass
    assert rig.names() == []


@pytest.mark.parametrize("error", [OSError("of the source"), KeyboardInterrupt(), DestinationError("x")])
def test_an_exception_leaves_no_trace_and_comes_through_as_it_is(
    rig: Rig, destination: Destination, error: BaseException
) -> None:
    def fail() -> None:
        with destination.stage("new/a.mp4", "video/mp4") as staged:
            staged.write(b"abc")
            raise error

    with pytest.raises(type(error)) as caught:
        fail()
    assert caught.value is error
    assert rig.names() == []
    publish(destination, "new/a.mp4", b"works on")
    assert body_at(rig, "new/a.mp4") == b"works on"


def test_leaving_without_commit_keeps_what_was_published_before(rig: Rig, destination: Destination) -> None:
    publish(destination, "clips/a.mp4", b"old")
    before = rig.names()
    with destination.stage("clips/a.mp4", "video/mp4") as staged:
        staged.write(b"new")
    assert rig.names() == before
    assert body_at(rig, "clips/a.mp4") == b"old"


@pytest.mark.parametrize("size", [0, 2, 4, 10_000_000])
def test_a_wrong_size_is_refused_and_nothing_is_published(
    rig: Rig, destination: Destination, size: int
) -> None:
    def fail() -> None:
        with destination.stage("new/a.mp4", "video/mp4") as staged:
            staged.write(b"abc")
            staged.commit(content(b"x" * size))

    with pytest.raises(DestinationError) as caught:
        fail()
    assert caught.value.code == "destination.size"
    assert str(size) in caught.value.message
    assert "3" in caught.value.message
    assert rig.names() == []


def test_new_bytes_replace_the_old_ones(rig: Rig, destination: Destination) -> None:
    for body in (b"first, and longer", b"second", b"", b"third"):
        publish(destination, "a/b.mp4", body)
        assert body_at(rig, "a/b.mp4") == body
        assert destination.stat("a/b.mp4") is not None
    assert [name for name in rig.names() if not name.endswith("/")] == ["a/b.mp4"]


def test_a_reader_sees_the_old_bytes_or_the_new_ones_and_never_a_mix(
    rig: Rig, destination: Destination
) -> None:
    """The path is replaced repeatedly by bodies of different sizes meanwhile."""
    bodies = [bytes([letter]) * size for letter, size in ((65, 300_000), (66, 700_000), (67, 100_000))]
    publish(destination, "a.mp4", bodies[0])
    wrong: list[object] = []
    seen: set[int] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            body = body_at(rig, "a.mp4")
            if body in bodies:
                seen.add(bodies.index(body))
            else:
                wrong.append(None if body is None else (len(body), set(body)))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for turn in range(30):
            publish(destination, "a.mp4", bodies[turn % 3])
    finally:
        done.set()
        reader.join()
    assert wrong == []
    assert len(seen) > 1, "the reader did read while the path was replaced"


def test_the_last_of_concurrent_commits_wins_and_bytes_are_never_mixed(rig: Rig) -> None:
    bodies = {name: name.encode() * 200_000 for name in "pq"}
    with closing(open_destination(rig.config)) as one, closing(open_destination(rig.config)) as two:
        with (
            one.stage("new/a.mp4", "video/mp4") as first,
            two.stage("new/a.mp4", "video/mp4") as second,
        ):
            for start in range(0, 200_000, 50_000):
                first.write(bodies["p"][start : start + 50_000])
                second.write(bodies["q"][start : start + 50_000])
            first.commit(content(bodies["p"]))
            assert body_at(rig, "new/a.mp4") == bodies["p"]
            second.commit(content(bodies["q"]))
        assert body_at(rig, "new/a.mp4") == bodies["q"]
        assert [name for name in rig.names() if not name.endswith("/")] == ["new/a.mp4"]


def test_workers_make_and_remove_the_same_folders_without_harm(rig: Rig) -> None:
    """Four workers stage, commit, abort and delete in one new folder tree, without an error."""
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with closing(open_destination(rig.config)) as destination:
                for turn in range(12):
                    path = f"deep/er/{number}.mp4"
                    with destination.stage(path, "video/mp4") as staged:
                        staged.write(b"gives up")
                    publish(destination, path, str(turn).encode())
                    destination.delete(path)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test reports it
            errors.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    assert [name for name in rig.names() if not name.endswith("/")] == []


def test_an_empty_object(rig: Rig, destination: Destination) -> None:
    assert publish(destination, "empty.mp4", b"").size == 0
    assert body_at(rig, "empty.mp4") == b""


def test_a_large_object_in_chunks_of_odd_sizes(rig: Rig, destination: Destination) -> None:
    body = os.urandom(20 * 1024 * 1024 + 17)
    with destination.stage("large.mp4", "video/mp4") as staged:
        start, size = 0, 1
        while start < len(body):
            staged.write(body[start : start + size])
            start, size = start + size, min(size * 3, 1024 * 1024 + 1)
        staged.commit(content(body))
    assert body_at(rig, "large.mp4") == body


def test_many_small_objects_with_one_instance(rig: Rig, destination: Destination) -> None:
    bodies = {f"many/{number % 7}/{number}.jpg": str(number).encode() for number in range(200)}
    for path, body in bodies.items():
        publish(destination, path, body, "image/jpeg")
    assert {name for name in rig.names() if not name.endswith("/")} == set(bodies)
    assert all(body_at(rig, path) == body for path, body in list(bodies.items())[::10])
