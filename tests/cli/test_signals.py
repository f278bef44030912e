"""SIGINT and SIGTERM at any step of a run."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers.nginx import StartNginx

ENOUGH = 60
"""Seconds, on a machine that is busy."""


@pytest.mark.parametrize("attempt", range(3))
def test_one_worker_that_waits_for_bandwidth_can_be_stopped(home: Home, attempt: int) -> None:
    """Then one thread waits and handles the signal."""
    home.config |= {"workers": 1, "bandwidth": "50KB/s"}
    home.put("a.mp4", mp4(5_000_000, seed=attempt))
    with home.start("sync", stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        _until(process, lambda: _staged(home) > attempt * 10_000)
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENOUGH) == 130
    assert home.public() == set()


def test_a_listing_that_hangs_can_be_stopped(home: Home) -> None:
    for number in range(3000):
        home.put(f"{number // 1000}/{number}.png", b"\x89PNG\r\n\x1a\n")
    assert home.sync()["exit_code"] == 4
    with home.start("sync", stderr=subprocess.STDOUT, stdout=subprocess.PIPE) as process:
        _until(process, lambda: "syncer.db" in _open_files(process.pid))
        _until(
            process, lambda: not _open_files(process.pid).isdisjoint({"0", "1", "2"}) or bool(process.poll())
        )
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=ENOUGH)
    if b"nothing to copy" not in out:  # it was not through yet
        assert process.returncode == 130
        assert b"interrupted" in out


def _until(process: subprocess.Popen[bytes], seen: Callable[[], bool]) -> None:
    """Waits for a condition, because the machine may be busy."""
    end = time.monotonic() + ENOUGH
    while not seen():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)


def _staged(home: Home) -> int:
    """Bytes of the staged file; -1 before there is one."""
    sizes = [-1]
    for name in home.public():
        with suppress(FileNotFoundError):  # a trial, removed meanwhile
            sizes += [(home.site.root / name).stat().st_size] if ".syncer-" in name else []
    return max(sizes)


def _open_files(pid: int) -> set[str]:
    found = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found.add(each.readlink().name)
    return found


def test_a_second_signal_ends_the_run_at_once(home: Home, nginx: StartNginx) -> None:
    """Even if the origin accepts a request and never answers."""
    home.put("a.mp4", mp4())
    with socket.create_server(("127.0.0.1", 0)) as mute:
        behind = f"location /clips/ {{ proxy_pass http://127.0.0.1:{mute.getsockname()[1]}; }}"
        home.config["origin"]["connect_to"] = nginx(home.site.root, server=behind).connect_to
        with home.start("sync", stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            mute.settimeout(ENOUGH)
            connection, _ = mute.accept()
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)  # of another kind: two alike may come as one
            out, err = process.communicate(timeout=ENOUGH)
            assert process.returncode == 130
            assert (out, err.splitlines()[-1:]) == (b"", [b"syncer: interrupted"]), "no end in good order"
            connection.close()
    assert home.public() == {"clips/a.mp4"}


def test_a_signal_after_the_manifest_says_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not say that the manifest was not written."""
    from syncer.mirror import run

    home.put("a.mp4", mp4())
    write = run.write_manifests

    def write_and_stop(*arguments: object) -> int:
        count = write(*arguments)  # type: ignore[arg-type] # passed through
        signal.raise_signal(signal.SIGINT)
        return count

    monkeypatch.setattr(run, "write_manifests", write_and_stop)
    ran = home.syncer("sync")
    assert ran.code == 130
    assert "1 URL in" in ran.out
    assert "interrupted" in ran.out
