"""Files that lie at a new destination already: whose they are, the owner mark shows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer.destinations.keys import OWNER_MARK
from tests.catalogue.wrecks import deleting
from tests.home import Home, plain
from tests.media import mp4
from tests.servers.nginx import StartNginx
from tests.servers.rgw import S3Service

SIZE = 70_000
"""Bytes: more than what a look at a URL compares."""
OURS = {f"{name}.mp4": mp4(SIZE, seed) for seed, name in enumerate("pqr", 1)}

Move = Callable[[bool], None]
"""Copies all published files to another destination, with the owner mark if asked, and moves the config."""


@pytest.fixture
def move(request: pytest.FixtureRequest, home: Home, nginx: StartNginx) -> Move:
    """Three files are published at a destination of the kind."""
    kind = getattr(request, "param", "local")
    deleting(home)
    for name, content in OURS.items():
        home.put(name, content)
    if kind == "s3":
        return in_bucket(home, nginx, request.getfixturevalue("rgw"))
    first = home.site.root
    home.config["origin"]["destination"] = at(first, kind, request)
    assert home.sync()["listed"] == len(OURS)

    def moved(marked: bool) -> None:  # noqa: FBT001 - as `Move` says
        root = first.with_name("second")
        shutil.copytree(first, root, ignore=None if marked else shutil.ignore_patterns(".*"))
        serve(home, nginx, root, at(root, kind, request))

    return moved


def at(root: Path, kind: str, request: pytest.FixtureRequest) -> dict[str, Any]:
    if kind == "local":
        return {"kind": "local", "root": str(root)}
    server = request.getfixturevalue({"sftp": "sshd", "ftps": "proftpd"}[kind])
    said = plain(server.destination(root))
    return said | {name: str.__str__(said[name]) for name in ("password",) if name in said}


def serve(home: Home, nginx: StartNginx, root: Path, destination: dict[str, Any]) -> None:
    home.site = nginx(root)
    home.config["origin"] |= {"connect_to": home.site.connect_to, "destination": destination}


def in_bucket(home: Home, nginx: StartNginx, service: S3Service) -> Move:
    first, second = service.bucket(), service.bucket()

    def use(bucket: str) -> None:
        proxied = f"location ~ ^/. {{ proxy_pass {service.endpoint}/{bucket}$request_uri; }}"
        home.site = nginx(home.site.root, server=proxied)
        settings = {"kind": "s3", **service.settings(bucket, acl="public-read")}
        home.config["origin"] |= {"connect_to": home.site.connect_to, "destination": settings}

    def moved(marked: bool) -> None:  # noqa: FBT001 - as `Move` says
        with closing(service.client()) as client:
            for each in client.list_objects_v2(Bucket=first)["Contents"]:
                if marked or each["Key"] != OWNER_MARK:
                    there = f"{first}/{each['Key']}"
                    client.copy_object(Bucket=second, Key=each["Key"], CopySource=there, ACL="public-read")
        use(second)

    use(first)
    assert home.sync()["listed"] == len(OURS)
    return moved


def served(home: Home, name: str) -> bytes | None:
    answer = home.site.get(f"clips/{name}")
    return answer.content if answer.status_code == 200 else None


def change(home: Home) -> None:
    """At the source, one file has changed and one is gone."""
    home.put("p.mp4", mp4(SIZE + 1, 9))
    (home.media / "q.mp4").unlink()


KINDS = pytest.mark.parametrize("move", ["local", "sftp", "ftps", "s3"], indirect=True)


@KINDS
def test_a_file_at_a_new_destination_without_our_mark_is_served_and_never_replaced_or_deleted(
    home: Home, move: Move
) -> None:
    move(False)  # noqa: FBT003 - as `Move` says
    done = home.sync()
    assert (done["exit_code"], done["listed"]) == (0, 3)
    (told,) = [each for each in done["findings"] if each["rule"] == "destination.found"]
    assert told["value"] == "3"
    assert "3 files were at the destination already, such as 'clips/p.mp4'" in told["message"]
    assert "`.syncer-owner`" in told["hint"]
    change(home)
    for _ in range(2):
        done = home.sync()
        assert "deleted" not in done["counts"]
        assert {name: served(home, name) for name in OURS} == OURS
    assert home.troubles()["p.mp4"]["code"] == "destination.taken"
    assert "`.syncer-owner`" in home.troubles()["p.mp4"]["hint"]


@KINDS
def test_files_that_came_with_our_mark_are_syncers(home: Home, move: Move) -> None:
    move(True)  # noqa: FBT003 - as `Move` says
    done = home.sync()
    assert done["counts"] == {"rechecked": 3}
    assert "destination.found" not in {each["rule"] for each in done["findings"]}
    change(home)
    assert home.sync()["counts"]["deleted"] == 1
    assert (served(home, "p.mp4"), served(home, "q.mp4")) == (mp4(SIZE + 1, 9), None)


@pytest.mark.parametrize("before", ["nothing", "a run", "a run that could not replace a file"])
def test_what_was_copied_without_our_mark_is_handed_over_with_it(home: Home, move: Move, before: str) -> None:
    first = home.site.root
    move(False)  # noqa: FBT003 - as `Move` says
    if before == "a run that could not replace a file":
        home.put("p.mp4", mp4(SIZE + 1, 9))
    if before != "nothing":
        assert home.sync()["counts"]["rechecked"] == 3
    shutil.copyfile(first / OWNER_MARK, home.site.root / OWNER_MARK)
    change(home)
    done = home.sync()
    assert (done["exit_code"], done["counts"].get("deleted")) == (0, 1), done
    assert served(home, "p.mp4") == mp4(SIZE + 1, 9)


def test_a_new_destination_that_is_taken_over_hands_its_files_over(home: Home, move: Move) -> None:
    move(False)  # noqa: FBT003 - as `Move` says
    change(home)
    done = home.sync("--take-over")
    assert (done["exit_code"], done["counts"]["deleted"]) == (0, 1)
    assert served(home, "p.mp4") == mp4(SIZE + 1, 9)


def test_a_mark_that_bootstrap_replaced_still_shows_that_ours_was_there(home: Home, move: Move) -> None:
    move(True)  # noqa: FBT003 - as `Move` says
    home.sign()
    assert home.syncer("bootstrap").code == 0
    change(home)
    assert home.sync()["counts"]["deleted"] == 1


def test_the_users_file_at_the_old_destination_is_the_users_when_the_config_returns(
    home: Home, move: Move, nginx: StartNginx
) -> None:
    """At the other destination, syncer wrote a copy of it."""
    first, before = home.site.root, home.config["origin"]["destination"]
    theirs = mp4(SIZE, 7)
    home.put("own.mp4", theirs)
    (first / "clips/own.mp4").write_bytes(theirs)
    assert home.sync()["counts"]["found"] == 1
    move(True)  # noqa: FBT003 - as `Move` says
    (home.site.root / "clips/own.mp4").unlink()
    assert home.sync()["counts"]["copied"] == 1
    serve(home, nginx, first, before)
    assert home.sync()["exit_code"] == 0
    for name in ("own.mp4", "q.mp4"):
        (home.media / name).unlink()
    assert home.sync()["counts"]["deleted"] == 1
    assert (served(home, "own.mp4"), served(home, "q.mp4")) == (theirs, None)
