"""A file that changes between its listing and its last byte is never published in part, or mixed."""

from __future__ import annotations

import os
from contextlib import closing
from typing import Any

import pytest

from syncer.destinations.keys import OWNER_MARK
from syncer.probe.media_types import sniff
from tests import bad_input
from tests.bad_input import one_by_one, whole
from tests.home import Home
from tests.media import SMALLEST, mp4
from tests.servers.rgw import S3Service

quick_retries = bad_input.quick_retries
s3_source = bad_input.s3_source


def test_an_object_that_is_deleted_or_replaced_between_its_listing_and_its_reading(
    home: Home, rgw: S3Service, s3_source: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from syncer.sources.s3 import S3Source

    bucket, opened = s3_source["bucket"], S3Source.open
    with closing(rgw.client()) as client:
        for number, key in enumerate(("deleted.mp4", "replaced.mp4", "same-size.mp4", "stays.mp4")):
            client.put_object(Bucket=bucket, Key=key, Body=mp4(seed=number))

        def changed_before(source: S3Source, asset: Any, start: int = 0) -> Any:
            match asset.key:
                case "deleted.mp4":
                    client.delete_object(Bucket=bucket, Key=asset.key)
                case "replaced.mp4":
                    client.put_object(Bucket=bucket, Key=asset.key, Body=mp4(9000, seed=8))
                case "same-size.mp4":
                    client.put_object(Bucket=bucket, Key=asset.key, Body=mp4(seed=9))
            return opened(source, asset, start)

        home.config["sources"] = {"cloud": s3_source}
        with monkeypatch.context() as patch:
            patch.setattr(S3Source, "open", changed_before)
            said = one_by_one(home)
    assert set(said) == {"deleted.mp4", "replaced.mp4", "same-size.mp4"}
    assert all("changed or deleted since it was listed" in each for each in said.values())
    whole(home, "cloud/stays.mp4")
    assert home.sync()["exit_code"] == 0
    whole(home, "cloud/stays.mp4", "cloud/replaced.mp4", "cloud/same-size.mp4")
    assert home.site.get("cloud/same-size.mp4").content == mp4(seed=9)


def test_a_file_that_is_deleted_or_written_to_while_it_is_read(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is deleted while it is open can still be read completely."""
    for number, name in enumerate(("cut", "deleted", "grown", "overwritten", "replaced", "stays")):
        home.put(f"{name}.mp4", mp4(3_000_000, seed=number))

    def changed_meanwhile(head: bytes, key: str) -> str:
        path = home.media / key
        match path.stem:
            case "cut":
                os.truncate(path, len(SMALLEST) - 200)
            case "grown":
                path.write_bytes(path.read_bytes() + b"more")
            case "overwritten":
                path.write_bytes(mp4(3_000_000, seed=7))
            case "deleted":
                path.unlink()
            case "replaced":
                home.put("new", mp4(3_000_000, seed=8)).rename(path)
        return sniff(head, key)

    with monkeypatch.context() as patch:
        patch.setattr("syncer.sync.stream.sniff", changed_meanwhile)
        said = one_by_one(home)
    assert set(said) == {"cut.mp4", "grown.mp4", "overwritten.mp4"}
    assert all("was changed or deleted since it was listed" in each for each in said.values())
    whole(home, "clips/deleted.mp4", "clips/replaced.mp4", "clips/stays.mp4")
    assert home.sync()["exit_code"] == 4
    assert {key: trouble["code"] for key, trouble in home.troubles().items()} == {
        "cut.mp4": "media.truncated"
    }
    assert home.site.get("clips/replaced.mp4").content == mp4(3_000_000, seed=8)
    assert home.site.get("clips/overwritten.mp4").content == mp4(3_000_000, seed=7)


def test_a_file_that_is_cut_while_it_is_read_leaves_nothing_in_a_bucket(
    home: Home, rgw: S3Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = rgw.bucket()
    home.put("a.mp4", mp4(20_000_000))
    home.config["origin"]["destination"] = {"kind": "s3", **rgw.settings(public)}

    def cut(head: bytes, key: str) -> str:
        os.truncate(home.media / key, 19_000_000)
        return sniff(head, key)

    with monkeypatch.context() as patch:
        patch.setattr("syncer.sync.stream.sniff", cut)
        (said,) = one_by_one(home).values()
    assert "was changed or deleted since it was listed" in said
    with closing(rgw.client()) as client:
        there = client.list_objects_v2(Bucket=public).get("Contents", ())
        assert [found["Key"] for found in there] == [OWNER_MARK]
        assert "Uploads" not in client.list_multipart_uploads(Bucket=public)


def test_a_file_that_is_deleted_between_its_listing_and_its_reading(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from syncer.sources.local import LocalSource

    home.put("a.mp4", mp4())
    home.put("b.mp4", mp4(seed=1))
    opened = LocalSource.open

    def deleted_before(source: LocalSource, asset: Any, start: int = 0) -> Any:
        if asset.key == "a.mp4":
            (home.media / asset.key).unlink()
        return opened(source, asset, start)

    with monkeypatch.context() as patch:
        patch.setattr(LocalSource, "open", deleted_before)
        (said,) = one_by_one(home).values()
    assert "a.mp4 was changed or deleted since it was listed" in said
    whole(home, "clips/b.mp4")
    assert home.sync()["exit_code"] == 0
    assert home.troubles() == {}
