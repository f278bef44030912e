"""Bytes that were unpublished are not published again under another time. Under another key, they are."""

from __future__ import annotations

import os

import pytest

from tests.catalogue.older import downgrade
from tests.home import Home
from tests.in_place.ground import UPLOADS, folder, settle
from tests.media import mp4
from tests.names.test_undo import TEMPLATES

OLD, NEW = mp4(seed=1), mp4(seed=2)
LONG_AGO = (1_700_000_000, 1_700_000_000)


@pytest.fixture(params=[*TEMPLATES, "earlier syncer"])
def withdrawn(home: Home, request: pytest.FixtureRequest) -> Home:
    if template := TEMPLATES.get(request.param):
        home.config["sources"]["clips"]["path"] = template
    os.utime(home.put("a.mp4", OLD), LONG_AGO)
    home.put("stays.mp4", mp4(seed=3))
    assert home.sync()["exit_code"] == 0
    assert home.syncer("unpublish", "a.mp4").code == 0
    if request.param == "earlier syncer":
        downgrade(home.folder / "syncer.db", "_BYTES")
    return home


def test_another_time_publishes_nothing(withdrawn: Home) -> None:
    os.utime(withdrawn.media / "a.mp4")
    for _ in range(2):
        done = withdrawn.sync()
        assert (done["exit_code"], done["counts"]) == (0, {"kept": 1, "unpublished": 1})
    assert len(withdrawn.public()) == 1
    assert "clips:a.mp4" in withdrawn.syncer("status", "--all").out
    assert withdrawn.syncer("unpublish", "--undo", "a.mp4").code == 0
    assert withdrawn.sync()["counts"] == {"kept": 1, "copied": 1, "bytes": len(OLD)}


def test_a_version_that_comes_back_after_another_one_publishes_nothing(withdrawn: Home) -> None:
    withdrawn.put("a.mp4", NEW)
    assert withdrawn.sync()["counts"]["copied"] == 1
    assert "unpublished" not in withdrawn.syncer("status", "--all").out
    os.utime(withdrawn.put("a.mp4", OLD), LONG_AGO)
    done = withdrawn.sync()
    assert (done["exit_code"], done["counts"]) == (0, {"kept": 1, "unpublished": 1})
    record = withdrawn.manifest()["a.mp4"]
    assert withdrawn.site.get(record["path"]).content == NEW
    assert len(withdrawn.public()) == 2


def test_a_renamed_file_is_published_and_named(withdrawn: Home) -> None:
    (withdrawn.media / "a.mp4").rename(withdrawn.media / "b.mp4")
    done = withdrawn.sync()
    (finding,) = done["findings"]
    assert (done["exit_code"], finding["rule"]) == (0, "unpublish.again")
    url = withdrawn.manifest()["b.mp4"]["url"]
    assert finding["message"] == (
        f"clips:b.mp4 is published at {url}, and has the very bytes that you unpublished as clips:a.mp4"
    )
    assert withdrawn.syncer("unpublish", "clips:b.mp4").code == 0
    assert len(withdrawn.public()) == 1


def test_a_duplicate_that_takes_the_url_over_is_named(home: Home) -> None:
    """Whichever of both was published first: the other one had no path."""
    home.config["sources"]["clips"]["path"] = "{sha256:12}.{ext}"
    for key in ("a.mp4", "b.mp4"):
        home.put(key, OLD)
    assert home.sync()["counts"]["failed"] == 1
    ((first, record),) = home.manifest().items()
    assert home.syncer("unpublish", record["url"]).code == 0
    done = home.sync()
    assert [each["rule"] for each in done["findings"]] == ["unpublish.again"]
    ((second, again),) = home.manifest().items()
    assert {first, second} == {"a.mp4", "b.mp4"}
    assert again["url"] == record["url"]


def test_an_old_version_that_was_unpublished_alone_stays_so(home: Home) -> None:
    home.config["sources"]["clips"]["path"] = "{sha256:12}.{ext}"
    home.put("a.mp4", OLD)
    home.sync()
    old = home.manifest()["a.mp4"]["url"]
    home.put("a.mp4", NEW)
    home.sync()
    assert home.syncer("unpublish", old).code == 0
    home.put("a.mp4", OLD)
    done = home.sync()
    assert (done["exit_code"], done["counts"], done["listed"]) == (0, {"unpublished": 1}, 1)
    assert home.public() == {home.manifest()["a.mp4"]["path"]}
    assert home.syncer("unpublish", "--undo", "a.mp4").code == 0
    assert home.sync()["counts"]["copied"] == 1
    assert home.manifest()["a.mp4"]["url"] == old


def test_a_file_in_place_stays_out_of_the_manifest(home: Home) -> None:
    ground, root = folder(home), str(home.site.root)
    settle(home, {"kind": "local", "root": root}, {"kind": "local", "root": f"{root}/storage/uploads"})
    ground.upload(a=OLD, b=NEW)
    home.sync()
    assert home.syncer("unpublish", f"{UPLOADS}a.mp4").code == 0
    os.utime(home.site.root / UPLOADS / "a.mp4", LONG_AGO)
    assert home.sync()["counts"]["unpublished"] == 1
    assert len(home.manifest()) == 1
