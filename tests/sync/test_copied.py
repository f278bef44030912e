"""A run copies new and changed media once, and nothing that the platform refuses."""

from __future__ import annotations

import hashlib
import os

import pytest

from tests.home import Home
from tests.media import PNG, SMALLEST, mp4, sample

pytestmark = pytest.mark.usefixtures("quick_retries")
LONG_AGO = 10**9
"""A time of last access that reading changes."""


def test_what_is_new_is_copied_seen_and_listed(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.put("deep/er/Müsli & Co #1.mp4", mp4(300_000, 1))
    home.put("photo.webp", sample("café.webp"))
    done = home.sync()
    assert done["exit_code"] == 0
    assert done["counts"] == {"copied": 3, "bytes": 302_000 + len(sample("café.webp"))}
    listed = home.manifest()
    assert set(listed) == {"a.mp4", "deep/er/Müsli & Co #1.mp4", "photo.webp"}
    assert listed["deep/er/Müsli & Co #1.mp4"]["url"] == (
        "https://media.example.test/clips/deep/er/M%C3%BCsli%20%26%20Co%20%231.mp4"
    )
    for record in listed.values():
        served = home.site.get(record["path"])
        assert served.headers["content-type"] == record["content_type"]
        assert hashlib.sha256(served.content).hexdigest() == record["sha256"]
        assert len(served.content) == record["size"]
        assert record["source"] == "clips"
        assert record["published_at"] == record["checked_at"]


def test_a_run_without_changes_reads_no_byte_and_sends_the_origin_no_request(home: Home) -> None:
    """Reading a file changes its `atime`, if that is older than its `mtime`."""
    path = home.put("a.mp4", mp4())
    os.utime(path, ns=(LONG_AGO, path.stat().st_mtime_ns))
    home.sync()
    os.utime(path, ns=(LONG_AGO, path.stat().st_mtime_ns))
    before = home.site.log()
    done = home.sync()
    assert done["counts"] == {"kept": 1}
    assert path.stat().st_atime_ns == LONG_AGO
    assert home.site.log() == before


def test_new_bytes_take_the_same_url(home: Home) -> None:
    home.put("a.mp4", mp4(seed=1))
    home.sync()
    before = home.manifest()["a.mp4"]
    home.put("a.mp4", mp4(3000, seed=2))
    assert home.sync()["counts"]["copied"] == 1
    after = home.manifest()["a.mp4"]
    assert after["url"] == before["url"]
    assert after["sha256"] != before["sha256"]
    assert home.site.get(after["path"]).content == mp4(3000, seed=2)


def test_a_path_with_a_hash_is_a_new_url_for_new_bytes(home: Home) -> None:
    home.config["sources"]["clips"]["path"] = "v/{stem}-{sha256:12}.{ext}"
    home.put("a.mp4", mp4(seed=1))
    home.sync()
    first = home.manifest()["a.mp4"]["path"]
    assert first == f"v/a-{hashlib.sha256(mp4(seed=1)).hexdigest()[:12]}.mp4"
    assert home.sync()["counts"] == {"kept": 1}
    home.put("a.mp4", mp4(9_000_000, seed=2))
    home.sync()
    second = home.manifest()["a.mp4"]["path"]
    assert second != first
    assert home.public() == {first, second}, "a platform may still pull the old one"
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    assert home.sync()["counts"] == {"kept": 1, "deleted": 1}
    assert home.public() == {second}


def test_a_changed_template_moves_files_and_keeps_the_old_ones_until_delete_allows(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    home.config["sources"]["clips"]["path"] = "new/{key}"
    assert home.sync()["counts"]["copied"] == 1
    assert home.manifest()["a.mp4"]["path"] == "new/a.mp4"
    assert home.public() == {"clips/a.mp4", "new/a.mp4"}
    home.config["sources"]["clips"]["path"] = "clips/{key}"
    home.sync()
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    home.sync()
    assert home.public() == {"clips/a.mp4"}, "a path that is used again is not deleted as left"


def test_what_the_platform_refuses_is_not_copied_and_not_read_again(home: Home) -> None:
    path = home.put("shot.png", PNG)
    home.put("a.mp4", mp4())
    done = home.sync()
    assert done["exit_code"] == 4
    assert set(home.manifest()) == {"a.mp4"}
    assert home.public() == {"clips/a.mp4"}
    trouble = home.troubles()["shot.png"]
    assert (trouble["state"], trouble["code"]) == ("rejected", "media.format")
    os.utime(path, ns=(LONG_AGO, path.stat().st_mtime_ns))
    again = home.sync()
    assert again["exit_code"] == 4
    assert again["counts"] == {"kept": 1, "rejected": 1}
    assert path.stat().st_atime_ns == LONG_AGO
    path.write_bytes(mp4(seed=5))
    assert home.sync()["exit_code"] == 0


def test_rejected_media_is_published_if_configured_and_always_reported(home: Home) -> None:
    home.put("shot.png", PNG)
    home.put("cut.mp4", SMALLEST[:-200])
    home.put("fine.mp4", mp4(seed=2))
    assert home.sync()["exit_code"] == 4
    home.config["check"]["rejected"] = "publish"
    for counts in ({"copied": 2, "kept": 1, "marked": 2}, {"kept": 3, "marked": 2}):
        done = home.sync()
        assert done["exit_code"] == 4
        assert {word: done["counts"].get(word) for word in counts} == counts
        record = home.manifest()["shot.png"]
        assert record["accepted"] is False
        assert "media.format" in record["findings"]
        assert home.troubles()["shot.png"]["code"] == "media.format"
    ran = home.syncer("sync")
    assert "2 published though the checks reject them" in ran.out
    assert "! clips:shot.png\n      TikTok does not accept image/png [media.format]" in ran.out
    assert home.syncer("check").code == 4
    (home.media / "shot.png").write_bytes(mp4(seed=3))
    (home.media / "cut.mp4").write_bytes(mp4(seed=4))
    assert home.sync()["exit_code"] == 0
    assert home.troubles() == {}


def test_zero_bytes_are_refused(home: Home) -> None:
    home.put("empty.mp4", b"")
    assert home.sync()["exit_code"] == 4
    assert home.troubles()["empty.mp4"]["code"] == "media.empty"
    assert home.public() == set()


def test_media_that_is_refused_by_now_leaves_the_manifest(home: Home) -> None:
    home.put("shot.png", PNG)
    home.config["check"]["rejected"] = "publish"
    home.sync()
    assert set(home.manifest()) == {"shot.png"}
    home.config["check"]["rejected"] = "skip"
    assert home.sync()["exit_code"] == 4
    assert home.manifest() == {}
