"""Laws of the choice of links: links to files are requested, and no link on which a GET may act."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.migrate.documents import LinkKind, kind_of, reason

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE5MDAwMDAwMDB9.c2ln"
V4 = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260701T110000Z&X-Amz-Expires=3600&X-Amz-Signature=ab"
SCOPE = "X-Amz-Credential=AKIA%2F20260701%2Feu-west-1%2F{}%2Faws4_request"
SAS = "sv=2021-06-08&sr=b&sp=r&se=2030-01-01&sig=aBB%3D"

ASKED = (
    # Names with an ending of media.
    *("https://cdn.example/films/b.mp4", "http://example.com/photo.JPG", "https://x.example/a.mov?token=1"),
    *("https://x.example/a.webm?signature=1&expires=1900000000", "https://x.example/preset/clip.mp4"),
    # With a query for the delivery, or with a signature.
    "https://cdn.example/photo.jpg?w=1200&v=3",
    *("https://cdn.example/a.jpeg?resize=300%2C200&ssl=1", "https://cdn.example/a.webp?itok=Xb3&amp;h=9"),
    *("https://cdn.example/media-library/a.jpg?id=3345&width=980", "https://cdn.example/a.jpg?token=24f3"),
    *("https://cdn.example/a.png?width=800&format=webp", "https://cdn.example/a.heic", "https://cdn.example/a.avi"),
    *("https://x.example/open.jpg?w=3", "https://x.example/tracks.jpg?x=1"),
    *("https://x.example/a.mp4?uid=77", "https://x.example/pixel-8-review.jpg", "https://raw.s3.amazonaws.com/a.gif"),
    # Share links for one file.
    "https://drive.google.com/file/d/1AbC/view?usp=sharing",
    "https://drive.google.com/uc?export=download&id=1AbC",
    "https://drive.google.com/thumbnail?id=1AbC&sz=w1000",
    "https://lh3.googleusercontent.com/d/1AbC_dEf-23456=w1200",
    "https://www.dropbox.com/scl/fi/a/b.mp4?rlkey=x&dl=0",
    "https://www.dropbox.com/s/a/clip?dl=0",
    *("https://1drv.ms/v/s!AbC", "https://1drv.ms/i/c/12ab/EabC", "https://onedrive.live.com/redir?resid=1!2&authkey=!x"),
    "https://contoso-my.sharepoint.com/:v:/g/personal/u_contoso_com/EabcDEF?e=x1",
    "https://contoso.sharepoint.com/:i:/s/brand/EabcDEF",
    "https://contoso.sharepoint.com/sites/brand/Shared%20Documents/clip.mp4",
    "https://app.box.com/shared/static/0a1b2c3d.mp4",
    "https://player.vimeo.com/external/1.hd.mp4?s=0a&profile_id=175",
    "https://player.vimeo.com/progressive_redirect/playback/1/rendition/1080p/file.mp4?loc=external&signature=0a",
    "https://github.com/me/films/raw/main/a.mp4",
    "https://github.com/user-attachments/assets/12345678-aaaa-bbbb-cccc-1234567890ab",
    # Objects in a bucket.
    *("https://raw.s3.amazonaws.com/exports/clip", "https://s3.dualstack.eu-west-1.amazonaws.com/raw/clip"),
    "https://pub-00000000000000000000000000000000.r2.dev/clips/17",
    "https://x1.public.blob.vercel-storage.com/clip-Zx9",
    "https://firebasestorage.googleapis.com/v0/b/p.appspot.com/o/clip%2F1?alt=media&token=24f3",
    "https://abcdefgh.supabase.co/storage/v1/object/public/clips/17",
    "https://account.blob.core.windows.net/clips/17",
    *("https://f005.backblazeb2.com/file/clips/17", "https://clips.nyc3.cdn.digitaloceanspaces.com/17"),
    # Signatures of storage.
    *(f"https://media.example.com/clips/17?{V4}", f"https://minio.example.com/clips/17?{V4}&{SCOPE.format('s3')}"),
    f"https://media.example.com/17?{V4.replace('Amz', 'Goog')}",
    "https://media.example.com/17?Expires=1900000000&Signature=n&Key-Pair-Id=K2JC",
    "https://media.example.com/17?Expires=1900000000&KeyName=k&Signature=n",
    f"https://media.example.com/clips/17?{SAS}",
    f"https://media.example.com/storage/v1/object/sign/clips/17?token={JWT}",
    "https://media.example.com/17?hdnts=exp=1900000000~acl=/*~hmac=ab",
    # Hosts that serve only pictures and videos.
    *("https://lh3.googleusercontent.com/pw/AP1GczOabcdefgh=w1200", "https://images.unsplash.com/photo-1?w=1080"),
    "https://video-downloads.googleusercontent.com/ADGPM2kabcdefgh12345",
    "https://res.cloudinary.com/demo/video/upload/v1/clip",
    *("https://me.imgix.net/clip?w=100&s=ab", "https://pbs.twimg.com/media/FabC?format=jpg&name=large"),
    "https://imagedelivery.net/abc/0a1b/public",
    "https://ucarecdn.com/12345678-aaaa-bbbb-cccc-1234567890ab/-/resize/800x/",
    "https://cvws.icloud-content.com/B/Abc/clip?o=1&e=1900000000&s=2",
)  # fmt: skip
PAGES = (
    *("https://photos.app.goo.gl/AbC", "https://photos.google.com/share/AbC?key=d"),
    *("https://drive.google.com/drive/folders/1AbC", "https://drive.google.com/drive/my-drive"),
    "https://www.dropbox.com/scl/fo/a/b?rlkey=x",
    *("https://1drv.ms/f/s!AbC", "https://contoso.sharepoint.com/:f:/s/brand/EabcDEF"),
    *("https://www.icloud.com/photos/#0abC", "https://share.icloud.com/photos/0abC"),
    *("https://we.tl/t-AbC", "https://wetransfer.com/downloads/ab/cd", "https://mega.nz/file/AbC#key"),
    *("https://app.box.com/s/0a1b2c3d", "https://www.mediafire.com/file/ab/clip.mp4/file"),
    *("https://vimeo.com/123456789", "https://www.loom.com/share/0a1b", "https://storage.cloud.google.com/b/a.mp4"),
)  # fmt: skip
UNSURE = (
    # Names of media, but opening them may count or confirm something.
    *("https://shop.example/cancel.jpg?uid=77", "https://shop.example/cancel.mp4?x=77"),
    *(
        "https://mail.example/o/track.jpg?id=77",
        "https://mail.example/wf/open.png?upn=24f3",
        "https://m.example/1x1.webp?c=7",
    ),
    *(
        "https://news.example/unsubscribe/77/thanks.jpg",
        "https://news.example/opt-out.webp",
        "https://n.example/UNSUBSCRIBE.JPG",
    ),
    *(
        "https://x.example/logo.jpg?uid=77",
        "https://x.example/logo.jpg?w=3&user_id=77",
        "https://x.example/a.jpeg?mc_eid=ab",
    ),
    *(
        "https://x.example/a.jpg?who=me%40example.com",
        "https://x.example/a.webp?Email=x",
        "https://x.example/a.png?x=77",
    ),
    *(
        "https://x.example/confirm.webp?token=24f3",
        "https://x.example/a.heic?token=24f3",
        "https://x.example/p.avif?id=7",
    ),
    *("https://cdn.example.com/d/8473?token=24f3", "https://cdn.example.com/d/8473?signature=24f3"),
    *(f"https://cdn.example.com/d/8473?auth={JWT}", f"https://cdn.example.com/{JWT}/8473"),
    "https://cdn.example.com/get?id=5&expires=1900000000&md5=24f3",
    *("https://mail.example.com/c?sig=24f3&se=1", "https://x.example/file/8473?Authorization=24f3"),
    "https://x.example/8473?hdnts=24f3",
    # Workflows that a GET may start.
    "https://prod-1.westus.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sp=%2Frun&sv=1.0&sig=24f3",
    # Calls of other services with the signature of S3.
    f"https://x.execute-api.eu-west-1.amazonaws.com/prod/send?{V4}&{SCOPE.format('execute-api')}",
    f"https://sts.amazonaws.com/?Action=GetCallerIdentity&{V4}&{SCOPE.format('sts')}",
    "https://email.us-east-1.amazonaws.com/?Action=SendEmail&AWSAccessKeyId=AK&Signature=ab&Expires=1900000000",
)
LEFT_ALONE = (
    *("https://shop.example/cancel.gif?uid=77", "https://shop.example/spacer.gif", "https://shop.example/a.GIF?w=3"),
    *("https://shop.example/logo.svg", "https://shop.example/favicon.ico", "https://shop.example/old.bmp"),
    *("https://example.com/about", "https://en.example/wiki/Cats", "https://[broken", "https://example.com/feed.xml"),
    "https://shop.example.com/unsubscribe?token=24f3",
    "https://shop.example.com/password/reset/24f3?signature=24f3&expires=1900000000",
    f"https://shop.example.com/auth/verify-email?token={JWT}",
    "https://shop.example.com/users/confirmation?confirmation_token=24f3",
    "https://shop.example.com/login?token=24f3",
    *("https://www.dropbox.com/l/AAB/unsubscribe", "https://www.dropbox.com/login?cont=x"),
    "https://contoso.sharepoint.com/sites/brand/SitePages/Home.aspx",
    "https://docs.google.com/document/d/1AbC/edit",
    f"https://raw.s3.amazonaws.com/report.pdf?{V4}",
    *("https://www.dropbox.com/scl/fi/a/report.pdf?rlkey=x", "https://github.com/me/x/releases/download/v1/x.tar.gz"),
    *("https://github.com/me/x/blob/main/readme.md", "https://raw.s3.amazonaws.com/"),
    *("https://www.youtube.com/watch?v=abcdefghijk", "https://www.tiktok.com/@me/video/1", "https://t.me/me/5"),
)  # fmt: skip


@pytest.mark.parametrize("url", ASKED)
def test_a_link_to_a_file_is_requested(url: str) -> None:
    assert kind_of(url) is LinkKind.MEDIA
    assert reason(url) is None


@pytest.mark.parametrize("url", PAGES)
def test_a_page_of_a_file_service_is_listed_and_not_requested(url: str) -> None:
    assert kind_of(url) is LinkKind.PAGE
    assert "not a file" in (reason(url) or "")


@pytest.mark.parametrize("url", UNSURE)
def test_a_link_with_only_a_token_is_listed_and_not_requested(url: str) -> None:
    assert kind_of(url) is LinkKind.UNSURE
    assert "--column" in (reason(url) or "")


@pytest.mark.parametrize("url", LEFT_ALONE)
def test_a_link_to_no_media_is_ignored(url: str) -> None:
    assert kind_of(url) is LinkKind.OTHER
    assert reason(url) is None


NAMES = st.sampled_from(
    ["token", "sig", "signature", "sign", "hash", "key", "access_token", "expires", "auth", "s", "e"]
)
PATHS = st.lists(
    st.sampled_from(["reset", "u", "8473", "d", "confirm", "join", "x.php", "page.html"]), max_size=4
)


@given(PATHS, st.dictionaries(NAMES, st.sampled_from(["24f3", JWT, "1900000000"]), max_size=5))
def test_a_parameter_with_a_general_name_makes_no_link_media(path: list[str], query: dict[str, str]) -> None:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    assert kind_of(f"https://shop.example.com/{'/'.join(path)}?{asked}") is not LinkKind.MEDIA


@given(
    st.sampled_from(["jpg", "JPEG", "webp", "png", "heic", "gif", "svg"]),
    st.sampled_from(["uid", "u", "email", "user_id", "subscriber", "mc_eid", "rcpt", "contactId"]),
    st.sampled_from(["77", "me@example.com", "", JWT]),
    st.sampled_from(["w=3&", "", "token=1&", "v=2&h=3&"]),
)
def test_a_picture_that_identifies_its_reader_is_never_requested(
    ending: str, name: str, value: str, before: str
) -> None:
    url = f"https://shop.example/img/photo.{ending}?{before}{name}={value}"
    assert kind_of(url) is (LinkKind.OTHER if ending in ("gif", "svg") else LinkKind.UNSURE)


@given(
    st.sampled_from(["jpg", "jpeg", "webp", "png", "heic", "mp4", "mov", "avi"]),
    st.lists(st.sampled_from(["w", "height", "v", "q", "fit", "format", "dpr", "itok", "ts"]), max_size=4),
    st.sampled_from(["photo", "open", "track", "confirm", "launch"]),
)
def test_media_with_delivery_parameters_is_requested(ending: str, names: list[str], stem: str) -> None:
    query = "&".join(f"{name}=3" for name in names)
    assert kind_of(f"https://cdn.example/img/{stem}.{ending}?{query}") is LinkKind.MEDIA
