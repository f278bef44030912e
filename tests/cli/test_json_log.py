"""Law: with `--log-format json` every line is JSON, also where stdout and stderr go to one file."""

from __future__ import annotations

import json
import logging
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.catalogue import open_catalogue
from syncer.cli.voice import progress
from tests.home import Home
from tests.media import mp4


def logged(home: Home, *arguments: str) -> list[dict[str, Any]]:
    """Of a cron job that writes both streams into one file."""
    log = home.folder / "log"
    with log.open("ab") as file:
        home.start(*arguments, "--log-format", "json", stdout=file, stderr=subprocess.STDOUT).wait(90)
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_run_ends_with_its_summary(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.put("b.png", b"\x89PNG\r\n\x1a\n" + bytes(2000))
    lines = logged(home, "sync")
    assert [line["event"] for line in lines][-1] == "summary"
    assert {line["event"] for line in lines} > {"published", "rejected"}
    assert (lines[-1]["exit_code"], lines[-1]["counts"]["copied"]) == (4, 1)
    assert all("time" in line for line in lines)


def test_an_error_before_the_run_is_an_object_too(home: Home) -> None:
    home.put("a.mp4", mp4())
    logged(home, "sync")
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue, catalogue.lock():
        assert logged(home, "sync")[-1]["event"] == "error"
    home.config["workers"] = 0
    assert logged(home, "sync")[-1]["code"] == "config.invalid"


def test_a_warning_is_an_object_too(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("json", lambda: 0):
        logging.getLogger("syncer").warning("%s can't be listed: no permission", "/media/a")
    told = json.loads(capsys.readouterr().err)
    assert (told["event"], told["message"]) == ("warning", "/media/a can't be listed: no permission")


def test_migrate_says_what_became_of_the_links(home: Home) -> None:
    Path(home.folder / "posts.txt").write_text("nothing to see\n")
    lines = logged(home, "migrate", str(home.folder / "posts.txt"))
    assert (lines[-1]["event"], lines[-1]["links"]) == ("summary", 0)
