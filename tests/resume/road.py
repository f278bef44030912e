"""A user's folder with one large video, and a relay before its destination that counts bytes and cuts."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.home import Home, plain
from tests.media import mp4
from tests.servers.rgw import S3Service
from tests.servers.sshd import Sshd
from tests.servers.wire import Relay, relay

MEBI = 1024**2
KEY = "a.mp4"
CUT = 12 * MEBI
"""The most that one cut costs: a part, and for SFTP what was on its way."""
OVERHEAD = 1.01
"""What the protocols add."""


@dataclass
class Road:
    home: Home
    relay: Relay
    kind: str
    read: Callable[[str], bytes | None]
    """What is public under a path; seen by other eyes than ours."""
    staged: Callable[[], list[str]]
    """What lies staged at the destination."""

    def put(self, size: int, seed: int = 0) -> bytes:
        content = mp4(size, seed)
        self.home.put(KEY, content)
        return content

    @property
    def remembered(self) -> list[Path]:
        return list((self.home.folder / "syncer.db.uploads").glob("*"))

    def public(self) -> str | None:
        """The hash of what is public, for tests that would print a hundred megabytes."""
        body = self.read(f"clips/{KEY}")
        return None if body is None else digest(body)

    def sync(self) -> None:
        """All is published. A bucket is behind no site, so nothing is seen there."""
        ran = self.home.syncer("sync", "--json")
        assert ran.code == (3 if self.kind == "s3" else 0), ran.out + ran.err
        assert ran.json["counts"]["copied"] == 1

    def kill_after(self, sent: int) -> None:
        """`kill -9`, once a run has sent so many bytes."""
        self.broken_off(sent, subprocess.Popen.kill)

    def broken_off(self, sent: int, end: Callable[[subprocess.Popen[bytes]], None]) -> int:
        """However late this sees it, the run gets no further."""
        self.relay.hold_at = until = self.relay.sent + sent
        with self.home.start("sync", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 300
            while self.relay.sent < until:
                assert process.poll() is None, "it ended before it could be killed"
                assert time.monotonic() < deadline
                time.sleep(0.002)
            end(process)
            self.relay.hold_at = None
            return process.wait(30)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def road(kind: str, home: Home, request: pytest.FixtureRequest) -> Iterator[Road]:
    """To a destination of that kind."""
    home.config["workers"] = 1
    with (sftp if kind == "sftp" else s3)(home, request) as made:
        yield made


@contextmanager
def sftp(home: Home, request: pytest.FixtureRequest) -> Iterator[Road]:
    sshd: Sshd = request.getfixturevalue("sshd")
    with relay(sshd.port) as before:
        known = home.folder / "known_hosts"
        known.write_text(f"[{sshd.host}]:{before.port} {sshd.host_key('ed25519')}\n")
        settings = plain(sshd.destination(home.site.root, port=before.port, known_hosts=known))
        home.config["origin"]["destination"] = settings
        yield Road(home, before, "sftp", folder_reader(home.site.root), lambda: folder_staged(home))


@contextmanager
def s3(home: Home, request: pytest.FixtureRequest) -> Iterator[Road]:
    rgw: S3Service = request.getfixturevalue("rgw")
    bucket = rgw.bucket()
    with relay(urlsplit(rgw.endpoint).port or 0) as before, closing(rgw.client()) as eyes:
        settings: dict[str, Any] = rgw.settings(bucket, endpoint=f"http://127.0.0.1:{before.port}")
        home.config["origin"]["destination"] = {"kind": "s3", **settings}

        def read(path: str) -> bytes | None:
            if not eyes.list_objects_v2(Bucket=bucket, Prefix=path).get("Contents"):
                return None
            return eyes.get_object(Bucket=bucket, Key=path)["Body"].read()

        def staged() -> list[str]:
            return [
                each["UploadId"] for each in eyes.list_multipart_uploads(Bucket=bucket).get("Uploads", ())
            ]

        yield Road(home, before, "s3", read, staged)


def folder_reader(root: Path) -> Callable[[str], bytes | None]:
    return lambda path: (root / path).read_bytes() if (root / path).exists() else None


def folder_staged(home: Home) -> list[str]:
    return sorted(name for name in home.public() if ".syncer-" in name)
