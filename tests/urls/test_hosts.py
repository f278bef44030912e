"""Laws of `host_of` and `host_advice`: who runs a host, which prefix can be verified, what its user can do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.urls.hosts import Control, Host, host_advice, host_of
from syncer.urls.links import recognise

R2 = "0" * 31 + "a"
ACCOUNT = "https://account.blob.core.windows.net"
SUPABASE = "https://abcdefgh.supabase.co/storage/v1"

BUCKETS = {
    "https://clips.s3.amazonaws.com/a/b.mp4": ("Amazon S3", "https://clips.s3.amazonaws.com/"),
    "https://clips.s3.eu-west-1.amazonaws.com/a/b.mp4": ("Amazon S3", "https://clips.s3.eu-west-1.amazonaws.com/"),
    "https://clips.s3-us-west-2.amazonaws.com/a/b.mp4": ("Amazon S3", "https://clips.s3-us-west-2.amazonaws.com/"),
    "https://clips.s3.dualstack.us-gov-west-1.amazonaws.com/a/b.mp4": ("Amazon S3", "https://clips.s3.dualstack.us-gov-west-1.amazonaws.com/"),
    "https://clips.s3-accelerate.amazonaws.com/a/b.mp4": ("Amazon S3", "https://clips.s3-accelerate.amazonaws.com/"),
    "https://clips.s3.cn-north-1.amazonaws.com.cn/a/b.mp4": ("Amazon S3", "https://clips.s3.cn-north-1.amazonaws.com.cn/"),
    "https://s3.amazonaws.com/clips/a/b.mp4": ("Amazon S3", "https://s3.amazonaws.com/clips/"),
    "https://s3.eu-west-1.amazonaws.com/clips/a/b.mp4": ("Amazon S3", "https://s3.eu-west-1.amazonaws.com/clips/"),
    "https://storage.googleapis.com/clips/a/b.mp4": ("Google Cloud Storage", "https://storage.googleapis.com/clips/"),
    "https://clips.storage.googleapis.com/a/b.mp4": ("Google Cloud Storage", "https://clips.storage.googleapis.com/"),
    f"{ACCOUNT}/clips/a/b.mp4": ("Azure Blob Storage", f"{ACCOUNT}/clips/"),
    "https://f005.backblazeb2.com/file/clips/a/b.mp4": ("Backblaze B2", "https://f005.backblazeb2.com/file/clips/"),
    "https://clips.s3.us-west-004.backblazeb2.com/a/b.mp4": ("Backblaze B2", "https://clips.s3.us-west-004.backblazeb2.com/"),
    "https://clips.nyc3.digitaloceanspaces.com/a/b.mp4": ("DigitalOcean Spaces", "https://clips.nyc3.digitaloceanspaces.com/"),
    "https://clips.fra1.cdn.digitaloceanspaces.com/a/b.mp4": ("DigitalOcean Spaces", "https://clips.fra1.cdn.digitaloceanspaces.com/"),
    "https://s3.eu-central-1.wasabisys.com/clips/a/b.mp4": ("Wasabi", "https://s3.eu-central-1.wasabisys.com/clips/"),
    "https://clips.fsn1.your-objectstorage.com/a/b.mp4": ("Hetzner Object Storage", "https://clips.fsn1.your-objectstorage.com/"),
    "https://clips.oss-cn-hangzhou.aliyuncs.com/a/b.mp4": ("Alibaba OSS", "https://clips.oss-cn-hangzhou.aliyuncs.com/"),
    "https://clips.cos.ap-guangzhou.myqcloud.com/a/b.mp4": ("Tencent COS", "https://clips.cos.ap-guangzhou.myqcloud.com/"),
    f"{SUPABASE}/object/public/clips/a/b.mp4": ("Supabase", f"{SUPABASE}/object/public/clips/"),
    f"{SUPABASE}/object/sign/clips/a/b.mp4": ("Supabase", f"{SUPABASE}/object/public/clips/"),
}  # fmt: skip
UNPROVABLE = {
    f"https://{R2}.r2.cloudflarestorage.com/clips/a/b.mp4": ("Cloudflare R2", "signed requests only"),
    f"https://clips.{R2}.eu.r2.cloudflarestorage.com/a/b.mp4": ("Cloudflare R2", "signed requests only"),
    "https://firebasestorage.googleapis.com/v0/b/clips/o/a%2Fb.mp4?alt=media": ("Firebase Storage", "?alt=media"),
    "https://storage.googleapis.com/download/storage/v1/b/clips/o/a%2Fb.mp4?alt=media": ("Google Cloud Storage", "?alt=media"),
    "https://storage.cloud.google.com/clips/a/b.mp4": ("Google Cloud Storage", "a login"),
    "http://clips.s3-website-us-east-1.amazonaws.com/a/b.mp4": ("Amazon S3 website", "http only"),
    f"{SUPABASE}/s3/clips/a/b.mp4": ("Supabase", "signed requests only"),
}  # fmt: skip


@pytest.mark.parametrize("url", BUCKETS)
def test_a_bucket_belongs_to_its_user_and_is_verified_at_its_root(url: str) -> None:
    name, prefix = BUCKETS[url]
    assert host_of(url) == Host(name, Control.OWN, prefix)
    said = host_advice(url)
    assert said
    assert f"nothing needs to be copied: verify {prefix}," in said


@pytest.mark.parametrize("url", BUCKETS | UNPROVABLE)
def test_bucket_and_key_are_found_in_host_and_path(url: str) -> None:
    link = recognise(url)
    if link.answers is None:  # a page of Google's console counts as a page
        assert (link.bucket, link.key) == ("clips", "a/b.mp4")


@pytest.mark.parametrize("url", UNPROVABLE)
def test_an_address_that_is_never_public_has_no_prefix_to_verify(url: str) -> None:
    name, why = UNPROVABLE[url]
    host = host_of(url)
    assert (host.name, host.control, host.prefix) == (name, Control.OWN, None)
    assert why in (host_advice(url) or "")


@pytest.mark.parametrize(
    ("url", "name", "prefix"),
    [
        ("https://me.github.io/repo/v/a.mp4", "GitHub Pages", "https://me.github.io/repo/"),
        ("https://me.github.io/a.mp4", "GitHub Pages", "https://me.github.io/"),
        ("https://raw.githubusercontent.com/me/repo/main/v/a.mp4", "GitHub", "https://raw.githubusercontent.com/me/repo/main/"),
        ("https://raw.githubusercontent.com/me/repo/refs/heads/main/a.mp4", "GitHub", "https://raw.githubusercontent.com/me/repo/refs/heads/main/"),
        ("https://cdn.jsdelivr.net/gh/me/repo@1/a.mp4", "jsDelivr", "https://cdn.jsdelivr.net/gh/me/repo@1/"),
        ("https://me.vercel.app/v/a.mp4", "Vercel", "https://me.vercel.app/"),
        ("https://me.netlify.app/v/a.mp4", "Netlify", "https://me.netlify.app/"),
        ("https://branch.me.pages.dev/v/a.mp4", "Cloudflare Pages", "https://branch.me.pages.dev/"),
        ("https://name.me.workers.dev/a.mp4", "Cloudflare Workers", "https://name.me.workers.dev/"),
        ("https://me.surge.sh/a.mp4", "Surge", "https://me.surge.sh/"),
        ("https://me.web.app/a.mp4", "Firebase Hosting", "https://me.web.app/"),
        ("https://me.onrender.com/a.mp4", "Render", "https://me.onrender.com/"),
        ("https://me.fly.dev/a.mp4", "Fly.io", "https://me.fly.dev/"),
        (f"https://pub-{R2}.r2.dev/v/a.mp4", "Cloudflare R2", f"https://pub-{R2}.r2.dev/"),
        ("https://d111111abcdef8.cloudfront.net/v/a.mp4", "Amazon CloudFront", "https://d111111abcdef8.cloudfront.net/"),
    ],
)  # fmt: skip
def test_a_host_for_pages_belongs_to_its_user(url: str, name: str, prefix: str) -> None:
    assert host_of(url) == Host(name, Control.OWN, prefix)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://uploads.postiz.com/abc.mp4", "Postiz"),
        ("https://demo.stackposts.com/storage/uploads/video.mp4", "Stackposts"),
        ("https://img.ayrshare.com/012/gb.jpg", "Ayrshare"),
        ("https://buffer-media-uploads.s3.amazonaws.com/1/a.jpg", "Buffer"),
    ],
)
def test_only_the_operator_can_verify_the_storage_of_a_scheduler(url: str, name: str) -> None:
    host = host_of(url)
    assert (host.name, host.control, host.prefix) == (
        name,
        Control.PLATFORM,
        "/".join(url.split("/")[:3]) + "/",
    )
    assert f"{host.prefix} is the prefix to verify" in (host_advice(url) or "")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://drive.google.com/file/d/1AbC/view", "Google Drive"),
        ("https://drive.usercontent.google.com/download?id=1AbC", "Google Drive"),
        ("https://www.dropbox.com/s/abc/a.mp4?dl=1", "Dropbox"),
        ("https://dl.dropboxusercontent.com/s/abc/a.mp4", "Dropbox"),
        ("https://1drv.ms/v/s!abc", "OneDrive"),
        ("https://rr1.googlevideo.com/videoplayback?expire=1", "YouTube"),
        ("https://scontent-fra3-1.cdninstagram.com/v/a.mp4", "Instagram"),
        ("https://video.xx.fbcdn.net/v/a.mp4", "Facebook"),
        ("https://p16-sign.tiktokcdn-us.com/a.jpeg", "TikTok"),
        ("https://videos.pexels.com/video-files/1/a.mp4", "Pexels"),
        ("https://images.unsplash.com/photo-1", "Unsplash"),
        ("https://cdn.discordapp.com/attachments/1/2/a.mp4", "Discord"),
        ("https://api.telegram.org/file/bot1:AA/a.mp4", "Telegram"),
        ("https://prod-files-secure.s3.us-west-2.amazonaws.com/a/b.mp4", "Notion"),
    ],
)
def test_a_file_on_a_foreign_host_must_be_mirrored(url: str, name: str) -> None:
    assert host_of(url) == Host(name, Control.FOREIGN)
    assert "mirror the file" in (host_advice(url) or "")


@pytest.mark.parametrize(
    "url",
    ["https://media.example.com/a.mp4", "https://github.io/a.mp4", "https://s3.amazonaws.com/", "https://notpexels.com/", "https://[", "", "//", pytest.param("https://" + "a." * 8192, id="long")],
)  # fmt: skip
def test_an_unknown_domain_gets_no_advice(url: str) -> None:
    assert host_of(url) == Host("", Control.UNKNOWN)
    assert host_advice(url) is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://clips.s3.amazonaws.com/a.mp4?X-Amz-Signature=aeeed9bb", "make the file public and verify https://clips.s3.amazonaws.com/,"),
        ("https://clips.s3.amazonaws.com/a.mp4?v=aeeed9bb", "leave out the query"),
        ("http://clips.s3.amazonaws.com/a.mp4", "use its https address"),
    ],
)  # fmt: skip
def test_only_a_stable_url_needs_no_copy(url: str, said: str) -> None:
    words = host_advice(url) or ""
    assert said in words
    assert "nothing needs to be copied" not in words
    assert "aeeed9bb" not in words


@given(st.text())
def test_any_text_gets_a_host_and_printable_advice(text: str) -> None:
    for url in (text, f"https://{text}/a.mp4", f"https://clips.s3.amazonaws.com/{text}"):
        assert isinstance(host_of(url), Host)
        said = host_advice(url)
        assert said is None or said.isprintable()


@given(st.text("QWZXqwzx789", min_size=8, max_size=40))
def test_query_and_password_are_never_repeated(value: str) -> None:
    for host in (
        "clips.s3.amazonaws.com",
        "me.github.io",
        "uploads.postiz.com",
        "drive.google.com",
        "clips.example.com",
    ):
        url = f"https://me:{value}@{host}/a.mp4?token={value}#{value}"
        assert value not in repr(host_of(url)) + str(host_advice(url))
