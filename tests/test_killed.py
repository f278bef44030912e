"""`kill -9` at 30 random moments: nothing half-done is ever public, and the next run goes on."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.destinations.keys import OWNER_MARK
from tests.home import Home, plain
from tests.media import mp4
from tests.servers.rgw import S3Service
from tests.servers.sshd import Sshd

FILES = 60
BIG = 9_000_000
"""More than one part of a multipart upload."""

Public = Callable[[], dict[str, bytes]]
"""What lies at final names."""


def local(home: Home, _request: pytest.FixtureRequest) -> tuple[dict[str, Any], Public]:
    return {"kind": "local", "root": str(home.site.root)}, lambda: files(home.site.root)


def sftp(home: Home, request: pytest.FixtureRequest) -> tuple[dict[str, Any], Public]:
    sshd: Sshd = request.getfixturevalue("sshd")
    return plain(sshd.destination(home.site.root)), lambda: files(home.site.root)


def s3(_home: Home, request: pytest.FixtureRequest) -> tuple[dict[str, Any], Public]:
    """Seen by its own API; that it is not behind the site does not matter here."""
    rgw: S3Service = request.getfixturevalue("rgw")
    bucket = rgw.bucket()

    def public() -> dict[str, bytes]:
        with closing(rgw.client()) as client:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
            keys = {item["Key"] for page in pages for item in page.get("Contents", [])} - {OWNER_MARK}
            return {key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    return {"kind": "s3", **rgw.settings(bucket)}, public


def files(root: Path) -> dict[str, bytes]:
    """Every file that a visitor could ask for by a published name."""
    paths = (path for path in root.rglob("*") if path.is_file() and not path.name.startswith(".syncer-"))
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


@pytest.mark.parametrize(("destination", "kills"), [(sftp, 16), (local, 7), (s3, 7)])
def test_a_killed_run_leaves_only_whole_files(
    destination: Callable[[Home, pytest.FixtureRequest], tuple[dict[str, Any], Public]],
    kills: int,
    request: pytest.FixtureRequest,
    home: Home,
) -> None:
    home.config["origin"]["destination"], public = destination(home, request)
    home.config |= {"bandwidth": "20MB/s", "workers": 4}
    versions: dict[str, set[bytes]] = {}
    chance = random.Random(kills)  # noqa: S311 - moments, the same in every run of the test
    killed = 0
    for attempt in range(kills):
        change(home, versions, attempt)
        process = home.start("sync", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.7, 2.2))
        process.kill()
        killed += process.wait() == -signal.SIGKILL
        for path, content in public().items():
            assert content in versions[path], f"{path} is partial or foreign after kill {attempt}"
        assert whole(home.folder / "syncer.db")
        manifest = home.folder / "urls.json"
        assert not manifest.exists() or json.loads(manifest.read_text())["origin"] == home.site.url
    assert killed >= kills // 2, "the moments were too late to be one"
    ran = home.syncer("sync")
    # The bucket is behind no site, so nothing is seen there.
    assert ran.code == (3 if destination is s3 else 0), ran.err
    assert public() == {f"clips/{key}": path for key, path in media(home).items()}
    tidied = home.syncer("tidy", "--older-than", "0s") if destination is s3 else home.syncer("tidy")
    assert tidied.code == 0, tidied.err
    assert home.syncer("tidy", "--older-than", "0s", "--json").json == {"removed": []}
    staged = [path.name for path in home.site.root.rglob(".syncer-*") if path.name != OWNER_MARK]
    assert staged == []


def change(home: Home, versions: dict[str, set[bytes]], attempt: int) -> None:
    """Half of the files get new bytes, so that both new names and replaced ones are hit."""
    for number in range(FILES):
        if attempt == 0 or (number + attempt) % 2:
            content = mp4(BIG if number == 0 else 20_000 + 5_000 * number, seed=1000 * attempt + number)
            home.put(f"{number:02}.mp4", content)
            versions.setdefault(f"clips/{number:02}.mp4", set()).add(content)


def media(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.media.iterdir()}


def whole(catalogue: Path) -> bool:
    if not catalogue.exists():
        return True
    with closing(sqlite3.connect(catalogue)) as db:
        return bool(db.execute("PRAGMA integrity_check").fetchall() == [("ok",)])
