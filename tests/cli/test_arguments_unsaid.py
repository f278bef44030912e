"""Law: a login in an argument is never said, wherever a `#`, `?` or `/` stands in its password, and never
becomes a file's name.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.home import Home

LOGINS = (
    "sftp://deploy:Xy7!k#Qz9w@vps.example.com/m",
    "sftp://deploy:ab?Wv8Tr2@vps.example.com/m",
    "https://me:p/Lk3#mN4x@files.example.com/",
    "deploy:Xy7!k#Qz9w@vps.example.com:/m",
    "ftps://web:a#b#Cd5Ef6@ftp.example.com",
)
COMMANDS: tuple[list[str], ...] = (
    ["sync"],
    ["sync", "--max-delete"],
    ["sync", "--log-format"],
    ["tidy", "--older-than"],
    ["bootstrap", "--wait"],
    ["bootstrap", "--destination"],
    ["bootstrap", "--ca"],
    ["catalogue", "restore"],
    ["urls", "--format"],
    ["migrate"],
    ["origin"],
    [],
)
WRITES = (
    ["demo"],
    ["migrate", "posts.csv", "-o"],
    ["migrate", "posts.csv", "--map"],
    ["bootstrap", "--write-config"],
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("posts.csv").write_text("a\n")
    return tmp_path


def secrets(login: str) -> list[str]:
    """Each part of the password, in the spellings that do not depend on their length."""
    password = login.rsplit("://", maxsplit=1)[-1].rpartition("@")[0].partition(":")[2]
    return [part for part in [password, *password.replace("?", "#").split("#")] if len(part) > 1]


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("command", [*COMMANDS, *WRITES], ids=" ".join)
def test_no_part_of_its_password_is_said(command: list[str], login: str) -> None:
    ran = Home.syncer_alone(*command, login)
    assert ran.code == 2
    for secret in secrets(login):
        assert secret not in ran.out + ran.err


@pytest.mark.parametrize("command", WRITES, ids=" ".join)
@pytest.mark.parametrize("login", [*LOGINS, "sftp://deploy:Xy7kLongWord@vps.example.com/m", "s3://raw/m"])
def test_what_writes_makes_no_file_or_folder_of_that_name(command: list[str], login: str) -> None:
    ran = Home.syncer_alone(*command, login)
    assert ran.code == 2
    assert "not a URL or a login" in ran.err
    assert list(Path().iterdir()) == [Path("posts.csv")]


def test_a_login_is_not_said_even_if_a_file_has_its_name() -> None:
    login = "sftp://deploy:Xy7kLongWord@vps.example.com/m"
    Path(login).mkdir(parents=True)
    ran = Home.syncer_alone("sync", login)
    assert ran.code == 2
    assert "LongWord" not in ran.err


def test_a_file_with_a_colon_and_an_at_in_its_name_can_be_named_by_its_folder() -> None:
    Path("a:b@c.csv").write_text("a\n")
    assert "not a URL or a login" not in Home.syncer_alone("migrate", "./a:b@c.csv").err
