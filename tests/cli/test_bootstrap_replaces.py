"""An existing file at a signature file's path: a small text is replaced, any other file stays."""

from __future__ import annotations

import shutil

import pytest

from tests.home import SIGNATURE, Home, plain
from tests.media import mp4, sample
from tests.servers.sshd import Sshd

OLD = b"tiktok-developers-site-verification=" + b"x" * 40


@pytest.mark.parametrize("kind", ["local", "sftp"])
def test_replacing_a_file_with_other_content_is_reported(home: Home, sshd: Sshd, kind: str) -> None:
    if kind == "sftp":
        home.config["origin"]["destination"] = plain(sshd.destination(home.site.root))
    file, there = home.sign(), home.site.root / SIGNATURE
    there.write_bytes(OLD)
    ran = home.syncer("bootstrap")
    assert ran.code == 0
    assert f"! {SIGNATURE}: a file of 76 bytes with other content was there and was replaced" in ran.err
    assert there.read_bytes() == file.read_bytes()
    assert "replaced" not in home.syncer("bootstrap").err, "it is the same"
    shutil.rmtree(home.folder / "syncer.db.copies", ignore_errors=True)
    (home.folder / "syncer.db").unlink()
    assert "replaced" not in home.syncer("bootstrap", "--take-over").err
    file.write_bytes(file.read_bytes() + b"\n")
    (warning, *_) = home.syncer("bootstrap", "--json").json["files"][0]["warnings"]
    assert "a file of 68 bytes with other content was there and was replaced" in warning


@pytest.mark.parametrize("content", [mp4(200_000), sample("café.webp")[:900], b"\0" * 68], ids=len)
def test_only_a_small_text_is_ever_replaced(home: Home, content: bytes) -> None:
    home.sign()
    there = home.site.root / SIGNATURE
    there.write_bytes(content)
    ran = home.syncer("bootstrap")
    assert ran.code == 5
    assert f"is a file of {len(content)} bytes, which is " in ran.err
    assert "it was not replaced" in ran.err
    assert there.read_bytes() == content
    there.rename(home.site.root / "aside")
    assert home.syncer("bootstrap").code == 0, "as the hint says"


def test_replacing_an_unreadable_file_is_reported(home: Home) -> None:
    file, there = home.sign(), home.site.root / SIGNATURE
    there.write_bytes(b"notes of mine")
    home.config["origin"]["connect_to"] = "127.0.0.1:1"
    ran = home.syncer("bootstrap")
    assert ran.code == 5
    assert (
        "a file of 13 bytes with other content was there and was replaced; its content could not" in ran.err
    )
    assert there.read_bytes() == file.read_bytes()
