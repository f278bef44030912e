"""The laws of `protocols.Destination` and `protocols.Staged`, for every kind, on real servers."""

from __future__ import annotations

import hashlib
import importlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncer.destinations import open_destination
from syncer.errors import DestinationError
from syncer.model import HEAD_SIZE, Content, Litter, Stored
from syncer.protocols import Destination
from tests.rigs.destination import Rig

ODD_PATHS = [
    "a.mp4",
    "with space.mp4",
    " leading and before the dot .mp4",
    "100%.mp4",
    "%41%2e%2e.mp4",
    "#1?x=y&z+a;b.mp4",
    "\"double\" 'single' `back`.mp4",
    "$(touch x) ${HOME} *[a-z]?.mp4",
    "{braces}|<pipes>:colon,comma=@!~^.mp4",
    "two..dots/a...b.mp4",
    "-rf.jpg",
    "ends.in.dot./a.mp4",
    "grüße/日本語/🎬.mp4",
    "عربى.webm",
    "UPPER.MP4",
    "upper.mp4",
    "n" * 251 + ".mp4",
    "ü" * 125 + ".mp4",
    "/".join(["d" * 100] * 10) + ".mp4",
    "syncer-not-ours.part.mp4",
]
BAD_PATHS = [
    "",
    "/absolute",
    "a//b",
    "a/",
    "./a",
    "a/../b",
    "..",
    "a\\b",
    "nul\0",
    "line\nfeed",
    "\x7f",
    "\udcff",
    "u\u0308",
    ".syncer-0123456789abcdef0123456789abcdef.part",
    "a/.syncer-x/b",
    "n" * 256,
    "/".join(["d" * 200] * 6),
]


@pytest.fixture(params=["local", "s3", "sftp"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with importlib.import_module(f"tests.rigs.destination_{request.param}").rig(request) as made:
        yield made


@pytest.fixture
def destination(rig: Rig) -> Iterator[Destination]:
    with closing(open_destination(rig.config)) as opened:
        yield opened


def content(body: bytes, media_type: str = "video/mp4") -> Content:
    return Content(
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        head_sha256=hashlib.sha256(body[:HEAD_SIZE]).hexdigest(),
        media_type=media_type,
    )


def publish(
    destination: Destination, path: str, body: bytes, media_type: str = "video/mp4", *, proof: bool = False
) -> Stored:
    with destination.stage(path, media_type, proof=proof) as staged:
        for start in range(0, len(body), 256 * 1024):
            staged.write(body[start : start + 256 * 1024])
        return staged.commit(content(body, media_type))


def body_at(rig: Rig, path: str) -> bytes | None:
    found = rig.visit(path)
    return found.body if found else None


def test_a_check_leaves_no_trace(rig: Rig, destination: Destination) -> None:
    destination.check()
    assert rig.names() == []


def test_the_room_that_is_told_is_within_the_whole(destination: Destination) -> None:
    room = destination.room()
    assert room is None or 0 < room.free <= room.whole


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
            assert name.endswith("/") or rig.visit(name) is None, "a staged name is not to be had either"
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
    """While the path is replaced again and again by bodies of different sizes."""
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
    """Four workers stage, commit, give up and delete in one new folder tree: none gets an error."""
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


@pytest.mark.parametrize("path", ODD_PATHS)
def test_odd_names_are_published_as_they_are(rig: Rig, destination: Destination, path: str) -> None:
    publish(destination, path, path.encode())
    assert body_at(rig, path) == path.encode()
    assert destination.stat(path) is not None
    assert path in rig.names()
    destination.delete(path)
    assert rig.visit(path) is None


def test_names_that_differ_only_in_case_are_two(rig: Rig, destination: Destination) -> None:
    publish(destination, "A.mp4", b"upper")
    publish(destination, "a.mp4", b"lower")
    assert (body_at(rig, "A.mp4"), body_at(rig, "a.mp4")) == (b"upper", b"lower")


@pytest.mark.parametrize("path", BAD_PATHS)
def test_every_method_refuses_a_bad_name(rig: Rig, destination: Destination, path: str) -> None:
    for method in (
        lambda: destination.stage(path, "video/mp4").__enter__(),
        lambda: destination.stat(path),
        lambda: destination.delete(path),
    ):
        with pytest.raises(DestinationError) as caught:
            method()
        assert caught.value.code == "destination.path"
    assert rig.names() == []


def test_stat_says_size_and_media_type_where_the_kind_keeps_it(rig: Rig, destination: Destination) -> None:
    assert destination.stat("no/such") is None
    publish(destination, "some/name.jpg", b"12345", "image/webp")
    found = destination.stat("some/name.jpg")
    assert found is not None
    assert (found.path, found.size) == ("some/name.jpg", 5)
    assert destination.stat("some") is None, "a folder is nothing published"
    visit = rig.visit("some/name.jpg")
    assert visit is not None
    if rig.keeps_media_type:
        assert (found.media_type, visit.media_type) == ("image/webp", "image/webp")


def test_delete_takes_away_and_what_is_missing_is_fine(rig: Rig, destination: Destination) -> None:
    destination.delete("never/was/there.mp4")
    publish(destination, "a/b/c.mp4", b"x")
    publish(destination, "a/d.mp4", b"y")
    destination.delete("a/b/c.mp4")
    assert rig.visit("a/b/c.mp4") is None
    assert [name for name in rig.names() if name != "a/"] == ["a/d.mp4"], "and the folder left empty is gone"
    destination.delete("a/b/c.mp4")
    destination.delete("a/d.mp4/below")
    assert body_at(rig, "a/d.mp4") == b"y"
    destination.delete("a/d.mp4")
    assert rig.names() == []
    publish(destination, "a/b/c.mp4", b"again")
    assert body_at(rig, "a/b/c.mp4") == b"again"


def test_a_file_in_the_way_of_a_folder_and_the_other_way_round(rig: Rig, destination: Destination) -> None:
    """`a` and `a/b` exclude each other where there are folders; what was first stays."""
    publish(destination, "a.mp4", b"file")
    publish(destination, "d.mp4/e.mp4", b"below")
    if not rig.has_folders:
        publish(destination, "a.mp4/b.mp4", b"both")
        assert (body_at(rig, "a.mp4"), body_at(rig, "a.mp4/b.mp4")) == (b"file", b"both")
        return
    for path in ("a.mp4/b.mp4", "a.mp4/b/c.mp4", "d.mp4"):
        with pytest.raises(DestinationError) as caught:
            publish(destination, path, b"new")
        assert caught.value.code == "destination.in_the_way"
        assert caught.value.hint
    assert rig.names() == ["a.mp4", "d.mp4/", "d.mp4/e.mp4"]
    assert (body_at(rig, "a.mp4"), body_at(rig, "d.mp4/e.mp4")) == (b"file", b"below")


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


def test_a_config_pickles_so_that_workers_open_their_own(rig: Rig) -> None:
    with closing(open_destination(pickle.loads(pickle.dumps(rig.config)))) as opened:  # noqa: S301 - our own bytes
        publish(opened, "a.mp4", b"abc")
    assert body_at(rig, "a.mp4") == b"abc"


def test_closing_twice_is_fine_and_an_unused_one_too(rig: Rig) -> None:
    destination = open_destination(rig.config)
    destination.close()
    destination.close()


KILLED = """
import pickle, sys, time
from syncer.destinations import open_destination
config, paths = pickle.load(sys.stdin.buffer)
for path in paths:
    staged = open_destination(config).stage(path, "video/mp4").__enter__()
    for _ in range(9):
        staged.write(b"x" * 1_000_000)
    globals()[path] = staged
print("staged", flush=True)
time.sleep(60)
"""


@pytest.fixture
def killed(rig: Rig) -> list[str]:
    """Names that a run left staged when it was killed with `kill -9`."""
    paths = ["a.mp4", "deep/er/b.mp4", "deep/c.mp4"]
    process = subprocess.Popen([sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    with process, process.stdin:
        process.stdin.write(pickle.dumps((rig.config, paths)))
        process.stdin.close()
        assert process.stdout.readline() == b"staged\n"
        process.send_signal(signal.SIGKILL)
    return paths


def test_what_a_killed_run_left_is_found_and_discarded(
    rig: Rig, destination: Destination, killed: list[str]
) -> None:
    publish(destination, "deep/published.mp4", b"stays")
    assert all(rig.visit(path) is None for path in killed)
    assert len(list(destination.litter())) == (len(killed) if rig.litter_is_ours else 0)
    found = list(destination.litter(timedelta()))
    assert len(found) == len(killed)
    assert [litter.name for litter in found] == sorted(litter.name for litter in found)
    for litter in found:
        assert litter.modified is not None
        assert abs(datetime.now(UTC) - litter.modified) < timedelta(minutes=2)
        destination.discard(litter)
    assert rig.names() == [name for name in ("deep/", "deep/published.mp4") if name in rig.names()]
    assert list(destination.litter(timedelta())) == []
    for litter in found:
        destination.discard(litter)
    assert body_at(rig, "deep/published.mp4") == b"stays"


def test_litter_may_be_discarded_while_it_is_listed(destination: Destination, killed: list[str]) -> None:
    found = 0
    for litter in destination.litter(timedelta()):
        destination.discard(litter)
        found += 1
    assert found == len(killed)
    assert list(destination.litter(timedelta())) == []


@pytest.mark.usefixtures("killed")
def test_litter_can_be_asked_for_by_age(destination: Destination) -> None:
    """So that another run's work in progress is left alone."""
    assert list(destination.litter(older_than=timedelta(hours=1))) == []
    time.sleep(1.1)
    assert len(list(destination.litter(older_than=timedelta(seconds=1)))) == 3


def test_nothing_but_litter_is_litter(rig: Rig, destination: Destination) -> None:
    publish(destination, "a.mp4", b"abc")
    publish(destination, "syncer/b.part.mp4", b"abc")
    assert list(destination.litter()) == []
    for locator in ("a.mp4", "../a.mp4", "syncer/b.part.mp4"):
        with pytest.raises((DestinationError, ValueError)):
            destination.discard(Litter(name=locator, locator=locator))
    assert body_at(rig, "a.mp4") == b"abc"
    assert body_at(rig, "syncer/b.part.mp4") == b"abc"


def test_errors_of_a_destination_that_is_not_there_say_what_to_do(rig: Rig, tmp_path: Path) -> None:
    """Each kind's own tests look at each error; here: it is a `DestinationError` for every method."""
    field = "bucket" if "bucket" in type(rig.config).model_fields else "root"
    missing = "no-such-bucket-anywhere" if field == "bucket" else tmp_path / "no" / "such"
    nowhere = type(rig.config).model_validate(
        rig.config.model_dump() | {field: missing if rig.config.kind == "local" else str(missing)}
    )
    with closing(open_destination(nowhere)) as destination:
        for method in (
            destination.check,
            lambda: publish(destination, "a.mp4", b"abc"),
            lambda: list(destination.litter()),
            lambda: destination.delete("a.mp4"),
            lambda: destination.stat("a.mp4"),
        ):
            with pytest.raises(DestinationError) as caught:
                method()
            assert caught.value.hint
            assert not caught.value.transient
