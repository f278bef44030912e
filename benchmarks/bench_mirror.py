"""The main job beside `rclone copy`, on the same work, in turns: a bucket (Ceph RGW) → a web root (sshd).

    make bench

rclone copies; syncer also hashes, looks at each public URL (nginx over TLS) and writes the manifest.
Prints the medians of whole processes and their ratio; only the ratio means much on a shared machine.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.home import Home, plain
from tests.media import mp4
from tests.servers.rgw import S3Service
from tests.servers.sshd import Sshd

ROUNDS = 3
RCLONE = Path(sys.executable).parent / "rclone"


@dataclass(frozen=True)
class Work:
    count: int
    size: int

    def __str__(self) -> str:
        return f"{self.count} x {self.size / 1e6:g} MB"


@pytest.mark.parametrize("work", [Work(24, 32_000_000), Work(1000, 256_000), Work(2000, 16_000)], ids=str)
def test_mirror(
    work: Work, rgw: S3Service, sshd: Sshd, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket = filled(rgw, work)
    home.config["sources"] = {"clips": {"kind": "s3", **rgw.settings(bucket), "path": "{key}"}}
    home.config["origin"]["destination"] = plain(sshd.destination(home.site.root))
    home.config["workers"] = 8
    took: dict[str, list[float]] = {"syncer": [], "rclone": []}
    for _ in range(ROUNDS):
        took["syncer"].append(
            timed(home, work, lambda: home.start("sync", "--json", stdout=subprocess.DEVNULL))
        )
        took["rclone"].append(timed(home, work, lambda: rclone(rgw, sshd, home, bucket)))
    ours, theirs = (statistics.median(took[name]) for name in ("syncer", "rclone"))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{work}: syncer {ours:.2f} s, rclone copy {theirs:.2f} s, ratio {ours / theirs:.2f}"
            f" ({work.count * work.size / ours / 1e6:.0f} MB/s, {work.count / ours:.0f} files/s)\n"
        )


def filled(rgw: S3Service, work: Work) -> str:
    bucket = rgw.bucket()
    with closing(rgw.client()) as client, ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda number: client.put_object(
                    Bucket=bucket, Key=f"{number:05}.mp4", Body=mp4(work.size, seed=number % 50)
                ),
                range(work.count),
            )
        )
    return bucket


def timed(home: Home, work: Work, start: Callable[[], subprocess.Popen[bytes]]) -> float:
    """Seconds of a whole process that finds nothing done yet."""
    for path in home.site.root.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in home.folder.glob("syncer.db*"):
        path.unlink()
    begun = time.monotonic()
    with start() as process:
        assert process.wait(600) == 0
    seconds = time.monotonic() - begun
    assert len(list(home.site.root.iterdir())) == work.count
    return seconds


def rclone(rgw: S3Service, sshd: Sshd, home: Home, bucket: str) -> subprocess.Popen[bytes]:
    source = (
        f":s3,provider=Ceph,endpoint='{rgw.endpoint}',access_key_id={rgw.access_key},"
        f"secret_access_key={rgw.secret_key}:{bucket}"
    )
    destination = (
        f":sftp,host={sshd.host},port={sshd.port},user={sshd.user},key_file='{sshd.key}',"
        f"known_hosts_file='{sshd.known_hosts}':{home.site.root}"
    )
    environment = {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}
    return subprocess.Popen(
        [RCLONE, "copy", "--transfers", "8", "--config", os.devnull, source, destination],
        env=environment,
        stdout=subprocess.DEVNULL,
    )


def test_a_run_without_news(
    rgw: S3Service, sshd: Sshd, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    work = Work(2000, 2_000)
    bucket = filled(rgw, work)
    home.config["sources"] = {"clips": {"kind": "s3", **rgw.settings(bucket), "path": "{key}"}}
    home.config["origin"]["destination"] = plain(sshd.destination(home.site.root))
    assert home.sync()["exit_code"] == 0
    took: dict[str, list[float]] = {"syncer": [], "rclone": []}
    starts: dict[str, Callable[[], subprocess.Popen[bytes]]] = {
        "syncer": lambda: home.start("sync", "--json", stdout=subprocess.PIPE),
        "rclone": lambda: rclone(rgw, sshd, home, bucket),
    }
    for _ in range(ROUNDS):
        for name, start in starts.items():
            begun = time.monotonic()
            with start() as process:
                out, _ = process.communicate(timeout=600)
            took[name].append(time.monotonic() - begun)
            assert name == "rclone" or json.loads(out)["counts"] == {"kept": work.count}
    ours, theirs = (statistics.median(took[name]) for name in ("syncer", "rclone"))
    with capsys.disabled():
        sys.stdout.write(f"\nnothing new in {work.count}: syncer {ours:.2f} s, rclone {theirs:.2f} s\n")
