"""After an error or a killed run, the rest is done, and the next run completes it."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from pathlib import Path

import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers.nginx import StartNginx
from tests.servers.rgw import S3Service

pytestmark = pytest.mark.usefixtures("quick_retries")


def test_two_configs_do_not_share_a_catalogue(home: Home, nginx: StartNginx, tmp_path: Path) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    other = nginx(home.site.root, host="cdn.example.test")
    home.config["origin"] |= {"url": other.url, "property": other.url, "connect_to": other.connect_to}
    home.config["origin"]["destination"]["root"] = str(tmp_path / "elsewhere")
    ran = home.syncer("sync")
    assert ran.code == 1
    assert f"belongs to {home.site.url}" in ran.err


def test_an_error_that_no_longer_happens_is_forgotten(home: Home) -> None:
    home.config["sources"]["more"] = {"kind": "local", "root": "more", "path": "clips/{key}"}
    home.put("a.mp4", mp4())
    (home.folder / "more").mkdir()
    home.sync()
    (home.folder / "more/a.mp4").write_bytes(mp4())
    assert home.sync()["exit_code"] == 3
    (home.folder / "more/a.mp4").unlink()
    assert home.sync()["exit_code"] == 0
    assert home.troubles() == {}


def test_what_was_being_replaced_when_the_run_died_is_listed_as_it_is(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is killed after the commit and before the catalogue knows; then the source loses the object."""
    home.put("a.mp4", mp4(2000, seed=1))
    home.sync()
    home.put("a.mp4", mp4(3000, seed=2))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("syncer.sync.ledger.Ledger.write", die)
        assert home.syncer("sync").code == 130
    assert home.site.get("clips/a.mp4").content == mp4(3000, seed=2)
    (home.media / "a.mp4").unlink()
    assert home.sync()["exit_code"] == 0
    assert home.manifest()["a.mp4"]["sha256"] == hashlib.sha256(mp4(3000, seed=2)).hexdigest()


def test_a_source_that_dies_after_its_listing_is_given_up_and_the_next_is_not(
    home: Home, rgw: S3Service
) -> None:
    """Its objects can be listed but not read, for example because of the bucket's policy."""
    bucket = rgw.bucket()
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    with closing(rgw.client()) as client:
        for number in range(160):
            client.put_object(Bucket=bucket, Key=f"{number:02}.mp4", Body=mp4(seed=number))
        client.put_bucket_policy(
            Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]})
        )
    local = home.config["sources"].pop("clips")
    home.config["sources"] = {"cloud": {"kind": "s3", **rgw.settings(bucket)}, "clips": local}
    home.put("a.mp4", mp4())
    done = home.sync()
    assert done["exit_code"] == 1
    assert done["errors"][0]["code"] == "source.denied"
    assert 125 <= done["counts"]["failed"] < 160, "25 in a row, and 100 that are spread over the rest"
    assert set(home.manifest()) == {"a.mp4"}
