"""Flags of `bootstrap`: their meaning, their errors, and no message repeats a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.cli import adhoc
from tests.home import SIGNATURE, TOKEN, Home

META = f'<meta name="tiktok-developers-site-verification" content="{TOKEN}"/>'


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
        ("sftp://u:hunter2@host:22x/", "do not write a password"),
        ("sftp://u:hun/ter2@host/", "do not write a password"),
        ("sftp://u:hun@ter2@host/", "do not write a password"),
        ("sftp://u@x:hunter2@host/", "do not write a password"),
        ("s3://AK:hunter2@bucket", "do not write a password"),
        ("s3://hunter2@bucket", "do not write an access key here"),
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


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            ["--property", "https://yourdomain.test", "--txt-record", "x"],
            "--property yourdomain.test, without https://",
        ),
        (["--url", "https://a.test/v/", "--txt-record", "x"], "--property a.test, without https://"),
        (["--url", "https://a.test/", "--signature", META], "not a meta tag"),
        (
            ["--url", "https://a.test/", "--signature", f"tiktok-developers-site-verification={TOKEN}"],
            "token",
        ),
        (["--url", "https://a.test/", "--signature", TOKEN], "not the token itself"),
        (["--signature", "https://developers.tiktok.com/app/1/"], "not a URL"),
        (["--url", "https://a.test/", "--signature", "/dev"], "/dev is a folder"),
        (["--url", "https://a.test/uploads/end.mp4"], "is the name of a file: write https://a.test/uploads/"),
        (["--url", "https://a.test/x/IMG 1.HEIC"], "must have its path percent-encoded"),
        (["--url", f"https://a.test/v/{SIGNATURE}"], "is the name of a file: write https://a.test/v/"),
        (["--property", "https://a.test/index.php", "--url", "https://a.test/"], "write https://a.test/\n"),
        (
            ["--url", "https://a.test/", "--destination", "sftp://media.test"],
            "sftp://media.test/var/www/html",
        ),
        (
            ["--url", "https://a.test/", "--destination", "sftp://me@media.test:22"],
            "the folder of the server is missing",
        ),
        (["--url", "https://a.test/", "--destination", "yourdomain.test"], "looks like the name of a host"),
        (["--url", "https://a.test/", "--destination", "me@a.b.test/var/www"], "sftp://user@a.b.test/"),
        (["--url", "https://a.test/", "--destination", "192.0.2.7"], "sftp://user@192.0.2.7/"),
    ],
)
def test_a_value_for_another_flag_is_refused_with_the_right_flag(
    given: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if not {"--signature", "--txt-record"} & set(given):
        given = [*given, "--signature", __file__]
    if "--destination" not in given and "--txt-record" not in given:
        given = [*given, "--destination", "./x"]
    ran = Home.syncer_alone("bootstrap", *given)
    assert ran.code == 2
    assert says in ran.err
    assert not list(tmp_path.iterdir()), "nothing is made of a wrong flag"


@pytest.mark.parametrize("name", ["yourdomain.test", "./new.example", "out"])
def test_an_existing_folder_or_a_path_is_a_destination(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "yourdomain.test").mkdir()
    assert adhoc.destination_of(name) == {"kind": "local", "root": name}


def test_two_signature_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / SIGNATURE).write_text(name)
    flags = ["--url", "https://a.test/", "--destination", str(tmp_path)]
    files = [word for name in "ab" for word in ("--signature", str(tmp_path / name / SIGNATURE))]
    ran = Home.syncer_alone("bootstrap", *flags, *files)
    assert ran.code == 2
    assert ran.err == f"syncer: --signature: 2 files are named {SIGNATURE}\n"
