"""Each problem of config, credentials, sources and destination has one line, and a hint."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.connect.pace import SharedPace
from syncer.destinations.local import LocalDestination
from syncer.doctor.probefile import ProbeFile
from syncer.errors import DestinationError
from syncer.origin.view import PublicOrigin
from tests.doctor.visit import SECRET, WRONG, visit
from tests.home import Home, plain
from tests.media import mp4
from tests.mounts import mounted
from tests.servers.nginx import StartNginx
from tests.servers.ports import free_port
from tests.servers.rgw import S3Service
from tests.servers.sshd import Sshd

# Config and secrets


def test_a_broken_config_is_one_line_with_its_place(home: Home) -> None:
    home.config["origin"]["url"] = "http://media.example.test/"
    home.config["workers"] = 0
    report = visit(home)
    assert report.code == 2
    assert f"{home.folder / 'config.yaml'}:" in report.ill["detail"]
    assert report.having("skipped") == ["the other parts"]
    assert report.by_name["versions"]["state"] == "ok"
    lines = home.syncer("doctor").out.splitlines()
    assert sum(line.startswith("✗") for line in lines) == 1
    assert sum("config.yaml:" in line for line in lines) == 2


def test_a_config_that_is_not_there(home: Home) -> None:
    ran = home.syncer("doctor", "-c", "nowhere.yaml")
    assert ran.code == 2
    assert "✗ config: there is no config file nowhere.yaml" in ran.out


def test_a_secret_that_is_missing(home: Home, rgw: S3Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WRONG)
    home.config["sources"] = {
        "raw": {"kind": "s3", **rgw.settings(rgw.bucket(), secret_key=f"env:{WRONG}")},
        "clips": {"kind": "local", "root": "media"},
    }
    report = visit(home)
    assert report.code == 1
    assert (report.ill["name"], report.ill["code"]) == ("secret sources.raw.secret_key", "config.secret")
    for name in ("source raw", f"clock of {rgw.endpoint.removeprefix('http://')}"):
        assert report.by_name[name]["state"] == "skipped"
        assert (
            report.by_name[name]["detail"] == "not examined, because secret sources.raw.secret_key is not ok"
        )


def test_a_token_that_only_push_needs_may_be_missing(healthy: Home) -> None:
    healthy.config["tiktok"] = {"access_token": "env:SYNCER_TEST_NO_TOKEN"}
    report = visit(healthy)
    assert (report.code, report.having("warn")) == (0, ["secret tiktok.access_token"])
    healthy.config["tiktok"] = {"access_token": f"env:{WRONG}"}
    assert visit(healthy).having("warn") == []


# Sources


def _no_bucket(settings: dict[str, Any]) -> dict[str, Any]:
    return settings | {"bucket": "no-such-bucket"}


def _wrong_secret(settings: dict[str, Any]) -> dict[str, Any]:
    return settings | {"secret_key": f"env:{WRONG}"}


def _wrong_key(settings: dict[str, Any]) -> dict[str, Any]:
    return settings | {"access_key": f"env:{WRONG}"}


def _unreachable(settings: dict[str, Any]) -> dict[str, Any]:
    return settings | {"endpoint": f"http://127.0.0.1:{free_port()}"}


S3_AILMENTS = [
    (_no_bucket, "bucket"),
    (_wrong_secret, "credentials"),
    (_wrong_key, "credentials"),
    (_unreachable, "unreachable"),
]
Change = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize(("change", "code"), S3_AILMENTS)
def test_a_bucket_that_can_not_be_read(healthy: Home, rgw: S3Service, change: Change, code: str) -> None:
    healthy.config["sources"] = {"raw": {"kind": "s3", **change(rgw.settings(rgw.bucket()))}}
    report = visit(healthy)
    assert report.code == 1
    assert (report.ill["name"], report.ill["code"]) == ("source raw", f"source.{code}")


def test_a_folder_that_is_not_there(healthy: Home) -> None:
    healthy.config["sources"]["clips"]["root"] = "nowhere"
    assert (visit(healthy).ill["name"], visit(healthy).ill["code"]) == ("source clips", "source.missing")


def test_a_broken_source_does_not_stop_the_examination_of_others(healthy: Home) -> None:
    healthy.config["sources"] |= {"gone": {"kind": "local", "root": "nowhere"}}
    report = visit(healthy)
    assert report.ill["name"] == "source gone"
    assert report.by_name["source clips"]["state"] == "ok"
    assert report.having("skipped") == []


def _odd_name(home: Home) -> None:
    (home.media / "a.mp4").unlink()
    (home.media / "link.mp4").symlink_to("/etc/hostname")


def _filtered(home: Home) -> None:
    home.config["sources"]["clips"]["include"] = ["*.mov"]


def _empty(home: Home) -> None:
    (home.media / "a.mp4").unlink()


def _none(home: Home) -> None:
    home.config["sources"] = {}


def _uncovered(home: Home) -> None:
    home.config["origin"] |= {"property": f"{home.site.url}clips/b/", "signature_files": []}


@pytest.mark.parametrize(
    ("change", "name", "code"),
    [
        (_empty, "source clips", "doctor.empty"),
        (_filtered, "source clips", "doctor.unwanted"),
        (_odd_name, "source clips", "doctor.unwanted"),
        (_none, "sources", "doctor.empty"),
        (_uncovered, "source clips", "ownership.uncovered"),
    ],
)
def test_a_source_without_files_is_a_warning(
    healthy: Home, change: Callable[[Home], None], name: str, code: str
) -> None:
    change(healthy)
    report = visit(healthy)
    assert (report.code, report.having("warn")) == (0, [name])
    assert report.by_name[name]["code"] == code


def test_a_source_is_listed_for_at_most_a_page(healthy: Home) -> None:
    for number in range(1100):
        healthy.put(f"{number:04}.txt", b"x")
    healthy.put("z.mov", b"x")
    healthy.config["sources"]["clips"]["include"] = ["*.mov"]
    assert visit(healthy).by_name["source clips"]["detail"] == "0 of its first 1000 objects match include"


def test_the_first_valid_asset_is_read(healthy: Home) -> None:
    """`syncer plan` reports the problems of single assets."""
    (healthy.media / "0.mp4").symlink_to("/etc/hostname")
    assert "'a.mp4'" in visit(healthy).by_name["source clips"]["detail"]
    healthy.config["sources"]["clips"]["path"] = "{key}"
    healthy.put("." + "a" * 32 + "/../0.mp4", mp4())
    healthy.put("0" + "\x01.mp4", mp4())
    assert visit(healthy).by_name["source clips"]["state"] == "ok"


# The destination


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount disks")
def test_a_read_only_disk(healthy: Home) -> None:
    root = healthy.site.root
    with mounted(root, "--bind", str(root)):
        subprocess.run(["mount", "-o", "remount,bind,ro", root], check=True)
        report = visit(healthy)
    assert (report.ill["name"], report.ill["code"]) == ("destination", "destination.denied")
    assert report.having("skipped") == [
        "owner",
        "write",
        "public URL",
        "listing",
        "delete",
        "gone",
        "folders",
    ]


def test_an_unknown_host_key(healthy: Home, sshd: Sshd) -> None:
    known = healthy.folder / "known_hosts"
    known.write_text("")
    healthy.config["origin"]["destination"] = plain(sshd.destination(healthy.site.root, known_hosts=known))
    report = visit(healthy)
    assert (report.ill["name"], report.ill["code"]) == ("destination", "destination.host_key")


@pytest.mark.parametrize(("change", "code"), S3_AILMENTS)
def test_a_bucket_that_can_not_be_written(healthy: Home, rgw: S3Service, change: Change, code: str) -> None:
    settings = change(rgw.settings(rgw.bucket()))
    healthy.config["origin"]["destination"] = {"kind": "s3", **settings}
    report = visit(healthy)
    assert (report.ill["name"], report.ill["code"]) == ("destination", f"destination.{code}")


def test_a_failed_write_leaves_nothing_to_delete(home: Home) -> None:
    """Another program may fill the disk between the two examinations."""
    store = LocalDestination.Config(kind="local", root=home.site.root / "no" / "such")
    with closing(ProbeFile(store, PublicOrigin(home.site.url, home.site.url), SharedPace())) as probe:
        with pytest.raises(DestinationError):
            probe.write()
        assert probe.delete().state == "skipped"


def deny(rgw: S3Service, bucket: str, action: str) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    with closing(rgw.client()) as client:
        client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


@pytest.mark.parametrize(
    ("action", "name", "skipped"),
    [("s3:PutObject", "write", ["public URL", "listing", "gone"]), ("s3:DeleteObject", "delete", ["gone"])],
)
def test_a_bucket_with_half_the_rights(  # noqa: PLR0913 - the servers it takes
    home: Home, rgw: S3Service, nginx: StartNginx, web_root: Path, caplog: pytest.LogCaptureFixture,
    action: str, name: str, skipped: list[str],
) -> None:  # fmt: skip
    """The message names the file that can't be deleted."""
    home.put("a.mp4", mp4())
    bucket = rgw.bucket()
    site = nginx(web_root, server=f"location ~ ^/. {{ proxy_pass {rgw.endpoint}/{bucket}$request_uri; }}")
    destination = {"kind": "s3", **rgw.settings(bucket, acl="public-read")}
    home.config["origin"] |= {"connect_to": site.connect_to, "destination": destination}
    deny(rgw, bucket, action)
    report = visit(home)
    assert (report.ill["name"], report.ill["code"]) == (name, "destination.denied")
    assert report.having("skipped") == [*skipped, "signature"]
    assert ("stays at the destination" in caplog.text) is (name == "delete")
    assert SECRET not in caplog.text
