"""The main job from end to end: odd keys from Ceph RGW to both kinds of origin, 1,100 objects to one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.home import Home, plain
from tests.media import mp4
from tests.servers.nginx import Site, StartNginx
from tests.servers.rgw import S3Service
from tests.servers.sshd import Sshd

COUNT = 1100
ODD = (
    "plain.mp4",
    "with space.mp4",
    "ünï çödé 日本語 😀.mp4",
    "100% #1 ?query=1&x=2.mp4",
    "plus+minus-tilde~.mp4",
    "quote'\"double.mp4",
    "semi;colon,comma.mp4",
    "a=b@c:d$e!f*(g).mp4",
    "brackets [1] {2} <3>.mp4",
    "pipe|caret^back`tick.mp4",
    "deep/er/and/deep/er/again/x.mp4",
    "dots.in.it.mp4",
    "trailing-dot..mp4",
    "%41%20/percent%20encoded.mp4",
    "UPPER.MP4",
    "upper.MP4",
    "no-extension",
    "emoji/👩‍👩‍👧‍👦/family.mp4",
    "rtl/שלום.mp4",
    "x" * 200 + ".mp4",
)


FEW = 200
"""Each odd key ten times."""


def keys() -> Iterator[str]:
    """Repeats each odd key in folders of its own, until there are enough objects."""
    for number in range(COUNT):
        yield f"{number // len(ODD):03}/{ODD[number % len(ODD)]}"


def content(number: int) -> bytes:
    return mp4(1000 + number % 3000, seed=number)


@pytest.fixture(scope="module")
def bucket(rgw: S3Service) -> str:
    name = rgw.bucket()
    with closing(rgw.client()) as client, ThreadPoolExecutor(8) as pool:

        def put(number: int, key: str) -> None:
            client.put_object(Bucket=name, Key=f"exports/{key}", Body=content(number))

        list(pool.map(put, range(COUNT), keys()))
    return name


def check_all(home: Home, site: Site, count: int) -> None:
    """Every object has a manifest line, and every URL serves its bytes."""
    listed = home.manifest()
    assert len(listed) == count
    for number, key in enumerate(islice(keys(), count)):
        record = listed[key]
        expected = hashlib.sha256(content(number)).hexdigest()
        assert record["sha256"] == expected
        assert record["url"].isascii()
        served = site.fetch(record["url"])
        assert served.status_code == 200
        assert served.headers["content-type"] == "video/mp4"
        assert hashlib.sha256(served.content).hexdigest() == expected
    urls = [item["url"] for item in json.loads((home.folder / "urls.json").read_text())["items"]]
    assert urls == sorted(urls)


def source(rgw: S3Service, bucket: str) -> dict[str, Any]:
    return {"kind": "s3", **rgw.settings(bucket), "prefix": "exports/", "path": "clips/{key}"}


@pytest.mark.scale
def test_from_a_bucket_to_a_web_root_over_sftp(rgw: S3Service, bucket: str, sshd: Sshd, home: Home) -> None:
    home.config["sources"] = {"clips": source(rgw, bucket)}
    home.config["origin"]["destination"] = plain(sshd.destination(home.site.root))
    home.config["workers"] = 8
    done = home.sync()
    assert done["exit_code"] == 0, done["log"][-2000:]
    assert done["counts"]["copied"] == COUNT
    check_all(home, home.site, COUNT)
    assert home.sync()["counts"] == {"kept": COUNT}


@pytest.mark.scale
def test_from_a_bucket_to_a_bucket_behind_a_domain(
    rgw: S3Service, bucket: str, nginx: StartNginx, web_root: Path, tmp_path: Path
) -> None:
    public = rgw.bucket()
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{public}/*",
            }
        ],
    }
    with closing(rgw.client()) as client:
        client.put_bucket_policy(Bucket=public, Policy=json.dumps(policy))
    # A CDN in front of the bucket: the raw request line goes through, with the bucket before it.
    site = nginx(
        web_root,
        server=f"""
        location /clips/ {{
            proxy_pass {rgw.endpoint}/{public}$request_uri;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}""",
    )
    home = Home(tmp_path, site)
    home.config["sources"] = {"clips": source(rgw, bucket) | {"include": ["00?/**"]}}
    home.config["origin"]["destination"] = {
        "kind": "s3",
        **rgw.settings(public),
        "cache_control": "public, max-age=31536000",
    }
    home.config["workers"] = 8
    done = home.sync()
    assert done["exit_code"] == 0, done["log"][-2000:]
    check_all(home, site, FEW)
    assert site.fetch(next(iter(home.manifest().values()))["url"]).headers["cache-control"] == (
        "public, max-age=31536000"
    )
