"""Laws of `recognise`: the kind of a URL, by its text. A new signature is the same object; no secret is returned."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.urls.links import LONGEST, Link, recognise

KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
JULY = datetime(2026, 7, 1, 12, tzinfo=UTC)
UNIX = int(JULY.timestamp())
R2 = "0" * 31 + "a"


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def jwt(**claims: object) -> str:
    return f"{encoded({'alg': 'HS256'})}.{encoded(claims)}.c2lnbmF0dXJl"


def policy(*conditions: object) -> str:
    text = json.dumps(
        {"Statement": [{"Resource": "https://d1.cloudfront.net/*", "Condition": c} for c in conditions]}
    )
    return base64.b64encode(text.encode()).decode().replace("+", "-").replace("=", "_").replace("/", "~")


V4 = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260701%2Fus-east-1%2Fs3%2Faws4_request"
V4 += "&X-Amz-Date=20260701T110000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bb"
SUPABASE = "https://abcdefgh.supabase.co/storage/v1/object/sign/clips/a/b.mp4"
SAS = "sv=2021-06-08&sr=b&sp=r&sig=aBBKDWQvyuVcTPH9EBp%2FXTI9E%3D"

SIGNED = {
    "s3-sigv4": (f"https://examplebucket.s3.amazonaws.com/test.txt?{V4}", "Amazon S3"),
    "s3-sigv4 in lower case": (f"https://examplebucket.s3.amazonaws.com/test.txt?{V4.lower()}".replace("t1", "T1").replace("0z", "0Z"), "Amazon S3"),
    "s3-sigv4 out of HTML": (f"https://b.s3.eu-west-1.amazonaws.com/a.mp4?{V4.replace('&', '&amp;')}", "Amazon S3"),
    "s3-sigv4 at R2": (f"https://{R2}.r2.cloudflarestorage.com/b/a.mp4?{V4}", "Cloudflare R2"),
    "s3-sigv4 at Wasabi": (f"https://s3.us-east-2.wasabisys.com/b/a.mp4?{V4}", "Wasabi"),
    "s3-sigv4 at an own endpoint": (f"https://minio.example.com/b/a.mp4?{V4}", "S3-compatible storage"),
    "s3-sigv2": (f"https://b.s3.amazonaws.com/a.mp4?AWSAccessKeyId={KEY}&Expires={UNIX}&Signature=vjbyPxybdZ%3D", "Amazon S3"),
    "gcs": (f"https://storage.googleapis.com/b/a.mp4?{V4.replace('X-Amz', 'X-Goog')}", "Google Cloud Storage"),
    "gcs-v2": (f"https://storage.googleapis.com/b/a.mp4?GoogleAccessId=me%40example.iam.gserviceaccount.com&Expires={UNIX}&Signature=MCNE", "Google Cloud Storage"),
    "cloudfront": (f"https://d111111abcdef8.cloudfront.net/a.mp4?Expires={UNIX}&Signature=nitfHRCrtziwO2HwPfWw~yYDhUF5EwRunQA-j19DzZr&Key-Pair-Id=K2JCJMDEHXQW5F", "Amazon CloudFront"),
    "cloudfront with a policy": (f"https://d1.cloudfront.net/a.mp4?Policy={policy({'DateLessThan': {'AWS:EpochTime': UNIX}})}&Signature=nit~&Key-Pair-Id=K2JC", "Amazon CloudFront"),
    "azure-sas": (f"https://account.blob.core.windows.net/c/a.mp4?{SAS}&st=2026-06-01&se=2026-07-01T12%3A00%3A00Z", "Azure Blob Storage"),
    "azure-sas without seconds": (f"https://account.blob.core.windows.net/c/a.mp4?{SAS}&se=2026-07-01T12:00Z", "Azure Blob Storage"),
    "azure-sas with a zone": (f"https://account.blob.core.windows.net/c/a.mp4?{SAS}&se=2026-07-01T14:00:00+02:00", "Azure Blob Storage"),
    "azure-sas from .NET": (f"https://account.blob.core.windows.net/c/a.mp4?{SAS}&se=2026-07-01T12:00:00.0000000Z", "Azure Blob Storage"),
    "azure-sas of a user": (f"https://account.blob.core.windows.net/c/a.mp4?{SAS}&se=2027-01-01&ske=2026-07-01T12:00:00Z", "Azure Blob Storage"),
    "supabase": (f"{SUPABASE}?token={jwt(url='clips/a/b.mp4', exp=UNIX)}", "Supabase"),
    "oss": (f"https://b.oss-cn-hangzhou.aliyuncs.com/a.mp4?OSSAccessKeyId=nz2pc5&Expires={UNIX}&Signature=vjby%3D", "Alibaba OSS"),
    "oss-v4": (f"https://b.oss-cn-hangzhou.aliyuncs.com/a.mp4?{V4.replace('X-Amz', 'x-oss')}", "Alibaba OSS"),
    "cos": (f"https://b-1250000000.cos.ap-guangzhou.myqcloud.com/a.mp4?q-sign-algorithm=sha1&q-ak=AKID&q-sign-time={UNIX - 60};{UNIX}&q-signature=abc", "Tencent COS"),
    "firebase": ("https://firebasestorage.googleapis.com/v0/b/p.appspot.com/o/a%2Fb.mp4?alt=media&token=2481f30d", "Firebase Storage"),
    "b2": ("https://f005.backblazeb2.com/file/b/a.mp4?Authorization=3_2481f30d", "Backblaze B2"),
    "telegram": ("https://api.telegram.org/file/bot123:2481f30d/videos/a.mp4", "Telegram"),
    "discord": (f"https://cdn.discordapp.com/attachments/1/2/a.mp4?ex={UNIX:x}&is=65c68ede&hm=2481f30d&", "Discord"),
    "meta": (f"https://scontent.cdninstagram.com/v/t50/a.mp4?_nc_ht=x&oh=00_AfB&oe={UNIX:X}", "Instagram or Facebook"),
    "tiktok-cdn": (f"https://p16-sign.tiktokcdn-us.com/a.jpeg?x-expires={UNIX}&x-signature=abc%3D", "TikTok"),
    "youtube": (f"https://rr1---sn-4g5e.googlevideo.com/videoplayback?expire={UNIX}&id=o-abc&sig=AJf", "YouTube"),
    "youtube in the path": (f"https://rr1.googlevideo.com/videoplayback/expire/{UNIX}/id/abc/sig/AJf", "YouTube"),
    "airtable": (f"https://v5.airtableusercontent.com/v3/u/29/29/{UNIX}000/kZ3pQ/secret-part", "Airtable"),
    "bunny": (f"https://test.b-cdn.net/a.mp4?token=aiDhHXZGHidb&token_path=%2F&expires={UNIX}", "Bunny"),
    "bunny in the path": (f"https://test.b-cdn.net/bcdn_token=aiDhHX&expires={UNIX}&token_path=%2F/a.mp4", "Bunny"),
    "akamai": (f"https://media.example.com/a.mp4?hdnts=st=1~exp={UNIX}~acl=/*~hmac=abc", "Akamai"),
    "akamai in the path": (f"https://vod.akamaized.net/exp={UNIX}~acl=%2F*~hmac=abc/a.mp4", "Akamai"),
    "onedrive-direct": (f"https://me.sharepoint.com/sites/x/_layouts/15/download.aspx?UniqueId=1&tempauth=v1.{jwt(exp=str(UNIX))}", "OneDrive"),
    "token of nginx": (f"https://media.example.com/a.mp4?md5=_e4Nc3iduzkWRm01TBBNYw&expires={UNIX}", ""),
    "token of Fastly": (f"https://media.example.com/a.mp4?token={UNIX}_b93fe2f8c3d3a2b1", ""),
    "token that is a JWT": (f"https://media.example.com/a.mp4?auth={jwt(exp=UNIX)}", ""),
    "token in the path": (f"https://media.example.com/{jwt(exp=UNIX)}/a.mp4", ""),
}  # fmt: skip
ENDLESS = {"firebase", "b2", "telegram", "onedrive-direct"}
"""Links without an expiry; in the last one it is a string, which is invalid."""


@pytest.mark.parametrize("name", SIGNED)
def test_a_signed_url_is_known_with_its_store_and_its_end(name: str) -> None:
    url, store = SIGNED[name]
    link = recognise(url)
    assert (link.kind, link.store, link.signed) == (name.split(maxsplit=1)[0], store, True)
    assert link.expires == (None if name in ENDLESS else JULY)
    assert not link.sooner


@pytest.mark.parametrize("name", SIGNED)
def test_no_signature_and_no_token_comes_back(name: str) -> None:
    url, _ = SIGNED[name]
    said = repr(recognise(url))
    for secret in (
        "aeeed9bb",
        "vjby",
        "MCNE",
        "nitf",
        "aBBK",
        "eyJ",
        "abc%3D",
        "2481f30d",
        "00_AfB",
        "AJf",
        KEY,
    ):
        assert secret not in said
    for secret in ("aiDhHX", "hmac", "_e4Nc3", "b93fe2", "kZ3pQ", "secret-part"):
        assert secret not in said


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"https://b.s3.amazonaws.com/a.mp4?{V4}", "https://b.s3.amazonaws.com/a.mp4"),
        (f"https://b.s3.amazonaws.com/a.mp4?{V4}&response-content-type=x&x-id=GetObject", "https://B.S3.amazonaws.com:443/a.mp4"),
        (f"https://b.s3.amazonaws.com/a.mp4?{V4}&versionId=1", "https://b.s3.amazonaws.com/a.mp4?versionId=1"),
        (f"{SUPABASE}?token={jwt(exp=1)}", f"{SUPABASE}?token={jwt(exp=2)}&download=a.mp4"),
        ("https://api.telegram.org/file/bot123:AA/videos/1.mp4", "https://api.telegram.org/file/bot123:BB/videos/1.mp4"),
        ("https://media.example.com/a%7eb/%c3%a9.mp4", "https://user:pass@media.example.com/a~b/é.mp4#t=1"),
        ("https://drive.google.com/file/d/1AbC_d-E/view?usp=sharing", "https://drive.google.com/open?id=1AbC_d-E"),
        ("https://drive.google.com/uc?export=download&id=1AbC_d-E", "https://drive.usercontent.google.com/download?id=1AbC_d-E&confirm=t"),
        ("https://docs.google.com/file/d/1AbC_d-E/edit", "https://drive.google.com/file/u/0/d/1AbC_d-E/preview"),
        ("https://www.dropbox.com/scl/fi/xyz/a%20b.mp4?rlkey=k1&dl=0", "https://dl.dropboxusercontent.com/scl/fi/xyz/a b.mp4?rlkey=k2"),
        ("https://youtu.be/dQw4w9WgXcQ?si=1", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=2"),
        ("https://youtube.com/shorts/dQw4w9WgXcQ", "https://m.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://res.cloudinary.com/demo/image/upload/s--abcDEF12--/a.jpg", "https://res.cloudinary.com/demo/image/upload/s--ABCdef34--/a.jpg"),
    ],
)  # fmt: skip
def test_another_way_to_the_same_object_is_the_same_object(one: str, other: str) -> None:
    assert recognise(one).identity == recognise(other).identity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://media.example.com/get?id=1", "https://media.example.com/get?id=2"),
        ("https://media.example.com/get?token=1", "https://media.example.com/get?token=2"),
        ("https://media.example.com/A.mp4", "https://media.example.com/a.mp4"),
        ("https://media.example.com/a.mp4", "https://media.example.com:8443/a.mp4"),
        ("https://media.example.com/a%2Fb.mp4", "https://media.example.com/a/b.mp4"),
        (f"https://b.s3.amazonaws.com/a.mp4?{V4}&versionId=1", f"https://b.s3.amazonaws.com/a.mp4?{V4}&versionId=2"),
        ("https://api.telegram.org/file/bot123:AA/1.mp4", "https://api.telegram.org/file/bot456:AA/1.mp4"),
        ("https://mega.nz/#!one!key", "https://mega.nz/#!two!key"),
        ("https://docs.google.com/document/d/e/2PACX-1/pub", "https://docs.google.com/document/d/e/2PACX-2/pub"),
        ("https://uc1.dl.dropboxusercontent.com/cd/0/get/AAA/file", "https://uc1.dl.dropboxusercontent.com/cd/0/get/BBB/file"),
        ("no url", "no URL"),
        ("https://[", "https://[["),
    ],
)  # fmt: skip
def test_another_object_is_another_object(one: str, other: str) -> None:
    assert recognise(one).identity != recognise(other).identity


@pytest.mark.parametrize(
    "query",
    [
        "X-Amz-Signature=abc",
        "X-Amz-Signature=abc&X-Amz-Date=20260701T110000Z&X-Amz-Expires=soon",
        f"X-Amz-Signature=abc&X-Amz-Date=20260701T110000Z&X-Amz-Expires={'9' * 30}",
        f"X-Amz-Signature=abc&X-Amz-Date=20260701T110000Z&X-Amz-Expires={'9' * 5000}",
        "X-Amz-Signature=abc&X-Amz-Date=20261301T110000Z&X-Amz-Expires=1",
        "AWSAccessKeyId=a&Signature=b&Expires=never",
        "AWSAccessKeyId=a&Signature=b&Expires=12345678901",
        "Signature=a&Key-Pair-Id=b&Policy=%FF",
        "Signature=a&Key-Pair-Id=b&Policy=" + encoded([]),
        "Signature=a&Key-Pair-Id=b&Policy=" + encoded({"Statement": [1, {"Condition": 2}]}),
        "Signature=a&Key-Pair-Id=b&Policy=" + policy({"DateLessThan": {"AWS:EpochTime": 1e300}}),
        "Signature=a&Key-Pair-Id=b&Policy=" + base64.b64encode(b"[" * 5000).decode().replace("=", "_"),
        "sv=1&sig=a&se=0001-01-01T00:00:00%2B23:00",
        "sv=1&sig=a&si=named",
        "q-signature=1&q-sign-time=x",
        f"token={jwt(exp='x')}",
        f"token={encoded([1]).join(['eyJ', 'eyJ'])}",
        "token=eyJ.eyJ.",
        f"token=eyJh.{encoded({})}.x",
        "hdnts=exp=x",
        "token=abc",
    ],
)
def test_what_can_not_be_read_is_an_unknown_end(query: str) -> None:
    link = recognise(f"https://media.example.com/b/a.mp4?{query}")
    assert (link.signed, link.expires) == (True, None)


@pytest.mark.parametrize(
    "query",
    [
        f"{V4}&X-Amz-Security-Token=FwoGZXIvYXdzE",
        "OSSAccessKeyId=a&Signature=b&Expires=1&security-token=CAIS",
        "q-signature=a&x-cos-security-token=abc",
    ],
)
def test_temporary_credentials_may_end_it_sooner(query: str) -> None:
    link = recognise(f"https://media.example.com/b/a.mp4?{query}")
    assert link.sooner
    assert "FwoG" not in repr(link)


def test_the_narrowest_span_of_a_policy_counts() -> None:
    early, late = {"AWS:EpochTime": UNIX}, {"AWS:EpochTime": UNIX + 9}
    both = policy({"DateLessThan": late, "DateGreaterThan": early}, {"DateLessThan": early})
    link = recognise(f"https://d1.cloudfront.net/a.mp4?Policy={both}&Signature=n&Key-Pair-Id=K")
    assert (link.starts, link.expires) == (JULY, JULY)
    assert recognise(SIGNED["azure-sas"][0]).starts == datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "url",
    ["https://media.example.com/a.mp4?v=2", "https://media.example.com/a.mp4?e=1700000000", "https://x.test?expires=9", "ftp://a/b?sig=1"],
)  # fmt: skip
def test_a_plain_url_is_not_signed(url: str) -> None:
    link = recognise(url)
    assert (link.kind, link.signed, link.expires) == ("plain", False, None)


@pytest.mark.parametrize("expiry", [1, 3600, 604800])
@pytest.mark.parametrize("style", ["path", "virtual"])
def test_what_boto3_signs_is_known_to_the_second(style: Literal["path", "virtual"], expiry: int) -> None:
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3",
        region_name="eu-central-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        aws_session_token="FwoGZXIvYXdzE" if style == "path" else None,
        config=Config(signature_version="s3v4", s3={"addressing_style": style}),
    )
    before = datetime.now(UTC).replace(microsecond=0)
    url = client.generate_presigned_url("get_object", {"Bucket": "clips", "Key": "a b/ü.mp4"}, expiry)
    link = recognise(url)
    assert (link.kind, link.bucket, link.key, link.sooner) == (
        "s3-sigv4",
        "clips",
        "a b/ü.mp4",
        style == "path",
    )
    assert link.expires
    assert timedelta() <= link.expires - before - timedelta(seconds=expiry) <= timedelta(seconds=5)


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    assert isinstance(recognise(text), Link)
    assert isinstance(recognise(f"https://media.example.com/{text}"), Link)


@given(st.text(st.characters(), max_size=30), st.sampled_from(sorted(SIGNED)))
def test_no_value_is_too_odd_for_a_scheme(text: str, name: str) -> None:
    """With surrogates too, as from bytes that are not UTF-8."""
    base, _, query = SIGNED[name][0].partition("?")
    for field in query.split("&"):
        for value in (text, quote(text, errors="replace")):
            odd = query.replace(field, f"{field.partition('=')[0]}={value}")
            assert isinstance(recognise(f"{base}?{odd}"), Link)


NAMES = st.sampled_from(
    ["X-Amz-Signature", "X-Amz-Date", "Signature", "Expires", "Policy", "sig", "se", "token"]
)
NAMES |= st.sampled_from(["id", "v", "e", "rlkey", "key", "versionId", ""])
VALUES = st.text("QWZXqwzx789", min_size=8, max_size=40)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=5), VALUES, VALUES)
def test_no_value_of_a_query_comes_back(pairs: list[tuple[str, str]], user: str, fragment: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in pairs)
    said = repr(recognise(f"https://me:{user}@bucket.s3.amazonaws.com/clip.mp4?{query}#{fragment}"))
    assert not [value for _, value in pairs if value in said]
    assert user not in said
    assert fragment not in said


def test_what_is_too_long_is_not_taken_apart() -> None:
    link = recognise("https://media.example.com/" + "exp=1" * LONGEST)
    assert (link.kind, len(link.identity)) == ("plain", 17)
