"""Law: a listing ends, whatever the server says, and no source that is slow keeps the others waiting."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncer.connect.course import ListingRate
from syncer.connect.pace import SharedPace
from syncer.destinations.s3 import S3Destination
from syncer.errors import SourceError, SyncerError
from syncer.model import Asset
from syncer.protocols.patience import Patience, Policy
from syncer.sources.local import LocalSource
from syncer.sources.s3 import Config, S3Source
from syncer.sources.sftp import SftpSource
from tests.home import Home
from tests.media import SMALLEST
from tests.servers import endless_s3, endless_sftp
from tests.servers.sshd import running

SHORT = Patience(connect=2, answer=2, rate=1000, window=1, give_up=1, retry=Policy(attempts=1))
WAITS = {"connect": "2s", "answer": "2s", "window": "1s", "give_up": "1s"}
ENOUGH = 60
"""Seconds, on a machine that is busy."""


def bucket(url: str) -> dict[str, Any]:
    return {"kind": "s3", "bucket": "b", "endpoint": url, "anonymous": True, "addressing": "path"}


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.connect.course.MOST_EMPTY", 10)
    monkeypatch.setattr("syncer.connect.course.LONGEST_PAGE", 2)


class TestPages:
    @pytest.mark.parametrize("kind", endless_s3.KINDS)
    def test_a_bucket_without_end_is_left_by_name(self, kind: str) -> None:
        with endless_s3.serving(kind, pause=1.2 if kind == "crawl" else 0) as url:
            source = S3Source("clips", Config(**bucket(url)), SharedPace(patience=SHORT))
            with pytest.raises(SourceError) as caught:
                list(source.assets())
        assert caught.value.code == ("source.timeout" if kind == "drip" else "source.endless")
        assert "listing s3://b/" in caught.value.message
        assert caught.value.hint or kind == "drip"

    @pytest.mark.parametrize("kind", ["alternate", "same", "barren", "crawl"])
    @pytest.mark.parametrize("what", ["litter", "listing"])
    def test_a_destination_without_end_is_left_by_name(self, kind: str, what: str) -> None:
        with endless_s3.serving(kind, pause=1.2 if kind == "crawl" else 0) as url:
            config = S3Destination.Config(**bucket(url))
            destination = S3Destination(config, SharedPace(patience=SHORT))
            with closing(destination), pytest.raises(SyncerError) as caught:
                list(destination.listing() if what == "listing" else destination.litter(timedelta()))
        assert caught.value.code == "destination.endless"

    def test_new_names_for_ever_end_at_their_number(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("syncer.connect.course.MOST_OBJECTS", 99)
        with endless_s3.serving("more") as url:
            source = S3Source("clips", Config(**bucket(url)), SharedPace(patience=SHORT))
            with pytest.raises(SourceError, match="more than 99 names"):
                list(source.assets())

    @pytest.mark.server
    def test_an_ssh_server_that_gives_a_name_now_and_then_is_left_by_name(self) -> None:
        subsystem = f"Subsystem sftp {sys.executable} -S -E {endless_sftp.__file__} crawl"
        with running(subsystem=subsystem) as server:
            pace = SharedPace(patience=SHORT)
            source = SftpSource("clips", server.source("/root"), pace)
            with closing(source), pytest.raises(SourceError, match="it does not end: it gave") as caught:
                list(source.assets())
        assert caught.value.code == "source.endless"


class TestProgress:
    @pytest.mark.parametrize(
        ("names", "took"),
        [
            (1000, 0.05),  # S3, on a link of 50 ms
            (100, 0.05),  # OpenSSH, there
            (1, 0.6),  # one name in each answer, by satellite
            (1000, 29.0),  # a server on its last legs
            (60, 290.0),  # after an outage, that attempts got over
        ],
    )
    def test_a_slow_server_is_never_cut_off(self, names: int, took: float) -> None:
        progress = ListingRate(Patience())
        assert not any(progress.flaw(names, took) for _ in range(1_000_000 // names))

    @pytest.mark.parametrize(("names", "took"), [(1, 2.0), (0, 0.1), (10, 29.0)])
    def test_too_few_names_end_it(self, names: int, took: float) -> None:
        progress = ListingRate(Patience())
        assert any(progress.flaw(names, took) for _ in range(1000))


class TestTurns:
    @pytest.mark.parametrize("kind", ["alternate", "drip", "crawl"])
    def test_the_others_are_published_all_the_same(self, home: Home, kind: str) -> None:
        home.put("fine.mp4", SMALLEST)
        home.config["timeouts"] = WAITS
        home.config["retry"] = {"attempts": 1}
        with endless_s3.serving(kind, SMALLEST, pause=1.2 if kind == "crawl" else 0) as url:
            home.config["sources"] = {"bad": bucket(url)} | home.config["sources"]
            done = home.sync()
        assert done["exit_code"] == 1
        assert "clips/fine.mp4" in home.public()
        assert "fine.mp4" in home.manifest()
        assert "source bad: listing s3://b/" in done["log"]

    @pytest.mark.parametrize("first", ["bad", "clips"])
    def test_while_a_listing_goes_on_for_ever_the_manifest_has_what_is_published(
        self, home: Home, first: str
    ) -> None:
        home.put("fine.mp4", SMALLEST)
        home.config["timeouts"] = WAITS
        with endless_s3.serving("more", SMALLEST, pause=0.05) as url:
            sources = {"bad": bucket(url), **home.config["sources"]}
            home.config["sources"] = {first: sources.pop(first), **sources}
            with home.start("sync", stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                until(process, lambda: {"clips", "bad"} <= listed(home.folder / "urls.json"))
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=ENOUGH)
        assert process.returncode == 130

    def test_a_disk_that_hangs_keeps_only_its_own_source_waiting(
        self, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("syncer.sync.turns.SILENCE", 2.0)
        mounted, walked = threading.Event(), LocalSource.assets

        def hangs(source: LocalSource) -> Iterator[Asset]:
            if source._name == "hung":  # noqa: SLF001 - to tell it from the other
                mounted.wait(ENOUGH)
            return walked(source)

        monkeypatch.setattr(LocalSource, "assets", hangs)
        home.put("fine.mp4", SMALLEST)
        home.config["timeouts"] = WAITS
        (tmp_path / "mount").mkdir()
        hung = {"kind": "local", "root": str(tmp_path / "mount")}
        home.config["sources"] = {"hung": hung} | home.config["sources"]
        done = home.sync()
        mounted.set()
        assert done["exit_code"] == 1
        assert "source hung: it listed nothing more" in done["log"]
        assert set(home.manifest()) == {"fine.mp4"}

    def test_a_source_of_too_many_files_is_left_by_name(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("syncer.sync.turns.MOST_OBJECTS", 2)
        for number in range(4):
            home.put(f"{number}.mp4", SMALLEST)
        done = home.sync()
        assert done["exit_code"] == 1
        assert "it lists more than 2 files" in done["log"]


def listed(manifest: Path) -> set[str]:
    """Sources of what the manifest lists."""
    return (
        {each["source"] for each in json.loads(manifest.read_text())["items"]} if manifest.exists() else set()
    )


def until(process: subprocess.Popen[bytes], seen: Callable[[], bool]) -> None:
    """A machine may be busy; a run that does not get there is ended with the test."""
    end = time.monotonic() + ENOUGH
    while not seen():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise AssertionError(process.communicate())
        time.sleep(0.05)
