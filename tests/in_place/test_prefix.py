"""The prefix of a bucket in place is a folder as everywhere else, and URLs are what nginx serves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.home import Home
from tests.in_place.ground import UPLOADS, Ground, ground
from tests.media import mp4


@pytest.fixture
def bucket(home: Home, request: pytest.FixtureRequest) -> Iterator[Ground]:
    for made in ground("s3", home, request):
        made.upload(a=mp4(seed=1), b=mp4(seed=2))
        made.put("storage/uploads-old/c-1.mp4", mp4(seed=3))
        yield made


@pytest.mark.parametrize(
    ("prefix", "keys"),
    [
        ("storage/uploads", {"a.mp4", "b.mp4"}),
        ("storage/uploads-*", set()),
        ("storage/uploads-old/c*", {"-1.mp4"}),
        ("storage", {"uploads/a.mp4", "uploads/b.mp4", "uploads-old/c-1.mp4"}),
    ],
)
def test_what_a_prefix_takes_has_the_url_where_it_lies(bucket: Ground, prefix: str, keys: set[str]) -> None:
    bucket.home.config["sources"]["uploads"]["prefix"] = prefix
    before = bucket.everything()
    assert bucket.home.sync()["counts"] == ({"in_place": len(keys)} if keys else {})
    start = prefix.removesuffix("*") if prefix.endswith("*") else f"{prefix}/"
    items = bucket.home.manifest()
    assert {key: item["url"] for key, item in items.items()} == {key: bucket.url(start + key) for key in keys}
    assert bucket.everything() == before


@pytest.mark.parametrize("prefix", [f"{UPLOADS}a.mp4", f"{UPLOADS}b.mp4*"])
def test_an_object_for_a_prefix_is_refused_and_gets_no_wrong_url(bucket: Ground, prefix: str) -> None:
    bucket.home.config["sources"]["uploads"]["prefix"] = prefix
    assert bucket.home.sync()["exit_code"] == 3
    (trouble,) = bucket.home.troubles().values()
    assert "its name is the prefix itself: set prefix to its folder" in trouble["message"]
    assert bucket.home.manifest() == {}
