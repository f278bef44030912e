"""Files that lie under a domain of the user's are published where they are, and never touched."""

from __future__ import annotations

import hashlib

from tests.in_place.ground import UPLOADS, Ground
from tests.media import PNG, mp4


def test_files_in_place_are_listed_at_their_own_urls_and_nothing_is_written(anywhere: Ground) -> None:
    files = {"a.mp4": mp4(seed=1), "deep/Müsli & Co #1 100%.mp4": mp4(200_000, seed=2)}
    for name, content in files.items():
        anywhere.put(f"{UPLOADS}{name}", content)
    before = anywhere.everything()
    plan = anywhere.home.syncer("plan")
    assert (plan.code, plan.out.splitlines()[-1]) == (0, "2 to publish")
    done = anywhere.home.sync()
    assert (done["exit_code"], done["counts"]) == (0, {"in_place": 2})
    listed = anywhere.home.manifest()
    assert listed.keys() == files.keys()
    for name, record in listed.items():
        assert record["url"] == anywhere.url(f"{UPLOADS}{name}")
        assert record["path"] == f"{UPLOADS}{name}"
        assert record["sha256"] == hashlib.sha256(files[name]).hexdigest()
        assert record["in_place"] is True
        assert anywhere.home.site.fetch(record["url"]).content == files[name]
    assert anywhere.home.syncer("check").code == 0
    assert len(anywhere.home.syncer("urls").out.splitlines()) == 2
    assert anywhere.home.sync()["counts"] == {"kept": 2}
    assert anywhere.home.syncer("tidy").code == 0
    assert anywhere.home.syncer("doctor").code in (0, 1)
    assert anywhere.everything() == before


def test_a_changed_file_is_judged_again_and_one_that_is_gone_leaves_the_manifest(anywhere: Ground) -> None:
    anywhere.upload(changes=mp4(seed=1), goes=mp4(seed=2), worsens=mp4(seed=3), stays=mp4(seed=4))
    anywhere.home.config["delete"] = "mirror"
    assert anywhere.home.sync()["counts"] == {"in_place": 4}
    anywhere.upload(changes=mp4(3_000, seed=5), worsens=PNG)
    anywhere.remove(f"{UPLOADS}goes.mp4")
    before = anywhere.everything()
    planned = anywhere.home.syncer("plan", "--json").json["counts"]
    assert planned == {"publish": 2, "keep": 1, "unlist": 1}, "the plan reads no media"
    done = anywhere.home.sync()
    assert (done["exit_code"], done["counts"]) == (4, {"in_place": 1, "kept": 1, "rejected": 1, "gone": 1})
    (found,) = done["findings"]
    assert (found["rule"], found["value"]) == ("source.gone", "1")
    assert found["message"] == "source uploads: 1 published file is no longer there: 'goes.mp4'"
    listed = anywhere.home.manifest()
    assert listed.keys() == {"changes.mp4", "stays.mp4"}
    assert listed["changes.mp4"]["sha256"] == hashlib.sha256(mp4(3_000, seed=5)).hexdigest()
    assert anywhere.home.troubles()["worsens.mp4"]["code"] == "media.format"
    assert anywhere.everything() == before
    assert anywhere.home.sync()["counts"] == {"kept": 2, "rejected": 1}


def test_unpublish_never_deletes_the_users_own_file(anywhere: Ground) -> None:
    anywhere.upload(a=mp4(seed=1), b=mp4(seed=2))
    anywhere.home.sync()
    before = anywhere.everything()
    ran = anywhere.home.syncer("unpublish", "a.mp4")
    assert ran.code == 0
    assert "is out of the manifest" in ran.out
    assert "the file is yours" in ran.out
    assert anywhere.home.manifest().keys() == {"b.mp4"}
    anywhere.home.config |= {"delete": "mirror", "max_delete": "100%"}
    assert anywhere.home.sync()["counts"] == {"kept": 1, "unpublished": 1}
    assert anywhere.home.manifest().keys() == {"b.mp4"}
    assert anywhere.home.syncer("unpublish", "--undo", "a.mp4").code == 0
    assert anywhere.home.sync()["counts"] == {"in_place": 1, "kept": 1}
    assert anywhere.everything() == before


def test_a_lost_catalogue_is_made_anew_without_reading_all_of_the_files(anywhere: Ground) -> None:
    anywhere.upload(a=mp4(seed=1), b=mp4(seed=2), c=mp4(seed=3))
    anywhere.home.sync()
    anywhere.put(f"{UPLOADS}b.mp4", mp4(3_000, seed=4))
    anywhere.remove(f"{UPLOADS}c.mp4")
    before = anywhere.everything()
    for file in anywhere.home.folder.glob("syncer.db*"):
        if file.is_file():
            file.unlink()
    ran = anywhere.home.syncer("catalogue", "rebuild", "--json")
    assert (ran.code, ran.json["taken"], ran.json["unclaimed"]) == (3, 1, [])
    assert [each["key"] for each in ran.json["left"]] == ["b.mp4"]
    assert [each["key"] for each in ran.json["lost"]] == ["c.mp4"]
    assert anywhere.home.sync()["counts"] == {"in_place": 1, "kept": 1}
    assert anywhere.home.syncer("unpublish", "a.mp4").code == 0
    assert anywhere.everything() == before
