"""A healthy setup of any kind gets no ✗, and is not changed."""

from __future__ import annotations

import os
import re
from contextlib import closing
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from tests.doctor.visit import visit
from tests.home import SIGNATURE, Home, plain
from tests.media import mp4
from tests.servers.nginx import StartNginx
from tests.servers.rgw import S3Service
from tests.servers.sshd import Sshd

LINES = [
    "config",
    "source clips",
    "DNS",
    "TLS",
    "clock",
    "destination",
    "catalogue",
    "owner",
    "write",
    "public URL",
    "listing",
    "delete",
    "gone",
    "folders",
    "property",
    f"signature {SIGNATURE}",
    "disk of the catalogue and manifests",
    "disk of the destination",
    "disk of temporary files",
    "media library",
    "libraries",
    "versions",
]


def test_a_folder_that_nginx_serves(healthy: Home) -> None:
    report = visit(healthy)
    assert (report.code, report.having("not ok"), report.having("skipped")) == (0, [], [])
    assert list(report.by_name) == LINES


def test_a_folder_on_an_sftp_server(healthy: Home, sshd: Sshd) -> None:
    healthy.config["origin"]["destination"] = plain(sshd.destination(healthy.site.root))
    report = visit(healthy)
    assert (report.code, report.having("not ok"), report.having("skipped")) == (0, [], [])


def test_a_bucket_behind_nginx_and_a_bucket_to_read(
    home: Home, rgw: S3Service, nginx: StartNginx, web_root: Path
) -> None:
    public, media = rgw.bucket(), rgw.bucket()
    front = f"location ~ ^/. {{ proxy_pass {rgw.endpoint}/{public}$request_uri; }}"
    site = nginx(web_root, server=front)
    destination = {"kind": "s3", **rgw.settings(public, acl="public-read")}
    home.config["origin"] |= {"connect_to": site.connect_to, "destination": destination}
    home.config["sources"] = {"raw": {"kind": "s3", **rgw.settings(media)}}
    with closing(rgw.client()) as client:
        client.put_object(Bucket=media, Key="a.mp4", Body=mp4())
        report = visit(home)
        assert client.list_objects_v2(Bucket=public).get("Contents", []) == []
    assert (report.code, report.having("not ok"), report.having("skipped")) == (0, [], ["signature"])
    assert report.by_name[f"clock of {rgw.endpoint.removeprefix('http://')}"]["state"] == "ok"
    secrets = [name for name in report.by_name if name.startswith("secret ")]
    assert secrets == [
        f"secret {part}.{key}"
        for part in ("origin.destination", "sources.raw")
        for key in ("access_key", "secret_key")
    ]


def test_a_person_gets_a_line_for_each_with_what_to_do_below(healthy: Home) -> None:
    healthy.config["sources"]["later"] = {"kind": "local", "root": "later"}
    (healthy.folder / "later").mkdir()
    ran = healthy.syncer("doctor")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[-1] == "22 ok, 1 warn"
    assert f"✓ config: {healthy.folder / 'config.yaml'} is valid" in lines
    at = lines.index("! source later: it is empty: 0 objects listed")
    assert lines[at + 1] == "  → put media there, or correct its root or prefix"
    assert re.search(
        r"✓ public URL: https://media.example.test/syncer-doctor-[0-9a-f]{16}.mp4 serves", ran.out
    )


def test_a_missing_catalogue_is_ok_and_not_made(home: Home) -> None:
    home.put("a.mp4", mp4())
    before = {path.name for path in home.folder.iterdir()} | {"config.yaml"}
    report = visit(home)
    assert report.by_name["catalogue"]["state"] == "ok"
    assert {path.name for path in home.folder.iterdir()} == before


def test_a_running_run_does_not_disturb_the_doctor(healthy: Home) -> None:
    url = f"sqlite:///{healthy.folder / 'syncer.db'}"
    with closing(open_catalogue(url)) as catalogue, catalogue.lock():
        report = visit(healthy)
    assert report.code == 0
    assert f"another run holds the lock: process {os.getpid()} on" in report.by_name["catalogue"]["detail"]
    assert "another run" not in visit(healthy).by_name["catalogue"]["detail"]


def test_a_killed_run_holds_no_lock(healthy: Home) -> None:
    (healthy.folder / "syncer.db.lock").write_text('{"pid": 1, "host": "h", "since": "then"}')
    assert "another run" not in visit(healthy).by_name["catalogue"]["detail"]


@pytest.mark.parametrize("options", [("--json",), ()])
def test_names_of_strangers_are_escaped(healthy: Home, options: tuple[str, ...]) -> None:
    (healthy.media / "a.mp4").rename(healthy.media / "\x1b[31m\u202e.mp4")
    out = healthy.syncer("doctor", *options).out
    assert "\x1b" not in out
    assert "[31m" in out
