"""Flags of `bootstrap`: what they mean, what is wrong with them, and no secret of them is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.cli import adhoc
from tests.home import SIGNATURE, Home


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--url", "https://a.test/"], "--destination and --signature must be given too"),
        (
            ["--url", "http://a.test/", "--destination", "x", "--signature", __file__],
            "--url: must begin with https://",
        ),
        (
            ["--url", "https://a.test/", "--destination", "dav://x", "--signature", __file__],
            "dav:// is not one of",
        ),
        (["--url", "https://a.test/", "--destination", "s3://b/p", "--signature", "missing"], "missing"),
    ],
)
def test_bad_flags_of_bootstrap(flags: list[str], sentence: str) -> None:
    ran = Home.syncer_alone("bootstrap", *flags)
    assert ran.code == 2
    assert sentence in ran.err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sftp://u:hunter2@host:22x/", "a password does not belong"),
        ("sftp://u:hun/ter2@host/", "a password does not belong"),
        ("sftp://u:hun@ter2@host/", "a password does not belong"),
        ("sftp://u@x:hunter2@host/", "a password does not belong"),
        ("s3://AK:hunter2@bucket", "a password does not belong"),
        ("s3://hunter2@bucket", "no access key belongs here"),
        ("hunter2:hunter2@host:/srv", "neither a URL nor a folder"),
        ("u:hunter2@ftp://host/srv", "neither a URL nor a folder"),
        ("sftp://host:hunter2/srv", "not a URL such as"),
        ("sftp://host/srv?hunter2", "write ? as %3F"),
        ("ftps://u:hunter2@host/", "SYNCER_FTPS_PASSWORD"),
        ("ftp://host/hunter2", "write ftps://"),
        ("webdav://host/hunter2", "webdav:// is not one of"),
    ],
)
def test_a_secret_in_a_flag_is_never_repeated(text: str, sentence: str) -> None:
    flags = ["--url", "https://a.test/", "--destination", text, "--signature", __file__]
    ran = Home.syncer_alone("bootstrap", *flags)
    assert ran.code == 2
    assert sentence in ran.err
    assert "hunter2" not in ran.err + ran.out


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("./a:b", {"kind": "local", "root": "./a:b"}),
        ("sftp://h/srv", {"kind": "sftp", "host": "h", "root": "/srv"}),
        ("SFTP://u@h:22/a%20b@c", {"kind": "sftp", "host": "h", "root": "/a b@c", "user": "u", "port": 22}),
        (
            "ftps://u%40h.test@ftp.h.test/public_html",
            {
                "kind": "ftps",
                "host": "ftp.h.test",
                "root": "/public_html",
                "user": "u@h.test",
                "password": "env:SYNCER_FTPS_PASSWORD",
            },
        ),
        ("s3://b/p/q", {"kind": "s3", "bucket": "b", "prefix": "p/q"}),
        ("s3://b", {"kind": "s3", "bucket": "b", "prefix": ""}),
    ],
)
def test_a_destination_in_a_flag(text: str, settings: dict[str, object]) -> None:
    assert adhoc.destination_of(text) == settings


def test_two_signature_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / SIGNATURE).write_text(name)
    flags = ["--url", "https://a.test/", "--destination", str(tmp_path)]
    files = [word for name in "ab" for word in ("--signature", str(tmp_path / name / SIGNATURE))]
    ran = Home.syncer_alone("bootstrap", *flags, *files)
    assert ran.code == 2
    assert ran.err == f"syncer: --signature: 2 files are named {SIGNATURE}\n"
