"""Law: a look that SIGINT or SIGTERM interrupts changes nothing."""

from __future__ import annotations

import signal
import subprocess
import time
from contextlib import closing

import pytest

from syncer.catalogue import open_catalogue
from syncer.model import Entry
from tests.home import Home
from tests.media import mp4
from tests.servers.nginx import Site, StartNginx

SLOW = "limit_rate 300k;"


def entries(home: Home) -> dict[str, Entry]:
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}", read_only=True)) as catalogue:
        return {entry.key: entry for entry in catalogue.entries()}


def until_asked(site: Site, times: int) -> None:
    """Waits until the server has answered a request."""
    for _ in range(400):
        if len(site.log()) >= times:
            return
        time.sleep(0.05)
    raise AssertionError("nobody asks")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", [1, 3])
def test_an_interrupted_look_changes_no_entry(
    home: Home, nginx: StartNginx, workers: int, number: signal.Signals
) -> None:
    for seed, name in enumerate(("a.mp4", "b.mp4", "c.mp4")):
        home.put(name, mp4(3_000_000, seed=seed))
    assert home.sync()["exit_code"] == 0
    before, manifest = entries(home), (home.folder / "urls.json").read_bytes()
    slow = nginx(home.site.root, server=SLOW)
    home.config |= {"workers": workers}
    home.config["origin"]["connect_to"] = slow.connect_to
    with home.start("check", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        until_asked(slow, workers)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, b"")
    assert b"clips/" not in out, "nothing is told of them"
    assert entries(home) == before
    assert (home.folder / "urls.json").read_bytes() == manifest
    home.config["origin"]["connect_to"] = home.site.connect_to
    assert home.syncer("check").code == 0


def test_results_from_before_the_signal_are_kept(home: Home, nginx: StartNginx) -> None:
    """Also results of other workers at the same time."""
    home.put("a.mp4", mp4(3_000_000))
    for number in range(6):
        home.put(f"b{number}.mp4", mp4(seed=number))
    assert home.sync()["exit_code"] == 0
    before = entries(home)
    slow = nginx(home.site.root, server=SLOW)
    home.config["origin"]["connect_to"] = slow.connect_to
    (home.site.root / "clips/b3.mp4").unlink()
    with home.start("check", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        until_asked(slow, 1 + 5 * 3 + 1)  # one for the slow file, one for the missing one
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 130
    after = entries(home)
    changed = {key for key, entry in after.items() if entry != before[key]}
    assert "a.mp4" not in changed
    assert "b0.mp4" in changed
    assert after["b3.mp4"].findings[0].rule == "origin.status"
