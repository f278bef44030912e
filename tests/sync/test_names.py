"""A bad name affects only its own file; names that look alike are reported, or both published."""

from __future__ import annotations

import os

import pytest

from tests.home import SIGNATURE, Home
from tests.media import mp4

pytestmark = pytest.mark.usefixtures("quick_retries")


def test_names_that_cannot_be_published_cost_only_themselves(home: Home) -> None:
    home.put("control\x01.mp4", mp4())
    home.put("back\\slash.mp4", mp4())
    home.put("x" * 250 + ".mp4", mp4())
    home.put("fine.mp4", mp4())
    home.put(f"{SIGNATURE}", mp4())
    (home.media / os.fsdecode(b"caf\xe9.mp4")).write_bytes(mp4())
    (home.media / "link.mp4").symlink_to("/etc/hostname")
    home.config["sources"]["clips"]["path"] = "{key}"
    done = home.sync()
    assert done["exit_code"] == 3
    assert set(home.manifest()) == {"fine.mp4", "x" * 250 + ".mp4"}
    codes = {key: trouble["code"] for key, trouble in home.troubles().items()}
    assert codes == {
        "control\x01.mp4": "destination.path",
        "back\\slash.mp4": "destination.path",
        SIGNATURE: "plan.signature",
        "caf\\xe9.mp4": "source.name",
        "link.mp4": "source.name",
    }


def test_a_name_too_long_once_it_is_a_path_is_said(home: Home) -> None:
    home.config["sources"]["clips"]["path"] = "a-long-beginning-{key}"
    home.put("x" * 245 + ".mp4", mp4())
    assert home.sync()["exit_code"] == 3
    (trouble,) = home.troubles().values()
    assert "over 255" in trouble["message"]


def test_names_that_differ_in_normalisation_only_are_reported(home: Home) -> None:
    home.put("e\u0301.mp4", mp4(seed=1))
    home.put("\u00e9.mp4", mp4(seed=2))
    done = home.sync()
    assert done["exit_code"] == 3
    assert "are the same name" in done["log"]


def test_names_that_differ_in_case_only_are_both_published(home: Home) -> None:
    """Web servers and buckets treat them as different names."""
    home.put("a.mp4", mp4(seed=1))
    home.put("A.mp4", mp4(seed=2))
    assert home.sync()["exit_code"] == 0
    assert home.site.get("clips/a.mp4").content == mp4(seed=1)
    assert home.site.get("clips/A.mp4").content == mp4(seed=2)
