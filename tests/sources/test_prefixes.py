"""A prefix is a folder: with or without its slash it matches the keys in it, and none beside it."""

from __future__ import annotations

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.connect.s3.prefixes import checked_prefix, empty, key_below
from syncer.migrate.resolve import _inside
from syncer.sources.s3 import S3Source
from tests import configs
from tests.configs import CLIPS, at_origin, complaint
from tests.home import Home
from tests.media import mp4
from tests.servers.rgw import S3Service

folder = configs.folder

HELD = ("2024/a.mp4", "2024/b/c.mp4", "2024-draft/d.mp4", "2024.mp4", "2024s.mp4", "2023/e.mp4")
BELOW = {"a.mp4": "2024/a.mp4", "b/c.mp4": "2024/b/c.mp4"}


@pytest.fixture
def bucket(rgw: S3Service) -> str:
    name = rgw.bucket()
    with closing(rgw.client()) as client:
        for key in HELD:
            client.put_object(Bucket=name, Key=key, Body=mp4())
    return name


@pytest.mark.parametrize(
    ("prefix", "keys"),
    [
        ("2024", BELOW),
        ("2024/", BELOW),
        ("2024/b", {"c.mp4": "2024/b/c.mp4"}),
        ("2024/b/c.mp4", {"2024/b/c.mp4": "2024/b/c.mp4"}),
        ("2024*", {".mp4": "2024.mp4", "s.mp4": "2024s.mp4"}),
        ("2024/a*", {".mp4": "2024/a.mp4"}),
        ("20", {}),
        ("/2024", {}),
        ("", {key: key for key in HELD}),
    ],
)
def test_nothing_beside_the_folder_is_taken(
    rgw: S3Service, bucket: str, prefix: str, keys: dict[str, str]
) -> None:
    config = S3Source.Config(kind="s3", **rgw.settings(bucket, prefix=prefix))
    with closing(S3Source("s", config)) as source:
        assert {asset.key: asset.locator for asset in source.assets()} == keys
    for locator in HELD:
        url = f"{rgw.endpoint}/{bucket}/{locator}"
        assert _inside(config, url) == {place: key for key, place in keys.items()}.get(locator)


@given(st.text("ab/-*", max_size=6), st.text("ab/-", min_size=1, max_size=12))
def test_a_key_is_below_its_prefix_or_not_taken(prefix: str, key: str) -> None:
    below = key_below(prefix, key)
    if below is None:
        return
    start = prefix.removesuffix("*")
    assert key.startswith(start)
    if start and not start.endswith("/") and prefix == start and key != prefix:
        assert key[len(start)] == "/", "a folder ends where its name does"
    if prefix.endswith("/") or not prefix:
        assert below in (key[len(prefix) :], key), "as it was before"


@pytest.mark.parametrize(
    ("prefix", "sample", "hint"),
    [
        ("/2024/", "2024/a.mp4", 'write prefix: "2024/" if that is the right one'),
        ("/2024", "2024/a.mp4", 'write prefix: "2024/" if that is the right one'),
        ("2024-", "2024-draft/d.mp4", 'write prefix: "2024-draft/" if that is the right one'),
        ("/2023/e.mp4", "2023/e.mp4", 'write prefix: "2023/e.mp4" if that is the right one'),
        ("/", "2023/e.mp4", "leave prefix out to use the whole bucket"),
        ("2024/a.m", "2024/a.mp4", 'write prefix: "2024/a.m*" if that is the right one'),
        ("2024\\\\b", "2024/b/c.mp4", 'write prefix: "2024/b/" if that is the right one'),
    ],
)
def test_an_empty_prefix_is_reported_with_similar_ones(  # noqa: PLR0913 - three fixtures
    home: Home, rgw: S3Service, bucket: str, prefix: str, sample: str, hint: str
) -> None:
    prefix = prefix.replace("\\\\", "\\")
    home.config["sources"] = {"clips": {"kind": "s3", **rgw.settings(bucket, prefix=prefix)}}
    done = home.sync()
    empty, found = done["findings"]
    assert empty["message"] == "source clips: 0 objects listed"
    assert (found["rule"], found["hint"]) == ("source.prefix", hint)
    assert f'but there is "{sample}"' in found["message"]
    assert hint in home.syncer("plan").out
    assert hint in home.syncer("doctor").out
    assert home.public() == set()


@pytest.mark.parametrize(
    ("prefix", "named"),
    [
        ("202", ["2023/", "2024/", "2024-draft/", "202*"]),
        ("/20/", ["2023/", "2024/", "2024-draft/", "20*"]),
        ("2024/../20", []),
    ],
)
def test_of_several_folders_that_a_prefix_may_mean_all_are_named_and_none_is_put_forward(
    rgw: S3Service, bucket: str, prefix: str, named: list[str]
) -> None:
    config = S3Source.Config(kind="s3", **rgw.settings(bucket, prefix=prefix))
    with closing(S3Source("s", config)) as source:
        assert not list(source.assets())
        found = source.remarks()
    assert len(found) == bool(named)
    for each in found:
        *others, last = [f'"{name}"' for name in named]
        assert each.hint == f"set prefix to the right one: {', '.join(others)} or {last}"
        assert "if that is the right one" not in each.message
        assert all(f'"{name}"' in each.message for name in named)


def test_a_message_about_a_prefix_names_few_of_many_folders() -> None:
    found = empty("s3://b/x", [f"x{number}/" for number in range(9)], "x0/a.mp4")
    assert (found.hint or "").endswith('"x3/", "x4/" or others')
    assert "x5" not in found.message


def test_urls_of_a_prefix_with_its_slash_stay_and_one_without_has_the_same(
    home: Home, rgw: S3Service, bucket: str
) -> None:
    source = {"kind": "s3", **rgw.settings(bucket, prefix="2024/")}
    home.config["sources"] = {"clips": source}
    home.sync()
    before = home.manifest()
    assert {key: item["path"] for key, item in before.items()} == {key: f"clips/{key}" for key in BELOW}
    source["prefix"] = "2024"
    assert home.sync()["counts"] == {"kept": 2}
    assert {item["url"] for item in home.manifest().values()} == {item["url"] for item in before.values()}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("'exports/*'", 'write "exports/"'),
        ("'exports/**'", 'write "exports/"'),
        ("'2024/*.mp4'", 'write "2024/" and include: ["*.mp4"]'),
        ("'20*/clips/'", 'leave it out and include: ["20*/clips/*"]'),
        ("\u201cexports/\u201d", 'write "exports/"'),
        ("'exports/ '", 'write "exports/"'),
        ("./exports", 'write "exports"'),
        ("s3://raw/exports/", 'write "exports/"'),
    ],
)
def test_one_that_no_key_can_begin_with_is_refused_with_its_place(prefix: str, words: str) -> None:
    said = complaint(f"{CLIPS}    prefix: {prefix}\n")
    assert said.startswith("config.yaml:9:13: sources.clips.prefix: ")
    assert words in said


@pytest.mark.usefixtures("folder")
def test_a_destination_lies_in_one_folder() -> None:
    said = complaint(at_origin("destination", "{kind: s3, bucket: b, prefix: 'media/2*'}"))
    assert said.startswith("config.yaml:4:46: origin.destination.prefix: must be one folder")
    assert checked_prefix("media/2*") == "media/2*", "of a source it is names that begin so"
