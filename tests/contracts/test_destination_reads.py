"""The laws of `protocols.Destination.open` for every kind, on real servers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from syncer.destinations import open_destination
from syncer.errors import DestinationError
from syncer.model import Stored
from syncer.protocols import Destination, Stopped
from syncer.protocols.patience import Patience, Policy
from syncer.runners import SharedPace
from syncer.sync.reading_back import read_back
from tests.contracts.stores import destination, publish, rig
from tests.media import mp4
from tests.rigs.destination import Rig
from tests.servers.wire import Relay, relay

__all__ = ["destination", "rig"]  # fixtures

BIG = mp4(5_000_001)


def told(destination: Destination, path: str) -> Stored:
    found = destination.stat(path)
    assert found
    return found


def whole(destination: Destination, stored: Stored, size: int = 100_000) -> bytes:
    with destination.open(stored) as reader:
        return b"".join(iter(lambda: reader.read(size), b""))


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(DestinationError) as caught:
        act()
    return caught.value.code


@pytest.mark.parametrize("body", [b"", b"x", mp4(64 * 1024), BIG], ids=len)
def test_it_gives_exactly_what_was_committed(destination: Destination, body: bytes) -> None:
    publish(destination, "some/name.mp4", body)
    assert whole(destination, told(destination, "some/name.mp4")) == body


@pytest.mark.parametrize("size", [1, 70_001, 1 << 24])
def test_no_read_gives_more_than_was_asked_for(destination: Destination, size: int) -> None:
    body = mp4(200_000 if size > 1 else 1000)
    publish(destination, "a.mp4", body)
    with destination.open(told(destination, "a.mp4")) as reader:
        chunks = list(iter(lambda: reader.read(size), b""))
        assert reader.read(size) == b"", "the end stays the end"
    assert (max(map(len, chunks)) <= size, b"".join(chunks)) == (True, body)


def test_a_file_that_is_not_there_is_missing(destination: Destination) -> None:
    publish(destination, "a/b.mp4", b"abc")
    stored = told(destination, "a/b.mp4")
    destination.delete("a/b.mp4")
    for gone in (stored, Stored("never/was.mp4", 3), Stored("c.mp4", 3)):
        assert refused(partial(whole, destination, gone)) == "destination.missing"
    assert refused(lambda: whole(destination, Stored("../out.mp4", 1))) == "destination.path"


def test_a_file_that_was_replaced_since_it_was_told_of_is_not_read(destination: Destination) -> None:
    publish(destination, "a.mp4", b"before")
    stored = told(destination, "a.mp4")
    publish(destination, "a.mp4", b"afterwards")
    assert refused(lambda: whole(destination, stored)) == "destination.changed"
    assert whole(destination, told(destination, "a.mp4")) == b"afterwards"


def test_a_file_that_is_replaced_while_it_is_read_is_never_read_as_a_mixture(
    rig: Rig, destination: Destination
) -> None:
    publish(destination, "a.mp4", BIG)
    newer = BIG[::-1] + b"more"
    with closing(open_destination(rig.config)) as other, destination.open(told(destination, "a.mp4")) as old:
        begun = old.read(100_000)
        publish(other, "a.mp4", newer)
        try:
            got = begun + b"".join(iter(lambda: old.read(100_000), b""))
        except DestinationError:
            got = BIG
    assert got == BIG
    assert refused(lambda: replaced_while_read(rig, destination)) == "destination.changed"


def replaced_while_read(rig: Rig, destination: Destination) -> None:
    """Whoever reads all of it asks once more what lies there."""
    publish(destination, "a.mp4", b"small")

    class Replacing(SharedPace):
        def take(self, size: int) -> None:
            with closing(open_destination(rig.config)) as other:
                publish(other, "a.mp4", b"xx" * size)

    read_back(destination, told(destination, "a.mp4"), Replacing())


def test_a_file_that_is_written_while_it_is_read_is_an_error(rig: Rig, destination: Destination) -> None:
    if not rig.has_folders:
        return  # an object is replaced as a whole
    publish(destination, "a.mp4", BIG)
    file = Path(str(rig.config.model_dump()["root"])) / "a.mp4"
    os.utime(file, (1, 1))

    def read(write: Callable[[], object]) -> None:
        with destination.open(told(destination, "a.mp4")) as reader:
            reader.read(1000)
            write()
            while reader.read(1 << 20):
                pass

    for write in (
        lambda: file.write_bytes(BIG[:3_000_000]),
        lambda: file.write_bytes(BIG + b"more"),
        lambda: file.write_bytes(bytes(len(BIG))),
    ):
        file.write_bytes(BIG)
        os.utime(file, (1, 1))
        assert refused(partial(read, write)) in ("destination.changed", "destination.lost")
    assert whole(destination, told(destination, "a.mp4")) == bytes(len(BIG)), "the connection still works"


def test_a_link_and_a_pipe_are_not_read(rig: Rig, destination: Destination) -> None:
    if not rig.has_folders:
        return
    root = Path(str(rig.config.model_dump()["root"]))
    publish(destination, "a.mp4", b"abc")
    (root / "link.mp4").symlink_to("a.mp4")
    os.mkfifo(root / "pipe.mp4")
    for path in ("link.mp4", "pipe.mp4"):
        if stored := destination.stat(path):
            code = refused(partial(whole, destination, stored))
            # Servers of FTP may show both as files: a link with its own size, and a pipe that they refuse.
            assert code in ("destination.changed", "destination.lost", "destination.denied")


def test_leaving_early_and_a_stop_leave_a_destination_that_works(destination: Destination) -> None:
    publish(destination, "a.mp4", BIG)
    stored = told(destination, "a.mp4")
    for _ in range(3):
        with destination.open(stored) as reader:
            reader.read(10)
    pace = SharedPace()
    pace.stop()
    with pytest.raises(Stopped):
        read_back(destination, stored, pace)
    done = read_back(destination, stored, SharedPace())
    assert (done.sha256, done.head) == (hashlib.sha256(BIG).hexdigest(), BIG[: 64 * 1024])


QUICK = Patience(connect=5, answer=1, rate=1000, window=1, give_up=3, retry=Policy(attempts=1))


@contextmanager
def silenced(
    rig: Rig, request: pytest.FixtureRequest, folder: Path
) -> Iterator[tuple[Any, Callable[[], object]]]:
    """Settings, and what makes the server say nothing more."""
    said, kind = rig.config.model_dump(), rig.config.kind
    with ExitStack() as stack:
        if kind == "ftps":
            server = request.getfixturevalue("proftpd")
            yield rig.config, lambda: stack.enter_context(server.silent())
            return
        port = said["port"] if kind == "sftp" else urlsplit(said["endpoint"]).port
        between: Relay = stack.enter_context(relay(port))
        if kind == "sftp":
            hosts = folder / "known_hosts"
            hosts.write_text(Path(said["known_hosts"]).read_text().replace(f":{port} ", f":{between.port} "))
            changed: dict[str, object] = {"port": between.port, "known_hosts": hosts}
        else:
            changed = {"endpoint": said["endpoint"].replace(f":{port}", f":{between.port}")}

        def silence() -> None:
            between.silent = True

        yield rig.config.model_copy(update=changed), silence


def test_a_server_that_falls_silent_is_given_up(
    rig: Rig, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if rig.config.kind == "local":
        return  # a disk is not waited for
    with closing(open_destination(rig.config)) as plain:
        publish(plain, "a.mp4", BIG * 4)
    with (
        silenced(rig, request, tmp_path) as (config, silence),
        closing(open_destination(config, SharedPace(patience=QUICK))) as destination,
    ):
        stored = told(destination, "a.mp4")

        def read() -> None:
            with destination.open(stored) as reader:
                reader.read(1000)
                silence()
                while reader.read(1 << 20):
                    pass

        with pytest.raises(DestinationError) as caught:
            read()
        assert caught.value.transient
