"""A server may announce a request, and hang up at it: then it is made only once in a run."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from syncer.connect.pace import SharedPace
from syncer.connect.retry import retry
from syncer.destinations.sftp import SftpDestination
from syncer.errors import DestinationError
from syncer.protocols.patience import Patience, Policy
from syncer.sources.sftp import SftpSource
from tests.contracts.stores import publish
from tests.home import Home
from tests.media import mp4
from tests.rigs.destination_local import names
from tests.servers.lacking_sftp import (
    FSYNC,
    GARBAGE,
    HANG_UP,
    HANG_UP_ONCE,
    LIMITS,
    NOISE,
    POSIX_RENAME,
    SILENCE,
    STATVFS,
    Manners,
    lacking,
)

pytestmark = pytest.mark.server

EXTENSIONS = (POSIX_RENAME, FSYNC, STATVFS, LIMITS)
OPTIONAL = (*EXTENSIONS, "lstat", "realpath", "fstat", "fsetstat", "setstat")
WAYS = {"hang up": HANG_UP, "garbage": GARBAGE, "noise": NOISE}
IMPATIENT = Patience(answer=1.0, connect=1.0, retry=Policy(attempts=5, first_wait=0.0))


def one_run() -> SharedPace:
    return SharedPace(patience=IMPATIENT)


def opened(settings: dict[str, Any], pace: SharedPace) -> closing[SftpDestination]:
    return closing(SftpDestination(SftpDestination.Config(kind="sftp", root="/", **settings), pace))


def published(worker: SftpDestination, path: str, body: bytes, pace: SharedPace) -> None:
    retry(lambda: publish(worker, path, body), pace, IMPATIENT.retry)


def mirrored(settings: dict[str, Any], root: Path, pace: SharedPace) -> None:
    """As in a run: test the server, then publish new files and replace them, in two workers."""
    with opened(settings, pace) as first, opened(settings, pace) as second:
        first.check()
        for body in (b"old" * 100_000, b"new"):
            for worker, path in ((first, "a.mp4"), (second, "sub/b.mp4")):
                published(worker, path, body, pace)
                assert (root / path).read_bytes() == body
                worker.room()
    assert names(root) == ["a.mp4", "sub/", "sub/b.mp4"]


def read(settings: dict[str, Any], pace: SharedPace) -> None:
    with closing(SftpSource("s", SftpSource.Config(kind="sftp", root="/", **settings), pace)) as source:
        assets = list(source.assets())
        assert {asset.key for asset in assets} == {"a.mp4", "sub/b.mp4"}
        for asset in assets:
            assert retry(partial(_first, source, asset), pace, IMPATIENT.retry) == b"new"


def _first(source: SftpSource, asset: Any) -> bytes:
    with source.open(asset) as reader:
        return reader.read(10)


@pytest.mark.parametrize("verb", OPTIONAL)
def test_a_request_that_breaks_the_connection_is_made_once_in_a_run(web_root: Path, verb: str) -> None:
    """The run still publishes and reads, and leaves no litter."""
    manners = Manners({FSYNC: 8, STATVFS: 8, LIMITS: 8} | {verb: HANG_UP}, EXTENSIONS)
    with lacking(web_root, manners) as settings:
        pace = one_run()
        mirrored(settings, web_root, pace)
        read(settings, pace)
    assert manners.asked.count(verb) <= 1


@pytest.mark.parametrize("way", WAYS)
def test_the_server_may_break_at_all_optional_requests(web_root: Path, way: str) -> None:
    manners = Manners(dict.fromkeys(OPTIONAL, WAYS[way]), EXTENSIONS)
    with lacking(web_root, manners) as settings:
        pace = one_run()
        mirrored(settings, web_root, pace)
        read(settings, pace)
    assert {verb for verb in OPTIONAL if manners.asked.count(verb) > 1} == set()


@pytest.mark.parametrize("verb", [FSYNC, "lstat"])
def test_a_request_that_is_never_answered_is_made_once_in_a_run(
    web_root: Path, verb: str, caplog: pytest.LogCaptureFixture
) -> None:
    manners = Manners({FSYNC: 8, STATVFS: 8} | {verb: SILENCE}, EXTENSIONS)
    with lacking(web_root, manners) as settings:
        mirrored(settings, web_root, one_run())
    assert manners.asked.count(verb) == 1
    (said,) = [text for each in caplog.records if "continues without it" in (text := each.getMessage())]
    assert re.search(rf" does not answer the request {verb} \(nothing came for [0-9.]+ s\):", said)


@pytest.mark.parametrize("verb", [FSYNC, POSIX_RENAME])
def test_workers_that_begin_at_once_break_it_once(web_root: Path, verb: str) -> None:
    """The server was not tested before."""
    manners = Manners({FSYNC: 8, STATVFS: 8} | {verb: HANG_UP}, EXTENSIONS)
    with lacking(web_root, manners) as settings:
        pace = one_run()

        def work(number: int) -> None:
            with opened(settings, pace) as worker:
                for body in (b"old", b"new"):
                    published(worker, f"{number}.mp4", body, pace)

        with ThreadPoolExecutor(4) as workers:
            list(workers.map(work, range(4)))
    assert names(web_root) == [f"{number}.mp4" for number in range(4)]
    assert {(web_root / f"{number}.mp4").read_bytes() for number in range(4)} == {b"new"}
    assert manners.asked.count(verb) == 1


@pytest.mark.parametrize("verb", [FSYNC, POSIX_RENAME, "fstat"])
def test_a_request_that_was_answered_is_not_blamed_for_a_broken_connection(web_root: Path, verb: str) -> None:
    manners = Manners({STATVFS: 8}, EXTENSIONS if verb != FSYNC else ())
    if verb == FSYNC:
        manners.announces, manners.lacks[FSYNC] = EXTENSIONS, 0
    with lacking(web_root, manners) as settings, opened(settings, one_run()) as worker:
        worker.check()
        publish(worker, "a.mp4", b"old")
        manners.lacks[verb] = HANG_UP_ONCE
        with pytest.raises(DestinationError) as caught:
            publish(worker, "a.mp4", b"new")
        assert caught.value.transient
        if verb == FSYNC:
            manners.lacks[FSYNC] = 0
        asked = manners.asked.count(verb)
        publish(worker, "a.mp4", b"newer")
    assert manners.asked.count(verb) > asked
    assert (web_root / "a.mp4").read_bytes() == b"newer"
    assert names(web_root) == ["a.mp4"]


@pytest.mark.parametrize("verb", [FSYNC, POSIX_RENAME, STATVFS])
def test_runs_against_such_a_server_copy_all_say_so_once_and_leave_no_litter(
    home: Home, verb: str, caplog: pytest.LogCaptureFixture
) -> None:
    manners = Manners({FSYNC: 8, STATVFS: 8} | {verb: HANG_UP}, EXTENSIONS)
    with lacking(home.site.root, manners) as settings:
        told = {key: str(value) if isinstance(value, Path) else value for key, value in settings.items()}
        home.config["origin"]["destination"] = {"kind": "sftp", "root": "/", **told}
        for run in range(1, 3):
            for number in range(4):
                home.put(f"{run}-{number}.mp4", mp4(seed=10 * run + number))
            caplog.clear()
            assert home.sync()["counts"]["copied"] == 4
            (said,) = [
                text for each in caplog.records if "continues without it" in (text := each.getMessage())
            ]
            assert f"breaks the connection at the request {verb}:" in said
            assert manners.asked.count(verb) == run
            assert not {path for path in home.public() if path.endswith(".part")}
        assert len(home.manifest()) == 8


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("announced", [EXTENSIONS, ()], ids=["announced", "not announced"])
def test_doctor_writes_wherever_a_run_does(home: Home, way: str, announced: tuple[str, ...]) -> None:
    manners = Manners({FSYNC: 8, STATVFS: 8, POSIX_RENAME: WAYS[way]}, announced)
    with lacking(home.site.root, manners) as settings:
        told = {key: str(value) if isinstance(value, Path) else value for key, value in settings.items()}
        home.config["origin"]["destination"] = {"kind": "sftp", "root": "/", **told}
        home.put("a.mp4", mp4())
        assert home.sync()["counts"]["copied"] == 1
        diagnoses = home.syncer("doctor", "--json").json["diagnoses"]
    (write,) = [each for each in diagnoses if each["name"] == "write"]
    assert write["state"] == "ok", write
    assert not [path for path in home.public() if "doctor" in path]
