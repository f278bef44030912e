"""Law: a command that takes a config prints none of its secrets, even if it needs none of them itself."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from syncer.config import load
from syncer.errors import ConfigError
from syncer.unsaid import without_secrets
from tests.home import Home
from tests.servers.nginx import HOST, StartNginx

SECRETS = {"env": "Kq7vR2mXw9LtZb4NcY", "file": "p/R8+sTn3&Wf6QyHd"}
DESTINATIONS: dict[str, dict[str, Any]] = {
    "s3": {
        "kind": "s3",
        "bucket": "raw",
        "endpoint": "https://127.0.0.1:9",
        "region": "x",
        "access_key": "env:KEY",
    },
    "ftps": {"kind": "ftps", "host": "127.0.0.1", "port": 9, "root": "media", "user": "me"},
}
KEYS = {"s3": "secret_key", "ftps": "password"}
COMMANDS = (
    ("check", f"https://{HOST}/a.mp4"),
    ("check", "--json", f"https://{HOST}/a.mp4"),
    ("status",),
    ("sync",),
)


def told(home: Home, patched: pytest.MonkeyPatch, *arguments: str) -> str:
    """What it prints in a process that knows no secret yet."""
    patched.setattr("syncer.unsaid._known", {})
    ran = home.syncer(*arguments)
    return ran.out + ran.err


def settle(home: Home, nginx: StartNginx, kind: str, where: str) -> str:
    secret = SECRETS[where]
    place: Path = home.folder / "secret"
    place.write_text(f"{secret}\n")
    reference = "env:SECRET" if where == "env" else f"file:{place}"
    back = f"add_header Content-Range {secret!r}; return 302 https://other.example/{secret};"
    site = nginx(home.site.root, server=f"location ~ . {{ {back} }}")
    home.config["origin"]["connect_to"] = site.connect_to
    home.config["timeouts"] = {"give_up": "1s", "connect": "1s"}
    home.config["origin"]["destination"] = DESTINATIONS[kind] | {KEYS[kind]: reference}
    return secret


@pytest.mark.parametrize(("kind", "where"), [("s3", "env"), ("ftps", "file")])
def test_no_command_prints_a_secret_that_a_server_sends_back(
    home: Home, nginx: StartNginx, monkeypatch: pytest.MonkeyPatch, kind: str, where: str
) -> None:
    secret = settle(home, nginx, kind, where)
    monkeypatch.setenv("SECRET", secret)
    monkeypatch.setenv("KEY", "AKIAEXAMPLEKEY1")
    for command in COMMANDS:
        said = told(home, monkeypatch, *command)
        assert secret not in said, command
        assert command[-1][:5] != "https" or "other.example/***" in said


def test_every_command_with_a_config_knows_its_secrets(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """In any part of the config, and even where a command can do without them."""
    place = home.folder / "secret"
    place.write_text(SECRETS["file"])
    monkeypatch.setenv("SECRET", SECRETS["env"])
    monkeypatch.setenv("TOKEN", "act.Zz81vQpLm3XyTr")
    home.config["origin"]["destination"] = DESTINATIONS["s3"] | {"secret_key": "env:SECRET"}
    old = DESTINATIONS["s3"] | {"bucket": "old", "secret_key": f"file:{place}"}
    home.config["sources"] = {"older": {"kind": "takeout", "source": old}}
    home.config["tiktok"] = {"access_token": "env:TOKEN"}
    home.write()
    for needed in (False, True):
        monkeypatch.setattr("syncer.unsaid._known", {})
        with suppress(ConfigError):  # KEY is not set
            load(home.folder / "config.yaml", secrets=needed)
        told = without_secrets(f"{SECRETS['env']} {SECRETS['file']} act.Zz81vQpLm3XyTr")
        assert told == "*** *** ***"


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_check_of_a_url_needs_no_secret(
    home: Home, nginx: StartNginx, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    settle(home, nginx, kind, "env")
    home.config["origin"]["destination"][KEYS[kind]] = "file:/nonexistent/none"
    assert "answers 302" in told(home, monkeypatch, "check", f"https://{HOST}/a.mp4")
