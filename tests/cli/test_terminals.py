"""Output on a terminal: a progress bar, any encoding, and names without control characters."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing, redirect_stdout
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest

from syncer import cli
from syncer.catalogue import open_catalogue
from syncer.model import Entry, Failed, State
from tests import bad_input
from tests.home import Home
from tests.media import PNG, mp4
from tests.servers.rgw import S3Service

s3_source = bad_input.s3_source


def test_a_progress_bar_on_a_terminal(home: Home) -> None:
    """`script` provides the terminal."""
    for number in range(3):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.put("shot.png", PNG)
    home.syncer("status")
    command = f"{sys.executable} -m syncer sync -c {home.folder / 'config.yaml'}"
    ran = subprocess.run(
        ["script", "-qec", command, "/dev/null"], capture_output=True, check=False, timeout=60, text=True
    )
    assert ran.returncode == 4, ran.stdout
    assert "3 copied" in ran.stdout
    assert "3 published" in ran.stdout
    assert ran.stdout.count("clips:shot.png") == 1, "said once, in the summary"


NASTY = "red\x1b[31m c1\x9b31m turn\u202e del\x7f.mp4"
"""A name that a terminal would act on."""


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_any_encoding_of_a_terminal_works(home: Home, encoding: str) -> None:
    home.put("日本 é.png", PNG)
    home.sign()
    home.syncer("bootstrap")
    environment = os.environ | {"PYTHONIOENCODING": encoding, "LANG": "C", "LC_ALL": "C"}
    for command, code in (("bootstrap", 0), ("sync", 4), ("status", 0), ("plan", 0)):
        ran = subprocess.run(
            [sys.executable, "-m", "syncer", command, "-c", home.folder / "config.yaml"],
            capture_output=True,
            check=False,
            env=environment,
        )
        assert ran.returncode == code, ran.stderr
        assert b"Error" not in ran.stderr


def test_a_name_never_reaches_the_terminal_unescaped(home: Home) -> None:
    """Errors, JSON, logs, the lines of every command."""
    home.put(NASTY, PNG)
    assert home.syncer("sync", "--log-format", "json").err.isascii()
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        entry = Entry("clips", NASTY, State.PUBLISHED, path="x", url="https://media.example.test/x")
        catalogue.put(replace(entry, error=Failed("source.cut", NASTY, NASTY)))
    litter = home.site.root / ".syncer-0123456789abcdef0123456789abcdef.part"
    litter.write_bytes(b"")
    for command in (
        ["status"],
        ["status", "--json"],
        ["urls", "--json"],
        ["urls", "--format", "jsonl"],
        ["plan", "--all"],
        ["plan", "--all", "--json"],
        ["tidy"],
    ):
        ran = home.syncer(*command)
        assert all(line.isprintable() for line in (ran.out + ran.err).split("\n")), command
        if "--json" in command:
            (assets,) = [ran.json[name] for name in ("troubles", "items", "steps") if name in ran.json]
            assert NASTY in [asset["key"] for asset in assets]
    csv = home.syncer("urls", "--format", "csv").out
    assert NASTY in csv, "data is data"


def test_csv_on_a_terminal_is_harmless(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        catalogue.put(Entry("clips", NASTY, State.PUBLISHED, path="x", url="https://media.example.test/x"))
    monkeypatch.setenv("SYNCER_CONFIG", str(home.folder / "config.yaml"))
    home.syncer("status")
    terminal = Terminal()
    with redirect_stdout(terminal):
        cli.run(["urls", "--format", "csv"])
    lines = terminal.getvalue().split("\n")
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


NASTY_KEYS = ("title\x1b]0;mine\x07.mp4", "new\nsyncer: all is well.mp4", "right-to-left\u202e4pm.mp4")


def test_a_name_can_neither_paint_the_terminal_nor_forge_a_line(
    home: Home, rgw: S3Service, s3_source: dict[str, Any]
) -> None:
    with closing(rgw.client()) as client:
        for key in NASTY_KEYS:
            client.put_object(Bucket=s3_source["bucket"], Key=key, Body=PNG)
    for key in NASTY_KEYS:
        home.put(key, PNG)
    home.config["sources"]["cloud"] = s3_source
    for command in ("plan", "sync", "status"):
        ran = home.syncer(command)
        assert ran.code in (0, 3, 4)
        lines = (ran.out + ran.err).splitlines()
        assert all(line.isprintable() for line in lines), lines
        assert not [line for line in lines if line.startswith("syncer: all is well")]
