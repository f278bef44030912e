"""An unpublished file that could not be deleted: every `sync` tries again, and every command names it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.catalogue.older import downgrade
from tests.home import Home
from tests.media import mp4
from tests.sequences import faults

DELETES: list[Any] = ["never", {"after": "30d"}, "mirror"]
MOMENTS = 36
"""Files that a killed `unpublish` names, each with a later moment for the kill."""


@contextmanager
def refused(*files: Path) -> Iterator[None]:
    """Nobody may delete the files."""
    subprocess.run(["chattr", "+i", *files], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)


@pytest.fixture
def synced(home: Home) -> Home:
    home.config |= {"workers": 1, "max_delete": "0%"}
    for number, key in enumerate(("a.mp4", "b/ü c.mp4", "stays.mp4")):
        home.put(key, mp4(seed=number))
    assert home.sync()["exit_code"] == 0
    return home


def url(home: Home, key: str) -> str:
    return str(home.manifest()[key]["url"])


@pytest.mark.parametrize("delete", DELETES)
@pytest.mark.parametrize("key", ["a.mp4", "b/ü c.mp4"])
def test_a_refused_delete_is_tried_by_each_sync_and_named_until_it_succeeds(
    synced: Home, key: str, delete: Any
) -> None:
    synced.config["delete"] = delete
    at, file = url(synced, key), synced.site.root / "clips" / key
    with refused(file):
        ran = synced.syncer("unpublish", key)
        assert ran.code == 3
        assert f"{at} is out of the manifest, but STILL PUBLIC" in ran.out
        assert "could not be deleted" in ran.out
        assert "each `syncer sync` tries the delete again" in ran.out
        for _ in range(2):
            done = synced.sync()
            assert (done["exit_code"], done["counts"]["failed"], done["listed"]) == (3, 1, 2)
            (finding,) = done["findings"]
            assert finding["rule"] == "unpublish.public"
            assert at in finding["message"]
            assert "denied" in finding["message"]
        assert f"✗ {at} is not published any more" in synced.syncer("status").out
        assert synced.syncer("status", "--json").json["undeleted"] == [at]
        ran = synced.syncer("check")
        assert ran.code == 4
        assert (
            f"{at} is not published any more, but its file is not deleted yet: it is still public" in ran.out
        ), ran
        assert synced.syncer("unpublish", "--json", key).json["failed"][0]["served"] is True
    assert "1 to delete" in synced.syncer("plan").out
    done = synced.sync()
    assert (done["exit_code"], done["counts"].get("deleted"), done["findings"]) == (0, 1, [])
    assert not file.exists()
    assert synced.syncer("status", "--json").json["undeleted"] == []
    assert synced.syncer("check").code == 0


def test_it_can_be_unpublished_again(synced: Home) -> None:
    file = synced.site.root / "clips/a.mp4"
    with refused(file):
        assert synced.syncer("unpublish", "a.mp4").code == 3
    assert synced.syncer("unpublish", "a.mp4").code == 0
    assert not file.exists()
    assert synced.sync()["findings"] == []


def test_an_old_path_alone_is_deleted_by_the_next_sync(synced: Home) -> None:
    old = url(synced, "a.mp4")
    synced.config["sources"]["clips"]["path"] = "new/{key}"
    synced.sync()
    with refused(synced.site.root / "clips/a.mp4"):
        assert synced.syncer("unpublish", old).code == 3
    assert synced.sync()["counts"]["deleted"] == 1
    assert not (synced.site.root / "clips/a.mp4").exists()
    assert {"new/a.mp4", "clips/stays.mp4"} < synced.public(), "the other old paths stay"


def test_a_new_version_at_another_path_leaves_the_old_one_to_delete(synced: Home) -> None:
    synced.config["sources"]["clips"]["path"] = "{sha256:12}.{ext}"
    synced.sync()
    old = synced.site.root / synced.manifest()["a.mp4"]["path"]
    with refused(old):
        assert synced.syncer("unpublish", "new", "a.mp4").code == 2
        assert synced.syncer("unpublish", f"https://media.example.test/{old.name}").code == 3
        synced.put("a.mp4", mp4(seed=9))
        assert synced.sync()["exit_code"] == 3
    assert (synced.sync()["exit_code"], old.exists()) == (0, False)
    assert "a.mp4" in synced.manifest()


def test_what_is_published_again_is_not_deleted(synced: Home) -> None:
    """By a new version at the same path, or as the user asked for it."""
    files = [synced.site.root / "clips" / key for key in ("a.mp4", "b/ü c.mp4")]
    with refused(*files):
        assert synced.syncer("unpublish", "a.mp4", "b/ü c.mp4").code == 3
        assert synced.syncer("unpublish", "--undo", "b/ü c.mp4").code == 0
    synced.put("a.mp4", mp4(seed=9))
    done = synced.sync()
    assert (done["exit_code"], done["counts"]["copied"], done["findings"]) == (0, 2, [])
    assert len(synced.public()) == len(synced.manifest()) == 3
    assert files[0].read_bytes() == mp4(seed=9)


@pytest.mark.parametrize("delete", DELETES)
@pytest.mark.parametrize("theirs", ["bytes", "link"])
def test_a_file_that_the_user_has_put_there_since_is_never_deleted(
    synced: Home, theirs: str, delete: Any
) -> None:
    synced.config |= {"delete": delete, "max_delete": "100%"}
    file = synced.site.root / "clips/a.mp4"
    with refused(file):
        assert synced.syncer("unpublish", "a.mp4").code == 3
    file.unlink()
    if theirs == "link":
        file.symlink_to("stays.mp4")
    else:
        file.write_bytes(mp4(seed=5))
    (finding,) = synced.sync()["findings"]
    assert finding["rule"] == "unpublish.changed"
    assert synced.sync()["findings"] == [], "it is not syncer's any more"
    assert file.exists()


@pytest.mark.parametrize("asked", ["sync", "unpublish"])
def test_a_file_that_the_user_has_deleted_is_done(synced: Home, asked: str) -> None:
    file = synced.site.root / "clips/a.mp4"
    with refused(file):
        assert synced.syncer("unpublish", "a.mp4").code == 3
    file.unlink()
    assert synced.syncer(*([asked] if asked == "sync" else [asked, "a.mp4"])).code == 0
    assert synced.sync()["findings"] == []


@pytest.mark.parametrize("delete", DELETES)
def test_while_the_destination_is_away_the_url_is_named(synced: Home, delete: Any) -> None:
    synced.config["delete"] = delete
    at, file = url(synced, "a.mp4"), synced.site.root / "clips/a.mp4"
    with refused(file):
        assert synced.syncer("unpublish", "a.mp4").code == 3
    with faults.missing(synced.site.root):
        done = synced.sync()
        assert done["exit_code"] == 1
        assert any(each["rule"] == "unpublish.public" and at in each["message"] for each in done["findings"])
        assert at in synced.syncer("status").out
    assert file.exists()
    assert (synced.sync()["exit_code"], file.exists()) == (0, False)


def test_a_killed_unpublish_is_finished_by_the_next_sync(home: Home) -> None:
    """Whenever it was killed: the file is listed and public, or neither after the next sync."""
    home.config |= {"workers": 1}
    keys = [f"{number}.mp4" for number in range(MOMENTS)]
    for number, key in enumerate(keys):
        home.put(key, mp4(seed=number))
    assert home.sync()["exit_code"] == 0
    between = 0
    for number, key in enumerate(keys):
        home.config["delete"] = DELETES[number % 3]
        if not faults.killed(partial(home.syncer, "unpublish", key), 60 + 7 * number):
            break
        left = (home.site.root / "clips" / key).exists() and f"clips:{key}" in home.syncer(
            "status", "--all"
        ).out
        if left:
            between += 1
            assert home.syncer("status", "--json").json["undeleted"] == [f"{home.site.url}clips/{key}"]
        assert home.sync()["exit_code"] == 0
        public = {name for name in home.public() if not Path(name).name.startswith(".syncer-")}
        assert {f"clips/{key}" for key in home.manifest()} == public
        assert not (left and key in home.manifest())
    assert between > 2


def test_what_an_earlier_syncer_left_public_is_named_and_deleted_when_it_is_asked_again(synced: Home) -> None:
    """It did not note the bytes, so only the user can say that the file there is the one to delete."""
    file, at = synced.site.root / "clips/a.mp4", url(synced, "a.mp4")
    with refused(file):
        assert synced.syncer("unpublish", "a.mp4").code == 3
    downgrade(synced.folder / "syncer.db", "_UNDELETED")
    (finding,) = synced.sync()["findings"]
    assert finding["hint"] == f"run `syncer unpublish {at}` again"
    assert file.exists()
    assert synced.syncer("unpublish", at).code == 0
    assert synced.sync()["findings"] == []
    assert not file.exists()


@pytest.mark.parametrize("key", ["a.mp4", "b/ü c.mp4"])
@pytest.mark.parametrize("size", ["same", "other"])
def test_a_new_version_that_can_not_be_published_leaves_the_old_file_to_delete(
    synced: Home, key: str, size: str
) -> None:
    """However often that fails; and then it takes the place of the old file."""
    at, file = url(synced, key), synced.site.root / "clips" / key
    new = mp4(seed=9) if size == "same" else mp4(seed=9) + bytes(8)
    with refused(file):
        assert synced.syncer("unpublish", key).code == 3
        synced.put(key, new)
        for _ in range(3):
            done = synced.sync()
            assert done["exit_code"] == 3
            assert any(each["rule"] == "unpublish.public" for each in done["findings"])
            assert synced.syncer("status", "--json").json["undeleted"] == [at]
    assert synced.sync()["exit_code"] == 0
    assert file.read_bytes() == new
    assert key in synced.manifest()
    assert synced.sync()["findings"] == []
