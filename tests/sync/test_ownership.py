"""Nothing is published outside the property; signature files are kept, and their paths are reserved."""

from __future__ import annotations

import pytest

from tests.home import SIGNATURE, Home
from tests.media import mp4

pytestmark = pytest.mark.usefixtures("quick_retries")


def test_a_signature_file_that_is_gone_exits_5_after_copying(published: Home) -> None:
    (published.site.root / SIGNATURE).unlink()
    published.put("new.mp4", mp4(seed=99))
    done = published.sync()
    assert done["exit_code"] == 5
    assert done["errors"][0]["code"] == "ownership.missing"
    assert "new.mp4" in published.manifest()


def test_nothing_outside_the_property_is_published(home: Home) -> None:
    home.config["origin"]["property"] = f"{home.site.url}tiktok/"
    home.config["sources"]["clips"]["path"] = "tiktok/{key}"
    home.config["sources"]["other"] = {"kind": "local", "root": "media", "path": "other/{key}"}
    home.put("a.mp4", mp4())
    assert home.sync()["exit_code"] == 3
    assert home.troubles()["a.mp4"]["code"] == "ownership.uncovered"
    assert home.public() == {"tiktok/a.mp4"}


def test_a_property_elsewhere_is_refused_before_anything_is_copied(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.config["origin"]["property"] = "https://other.example.test/"
    ran = home.syncer("sync")
    assert ran.code == 5
    assert "does not cover origin.url" in ran.err
    assert home.public() == set()


def test_a_signature_file_of_any_name_is_reserved(home: Home) -> None:
    """It was placed by hand, so the catalogue does not know it."""
    file = home.folder / "proof.txt"
    file.write_text("mine")
    (home.site.root / "proof.txt").write_text("mine")
    home.config["origin"]["signature_files"] = ["proof.txt"]
    home.config["sources"]["clips"]["path"] = "{key}"
    home.config["check"]["rejected"] = "publish"
    home.put("proof.txt", b"not mine")
    assert home.sync()["exit_code"] == 3
    assert home.troubles()["proof.txt"]["code"] == "plan.signature"
    assert (home.site.root / "proof.txt").read_text() == "mine"
