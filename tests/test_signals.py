"""SIGINT and SIGTERM, whatever the run is doing."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.home import Home
from tests.media import mp4


@pytest.mark.parametrize("attempt", range(3))
def test_one_worker_that_waits_for_bandwidth_can_be_stopped(home: Home, attempt: int) -> None:
    """Handler and waiter are one thread then."""
    home.config |= {"workers": 1, "bandwidth": "50KB/s"}
    home.put("a.mp4", mp4(5_000_000, seed=attempt))
    with home.start("sync", stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        time.sleep(1.5 + attempt / 7)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 130
    assert home.public() == set()


def test_a_listing_without_news_can_be_stopped(home: Home) -> None:
    for number in range(6000):
        home.put(f"{number // 1000}/{number}.png", b"\x89PNG\r\n\x1a\n")
    assert home.sync()["exit_code"] == 4
    with home.start("sync", stderr=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        _wait_for(process, "syncer.db")
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=5)
    if process.returncode != 4:  # it was not through yet
        assert process.returncode == 130
        assert b"interrupted" in out


def _wait_for(process: subprocess.Popen[bytes], name: str) -> None:
    """Until it has opened that file: a machine may be busy."""
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError):
            opened = [each.readlink().name for each in Path(f"/proc/{process.pid}/fd").iterdir()]
            if name in opened:
                return
        time.sleep(0.02)


def test_a_second_signal_waits_for_nobody(home: Home) -> None:
    """Not even for an origin that takes connections and never answers."""
    home.put("a.mp4", mp4())
    with socket.create_server(("127.0.0.1", 0)) as mute:
        home.config["origin"]["connect_to"] = f"127.0.0.1:{mute.getsockname()[1]}"
        with home.start("sync", stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
            mute.settimeout(10)
            connection, _ = mute.accept()
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            begun = time.monotonic()
            assert process.wait(10) == 130
            assert time.monotonic() - begun < 3
            connection.close()
    assert home.public() == {"clips/a.mp4"}


def test_a_signal_after_the_manifest_says_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is not called unwritten."""
    from syncer.cli import parts

    home.put("a.mp4", mp4())
    write = parts.write_manifests

    def write_and_stop(*arguments: object) -> int:
        count = write(*arguments)  # type: ignore[arg-type] # passed through
        signal.raise_signal(signal.SIGINT)
        return count

    monkeypatch.setattr(parts, "write_manifests", write_and_stop)
    ran = home.syncer("sync")
    assert ran.code == 130
    assert "1 URLs in" in ran.out
    assert "interrupted" in ran.out
