"""Files that are gone from their source are deleted as the config says, and within its limit."""

from __future__ import annotations

import subprocess

import pytest

from tests.home import SIGNATURE, Home
from tests.media import mp4

pytestmark = pytest.mark.usefixtures("quick_retries")


def test_never_deletes_nothing_and_goes_on_listing_it(published: Home) -> None:
    (published.media / "0.mp4").unlink()
    assert published.sync()["counts"] == {"kept": 9}
    assert len(published.manifest()) == 10


def test_mirror_deletes_what_is_gone(published: Home) -> None:
    published.config["delete"] = "mirror"
    (published.media / "0.mp4").unlink()
    assert published.sync()["counts"] == {"kept": 9, "deleted": 1}
    assert "0.mp4" not in published.manifest()
    assert "clips/0.mp4" not in published.public()
    assert SIGNATURE in published.public()


def test_after_waits(published: Home) -> None:
    published.config["delete"] = {"after": "30d"}
    (published.media / "0.mp4").unlink()
    published.sync()
    assert len(published.manifest()) == 10
    published.config["delete"] = {"after": "0s"}
    assert published.sync()["counts"]["deleted"] == 1


def test_what_comes_back_in_time_stays(published: Home) -> None:
    published.config["delete"] = {"after": "30d"}
    (published.media / "0.mp4").rename(published.folder / "aside.mp4")
    published.sync()
    (published.folder / "aside.mp4").rename(published.media / "0.mp4")
    published.sync()
    published.config["delete"] = {"after": "0s"}
    assert "deleted" not in published.sync()["counts"]


def test_a_plan_over_the_limit_deletes_nothing_and_says_the_numbers(published: Home) -> None:
    published.config["delete"] = "mirror"
    for number in range(4):
        (published.media / f"{number}.mp4").unlink()
    done = published.sync()
    assert done["exit_code"] == 1
    assert "4 of 10 published files (40.0%)" in done["errors"][0]["message"]
    assert len(published.manifest()) == 10
    assert len(published.public()) == 11
    assert published.sync("--max-delete", "40%")["counts"]["deleted"] == 4


def test_an_incomplete_listing_deletes_nothing(published: Home) -> None:
    published.config["delete"] = "mirror"
    published.config["sources"]["broken"] = {"kind": "local", "root": "nowhere"}
    (published.media / "0.mp4").unlink()
    done = published.sync()
    assert done["exit_code"] == 1
    assert "nowhere" in done["errors"][0]["message"]
    assert "clips/0.mp4" in published.public()


def test_an_empty_source_is_refused(published: Home) -> None:
    """An unmounted disk looks like this."""
    published.config["delete"] = "mirror"
    for path in published.media.iterdir():
        path.unlink()
    assert published.sync()["exit_code"] == 1
    assert len(published.public()) == 11


def test_a_signature_file_is_never_deleted(published: Home) -> None:
    """Not even if an asset had this path before, nor after it left the config."""
    del published.config["origin"]["signature_files"]
    published.config |= {"delete": "mirror", "max_delete": "100%"}
    for path in published.media.iterdir():
        path.unlink()
    assert published.sync()["exit_code"] == 0
    assert published.public() == {SIGNATURE}


def test_a_delete_that_fails_is_tried_again(published: Home) -> None:
    published.config["delete"] = "mirror"
    (published.media / "0.mp4").unlink()
    folder = published.site.root / "clips"
    subprocess.run(["chattr", "+a", folder], check=True)
    try:
        assert published.sync()["exit_code"] == 3
    finally:
        subprocess.run(["chattr", "-a", folder], check=True)
    assert "0.mp4" not in published.manifest()
    assert published.sync()["counts"]["deleted"] == 1


def test_what_a_filter_leaves_out_is_not_gone(home: Home) -> None:
    """An object that was just replaced is younger than `min_age` for a while."""
    home.config["delete"] = "mirror"
    home.put("a.mp4", mp4())
    home.sync()
    home.config["sources"]["clips"]["min_age"] = "1h"
    home.put("a.mp4", mp4(seed=2))
    assert home.sync()["exit_code"] == 0
    assert home.public() == {"clips/a.mp4"}
    assert set(home.manifest()) == {"a.mp4"}
    home.config["sources"]["clips"]["exclude"] = ["*"]
    home.sync()
    assert home.public() == {"clips/a.mp4"}


def test_what_is_not_to_be_deleted_any_more_is_listed_again(published: Home) -> None:
    published.config["delete"] = "mirror"
    (published.media / "0.mp4").unlink()
    folder = published.site.root / "clips"
    subprocess.run(["chattr", "+a", folder], check=True)
    try:
        published.sync()
    finally:
        subprocess.run(["chattr", "-a", folder], check=True)
    assert len(published.manifest()) == 9
    published.config["delete"] = "never"
    published.sync()
    assert len(published.manifest()) == 10
