"""A destination that is not writable, or full: one message, and files that still fit are published."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from tests import bad_input
from tests.bad_input import CLOUDS, failed, one_by_one, whole
from tests.home import Home, plain
from tests.media import mp4
from tests.mounts import mounted
from tests.servers.rgw import S3Service
from tests.servers.sshd import Sshd

quick_retries = bad_input.quick_retries
sftp = bad_input.sftp


@pytest.mark.parametrize("flaw", CLOUDS)
def test_a_bucket_that_cant_be_written(home: Home, rgw: S3Service, flaw: str) -> None:
    wrong, said = CLOUDS[flaw]
    home.put("a.mp4", mp4())
    home.config["origin"]["destination"] = {"kind": "s3", **rgw.settings(rgw.bucket()), **wrong}
    for _ in range(2):
        (line,) = failed(home.sync())
        assert said in line
        assert not (home.folder / "urls.json").exists(), "the owner of the bucket is unknown"


@pytest.mark.parametrize("kind", ["local", "sftp"])
def test_a_folder_that_is_mounted_read_only(home: Home, sshd: Sshd, kind: str) -> None:
    home.put("a.mp4", mp4())
    root = home.site.root
    if kind == "sftp":
        home.config["origin"]["destination"] = plain(sshd.destination(root))
    with mounted(root, "--bind", str(root)):
        subprocess.run(["mount", "-o", "remount,bind,ro", root], check=True)
        (line,) = failed(home.sync())
    assert f"{root} is read-only: a test file can't be written" in line
    assert home.manifest() == {}
    assert home.sync()["exit_code"] == 0
    whole(home, "clips/a.mp4")


@pytest.mark.parametrize("kind", ["local", "sftp"])
def test_no_published_name_is_in_the_way_of_the_test_file(home: Home, sshd: Sshd, kind: str) -> None:
    if kind == "sftp":
        home.config["origin"]["destination"] = plain(sshd.destination(home.site.root))
    home.config["sources"]["clips"]["path"] = "{key}"
    home.put("check/a.mp4", mp4())
    assert home.sync()["exit_code"] == 0
    home.put("check/b.mp4", mp4(seed=1))
    assert home.sync()["exit_code"] == 0
    whole(home, "check/a.mp4", "check/b.mp4")


def test_a_folder_that_another_user_owns_over_sftp(home: Home, sftp: dict[str, Any]) -> None:
    home.put("a.mp4", mp4())
    sftp["user"] = "nobody"
    (line,) = failed(home.sync())
    assert f"{home.site.root} does not let us create files in its root (Permission denied)" in line
    home.site.root.chmod(0o777)
    (home.site.root / "clips").mkdir()
    home.put("b.mp4", mp4(seed=1))
    home.config["sources"]["clips"]["path"] = "{key}"
    home.config["sources"]["more"] = {
        "kind": "local",
        "root": "media",
        "path": "clips/{key}",
        "include": ["b*"],
    }
    said = one_by_one(home)
    assert list(said) == ["b.mp4"]
    assert "does not let us" in said["b.mp4"]
    (home.site.root / "clips").rmdir()
    assert set(home.manifest()) == {"a.mp4", "b.mp4"}
    assert home.public() == {"a.mp4", "b.mp4"}


@pytest.mark.parametrize("kind", ["local", "sftp"])
def test_what_still_fits_on_a_disk_is_published(home: Home, sshd: Sshd, kind: str) -> None:
    root = home.site.root
    if kind == "sftp":
        home.config["origin"]["destination"] = plain(sshd.destination(root))
    home.put("large.mp4", mp4(3_000_000))
    home.put("small.mp4", mp4())
    home.config["workers"] = 1
    with mounted(root, "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs"):
        (said,) = one_by_one(home).values()
        assert f"{root} is full: 'clips/large.mp4' can't be written" in said
        whole(home, "clips/small.mp4")
        subprocess.run(["mount", "-o", "remount,size=8m", root], check=True)
        assert home.sync()["exit_code"] == 0
        whole(home, "clips/small.mp4", "clips/large.mp4")
