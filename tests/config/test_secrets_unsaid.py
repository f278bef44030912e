"""Law: no command prints a secret that is in the wrong place, in any spelling.

Every setting of the schema gets every wrong shape; the secrets differ each time.
"""

from __future__ import annotations

import copy
import random
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
import yaml

from syncer.config import json_schema
from tests.home import Home, Ran

SHAPES = (
    "https://AK:{}/{}@s.example.com",
    "https://{}@s.example.com/x",
    "https://{}/{}@h.example.com/x",
    "https://AK%3A{}%40h/x",
    "https://h/a?m=x@y.z&sig={}",
    "https://h.example.com/x?password={}",
    "https://h.example.com/#{}",
    "sftp://AK:{}@h:22/root",
    "s3://AK:{}/{}@bucket/x",
    "//AK:{}@h",
    "AK:{}@h",
    "AK:{}/{}@h:/srv",
    "{}@h",
    "h:{}@",
    "AK%3a{}%40h",
    "h/?password={}",
    "h#{}",
    "“AK:{}@h”",
    "{}",
)
"""Of what people paste where a name, a place or a number belongs."""

SERVER = {"host": "127.0.0.1", "port": 9, "root": "media"}
ORIGIN = {
    "url": "https://media.example.com/",
    "property": "https://media.example.com/",
    "connect_to": "127.0.0.1:9",
    "destination": {"kind": "local", "root": "web"},
}
KINDS: Mapping[str, dict[str, Any]] = {
    "local": {"kind": "local", "root": "media"},
    "s3": {"kind": "s3", "bucket": "raw", "endpoint": "http://127.0.0.1:9", "anonymous": True, "region": "x"},
    "sftp": {"kind": "sftp", **SERVER},
    "ftps": {"kind": "ftps", **SERVER, "user": "me", "password": "env:HOME"},
    "links": {"kind": "links", "urls": ["https://127.0.0.1:9/a.mp4"], "connect_to": "127.0.0.1:9"},
    "drive": {"kind": "drive", "folder": "1A2b3C4d5E6f7G8h9I0j1K2l3M4n5O6p7"},
    "takeout": {"kind": "takeout", "source": {"kind": "local", "root": "media"}},
}
"""Addresses on this machine that refuse every connection at once."""
PUBLIC = ("txt_record", "signature_files", "column")
"""Settings whose right values look random themselves, and are for everybody to see."""

Where = tuple[str, ...]


def settings() -> Iterator[tuple[str, Where]]:
    """The kind of the source or destination, and the path of each setting of the config."""
    schema = json_schema()
    parts = schema["$defs"]

    def names(part: Mapping[str, Any]) -> Iterator[str]:
        for each in (part, *part.get("anyOf", ())):
            yield from parts[each["$ref"].rpartition("/")[2]]["properties"] if "$ref" in each else ()

    for name, part in schema["properties"].items():
        yield "", (name,)
        yield from (("", (name, each)) for each in names(part))
    for name, part in parts.items():
        kind, _, what = name.partition("-")
        where = {"source": ("sources", "x"), "destination": ("origin", "destination")}.get(what)
        if where:
            yield from ((kind, (*where, each)) for each in part["properties"])


def made() -> str:
    """A random word with the length of a key."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
    drawn = [random.choice(kind) for kind in kinds for _ in range(2)]  # noqa: S311 - no secret of anybody
    drawn += random.choices("".join(kinds), k=16)  # noqa: S311
    random.shuffle(drawn)
    return "".join(drawn)


def put(shape: str) -> tuple[str, list[str]]:
    """The shape with secrets, and the parts that must not be printed."""
    secrets = [made() for _ in range(shape.count("{}"))]
    return shape.format(*secrets), secrets


def assert_unsaid(ran: Ran, secrets: list[str], what: object) -> None:
    said = ran.out + ran.err
    for text in (said, unquote(said), unquote(unquote(said))):
        for secret in secrets:
            for spelled in (secret, quote(secret, safe=""), secret[:11], secret[-11:]):
                assert spelled.lower() not in text.lower(), (what, said)
    assert "this is a bug in syncer" not in said, (what, said)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for folder in ("media", "web"):
        (tmp_path / folder).mkdir()
    return tmp_path


def config(kind: str, where: Where, value: object) -> None:
    data: dict[str, Any] = {"origin": copy.deepcopy(ORIGIN), "sources": {}, "retry": {"attempts": 1}}
    if kind and where[0] == "origin":
        data["origin"]["destination"] = dict(KINDS[kind])
    data["sources"]["x"] = copy.deepcopy(KINDS[kind or "local"])
    holder = data
    for key in where[:-1]:
        holder = holder.setdefault(key, {})
    holder[where[-1]] = value
    Path("config.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")


COMMANDS = (["sync"], ["plan"], ["check"], ["doctor"], ["status", "--json"], ["bootstrap", "--json"])
COMMANDS_TOO = (["sync", "--json", "--log-format", "json"], ["doctor", "--json"], ["plan", "--json"])


@pytest.mark.scale
@pytest.mark.usefixtures("place")
def test_no_command_prints_a_secret_from_a_setting() -> None:
    """Each setting meets a third of the shapes, its neighbours the others; the commands take turns."""
    turns = 0
    for number, (kind, where) in enumerate(settings()):
        for shape in SHAPES[number % 3 :: 3]:
            if where[-1] in PUBLIC and shape == "{}":
                continue
            value, secrets = put(shape)
            config(kind, where, value if turns % 3 else [value])
            commands = [*COMMANDS, *COMMANDS_TOO]
            ran = Home.syncer_alone(*commands[turns % len(commands)], "-c", "config.yaml")
            assert_unsaid(ran, secrets, (where, shape, commands[turns % len(commands)]))
            turns += 1
    assert turns > 400


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("shape", SHAPES)
def test_no_command_prints_a_secret_in_place_of_a_key(shape: str) -> None:
    """Also a key of YAML's `?`, a key of an item, and a key that is given twice."""
    text = yaml.safe_dump({"origin": ORIGIN, "sources": {"x": KINDS["sftp"]}})
    value, secrets = put(shape)
    quoted = yaml.safe_dump(value, allow_unicode=True, width=10_000).removesuffix("\n...\n").strip()
    for lines in (
        f"{quoted}: 1\n",
        f"? {quoted}\n",
        f"sources: {{? {quoted}}}\n",
        f"check: {{{quoted}: 1}}\n",
        f"{quoted}: 1\n{quoted}: 2\n",
        f"delete: {{{quoted}: 1}}\n",
        f"delete: {{after: {quoted}}}\n",
        f"timeouts: [{quoted}]\n",
        f"timeouts: {{connect: {{a: {quoted}}}}}\n",
        f"{quoted}\n",
        f"workers: {quoted}: {quoted}\n",
    ):
        Path("config.yaml").write_text(text + lines, encoding="utf-8")
        for command in (["sync"], ["doctor", "--json"]):
            assert_unsaid(Home.syncer_alone(*command, "-c", "config.yaml"), secrets, lines)


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("slip", ["hunter2", "pa55word", "Letmein1"])
def test_a_short_password_beside_settings_of_secrets_is_not_printed(slip: str) -> None:
    """There it may be in the wrong line; elsewhere, a small typo is shown."""
    server = KINDS["sftp"] | {"password": "env:HOME"}
    for key in ("port", "connections", "kind", slip):
        config("sftp", ("sources", "x"), server | {key: slip})
        assert_unsaid(Home.syncer_alone("sync", "-c", "config.yaml"), [slip], key)
    config("sftp", ("sources", "x"), KINDS["sftp"] | {"port": "22x"})
    assert 'found "22x"' in Home.syncer_alone("sync", "-c", "config.yaml").err


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("workers", "eihgt"),
        ("delete", "nevre"),
        ("manifest", "urls.jsno"),
        ("catalogue", "syncer2024.db"),
        ("bandwidth", "50MB/sec"),
        ("max_delete", "10 percent"),
    ],
)
def test_a_typo_is_shown(key: str, value: str) -> None:
    config("", (key,), value)
    said = Home.syncer_alone("sync", "-c", "config.yaml").err
    assert re.search(rf"config\.yaml:\d+:\d+: {key}.*found \"(?:.*/)?{re.escape(value)}\"", said), said
