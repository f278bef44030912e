"""Laws of what a link's object is called as an asset: one name for all its addresses, and no secret in it."""

from __future__ import annotations

import pytest

from syncer.urls.links import asset_key, shown_url
from syncer.urls.safe_names import path_flaw

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
        f"https://s3.dualstack.eu-west-1.amazonaws.com/raw/exports/Clip%201.mp4?{V4}",
        f"https://raw.s3-accelerate.amazonaws.com/exports/Clip%201.mp4?{V4}",
        f"https://raw.s3-accelerate.dualstack.amazonaws.com/exports/Clip%201.mp4?{V4}",
        f"https://raw.s3-fips.us-east-1.amazonaws.com/exports/Clip%201.mp4?{V4}",
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
        "https://storage.googleapis.com/download/storage/v1/b/raw/o/a%2Fb.mp4?alt=media",
        "https://storage.cloud.google.com/raw/a/b.mp4?authuser=0",
        "https://firebasestorage.googleapis.com/v0/b/raw/o/a%2Fb.mp4?alt=media&token=hunter2",
        "https://firebasestorage.googleapis.com/v0/b/raw/o/a%2Fb.mp4?alt=media",
    ),
    f"raw.{'0' * 32}.r2.cloudflarestorage.com/a.mp4": (
        f"https://{'0' * 32}.r2.cloudflarestorage.com/raw/a.mp4?{V4}",
        f"https://raw.{'0' * 32}.r2.cloudflarestorage.com/a.mp4?{V4}",
    ),
    "raw.backblazeb2.com/a/b.mp4": (
        "https://f005.backblazeb2.com/file/raw/a/b.mp4",
        "https://f005.backblazeb2.com/file/raw/a/b.mp4?Authorization=hunter2",
        f"https://s3.us-west-004.backblazeb2.com/raw/a/b.mp4?{V4}",
        f"https://raw.s3.us-west-004.backblazeb2.com/a/b.mp4?{V4}",
    ),
    "raw.s3.wasabisys.com/a.mp4": (
        "https://s3.wasabisys.com/raw/a.mp4",
        f"https://s3.eu-central-1.wasabisys.com/raw/a.mp4?{V4}",
        "https://raw.s3.eu-central-1.wasabisys.com/a.mp4",
    ),
    "raw.oss.aliyuncs.com/a.mp4": (
        "https://raw.oss-cn-hangzhou.aliyuncs.com/a.mp4?OSSAccessKeyId=AK&Expires=1795630773&Signature=hunter2",
        "https://raw.oss-accelerate.aliyuncs.com/a.mp4",
    ),
    "abcdefgh.supabase.co/storage/v1/object/public/raw/a/b.mp4": (
        "https://abcdefgh.supabase.co/storage/v1/object/public/raw/a/b.mp4?download=x.mp4",
        "https://abcdefgh.supabase.co/storage/v1/object/sign/raw/a/b.mp4?token=hunter2",
        "https://abcdefgh.storage.supabase.co/storage/v1/object/public/raw/a/b.mp4",
        f"https://abcdefgh.storage.supabase.co/storage/v1/s3/raw/a/b.mp4?{V4}",
    ),
    "x1.public.blob.vercel-storage.com/a-Zx9.mp4": (
        "https://x1.public.blob.vercel-storage.com/a-Zx9.mp4",
        "https://x1.public.blob.vercel-storage.com/a-Zx9.mp4?download=1",
    ),
    "raw.nyc3.digitaloceanspaces.com/a.mp4": (
        f"https://raw.nyc3.digitaloceanspaces.com/a.mp4?{V4}",
        f"https://nyc3.digitaloceanspaces.com/raw/a.mp4?{V4}",
        "https://raw.nyc3.cdn.digitaloceanspaces.com/a.mp4",
    ),
    "account.blob.core.windows.net/clips/a.mp4": (
        "https://account.blob.core.windows.net/clips/a.mp4?sv=2021-06-08&se=2026-07-01&sr=b&sp=r&sig=hunter2",
        "https://account-secondary.blob.core.windows.net/clips/a.mp4",
        "https://account.dfs.core.windows.net/clips/a.mp4?sv=2021-06-08&se=2026-07-01&sr=b&sp=r&sig=hunter2",
    ),
    "minio.example.com:9000/raw/a//../b.mp4": (f"http://minio.example.com:9000/raw/a//../b.mp4?{V4}",),
    "drive.google.com/1AbC": (
        "https://drive.google.com/file/d/1AbC/view?usp=sharing",
        "https://drive.google.com/open?id=1AbC",
        "https://drive.usercontent.google.com/download?id=1AbC&export=download&confirm=t",
        "https://drive.google.com/thumbnail?id=1AbC&sz=w1000",
    ),
    "drive.google.com/1AbC_dEf-2345678901234567890": (
        "https://lh3.googleusercontent.com/d/1AbC_dEf-2345678901234567890",
        "https://lh3.googleusercontent.com/d/1AbC_dEf-2345678901234567890=w1200-h800",
        "https://lh3.google.com/u/0/d/1AbC_dEf-2345678901234567890=s0",
        "https://drive.google.com/file/d/1AbC_dEf-2345678901234567890/view",
    ),
    "box.com/0a1b2c3d": (
        "https://app.box.com/shared/static/0a1b2c3d.mp4",
        "https://acme.app.box.com/shared/static/0a1b2c3d",
        "https://app.box.com/s/0a1b2c3d",
    ),
    "player.vimeo.com/progressive_redirect/playback/1/rendition/1080p/file.mp4": (
        "https://player.vimeo.com/progressive_redirect/playback/1/rendition/1080p/file.mp4?loc=external&signature=hunter2",
        "https://player.vimeo.com/progressive_redirect/playback/1/rendition/1080p/file.mp4?signature=hunter3",
    ),
    "contoso-my.sharepoint.com/:v:/g/personal/u_contoso_com/EabcDEF": (
        "https://contoso-my.sharepoint.com/:v:/g/personal/u_contoso_com/EabcDEF?e=x1",
        "https://contoso-my.sharepoint.com/:v:/g/personal/u_contoso_com/EabcDEF?download=1",
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
    assert not any("hunter2" in shown_url(url) for url in urls)


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://player.vimeo.com/external/1.hd.mp4?s=a&profile_id=174", "https://player.vimeo.com/external/1.hd.mp4?s=a&profile_id=175"),
        ("https://raw.s3-website-us-east-1.amazonaws.com/a.mp4", "https://raw.s3.amazonaws.com/a.mp4"),
        ("https://raw.ams3.digitaloceanspaces.com/a.mp4", "https://raw.nyc3.cdn.digitaloceanspaces.com/a.mp4"),
        ("https://me.imgix.net/a.png?w=100&s=1", "https://me.imgix.net/a.png?w=200&s=1"),
        ("https://x.supabase.co/storage/v1/render/image/public/raw/a.png", "https://x.supabase.co/storage/v1/object/public/raw/a.png"),
        ("https://lh3.googleusercontent.com/pw/AP1GczOabcdefgh=w100", "https://lh3.googleusercontent.com/pw/AP1GczOabcdefgh=w200"),
    ],
)  # fmt: skip
def test_addresses_that_may_hold_other_bytes_are_other_assets(one: str, other: str) -> None:
    assert asset_key(one) != asset_key(other)


def test_whatever_the_text_it_has_a_key() -> None:
    for text in ("", "nonsense", "https://[", "x" * 9000):
        assert asset_key(text).key


@pytest.mark.parametrize("path", [".attachments/a1/b2/clip.mp4", ".attachmentThumbnails/a1/b2.jpg"])
def test_an_attachment_of_airtable_has_a_path_that_may_be_public(path: str) -> None:
    key = asset_key(f"https://dl.airtable.com/{path}").key
    assert key == f"dl.airtable.com/{path[1:]}"
    assert path_flaw(key) is None
    assert path_flaw(asset_key(f"https://cdn.example/{path}").key)


@pytest.mark.parametrize(
    "link", ["https://1drv.ms/v/s!AbC?e=x1", "https://contoso.sharepoint.com/:v:/g/Eab?e=x"]
)
def test_a_fragment_names_no_file(link: str) -> None:
    assert asset_key(f"{link}#t=0.1") == asset_key(link)
