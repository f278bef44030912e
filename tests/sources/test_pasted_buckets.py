"""Laws of pasted buckets: the error has the right settings, and these are accepted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from syncer.config import load
from syncer.connect.s3 import buckets
from syncer.errors import ConfigError

ACCOUNT = "0123456789abcdef" * 2
R2 = "r2.cloudflarestorage.com"

PASTED = [
    ("https://raw.s3.amazonaws.com/", "bucket: raw"),
    ("HTTPS://RAW.S3.AMAZONAWS.COM", "bucket: raw"),
    ("raw.s3.eu-west-3.amazonaws.com", "bucket: raw and region: eu-west-3"),
    (
        "https://raw.s3.dualstack.us-east-2.amazonaws.com/a b/",
        'bucket: raw, region: us-east-2 and prefix: "a b/"',
    ),
    (
        "https://raw.s3.eu-west-3.amazonaws.com/a/clip.mp4?X-Amz-Signature=sEcReT",
        "bucket: raw, region: eu-west-3 and prefix: a/",
    ),
    ("https://s3.amazonaws.com/raw", "bucket: raw"),
    ("s3.ap-south-1.amazonaws.com/raw/a/b", "bucket: raw, region: ap-south-1 and prefix: a/b/"),
    (
        "https://us-east-1.console.aws.amazon.com/s3/buckets/raw?prefix=a/&tab=objects",
        "bucket: raw, region: us-east-1 and prefix: a/",
    ),
    ("s3://raw", "bucket: raw"),
    ("s3://raw/a/b/", "bucket: raw and prefix: a/b/"),
    ("arn:aws:s3:::raw", "bucket: raw"),
    ("arn:aws-cn:s3:::raw/a/*", "bucket: raw and prefix: a/"),
    ("gs://raw/a", "bucket: raw, endpoint: https://storage.googleapis.com and prefix: a/"),
    (f"https://{ACCOUNT}.{R2}/raw", f"bucket: raw and endpoint: https://{ACCOUNT}.{R2}"),
    (
        f"https://raw.{ACCOUNT}.eu.{R2}/a/",
        f"bucket: raw, endpoint: https://{ACCOUNT}.eu.{R2} and prefix: a/",
    ),
    (
        f"https://dash.cloudflare.com/{ACCOUNT}/r2/default/buckets/raw",
        f"bucket: raw and endpoint: https://{ACCOUNT}.{R2}",
    ),
    (
        "https://raw.ams3.cdn.digitaloceanspaces.com/a",
        "bucket: raw, endpoint: https://ams3.digitaloceanspaces.com and prefix: a/",
    ),
    (
        "https://raw.s3.eu-central-003.backblazeb2.com",
        "bucket: raw and endpoint: https://s3.eu-central-003.backblazeb2.com",
    ),
    ("https://s3.wasabisys.com/raw/a/", "bucket: raw, endpoint: https://s3.wasabisys.com and prefix: a/"),
    (
        "https://abc.supabase.co/storage/v1/s3/raw",
        "bucket: raw and endpoint: https://abc.supabase.co/storage/v1/s3",
    ),
    ("http://10.0.0.7:9000/raw/", "bucket: raw and endpoint: http://10.0.0.7:9000"),
    ("minio.lan:9000/raw/a", "bucket: raw, endpoint: https://minio.lan:9000 and prefix: a/"),
    ("https://s3.example.com/raw/a/", "bucket: raw, endpoint: https://s3.example.com and prefix: a/"),
    ("raw/", "bucket: raw"),
    ("raw/a/b", "bucket: raw and prefix: a/b/"),
]

HALF = [
    (
        "https://f004.backblazeb2.com/file/raw/",
        "bucket: raw and as endpoint the S3 endpoint that Backblaze B2 shows",
    ),
    (
        f"https://pub-{ACCOUNT}.r2.dev",
        "bucket: NAME and as endpoint the S3 endpoint that Cloudflare R2 shows, where NAME",
    ),
    (
        "https://minio.lan:9000",
        "bucket: NAME and endpoint: https://minio.lan:9000, where NAME is the bucket",
    ),
    ("https://", "bucket: NAME, where NAME is the bucket"),
    ("https://[", "bucket: NAME, where"),
]


def config(folder: Path, **said: str) -> Path:
    file = folder / "config.yaml"
    origin = {"url": "https://m.example.com/", "property": "https://m.example.com/"}
    source = {"kind": "s3", **said}
    destination = {"kind": "local", "root": str(folder)}
    file.write_text(
        yaml.safe_dump({"origin": {**origin, "destination": destination}, "sources": {"a": source}})
    )
    return file


@pytest.mark.parametrize(("value", "told"), PASTED)
def test_a_pasted_bucket_is_answered_with_settings_that_work(tmp_path: Path, value: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(config(tmp_path, bucket=value))
    (line,) = [each for each in str(caught.value).splitlines() if "bucket" in each]
    assert line.partition("write ")[2].partition("; found ")[0] == told
    assert "sEcReT" not in line
    lines = "\n".join(re.split(r", | and (?=\w+: )", told))
    assert load(config(tmp_path, **yaml.safe_load(lines))).sources["a"].kind == "s3"


@pytest.mark.parametrize(("value", "told"), HALF)
def test_what_does_not_tell_all_says_what_is_missing(value: str, told: str) -> None:
    assert f"write {told}" in str(buckets.bucket_flaw(value))


@pytest.mark.parametrize(
    "value",
    [
        "raw",
        "media.example.com",
        "s3.example.com",
        "amazonaws.com",
        "raw_videos",
        "arn:aws:s3:eu-west-1:123456789012:accesspoint/raw",
        "tenant:raw",
    ],
)
def test_a_name_of_a_bucket_is_taken_as_it_is(value: str) -> None:
    assert buckets.bucket_flaw(value) is None
