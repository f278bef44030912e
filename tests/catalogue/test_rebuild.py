"""`syncer catalogue rebuild` takes over every proven entry, and copies nothing."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.destinations.keys import OWNER_MARK
from tests.home import SIGNATURE, Home, plain
from tests.media import mp4, sample
from tests.rigs.source_drive import settings
from tests.servers.drive_http import serving
from tests.servers.nginx import StartNginx
from tests.servers.rgw import S3Service
from tests.servers.sshd import Sshd

BIG = 200_000
"""Bytes: more than what a look at a URL compares."""


def lose(home: Home) -> None:
    """The catalogue and all its copies."""
    shutil.rmtree(home.folder / "syncer.db.copies", ignore_errors=True)
    (home.folder / "syncer.db").unlink()


def rebuild(home: Home, *arguments: str, code: int = 0) -> dict[str, Any]:
    ran = home.syncer("catalogue", "rebuild", "--json", *arguments)
    assert ran.code == code, ran
    answer: dict[str, Any] = ran.json
    return answer


def same(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Without the time of the last look."""
    assert before.keys() == after.keys()
    for key, record in before.items():
        assert after[key] | {"checked_at": None} == record | {"checked_at": None}


@pytest.fixture(params=["local", "sftp", "s3"])
def mirrored(request: pytest.FixtureRequest, home: Home, nginx: StartNginx, web_root: Path) -> Home:
    """A home whose media is published at a destination of each kind."""
    if request.param == "sftp":
        sshd: Sshd = request.getfixturevalue("sshd")
        home.config["origin"]["destination"] = plain(sshd.destination(home.site.root))
    if request.param == "s3":
        rgw: S3Service = request.getfixturevalue("rgw")
        bucket = rgw.bucket()
        site = nginx(web_root, server=f"location ~ ^/. {{ proxy_pass {rgw.endpoint}/{bucket}$request_uri; }}")
        home.config["origin"] |= {
            "connect_to": site.connect_to,
            "destination": {"kind": "s3", **rgw.settings(bucket, acl="public-read")},
        }
    home.sign()
    home.put("a.mp4", mp4(BIG, 1))
    home.put("deep/é #1.mp4", mp4(3000, 2))
    home.put("photo.webp", sample("café.webp"))
    assert home.syncer("bootstrap").code == 0
    assert home.sync()["exit_code"] == 0
    return home


def test_what_is_there_and_right_is_taken_as_it_was_and_not_copied(mirrored: Home) -> None:
    before = mirrored.manifest()
    lose(mirrored)
    done = mirrored.sync()
    assert [error["code"] for error in done["errors"]] == ["destination.owner"], "a lost one is noticed"
    assert "`syncer catalogue rebuild`" in done["errors"][0]["hint"]
    assert mirrored.manifest() == before
    rebuilt = rebuild(mirrored)
    assert (rebuilt["taken"], rebuilt["left"], rebuilt["lost"], rebuilt["unclaimed"]) == (3, [], [], [])
    assert rebuilt["signature_files"] == [f"{mirrored.site.url}{SIGNATURE}"]
    assert mirrored.sync()["counts"] == {"kept": 3}
    same(before, mirrored.manifest())


def test_what_proved_the_bytes_of_a_source_stays_known(home: Home, rgw: S3Service) -> None:
    bucket = rgw.bucket()
    with closing(rgw.client()) as client:
        client.put_object(Bucket=bucket, Key="a.mp4", Body=mp4())
    home.config["sources"] = {"clips": {"kind": "s3", **rgw.settings(bucket)}}
    home.sync()
    before = home.manifest()
    assert before["a.mp4"]["verified_by"]
    lose(home)
    assert rebuild(home)["taken"] == 1
    assert home.sync()["counts"] == {"kept": 1}
    same(before, home.manifest())


def test_what_can_not_be_shown_is_copied_and_what_nobody_claims_stays(home: Home) -> None:
    for name, seed in (("same", 1), ("changed", 2), ("gone", 3), ("short", 4), ("other", 5), ("more", 6)):
        home.put(f"{name}.mp4", mp4(BIG, seed))
    assert home.sync()["exit_code"] == 0
    root = home.site.root
    home.put("changed.mp4", mp4(BIG, 20))
    home.put("new.mp4", mp4(1000, 21))
    (root / "clips/gone.mp4").unlink()
    (root / "clips/short.mp4").write_bytes(b"short")
    (root / "clips/other.mp4").write_bytes(mp4(BIG, 22))
    (root / "stray.mp4").write_bytes(b"a visitor's")
    lose(home)
    rebuilt = rebuild(home)
    assert rebuilt["taken"] == 2
    why = {each["key"]: each["reason"] for each in rebuilt["left"]}
    assert set(why) == {"changed.mp4", "new.mp4", "gone.mp4", "short.mp4", "other.mp4"}
    assert "another version" in why["changed.mp4"]
    assert "no manifest lists it" in why["new.mp4"]
    assert "not at the destination" in why["gone.mp4"]
    assert "5 bytes" in why["short.mp4"]
    assert "has other bytes at the destination" in why["other.mp4"]
    assert rebuilt["unclaimed"] == ["stray.mp4"]
    assert home.sync()["counts"] == {"copied": 3, "bytes": 2 * BIG + 1000, "kept": 2, "failed": 2}
    assert {trouble["code"] for trouble in home.troubles().values()} == {"destination.taken"}
    for path, content in {
        "stray": b"a visitor's",
        "clips/short": b"short",
        "clips/other": mp4(BIG, 22),
    }.items():
        assert (root / f"{path}.mp4").read_bytes() == content
    for record in home.manifest().values():
        assert home.site.get(record["path"]).content == (home.media / record["key"]).read_bytes()


def test_with_verify_full_every_byte_is_compared(home: Home) -> None:
    home.put("a.mp4", mp4(BIG, 1))
    assert home.sync()["exit_code"] == 0
    body = bytearray(mp4(BIG, 1))
    body[-1] ^= 1
    (home.site.root / "clips/a.mp4").write_bytes(body)
    home.config["check"]["verify"] = "full"
    lose(home)
    (left,) = rebuild(home)["left"]
    assert "has other bytes at the destination" in left["reason"]


def test_what_no_source_has_any_more_is_taken_if_every_byte_is_the_manifests(home: Home) -> None:
    """As after `migrate`, with links that have expired since."""
    home.put("kept.mp4", mp4(BIG, 1))
    home.put("turned.mp4", mp4(BIG, 2))
    assert home.sync()["exit_code"] == 0
    before = home.manifest()
    for file in home.media.iterdir():
        file.unlink()
    body = bytearray(mp4(BIG, 2))
    body[-1] ^= 1
    (home.site.root / "clips/turned.mp4").write_bytes(body)
    lose(home)
    rebuilt = rebuild(home, code=3)
    assert rebuilt["taken"] == 1
    assert [each["key"] for each in rebuilt["lost"]] == ["turned.mp4"]
    home.sync()
    same({"kept.mp4": before["kept.mp4"]}, home.manifest())


def test_without_a_manifest_a_hash_that_the_source_tells_is_enough(home: Home) -> None:
    """As Drive tells. A folder tells none: the next run sees that it is the same. Nothing says that syncer
    wrote what is another one, so that stays.
    """
    with serving() as drive:
        home.config["sources"]["studio"] = settings(drive, home.folder)
        drive.put("same.mp4", mp4(BIG, 1))
        drive.put("turned.mp4", mp4(BIG, 2))
        home.put("folder.mp4", mp4(1000, 3))
        assert home.sync()["exit_code"] == 0
        before = home.manifest()
        (home.folder / "urls.json").unlink()
        body = bytearray(mp4(BIG, 2))
        body[-1] ^= 1
        (home.site.root / "studio/turned.mp4").write_bytes(body)
        lose(home)
        rebuilt = rebuild(home)
        assert rebuilt["taken"] == 1
        why = {each["key"]: each["reason"] for each in rebuilt["left"]}
        assert "holds other bytes than its source's sha256 says" in why["turned.mp4"]
        assert "its source tells no hash of it" in why["folder.mp4"]
        assert home.sync()["counts"] == {"found": 1, "kept": 1, "failed": 1}
    assert home.troubles()["turned.mp4"]["code"] == "destination.taken"
    assert (home.site.root / "studio/turned.mp4").read_bytes() == body
    assert {key: record["sha256"] for key, record in home.manifest().items()} == {
        key: record["sha256"] for key, record in before.items() if key != "turned.mp4"
    }


def test_an_origin_that_is_down_changes_nothing(home: Home) -> None:
    """If the origin can't be reached, every claim would be unproven and every file
    copied again: so it fails.
    """
    home.put("a.mp4", mp4(BIG, 1))
    assert home.sync()["exit_code"] == 0
    (home.folder / "syncer.db").write_bytes(b"garbage" * 1000)
    right = home.config["origin"]["connect_to"]
    home.config["origin"]["connect_to"] = "127.0.0.1:1"
    before = sorted(path.name for path in home.folder.iterdir())
    ran = home.syncer("catalogue", "rebuild")
    assert (ran.code, "media.example.test" in ran.err) == (1, True)
    left = {"syncer.db.new", "syncer.db.new-wal", "syncer.db.new-shm", "syncer.db.push.lock"}
    assert {path.name for path in home.folder.iterdir()} - set(before) <= left
    assert (home.folder / "syncer.db").read_bytes() == b"garbage" * 1000
    home.config["origin"]["connect_to"] = right
    assert rebuild(home)["taken"] == 1
    assert not list(home.folder.glob("syncer.db.new*"))


def test_a_rebuild_on_another_machine_asks_to_take_over(home: Home) -> None:
    home.put("a.mp4", mp4(BIG, 1))
    assert home.sync()["exit_code"] == 0
    mark = home.site.root / OWNER_MARK
    mark.write_text(mark.read_text().replace('"host": "', '"host": "other-'))
    lose(home)
    ran = home.syncer("catalogue", "rebuild")
    assert (ran.code, "host other-" in ran.err) == (1, True)
    assert rebuild(home, "--take-over")["taken"] == 1
    assert home.sync()["counts"] == {"rechecked": 1}, "because its mark is new"


def test_what_is_running_keeps_a_rebuild_out(home: Home) -> None:
    from syncer.catalogue import open_catalogue, open_pushes

    home.put("a.mp4", mp4())
    home.sync()
    url = f"sqlite:///{home.folder / 'syncer.db'}"
    for opened in (open_catalogue, open_pushes):
        with closing(opened(url)) as held, held.lock():
            assert home.syncer("catalogue", "rebuild").code == 6
            assert home.syncer("catalogue", "restore").code == 6
