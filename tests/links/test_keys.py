"""Laws of what a link's object is called as an asset: one name for all its addresses, and no secret in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncer.links import asset_key, shown
from syncer.sources.links.freshest import Freshest
from tests.links.asked import listed

V4 = "X-Amz-Credential=AKIA%2F20260701%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=hunter2"
V4 += "&X-Amz-Date=20260701T110000Z&X-Amz-Expires=3600"
SIGV2 = "AWSAccessKeyId=AKIA&Signature=hunter2&Expires=1795630773"

KEYS = {
    "raw.s3.amazonaws.com/exports/Clip 1.mp4": (
        f"https://raw.s3.amazonaws.com/exports/Clip%201.mp4?{V4}",
        f"https://raw.s3.amazonaws.com/exports/Clip 1.mp4?{SIGV2}",
        f"https://raw.s3.eu-west-1.amazonaws.com/exports/Clip%201.mp4?{V4}",
        f"https://raw.s3-eu-west-1.amazonaws.com/exports/Clip%201.mp4?{V4}",
        f"https://raw.s3.dualstack.eu-west-1.amazonaws.com/exports/Clip%201.mp4?{V4}",
        f"https://s3.eu-west-1.amazonaws.com/raw/exports/Clip%201.mp4?{V4}",
        f"https://s3.amazonaws.com/raw/exports%2FClip%201.mp4?{V4.replace('&', '&amp;')}",
        "https://raw.s3.amazonaws.com/exports/Clip%201.mp4",
    ),
    "raw.s3.amazonaws.com.cn/a.mp4": (
        f"https://raw.s3.cn-north-1.amazonaws.com.cn/a.mp4?{V4}",
        f"https://s3.cn-north-1.amazonaws.com.cn/raw/a.mp4?{V4}",
    ),
    "raw.storage.googleapis.com/a/b.mp4": (
        "https://storage.googleapis.com/raw/a/b.mp4?GoogleAccessId=me&Expires=1795630773&Signature=hunter2",
        "https://raw.storage.googleapis.com/a/b.mp4",
        "https://storage.googleapis.com/download/storage/v1/b/raw/o/a%2Fb.mp4",
    ),
    "raw.nyc3.digitaloceanspaces.com/a.mp4": (
        f"https://raw.nyc3.digitaloceanspaces.com/a.mp4?{V4}",
        f"https://nyc3.digitaloceanspaces.com/raw/a.mp4?{V4}",
    ),
    "account.blob.core.windows.net/clips/a.mp4": (
        "https://account.blob.core.windows.net/clips/a.mp4?sv=2021-06-08&se=2026-07-01&sr=b&sp=r&sig=hunter2",
    ),
    "minio.example.com:9000/raw/a//../b.mp4": (f"http://minio.example.com:9000/raw/a//../b.mp4?{V4}",),
    "drive.google.com/1AbC": (
        "https://drive.google.com/file/d/1AbC/view?usp=sharing",
        "https://drive.google.com/open?id=1AbC",
        "https://drive.usercontent.google.com/download?id=1AbC&export=download&confirm=t",
    ),
    "dropbox.com/scl/fi/x1/Clip.mp4": (
        "https://www.dropbox.com/scl/fi/x1/Clip.mp4?rlkey=hunter2&dl=0",
        "https://www.dropbox.com/scl/fi/x1/Clip.mp4?rlkey=hunter2&dl=1",
    ),
    "api.telegram.org/file/bot12345/videos/a.mp4": (
        "https://api.telegram.org/file/bot12345:hunter2/videos/a.mp4",
    ),
    "cdn.example.com/café.mp4": (
        "https://cdn.example.com/caf%C3%A9.mp4",
        "https://me:hunter2@cdn.example.com/café.mp4#t=1",
        "http://cdn.example.com/caf%c3%a9.mp4",
    ),
    "cdn.example.com/%FF.mp4": ("https://cdn.example.com/%FF.mp4",),
}


@pytest.mark.parametrize(("key", "urls"), KEYS.items(), ids=KEYS)
def test_one_object_has_one_key_whatever_its_address_and_its_signature(
    key: str, urls: tuple[str, ...]
) -> None:
    assert {asset_key(url).key for url in urls} == {key}
    assert not any("hunter2" in shown(url) for url in urls)


def test_a_name_in_another_normal_form_is_the_same_key() -> None:
    assert asset_key("https://h.example/cafe%CC%81.mp4") == asset_key("https://h.example/caf%C3%A9.mp4")


def test_a_query_that_names_the_object_is_a_digest_before_the_extension() -> None:
    one, two = (asset_key(f"https://h.example/a.mp4?v=hunter{number}").key for number in (1, 2))
    assert one != two
    assert one.startswith("h.example/a~")
    assert one.endswith(".mp4")
    assert "hunter" not in one


@pytest.mark.parametrize(
    ("url", "nameless"),
    [
        ("https://drive.google.com/file/d/1AbC/view", True),
        ("https://h.example/watch?v=5", True),
        ("https://h.example/get.php?v=5", True),
        ("https://h.example/mp4", True),
        ("https://h.example/", True),
        ("https://h.example/A.MOV", False),
        ("https://h.example/a.webp?size=2", False),
        ("https://www.dropbox.com/s/x1/a.mp4?dl=0", False),
    ],
)
def test_a_key_without_the_ending_of_media_is_nameless(url: str, nameless: bool) -> None:  # noqa: FBT001 - a table
    assert asset_key(url).nameless is nameless


def test_whatever_the_text_it_has_a_key() -> None:
    for text in ("", "nonsense", "https://[", "x" * 9000):
        assert asset_key(text).key


def test_of_several_links_to_one_object_the_one_that_holds_longest_is_listed(tmp_path: Path) -> None:
    url = "https://raw.s3.amazonaws.com/a.mp4"
    links = [
        url,
        f"{url}?{V4}",
        f"https://s3.eu-west-1.amazonaws.com/raw/a.mp4?{V4.replace('3600', '7200')}",
        f"{url}?{V4.replace('3600', '1800')}",
        f"{url}?versionId=1&{V4}",
        "https://h.example/b.mp4",
        "https://h.example/b.mp4",
    ]
    file = tmp_path / "l.txt"
    file.write_text("\n".join(links))
    assets = listed(file)
    assert [asset.locator for asset in assets] == [links[2], links[4], links[5]]
    assert len({asset.key for asset in assets}) == 3
    assert all((asset.version, asset.size, asset.flaw) == (None, None, None) for asset in assets)


def test_the_freshest_of_many_is_found_however_many_there_are() -> None:
    now = datetime.now(UTC)
    freshest = Freshest()
    for number in range(1, 9001):
        freshest.see(f"h.example/{number % 3000}", number, now + timedelta(hours=number % 7))
    taken = [number for number in range(1, 9001) if freshest.takes(f"h.example/{number % 3000}", number)]
    assert len(taken) == 3000
    for number in taken:
        rivals = {number % 3000 or 3000, number % 3000 + 3000, number % 3000 + 6000} - {9001}
        assert all(
            number % 7 >= rival % 7
            for rival in rivals
            if 1 <= rival <= 9000 and rival % 3000 == number % 3000
        )
    assert not freshest.takes("h.example/never", 5)
