"""`sync`: its output, its streams, and its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from tests.home import Home
from tests.media import PNG, mp4


def test_sync_says_what_it_did_on_stdout_and_what_happened_on_stderr(synced: Home) -> None:
    synced.put("c.mp4", mp4(seed=2))
    ran = synced.syncer("sync")
    assert ran.code == 4
    assert ran.out.splitlines()[0] == "1 copied (2.0 kB) · 2 unchanged · 1 rejected by the checks"
    assert "✗ clips:shot.png" in ran.out
    assert "[media.format]" in ran.out
    assert ran.out.splitlines()[-1] == f"3 URLs in {synced.folder / 'urls.json'}"
    (line,) = [line for line in ran.err.splitlines() if " published " in line]
    assert line.endswith(" published clips:c.mp4 https://media.example.test/clips/c.mp4")


def test_a_log_in_json_has_one_object_a_line(synced: Home) -> None:
    synced.put("c.mp4", mp4(seed=2))
    synced.put("d.png", PNG)
    events = [json.loads(line) for line in synced.syncer("sync", "--log-format", "json").err.splitlines()]
    told = {(event["event"], event["key"]) for event in events}
    assert told == {("published", "c.mp4"), ("rejected", "d.png")}
    rejected = next(event for event in events if event["event"] == "rejected")
    assert rejected["code"] == "media.format"
    assert rejected["hint"]


def test_a_run_without_changes_says_so(synced: Home) -> None:
    assert synced.syncer("sync").out.startswith("nothing to copy · 2 unchanged")


def test_without_sources_there_is_nothing_to_sync(home: Home) -> None:
    home.config["sources"] = {}
    ran = home.syncer("sync")
    assert ran.code == 2
    assert "there are no sources" in ran.err


def test_another_run_holds_the_lock(synced: Home) -> None:
    with closing(open_catalogue(f"sqlite:///{synced.folder / 'syncer.db'}")) as catalogue, catalogue.lock():
        for command in ("sync", "tidy"):
            ran = synced.syncer(command)
            assert ran.code == 6
            assert f"process {os.getpid()} on " in ran.err
            assert ", since 20" in ran.err


def test_an_unreachable_destination_is_one_sentence_and_no_download(home: Home) -> None:
    home.put("a.mp4", mp4())
    known_hosts = home.folder / "known_hosts"
    known_hosts.write_text("")
    home.config["origin"]["destination"] = {
        "kind": "sftp",
        "host": "127.0.0.1",
        "port": 1,
        "user": "nobody",
        "known_hosts": str(known_hosts),
        "root": "/srv",
    }
    done = home.sync()
    assert done["exit_code"] == 1
    assert [error["code"] for error in done["errors"]] == ["destination.unreachable"]
    assert done["counts"] == {}


def test_a_destination_that_fails_every_time_ends_the_run(home: Home, tmp_path: Path) -> None:
    """On a full disk it does not read every file."""
    full = tmp_path / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", full], check=True)
    try:
        home.config["origin"]["destination"]["root"] = str(full)
        home.config["workers"] = 1
        for number in range(90):
            home.put(f"{number:02}.mp4", mp4(2_000_000, seed=number))
        done = home.sync()
        assert done["exit_code"] == 1
        assert done["errors"][0]["code"] == "destination.full"
        assert 50 <= done["counts"]["failed"] < 60
        assert list(full.rglob("*.part")) == []
    finally:
        subprocess.run(["umount", full], check=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_in_good_order(home: Home, number: signal.Signals) -> None:
    """Nothing half-done is public, the results are written, the manifest is unchanged."""
    home.config["bandwidth"] = "2MB/s"
    for index in range(40):
        home.put(f"{index:02}.mp4", mp4(300_000, seed=index))
    with home.start("sync", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for _ in range(3):
            assert b" published " in process.stderr.readline()
        process.send_signal(number)
        out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"interrupted" in out
    assert not (home.folder / "urls.json").exists()
    public = home.public()
    assert 3 <= len(public) < 40
    assert not [path for path in public if ".syncer-" in path]
    status = home.syncer("status", "--json").json
    assert status["counts"]["published"] == len(public)
    assert status["last_run"]["exit_code"] == 130
    home.config["bandwidth"] = None
    assert home.sync()["counts"]["copied"] == 40 - len(public)
