"""The laws of a run, from a folder of media to a real web server."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from syncer.model import State
from tests.home import SIGNATURE, Home
from tests.media import PNG, SMALLEST, mp4, sample
from tests.servers.nginx import StartNginx
from tests.servers.rgw import S3Service

pytestmark = pytest.mark.usefixtures("quick_retries")

LONG_AGO = 10**9
"""A time of last access that reading changes."""


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails twice in a row here will fail for ever."""
    from syncer.connect.retry import Policy
    from syncer.origin import http

    monkeypatch.setattr(http, "POLICY", Policy(attempts=1))


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


def test_a_run_without_news_reads_no_byte_and_asks_the_origin_nothing(home: Home) -> None:
    """`atime` moves when a file is read, once it is older than `mtime`."""
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


def test_a_changed_template_moves_and_keeps_the_old_until_told(home: Home) -> None:
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


def test_what_the_platform_refuses_is_published_if_told_and_never_passed_over(home: Home) -> None:
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
    assert "! clips:shot.png\n      TikTok does not take image/png [media.format]" in ran.out
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


def test_two_assets_on_one_path_are_an_error_that_names_both(home: Home) -> None:
    home.config["sources"]["more"] = {"kind": "local", "root": "more", "path": "x/{stem}.mp4"}
    home.config["sources"]["clips"]["path"] = "x/{stem}.mp4"
    home.put("a.mp4", mp4())
    (home.folder / "more").mkdir()
    (home.folder / "more" / "a.mov").write_bytes(mp4(seed=3))
    (home.folder / "more" / "b.mov").write_bytes(mp4(seed=4))
    for _ in range(2):
        assert home.sync()["exit_code"] == 3
        trouble = home.troubles()["a.mov"]
        assert trouble["code"] == "plan.collision"
        assert "clips:a.mp4 and more:a.mov" in trouble["message"]
        assert set(home.manifest()) == {"a.mp4", "b.mov"}
        assert home.site.get("x/a.mp4").content == mp4()


def test_two_assets_of_the_same_bytes_on_a_hashed_path_are_told_too(home: Home) -> None:
    """Whichever was read first has the path, and keeps it."""
    home.config["sources"]["clips"]["path"] = "{sha256}.mp4"
    home.put("a.mp4", mp4())
    home.put("b.mp4", mp4())
    assert home.sync()["exit_code"] == 3
    (first,) = home.manifest()
    (second,) = {"a.mp4", "b.mp4"} - {first}
    for _ in range(2):
        assert set(home.manifest()) == {first}
        trouble = home.troubles()[second]
        assert trouble["code"] == "plan.collision"
        assert "clips:a.mp4" in trouble["message"]
        assert "clips:b.mp4" in trouble["message"]
        assert home.sync()["exit_code"] == 3


@pytest.mark.parametrize("names", ["ab", "ba"])
@pytest.mark.parametrize("delete", ["never", "mirror"])
def test_a_renamed_asset_takes_its_path_along(home: Home, names: str, delete: str) -> None:
    """Whether the old name or the new one would be listed first, and whatever is deleted."""
    home.config["sources"]["clips"]["path"] = "{sha256}.mp4"
    home.config["delete"] = delete
    old, new = (home.media / f"{name}.mp4" for name in names)
    old.write_bytes(mp4())
    home.sync()
    old.rename(new)
    assert home.sync()["exit_code"] == 0
    assert set(home.manifest()) == {new.name}
    assert len(home.public()) == 1


def test_more_renames_than_can_wait_cost_no_url(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some move in the next run; nothing is deleted meanwhile."""
    monkeypatch.setattr("syncer.sync.scan.MOST_WAITING", 2)
    home.config["sources"]["clips"]["path"] = "v/{stem}.mp4"
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    for number in range(5):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.sync()
    for number in range(5):
        (home.media / f"{number}.mp4").rename(home.media / f"{number}.MP4")
    assert home.sync()["exit_code"] == 3
    assert len(home.public()) == 5
    assert home.sync()["exit_code"] == 3
    assert home.sync()["exit_code"] == 0
    assert set(home.manifest()) == {f"{number}.MP4" for number in range(5)}


@pytest.mark.parametrize("gone", [False, True])
def test_a_hashed_path_is_settled_when_the_listing_is_through(home: Home, gone: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Its bytes are read long before its owner would be listed."""
    home.config["sources"]["clips"]["path"] = "{sha256}.mp4"
    owner = home.put("zz.mp4", mp4())
    home.sync()
    owner.rename(home.media / "aa.mp4") if gone else home.put("aa.mp4", mp4())
    for number in range(40):
        home.put(f"b{number:02}.mp4", mp4(seed=number + 1))
    assert home.sync()["exit_code"] == (0 if gone else 3)
    assert ("aa.mp4" in home.manifest()) is gone
    assert ("zz.mp4" in home.manifest()) is not gone


@pytest.mark.parametrize("names", [("one", "two"), ("two", "one")])
def test_an_asset_that_moves_to_another_source_keeps_its_url(home: Home, names: tuple[str, str]) -> None:
    home.config["delete"] = "mirror"
    home.config["sources"] = {
        name: {"kind": "local", "root": name, "path": "v/{key}"} for name in ("one", "two")
    }
    for name in names:
        (home.folder / name).mkdir()
    (home.folder / names[0] / "a.mp4").write_bytes(mp4())
    home.sync()
    (home.folder / names[0] / "a.mp4").rename(home.folder / names[1] / "a.mp4")
    assert home.sync()["exit_code"] == 0
    assert home.manifest()["a.mp4"]["source"] == names[1]
    assert home.public() == {"v/a.mp4"}


def test_an_asset_does_not_take_the_path_of_one_whose_source_cannot_be_listed(home: Home) -> None:
    home.config["sources"] = {
        name: {"kind": "local", "root": name, "path": "v/{key}"} for name in ("one", "two")
    }
    for name in ("one", "two"):
        (home.folder / name).mkdir()
    (home.folder / "two/a.mp4").write_bytes(mp4(seed=2))
    home.sync()
    (home.folder / "two").rename(home.folder / "away")
    (home.folder / "one/a.mp4").write_bytes(mp4(seed=1))
    assert home.sync()["exit_code"] == 1
    assert home.manifest()["a.mp4"]["source"] == "two"
    assert home.site.get("v/a.mp4").content == mp4(seed=2)


def test_a_renamed_source_takes_over_its_paths(home: Home) -> None:
    home.config["sources"] = {"old": {"kind": "local", "root": "media", "path": "v/{key}"}}
    home.put("a.mp4", mp4())
    home.sync()
    home.config["sources"] = {"new": home.config["sources"]["old"]}
    assert home.sync()["exit_code"] == 0
    assert home.manifest()["a.mp4"]["source"] == "new"


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


def test_names_that_differ_in_normalisation_only_are_told(home: Home) -> None:
    home.put("e\u0301.mp4", mp4(seed=1))
    home.put("\u00e9.mp4", mp4(seed=2))
    done = home.sync()
    assert done["exit_code"] == 3
    assert "are the same name" in done["log"]


def test_names_that_differ_in_case_only_are_both_published(home: Home) -> None:
    """Web servers and buckets tell them apart."""
    home.put("a.mp4", mp4(seed=1))
    home.put("A.mp4", mp4(seed=2))
    assert home.sync()["exit_code"] == 0
    assert home.site.get("clips/a.mp4").content == mp4(seed=1)
    assert home.site.get("clips/A.mp4").content == mp4(seed=2)


# What is stored, and what is seen


def test_what_is_stored_but_not_seen_is_looked_at_again_and_not_copied_again(
    home: Home, nginx: StartNginx
) -> None:
    home.put("a.mp4", mp4())
    good = home.site
    home.config["origin"]["connect_to"] = nginx(good.root, location="return 403;").connect_to
    done = home.sync()
    assert done["exit_code"] == 3
    assert done["counts"]["stored"] == 1
    assert home.manifest() == {}
    assert home.troubles()["a.mp4"]["code"] == "origin.status"
    home.config["origin"]["connect_to"] = good.connect_to
    done = home.sync()
    assert done["exit_code"] == 0
    assert done["counts"] == {"rechecked": 1}
    assert set(home.manifest()) == {"a.mp4"}


def test_what_the_destination_lost_is_copied_again(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    (home.site.root / "clips/a.mp4").unlink()
    home.config["check"]["recheck"] = "1s"
    time.sleep(1.1)
    assert home.sync()["exit_code"] == 3
    assert home.troubles()["a.mp4"]["code"] == "destination.changed"
    assert home.manifest() == {}
    assert home.sync()["counts"]["copied"] == 1
    assert set(home.manifest()) == {"a.mp4"}


def test_another_origin_url_is_looked_at_and_copies_nothing(home: Home, nginx: StartNginx) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    other = nginx(home.site.root, host="cdn.example.test")
    home.config["origin"] |= {"url": other.url, "property": other.url, "connect_to": other.connect_to}
    assert home.sync()["counts"] == {"rechecked": 1}
    assert home.manifest()["a.mp4"]["url"] == "https://cdn.example.test/clips/a.mp4"


def test_verify_full_downloads_and_compares_all_of_it(home: Home, nginx: StartNginx) -> None:
    """The web server serves a file that differs only far behind the first 64 KiB."""
    home.config["check"]["verify"] = "full"
    content = mp4(200_000)
    home.put("a.mp4", content)
    assert home.sync()["exit_code"] == 0
    other = home.site.root.parent / "other"
    (other / "clips").mkdir(parents=True)
    (other / "clips/b.mp4").write_bytes(content[:-1] + b"?")
    home.put("b.mp4", content)
    home.config["origin"]["connect_to"] = nginx(other).connect_to
    home.sync()
    assert home.troubles()["b.mp4"]["code"] == "origin.bytes"


def test_a_plain_get_is_tried_once_for_each_media_type(home: Home) -> None:
    for number in range(4):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.put("a.webp", sample("café.webp"))
    home.sync()
    log = "\n".join(home.site.log())
    assert log.count('"HEAD ') == 2
    assert log.count('"GET /clips/') == 5 + 2


# Deleting


@pytest.fixture
def published(home: Home) -> Home:
    for number in range(10):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.sign()
    assert home.syncer("bootstrap").code == 0
    assert home.sync()["exit_code"] == 0
    return home


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
    """A mount that is not there looks like this."""
    published.config["delete"] = "mirror"
    for path in published.media.iterdir():
        path.unlink()
    assert published.sync()["exit_code"] == 1
    assert len(published.public()) == 11


def test_a_signature_file_is_never_deleted(published: Home) -> None:
    """Not even where an asset once lay at its place, nor once it left the config."""
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


# Ownership


def test_a_signature_file_that_is_gone_exits_5_after_copying(published: Home) -> None:
    (published.site.root / SIGNATURE).unlink()
    published.put("new.mp4", mp4(seed=99))
    done = published.sync()
    assert done["exit_code"] == 5
    assert done["errors"][0]["code"] == "ownership.missing"
    assert "new.mp4" in published.manifest()


def test_what_the_property_does_not_cover_is_not_published(home: Home) -> None:
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


# What a second look at the laws asks for


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


def test_verify_full_is_asked_of_the_next_look_too(home: Home) -> None:
    """What was stored and not seen yet is not seen by its first 64 KiB alone."""
    home.config["check"]["verify"] = "full"
    content = mp4(200_000)
    home.put("a.mp4", content)
    home.sync()
    (home.site.root / "clips/a.mp4").write_bytes(content[:-1] + b"?")
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        entry = catalogue.entry("clips", "a.mp4")
        assert entry
        catalogue.put(replace(entry, state=State.STORED))
    for _ in range(2):
        assert home.sync()["exit_code"] == 3
        assert home.manifest() == {}


def test_bytes_that_stay_other_ones_are_copied_again(home: Home) -> None:
    """Something else wrote a file of the same size over ours."""
    home.config["check"]["recheck"] = "0s"
    home.put("a.mp4", mp4())
    home.sync()
    (home.site.root / "clips/a.mp4").write_bytes(mp4(seed=7))
    codes = [home.sync()["exit_code"] for _ in range(4)]
    assert codes == [3, 3, 0, 0]
    assert home.site.get("clips/a.mp4").content == mp4()


def test_what_no_source_lists_any_more_is_still_looked_at(home: Home) -> None:
    home.config["check"]["recheck"] = "0s"
    home.config["sources"]["other"] = {"kind": "local", "root": "media"}
    home.put("a.mp4", mp4())
    home.put("b.mp4", mp4(seed=1))
    home.sync()
    del home.config["sources"]["other"]
    (home.media / "a.mp4").unlink()
    assert home.sync()["exit_code"] == 0
    assert len(json.loads((home.folder / "urls.json").read_text())["items"]) == 4
    (home.site.root / "clips/a.mp4").unlink()
    (home.site.root / "other/b.mp4").unlink()
    assert home.sync()["exit_code"] == 3
    paths = {item["path"] for item in json.loads((home.folder / "urls.json").read_text())["items"]}
    assert paths == {"clips/b.mp4", "other/a.mp4"}


def test_a_manifest_lists_no_url_of_an_origin_before(home: Home, nginx: StartNginx) -> None:
    home.put("a.mp4", mp4())
    home.put("b.mp4", mp4(seed=1))
    home.sync()
    (home.media / "a.mp4").unlink()
    other = nginx(home.site.root, host="cdn.example.test")
    home.config["origin"] |= {"url": other.url, "property": other.url, "connect_to": other.connect_to}
    assert home.sync()["exit_code"] == 0
    assert {record["url"] for record in home.manifest().values()} == {
        "https://cdn.example.test/clips/a.mp4",
        "https://cdn.example.test/clips/b.mp4",
    }


def test_a_manifest_lists_nothing_that_the_property_left(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    home.config["origin"]["property"] = f"{home.site.url}other/"
    assert home.sync()["exit_code"] == 3
    assert home.manifest() == {}


def test_two_configs_do_not_share_a_catalogue(home: Home, nginx: StartNginx, tmp_path: Path) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    other = nginx(home.site.root, host="cdn.example.test")
    home.config["origin"] |= {"url": other.url, "property": other.url, "connect_to": other.connect_to}
    home.config["origin"]["destination"]["root"] = str(tmp_path / "elsewhere")
    ran = home.syncer("sync")
    assert ran.code == 1
    assert f"belongs to {home.site.url}" in ran.err


def test_media_that_is_refused_by_now_leaves_the_manifest(home: Home) -> None:
    home.put("shot.png", PNG)
    home.config["check"]["rejected"] = "publish"
    home.sync()
    assert set(home.manifest()) == {"shot.png"}
    home.config["check"]["rejected"] = "skip"
    assert home.sync()["exit_code"] == 4
    assert home.manifest() == {}


def test_a_signature_file_of_any_name_is_reserved(home: Home) -> None:
    """Placed by hand, so the catalogue does not know of it."""
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


def test_an_error_that_is_over_is_forgotten(home: Home) -> None:
    home.config["sources"]["more"] = {"kind": "local", "root": "more", "path": "clips/{key}"}
    home.put("a.mp4", mp4())
    (home.folder / "more").mkdir()
    home.sync()
    (home.folder / "more/a.mp4").write_bytes(mp4())
    assert home.sync()["exit_code"] == 3
    (home.folder / "more/a.mp4").unlink()
    assert home.sync()["exit_code"] == 0
    assert home.troubles() == {}


def test_an_origin_that_fails_a_plain_get_empties_the_type(home: Home, nginx: StartNginx) -> None:
    """The ranged look passes, and a platform that asks without Range would get nothing."""
    for number in range(3):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.put("a.webp", sample("café.webp"))
    location = 'if ($http_range = "") { return 403; }'
    home.config["origin"]["connect_to"] = nginx(home.site.root, location=location).connect_to
    done = home.sync()
    assert done["exit_code"] == 3
    assert {finding["rule"] for finding in done["findings"]} >= {"origin.get"}
    assert home.manifest() == {}
    ran = home.syncer("sync")
    assert "! without Range" in ran.out
    assert "0 URLs in" in ran.out


def test_what_was_being_replaced_when_the_run_died_is_listed_as_it_is(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the commit and before the catalogue knew of it; then the source loses the object."""
    home.put("a.mp4", mp4(2000, seed=1))
    home.sync()
    home.put("a.mp4", mp4(3000, seed=2))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("syncer.sync.ledger.Ledger.write", die)
        assert home.syncer("sync").code == 130
    assert home.site.get("clips/a.mp4").content == mp4(3000, seed=2)
    (home.media / "a.mp4").unlink()
    assert home.sync()["exit_code"] == 0
    assert home.manifest()["a.mp4"]["sha256"] == hashlib.sha256(mp4(3000, seed=2)).hexdigest()


def test_a_source_that_dies_after_its_listing_is_given_up_and_the_next_is_not(
    home: Home, rgw: S3Service
) -> None:
    """Its objects are listed and can't be read: denied by the bucket's policy, say."""
    bucket = rgw.bucket()
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    with closing(rgw.client()) as client:
        for number in range(160):
            client.put_object(Bucket=bucket, Key=f"{number:02}.mp4", Body=mp4(seed=number))
        client.put_bucket_policy(
            Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]})
        )
    local = home.config["sources"].pop("clips")
    home.config["sources"] = {"cloud": {"kind": "s3", **rgw.settings(bucket)}, "clips": local}
    home.put("a.mp4", mp4())
    done = home.sync()
    assert done["exit_code"] == 1
    assert done["errors"][0]["code"] == "source.denied"
    assert 125 <= done["counts"]["failed"] < 160, "25 in a row, and 100 that are spread over the rest"
    assert set(home.manifest()) == {"a.mp4"}
