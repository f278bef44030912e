"""If two machines have one destination, of any kind, the second changes nothing and names the owner."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.config import load
from syncer.destinations.keys import OWNER_MARK
from syncer.mirror.parts import held as held_by
from syncer.protocols import Destination
from syncer.runners import SharedPace
from syncer.sync.owner import Owner
from tests.contracts.stores import destination, publish, rig
from tests.home import Home, plain
from tests.media import mp4
from tests.servers.rgw import S3Service
from tests.servers.sshd import Sshd

__all__ = ["destination", "rig"]  # fixtures

ORIGIN = "https://media.example.test/"


@pytest.fixture(params=["local", "sftp", "s3"])
def two(request: pytest.FixtureRequest, home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home at a destination of each kind, and another one that publishes to the same place."""
    if request.param == "sftp":
        sshd: Sshd = request.getfixturevalue("sshd")
        home.config["origin"]["destination"] = plain(sshd.destination(home.site.root))
    if request.param == "s3":
        rgw: S3Service = request.getfixturevalue("rgw")
        home.config["origin"]["destination"] = {"kind": "s3", **rgw.settings(rgw.bucket())}
    other = Home(tmp_path_factory.mktemp("other"), home.site, {})
    other.config["origin"] = home.config["origin"]
    home.put("a.mp4", mp4())
    home.sync()
    return other


def held(home: Home) -> dict[str, Any]:
    """The destination's files."""
    home.syncer("status")
    return dict(held_by(load(home.folder / "config.yaml"), SharedPace()))


def test_a_second_machine_changes_nothing_and_says_whose_it_is(two: Home) -> None:
    two.config |= {"delete": "mirror", "max_delete": "100%"}
    two.put("a.mp4", mp4(seed=1))
    two.put("b.mp4", mp4(seed=2))
    (two.folder / "urls.json").write_text("as before")
    two.sign()
    before = held(two)
    for command in ("sync", "bootstrap", "tidy", "check"):
        ran = two.syncer(command)
        (line,) = [line for line in ran.err.splitlines() if line.startswith("syncer: ")]
        assert ran.code == 1
        assert (
            f"belongs to another catalogue: host {socket.gethostname()} uses it for {ORIGIN} since 20" in line
        )
    done = two.sync()
    assert ([error["code"] for error in done["errors"]], done["listed"]) == (["destination.owner"], None)
    assert (two.folder / "urls.json").read_text() == "as before"
    assert held(two) == before
    report = two.syncer("doctor", "--json")
    (ill,) = [each for each in report.json["diagnoses"] if each["name"] == "owner"]
    assert (ill["state"], ill["code"]) == ("not ok", "destination.owner")
    (write,) = [each for each in report.json["diagnoses"] if each["name"] == "write"]
    assert write["state"] == "skipped", "doctor writes nothing at another's destination"


def test_after_a_take_over_the_other_machine_stops(two: Home, home: Home) -> None:
    two.put("b.mp4", mp4(seed=2))
    done = two.sync("--take-over")
    assert done["errors"] == []
    assert done["counts"]["copied"] == 1
    home.put("c.mp4", mp4(seed=3))
    done = home.sync()
    assert [error["code"] for error in done["errors"]] == ["destination.owner"]
    assert done["counts"] == {}
    assert set(held(home)) == {"clips/a.mp4", "clips/b.mp4"}
    assert two.sync()["errors"] == []


def test_a_machine_that_lost_its_destination_unpublishes_nothing(two: Home, home: Home) -> None:
    two.put("b.mp4", mp4(seed=2))
    two.sync("--take-over")
    before, listed = held(two), home.manifest()
    ran = home.syncer("unpublish", "a.mp4")
    assert (ran.code, "belongs to another catalogue" in ran.err) == (1, True)
    assert (held(two), home.manifest()) == (before, listed)


def test_two_prefixes_of_one_bucket_are_two_destinations(home: Home, rgw: S3Service, tmp_path: Path) -> None:
    bucket = rgw.bucket()
    for name in ("one", "two", "two/below"):
        settings = {"kind": "s3", **rgw.settings(bucket, prefix=name)}
        folder = tmp_path / name.replace("/", "-")
        folder.mkdir()
        each = Home(folder, home.site, {})
        each.config["origin"]["destination"] = settings
        each.put("a.mp4", mp4())
        assert each.sync()["errors"] == []
        assert set(held(each)) == {"clips/a.mp4"}


def test_a_run_that_finds_it_taken_in_the_middle_deletes_nothing(home: Home) -> None:
    """It looks again before the first delete."""
    for name in "abc":
        home.put(f"{name}.mp4", mp4(seed=ord(name)))
    home.sync()
    public, listed = home.public(), home.manifest()
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    (home.media / "a.mp4").unlink()
    look = Owner.look

    def taken(self: Owner, *, take_over: bool = False) -> None:
        look(self, take_over=take_over)
        (home.site.root / OWNER_MARK).write_text("{}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Owner, "look", taken)
        done = home.sync()
    assert [error["code"] for error in done["errors"]] == ["destination.owner"]
    assert home.public() == public
    assert home.manifest().keys() == listed.keys() - {"a.mp4"}


def test_where_no_mark_can_be_written_nothing_is_published(home: Home) -> None:
    """The destination must allow the mark, as it allows staged files."""
    home.put("a.mp4", mp4())
    (home.site.root / OWNER_MARK).mkdir()
    done = home.sync()
    assert [error["code"] for error in done["errors"]] == ["destination.in_the_way"]
    assert OWNER_MARK in done["errors"][0]["message"]
    assert home.public() == set()
    (home.site.root / OWNER_MARK).rmdir()
    assert home.sync()["exit_code"] == 0


def test_a_bucket_that_refuses_the_mark_is_not_written(home: Home, rgw: S3Service) -> None:
    bucket = rgw.bucket()
    home.config["origin"]["destination"] = {"kind": "s3", **rgw.settings(bucket)}
    home.put("a.mp4", mp4())
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{bucket}/{OWNER_MARK}"],
    }
    with closing(rgw.client()) as client:
        client.put_bucket_policy(
            Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [denied]})
        )
        done = home.sync()
        assert [error["code"] for error in done["errors"]] == ["destination.denied"]
        assert OWNER_MARK in done["errors"][0]["message"]
        assert "Contents" not in client.list_objects_v2(Bucket=bucket)


def test_tidy_removes_nothing_where_the_mark_cannot_be_read(home: Home) -> None:
    """Another machine may have taken over, and may be staging there."""
    home.put("a.mp4", mp4())
    home.sync()
    staged = home.site.root / "clips" / f".syncer-{'a' * 32}.part"
    staged.write_bytes(b"another's")
    (home.site.root / OWNER_MARK).unlink()
    (home.site.root / OWNER_MARK).mkdir()
    ran = home.syncer("tidy", "--older-than", "0s")
    assert (ran.code, "destination.in_the_way" in ran.err or OWNER_MARK in ran.err) == (1, True)
    assert staged.exists()


def test_tidy_leaves_the_mark_and_a_manifest_does_not_list_it(home: Home, destination: Destination) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    assert home.syncer("tidy", "--older-than", "0s").code == 0
    assert (home.site.root / OWNER_MARK).exists()
    assert OWNER_MARK not in (home.folder / "urls.json").read_text()
    publish(destination, "a.mp4", b"x")
    destination.put_mark(b"{}", new=True)
    assert list(destination.litter()) == []


def test_a_config_whose_first_root_is_anothers_moves_to_a_root_and_url_of_its_own(two: Home) -> None:
    two.put("b.mp4", mp4(seed=2))
    assert [error["code"] for error in two.sync()["errors"]] == ["destination.owner"]
    url, root = f"{two.site.url}own/", two.site.root / "own"
    root.mkdir()
    there = {"kind": "local", "root": str(root)}
    two.config["origin"] = two.config["origin"] | {"url": url, "property": url, "destination": there}
    assert two.syncer("status").code == 0
    assert two.syncer("plan", "--json").json["counts"] == {"copy": 1}
    done = two.sync()
    assert (done["errors"], done["counts"]["copied"]) == ([], 1)
    assert two.manifest()["b.mp4"]["url"] == f"{url}clips/b.mp4"
