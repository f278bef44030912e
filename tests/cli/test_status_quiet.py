"""The README has a daily line for cron: it prints nothing, so that cron sends no mail, if all is well."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.home import SIGNATURE, Home
from tests.media import mp4
from tests.project.test_docs import README, block


def printed(home: Home) -> str:
    """What cron would send by mail."""
    home.write()
    (line,) = (line for line in block("cron", README).splitlines() if "status" in line)
    command = line.split(maxsplit=5)[5].replace(".venv/bin/syncer", f"{sys.executable} -m syncer")
    command = command.replace("/srv/syncer", str(home.folder))
    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    return ran.stdout + ran.stderr


@pytest.fixture
def well(home: Home) -> Home:
    home.sign()
    for key in ("a.mp4", "b.mp4", "taken back.mp4"):
        home.put(key, mp4(seed=ord(key[0])))
    assert home.syncer("bootstrap").code == 0
    assert home.sync()["exit_code"] == 0
    assert home.syncer("unpublish", "taken back.mp4").code == 0
    return home


def test_nothing_is_printed_if_all_is_well(well: Home) -> None:
    assert printed(well) == ""
    assert well.syncer("status", "-q").out == ""


@pytest.mark.parametrize("delete", ["never", {"after": "30d"}, "mirror"])
def test_an_emptied_source_is_mailed_whatever_delete_is(well: Home, delete: Any) -> None:
    well.config["delete"] = delete
    for path in well.media.iterdir():
        path.unlink()
    for _ in range(2):
        assert well.sync()["exit_code"] == (1 if delete == "mirror" else 0)
    assert "source clips: 0 objects listed, 2 published" in printed(well)


def test_what_needs_attention_is_printed(well: Home) -> None:
    (well.site.root / SIGNATURE).unlink()
    well.put("bad.mp4", b"no media")
    assert well.sync()["exit_code"] == 5
    told = well.syncer("status", "-q").out
    assert f"signature  ✗ {well.site.url}{SIGNATURE}" in told
    assert "exit code 5" in told
    assert "clips:bad.mp4" in told
    assert "assets " not in told
