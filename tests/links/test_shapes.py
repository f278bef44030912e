"""Laws of the shapes that links have: where the bytes of each are asked for."""

from __future__ import annotations

import pytest

from syncer.migrate.documents import LinkKind, kind_of
from tests.links.asked import looked
from tests.servers.certificates import Certificates
from tests.servers.scripted import answer, scripted

BYTES = answer(
    "200 OK", b"\0\0\0\x18ftypmp42" + bytes(500), "Content-Type: video/mp4", "Content-Disposition: attachment"
)
R2 = "0" * 32
V4 = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20990701T110000Z&X-Amz-Expires=3600&X-Amz-Signature=ab"
GOOG = V4.replace("Amz", "Goog").replace("AWS4", "GOOG4")
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDAwMDAwMDB9.c2ln"
SAS = "sv=2021-06-08&sr=b&sp=r&se=2090-01-01&sig=aBB%3D"
DRIVE = "drive.usercontent.google.com/download?id={}&export=download&confirm=t"
LH3 = "lh3.googleusercontent.com"

SAME = (
    f"{LH3}/pw/AP1GczOabcdefgh=w1200-h800",
    "video-downloads.googleusercontent.com/ADGPM2kabcdefgh12345",
    "player.vimeo.com/external/1.hd.mp4?s=0a&profile_id=175",
    "player.vimeo.com/progressive_redirect/playback/1/rendition/1080p/file.mp4?loc=external&signature=0a",
    "app.box.com/shared/static/0a1b2c3d.mp4",
    "acme.app.box.com/shared/static/0a1b2c3d.mov",
    "p.firebasestorage.app/v0/b/p/o/a%2Fb.mp4?alt=media&token=24f3",
    "abcdefgh.supabase.co/storage/v1/object/public/clips/a.mp4",
    f"abcdefgh.supabase.co/storage/v1/object/sign/clips/a.mp4?token={JWT}",
    "res.cloudinary.com/demo/video/upload/q_auto/v1/clip",
    "me.imgix.net/clip.png?w=1080&s=0a",
    "x1.public.blob.vercel-storage.com/clip-Zx9.mp4",
    f"clips.s3.eu-west-1.amazonaws.com/a.mp4?{V4}",
    f"s3.dualstack.eu-west-1.amazonaws.com/clips/a.mp4?{V4}",
    f"clips.s3-accelerate.amazonaws.com/a.mp4?{V4}",
    f"{R2}.r2.cloudflarestorage.com/clips/a.mp4?{V4}",
    f"pub-{R2}.r2.dev/a.mp4",
    "f005.backblazeb2.com/file/clips/a.mp4",
    f"s3.eu-central-1.wasabisys.com/clips/a.mp4?{V4}",
    "clips.nyc3.cdn.digitaloceanspaces.com/a.mp4",
    f"account.blob.core.windows.net/clips/a.mp4?{SAS}",
    f"storage.googleapis.com/clips/a.mp4?{GOOG}",
    "cvws.icloud-content.com/B/AbC/IMG_1.MOV?o=1&e=4100000000&s=2",
)
"""Asked for as they are, at their own host."""

ELSEWHERE = {
    f"{LH3}/d/1AbC_dEf-23456": DRIVE.format("1AbC_dEf-23456"),
    f"{LH3}/d/1AbC_dEf-23456=w1200-h800": DRIVE.format("1AbC_dEf-23456"),
    "lh3.google.com/u/0/d/1AbC_dEf-23456=s0": DRIVE.format("1AbC_dEf-23456"),
    "drive.google.com/thumbnail?id=1AbC&sz=w1000": DRIVE.format("1AbC"),
    "www.dropbox.com/scl/fi/x/a.mp4?rlkey=k&st=9z&dl=0": "www.dropbox.com/scl/fi/x/a.mp4?rlkey=k&st=9z&dl=1",
    "contoso-my.sharepoint.com/:v:/g/personal/u/EabcDEF?e=x1": (
        "contoso-my.sharepoint.com/:v:/g/personal/u/EabcDEF?e=x1&download=1"
    ),
    "firebasestorage.googleapis.com/v0/b/p.appspot.com/o/a%2Fb.mp4?token=24f3": (
        "firebasestorage.googleapis.com/v0/b/p.appspot.com/o/a%2Fb.mp4?token=24f3&alt=media"
    ),
    "storage.googleapis.com/storage/v1/b/clips/o/a%2Fb.mp4": (
        "storage.googleapis.com/storage/v1/b/clips/o/a%2Fb.mp4?alt=media"
    ),
    "github.com/me/films/blob/main/a.mp4": "github.com/me/films/raw/main/a.mp4",
}


@pytest.mark.parametrize(("link", "asked"), [*((link, link) for link in SAME), *ELSEWHERE.items()])
def test_the_bytes_of_a_link_are_asked_for_where_they_are(
    certificates: Certificates, link: str, asked: str
) -> None:
    url, (host, _, rest) = f"https://{link}", asked.partition("/")
    assert kind_of(url) is LinkKind.MEDIA
    with scripted(certificates.leaf(host), BYTES) as server:
        looked(url, ca=certificates.ca, connect_to=server.connect_to)
    assert server.names == [host]
    assert [request.split(" ", 2)[1] for request in server.requests] == [f"/{rest}"]


def test_a_picture_is_taken_where_google_drive_does_not_give_the_file(certificates: Certificates) -> None:
    refused = answer("200 OK", b"<!DOCTYPE html><p>Too many users have viewed", "Content-Type: text/html")
    with scripted(certificates.leaf("drive.usercontent.google.com", LH3), refused, BYTES) as server:
        asset = looked(
            f"https://{LH3}/d/1AbC_dEf-23456=w1200", ca=certificates.ca, connect_to=server.connect_to
        )
    assert server.names == ["drive.usercontent.google.com", LH3]
    assert (asset.key, asset.size) == ("drive.google.com/1AbC_dEf-23456", 512)
    assert asset.locator.startswith(f"https://{LH3}/"), "it is read there too"
