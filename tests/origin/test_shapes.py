"""Laws of the form of a signature file: each wrong form has a message with a fix; a web page is refused."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from syncer.connect.web.client import WebSettings
from syncer.errors import OwnershipError
from syncer.origin.ownership import shapes
from syncer.origin.ownership.file import SignatureFile

ORIGIN = "https://media.example.test/"
TOKEN = "AbCdEfGh12345678AbCdEfGh12345678"
NAME = f"tiktok{TOKEN}.txt"
CONTENT = f"tiktok-developers-site-verification={TOKEN}".encode()
PAGE = (
    b"<!DOCTYPE html>\n<html lang=en><head><title>TikTok for Developers</title></head><body>...</body></html>"
)
META = f'<meta name="tiktok-developers-site-verification" content="{TOKEN}">'.encode()


def read(folder: Path, name: str, content: bytes) -> SignatureFile:
    (folder / name).write_bytes(content)
    return SignatureFile.read(folder / name, ORIGIN, ORIGIN, WebSettings())


PAGES = {
    "saved": PAGE,
    "saved by a browser": b"<!-- saved from url=(0033)https://developers.tiktok.com/app/ -->\n" + PAGE,
    "with a BOM": b"\xef\xbb\xbf" + PAGE,
    "in UTF-16": b"\xff\xfe" + PAGE.decode().encode("utf-16-le"),
    "longer than any signature": PAGE + b" " * 200_000,
    "MHTML": b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://developers.tiktok.com/\r\n",
    "a webarchive": b"bplist00\xd1\x01\x02_\x10\x0fWebMainResource",
}


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("name", [NAME, "tiktok.html", "URL properties.htm", "portal.txt"])
def test_a_saved_page_is_refused_as_a_signature_file(tmp_path: Path, name: str, kind: str) -> None:
    with pytest.raises(OwnershipError, match="web page") as caught:
        read(tmp_path, name, PAGES[kind])
    assert caught.value.code == "ownership.file"
    assert "download button" in str(caught.value.hint)


@pytest.mark.parametrize(
    "content", [META, PAGE.replace(b"<title>", META + b"<title>"), META.replace(b'"', b"'")]
)
def test_a_meta_tag_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(OwnershipError, match="TikTok reads no meta tags"):
        read(tmp_path, NAME, content)


@pytest.mark.parametrize("content", [PAGE, META, b"x", CONTENT, PAGES["in UTF-16"]])
@pytest.mark.parametrize("name", ["tiktok_verify_12ab.html", "tiktok_verify_XyZ.html"])
def test_a_file_named_as_on_the_help_page_is_kept_byte_for_byte(
    tmp_path: Path, name: str, content: bytes
) -> None:
    signature = read(tmp_path, name, content)
    assert (signature.content, signature.warnings()) == (content, [])


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("tiktok-developers-site-verification.txt", CONTENT, f"name it {NAME}"),
        ("tiktok-developers-site-verification", CONTENT, f"name it {NAME}"),
        ("TikTok_Developers_Site_Verification.html", CONTENT + b"\n", f"name it {NAME}"),
        ("tiktok-developers-site-verification.txt", b"?", "download it again"),
        (f"TikTok{TOKEN}.txt", CONTENT, f"the portal's names in upper and lower case: name it {NAME}"),
        (f"tiktok{TOKEN}.TXT", CONTENT, f"name it {NAME}"),
        (f"Tiktok{TOKEN}.Txt", b"?", f"name it {NAME}"),
        ("TIKTOK_verify_aB.HTML", PAGE[:0] + b"aB", "name it tiktok_verify_aB.html"),
        (NAME.lower(), CONTENT, f"differs from its token in upper and lower case: name it {NAME}"),
        ("verify.txt", CONTENT, f"TikTok does not look for it: name it {NAME}"),
        ("tiktok.txt", CONTENT, f"name it {NAME}"),
        ("tiktok_site_verification.txt", b"\xef\xbb\xbf" + CONTENT, f"name it {NAME}"),
        ("tiktok-verification.html", b"token", "do not rename the portal's file; download it again"),
    ],
)
def test_a_wrong_name_is_reported_with_the_right_one(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    signature = read(tmp_path, name, content)
    assert says in " ".join(signature.warnings())
    assert (signature.path, signature.content) == (name, content)


@pytest.mark.parametrize("prefix", [f"{ORIGIN}.well-known/", f"{ORIGIN}v/.well-known/"])
def test_a_signature_below_well_known_gives_a_warning(prefix: str) -> None:
    (warning,) = SignatureFile(NAME, CONTENT, ORIGIN, prefix, WebSettings()).warnings()
    assert "below .well-known/" in warning
    assert "directly under the prefix" in warning


def test_folders_named_well_known_give_a_warning() -> None:
    root, file = PurePosixPath("/srv/www/.well-known"), PurePosixPath("/home/me/.well-known/x.txt")
    assert [*shapes.odd_folders(root.parent, [PurePosixPath("/home/me/x.txt")])] == []
    assert [*shapes.odd_folders(None, [])] == []
    root_told, file_told = shapes.odd_folders(root, [file])
    assert "use the web root" in root_told
    assert str(file) in file_told


def test_a_right_file_gives_no_warning(tmp_path: Path) -> None:
    assert read(tmp_path, NAME, CONTENT).warnings() == []
