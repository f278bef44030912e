"""Files in place beside files that are copied, at once or one after the other: whose is which stays known."""

from __future__ import annotations

import random
import signal
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.catalogue import open_catalogue
from syncer.config import load
from syncer.errors import SyncerError
from syncer.mirror import layout
from syncer.model import Asset
from syncer.sources.link_settings import MIGRATED
from tests.home import SIGNATURE, Home, plain
from tests.in_place.ground import UPLOADS, Ground, settle
from tests.media import PNG, mp4
from tests.servers import sshd
from tests.servers.rgw import S3Service


def lies(ground: Ground, *paths: str) -> dict[str, object]:
    """Of everything there, the files at these paths."""
    root = ground.home.site.root
    return {path: ground.everything()[str(root / path)] for path in paths}


@pytest.fixture
def mixed(web: Ground) -> Ground:
    """Two files in place, and one that is copied."""
    web.upload(a=mp4(seed=1), b=mp4(seed=2))
    web.home.put("c.mp4", mp4(seed=3))
    web.home.config["sources"]["clips"] = {"kind": "local", "root": "media"}
    web.home.config |= {"delete": "mirror", "max_delete": "100%"}
    return web


def test_copies_are_deleted_and_files_in_place_are_not(mixed: Ground) -> None:
    own = lies(mixed, f"{UPLOADS}a.mp4", f"{UPLOADS}b.mp4")
    done = mixed.home.sync()
    assert (done["exit_code"], done["counts"]["in_place"], done["counts"]["copied"]) == (0, 2, 1)
    assert mixed.home.manifest().keys() == {"a.mp4", "b.mp4", "c.mp4"}
    (mixed.home.media / "c.mp4").unlink()
    mixed.home.put("d.mp4", mp4(seed=4))
    (mixed.home.site.root / UPLOADS / "b.mp4").unlink()
    done = mixed.home.sync()
    assert (done["exit_code"], done["counts"]["deleted"]) == (0, 1)
    assert mixed.home.public() == {f"{UPLOADS}a.mp4", "clips/d.mp4"}
    assert mixed.home.manifest().keys() == {"a.mp4", "d.mp4"}
    examined = doctor(mixed.home)
    assert {examined[name]["state"] for name in ("owner", "write", "delete", "public URL of uploads")} == {
        "ok"
    }
    assert mixed.home.syncer("unpublish", "--json", "a.mp4", "d.mp4").json == {
        "unpublished": [
            record("clips", "d.mp4", "clips/d.mp4") | {"served": False},
            record("uploads", "a.mp4", f"{UPLOADS}a.mp4") | {"in_place": True},
        ],
        "failed": [],
    }
    assert lies(mixed, f"{UPLOADS}a.mp4") == {f"{UPLOADS}a.mp4": own[f"{UPLOADS}a.mp4"]}


def record(source: str, key: str, path: str) -> dict[str, object]:
    url = f"https://media.example.test/{path}"
    return {"source": source, "key": key, "path": path, "url": url}


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_source_that_was_in_place_and_copies_now_deletes_nothing_of_the_users(
    mixed: Ground,
    elsewhere: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Under its old name: its files lie elsewhere, or are gone from there."""
    mixed.home.sync()
    own = lies(mixed, f"{UPLOADS}a.mp4", f"{UPLOADS}b.mp4")
    (mixed.home.folder / "moved").mkdir()
    (mixed.home.folder / "moved" / "e.mp4").write_bytes(mp4(seed=5))
    if elsewhere:
        for name in ("a.mp4", "b.mp4"):
            (mixed.home.folder / "moved" / name).write_bytes(mp4(seed=9))
    mixed.home.config["sources"]["uploads"] = {"kind": "local", "root": "moved"}
    for _ in range(2):
        assert mixed.home.sync()["exit_code"] == 0
    assert lies(mixed, *own) == own
    assert ("uploads/a.mp4" in mixed.home.public()) is elsewhere
    with closing(open_catalogue(f"sqlite:///{mixed.home.folder}/syncer.db")) as catalogue:
        assert not own.keys() & {path for path, *_ in catalogue.paths()}


def test_a_copy_that_fails_or_is_refused_never_makes_the_users_file_ours(mixed: Ground) -> None:
    """Its source was in place before, and loses the file afterwards."""
    mixed.home.sync()
    own = lies(mixed, f"{UPLOADS}a.mp4", f"{UPLOADS}b.mp4")
    moved = mixed.home.folder / "moved"
    moved.mkdir()
    (moved / "a.mp4").write_bytes(PNG)
    (moved / "b.mp4").symlink_to("/etc/hostname")
    (moved / "c.mp4").write_bytes(mp4(seed=6))
    mixed.home.config["sources"]["uploads"] = {"kind": "local", "root": "moved"}
    for _ in range(2):
        counts = mixed.home.sync()["counts"]
        assert (counts["rejected"], counts["failed"]) == (1, 1)
        assert lies(mixed, *own) == own
    for name in ("a.mp4", "b.mp4"):
        (moved / name).unlink()
    for _ in range(2):
        assert mixed.home.sync()["exit_code"] == 0
        assert lies(mixed, *own) == own


@pytest.mark.parametrize("bad", [PNG, mp4(seed=7)])
def test_a_copy_whose_source_is_in_place_now_is_still_known_to_be_ours(mixed: Ground, bad: bytes) -> None:
    """Also where the file in place is refused: what was copied is deleted as `delete` says."""
    mixed.home.config["sources"] = {"one": {"kind": "local", "root": "media"}}
    mixed.home.put("a.mp4", mp4(seed=1))
    mixed.home.sync()
    assert "one/a.mp4" in mixed.home.public()
    mixed.put(f"{UPLOADS}a.mp4", bad)
    own = lies(mixed, f"{UPLOADS}a.mp4", f"{UPLOADS}b.mp4")
    uploads = str(mixed.home.site.root / "storage/uploads")
    mixed.home.config["sources"] = {
        "one": {"kind": "local", "root": uploads, "in_place": True},
        "two": {"kind": "local", "root": "media", "include": ["c.mp4"]},
    }
    for _ in range(2):
        mixed.home.sync()
    assert "one/a.mp4" not in mixed.home.public()
    assert ("a.mp4" in mixed.home.manifest()) is (bad != PNG)
    assert lies(mixed, *own) == own


def test_what_was_copied_into_a_folder_that_is_in_place_now_is_the_users(mixed: Ground) -> None:
    """What syncer published there, also under names that it has left or calls dangerous, stays."""
    uploads = mixed.home.config["sources"].pop("uploads")
    mixed.home.config["sources"]["clips"]["path"] = f"{UPLOADS}old/{{key}}"
    mixed.home.sync()
    mixed.home.config["sources"]["clips"]["path"] = f"{UPLOADS}new/{{key}}"
    mixed.home.config["delete"] = "never"
    mixed.home.sync()
    mixed.home.config["sources"] = {"uploads": uploads}
    mixed.home.config["delete"] = "mirror"
    before = mixed.everything()
    for _ in range(2):
        assert mixed.home.sync()["exit_code"] == 0
    assert mixed.home.manifest().keys() == {"a.mp4", "b.mp4", "old/c.mp4", "new/c.mp4"}
    assert mixed.home.syncer("unpublish", "old/c.mp4", f"{UPLOADS}new/c.mp4").code == 0
    assert mixed.everything() == before


@pytest.mark.parametrize("path", [f"{UPLOADS}{{key}}", "storage/uploads/x/{slug}.{ext}", "{key}"])
def test_migrate_publishes_nothing_among_files_in_place(web: Ground, path: str) -> None:
    web.home.config["migrate"] = {"path": path}
    assert web.home.syncer("plan").code == 0
    addresses = layout.addresses(load(web.home.folder / "config.yaml"), frozenset())
    for key in ("b.mp4", f"{UPLOADS}b.mp4"):
        asset = Asset(MIGRATED, key, key)
        if path == "{key}" and key == "b.mp4":
            assert addresses.path(asset) == key
            continue
        with pytest.raises(SyncerError) as caught:
            addresses.path(asset)
        assert caught.value.code == "plan.in_place"


def test_tidy_leaves_what_somebody_uploads_into_a_bucket_in_place(home: Home, rgw: S3Service) -> None:
    bucket = rgw.bucket()
    there = {"kind": "s3", **rgw.settings(bucket)}
    settle(home, there, there | {"prefix": UPLOADS})
    home.config["sources"]["clips"] = {"kind": "local", "root": "media"}
    with closing(rgw.client()) as client:
        for key in (f"{UPLOADS}theirs.mp4", "clips/ours.mp4"):
            client.create_multipart_upload(Bucket=bucket, Key=key)
        assert home.syncer("tidy", "--older-than", "0s").code == 0
        left = client.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [each["Key"] for each in left] == [f"{UPLOADS}theirs.mp4"]


# Who else publishes there


def test_sources_in_place_leave_no_mark_and_heed_none(web: Ground, tmp_path: Path) -> None:
    """A second machine that only reads may read what another one publishes."""
    web.upload(a=mp4(seed=1))
    (tmp_path / "other").mkdir()
    other = Home(tmp_path / "other", web.home.site)
    other.put("c.mp4", mp4(seed=2))
    assert other.sync()["exit_code"] == 0
    before = web.everything()
    web.home.sign()
    assert web.home.syncer("bootstrap").code == 0
    for command in (("sync",), ("check",), ("doctor",), ("tidy",), ("unpublish", "a.mp4"), ("sync",)):
        assert web.home.syncer(*command).code == 0
    changed = {path for path, held in web.everything().items() if held != before.get(path)}
    assert changed == {str(web.home.site.root), str(web.home.site.root / SIGNATURE)}
    web.home.config["sources"]["clips"] = {"kind": "local", "root": "media"}
    ran = web.home.syncer("sync")
    assert (ran.code, "belongs to another catalogue" in ran.err) == (1, True)


def test_no_right_to_write_is_needed(home: Home) -> None:
    """An SFTP server that refuses every write."""
    root = home.site.root
    (root / UPLOADS).mkdir(parents=True)
    (root / UPLOADS / "a.mp4").write_bytes(mp4())
    with sshd.running(subsystem="Subsystem sftp internal-sftp -R") as server:
        there = plain(server.destination(root))
        settle(home, there, there | {"root": f"{root}/storage/uploads"})
        assert home.sync()["exit_code"] == 0
        assert home.manifest().keys() == {"a.mp4"}
        for command in ("plan", "urls", "check", "status", "tidy"):
            assert home.syncer(command).code == 0, command
        assert "not ok" not in {each["state"] for each in doctor(home).values()}


def test_doctor_writes_nothing_and_sees_a_root_that_the_url_does_not_serve(web: Ground) -> None:
    web.upload(a=mp4())
    web.home.sign()
    web.home.syncer("bootstrap")
    before = web.everything()
    assert doctor(web.home)["public URL of uploads"]["state"] == "ok"
    (web.home.site.root / "deeper").mkdir()
    web.home.config["origin"]["destination"]["root"] = str(web.home.site.root / "storage")
    found = doctor(web.home)["public URL of uploads"]
    assert (found["state"], found["code"]) == ("not ok", "origin.status")
    assert "origin.url does not serve the destination's root" in found["hint"]
    (web.home.site.root / "deeper").rmdir()
    assert {path for path, held in web.everything().items() if held != before[path]} == {
        str(web.home.site.root)
    }


def doctor(home: Home) -> dict[str, Any]:
    said = home.syncer("doctor", "--json").json["diagnoses"]
    return {each["name"]: each for each in said if not each["name"].startswith(("disk", "versions"))}


def test_a_killed_run_touches_no_file_and_the_next_one_lists_all(web: Ground) -> None:
    for number in range(12):
        web.put(f"{UPLOADS}{number}.mp4", mp4(400_000, seed=number))
    before, chance = web.everything(), random.Random(7)  # noqa: S311 - when to kill
    for _ in range(2):
        running = web.home.start("sync", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert running.stderr
        for _ in range(chance.randint(1, 8)):
            running.stderr.readline()  # each says that a file is published
        running.send_signal(signal.SIGKILL)
        running.communicate()
        assert web.everything() == before
    assert web.home.sync()["exit_code"] == 0
    assert len(web.home.manifest()) == 12
    assert web.everything() == before
