"""Long downloads from the local origin: files change, visitors leave, many come at once."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from syncer.serving import Running
from tests.home import SIGNATURE
from tests.serving.visitors import big, stranger


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


@pytest.mark.parametrize("asked", [{}, {"Range": "bytes=0-"}])
def test_a_file_replaced_during_a_download_is_sent_whole(
    client: httpx.Client, root: Path, asked: dict[str, str]
) -> None:
    """The old file, whole: no mixture, and no wrong length."""
    (root / "replaced.mp4").write_bytes(big())
    with client.stream("GET", "replaced.mp4", headers=asked) as answer:
        chunks = answer.iter_bytes()
        got = [next(chunks)]
        (root / "new").write_bytes(b"shorter")
        (root / "new").rename(root / "replaced.mp4")
        got.extend(chunks)
    assert b"".join(got) == big()
    assert client.get("replaced.mp4").content == b"shorter"


def test_a_file_cut_short_during_a_download_aborts_it(
    origin: Running, root: Path, lines: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """An incomplete file must not look complete."""
    (root / "cut.mp4").write_bytes(big())
    with stranger(origin) as client, client.stream("GET", "cut.mp4") as answer:
        chunks = answer.iter_bytes()
        next(chunks)
        os.truncate(root / "cut.mp4", 1024)
        with pytest.raises(httpx.RemoteProtocolError):
            list(chunks)
    assert eventually(
        lambda: any(line.startswith("GET /cut.mp4 200 (LocalProtocolError) ") for line in lines)
    )
    assert not caplog.records


def test_a_visitor_who_leaves_does_not_disturb_others(
    origin: Running, client: httpx.Client, lines: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with stranger(origin) as leaver, leaver.stream("GET", "big.mp4") as answer:
        next(answer.iter_bytes())
    assert client.get("big.mp4").content == big()
    assert eventually(lambda: sum(line.startswith("GET /big.mp4 200 ") for line in lines) >= 2)
    assert not caplog.records


def test_many_at_once_get_their_own_bytes(origin: Running) -> None:
    def piece(number: int) -> bool:
        start = number * 300_001
        with stranger(origin) as own:
            got = own.get("big.mp4", headers={"Range": f"bytes={start}-{start + 299_999}"})
        return got.status_code == 206 and got.content == big()[start : start + 300_000]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(piece, range(64)))


@pytest.mark.server
def test_a_connection_is_kept(origin: Running) -> None:
    command = ["curl", "-q", "-s", "--noproxy", "*", "--cacert", str(origin.ca), "-w", "%{num_connects} "]
    where = ["-o", os.devnull, origin.url + "empty.mp4", "-o", os.devnull, origin.url + SIGNATURE]
    done = subprocess.run([*command, *where], capture_output=True, check=True)
    assert done.stdout == b"1 0 "


def test_each_request_is_one_line_without_its_query(client: httpx.Client, lines: list[str]) -> None:
    lines.clear()
    client.get("clips/Summer%20Trip.mp4?token=secret", headers={"Range": "bytes=0-3"})
    client.get("nowhere")
    assert eventually(lambda: len(lines) == 2)
    # Each line is logged at the end of its request, so the next request may be logged first.
    assert sorted(lines) == ["GET /clips/Summer%20Trip.mp4 206 4", "GET /nowhere 404 10"]
