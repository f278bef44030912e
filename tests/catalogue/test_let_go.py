"""What a later state of the catalogue let go is no longer syncer's, however an older state comes back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping

import pytest

from syncer.destinations.keys import OWNER_MARK
from tests.catalogue.wrecks import deleting, recover
from tests.home import Home, plain
from tests.in_place.ground import Ground, folder, ground
from tests.media import mp4

SIZE = 70_000
"""Bytes: more than what a look at a URL compares."""
WROTE = {f"{name}.mp4": mp4(SIZE, seed) for seed, name in enumerate("stuvw", 1)}
THEIRS = {
    "s.mp4": WROTE["s.mp4"],
    "t.mp4": WROTE["t.mp4"][:-9] + bytes(9),
    "u.mp4": mp4(SIZE, 40),
    "v.mp4": mp4(SIZE + 1, 41),
}
"""The user's: the same bytes, another end, other bytes of the same size, another size."""


def of_kind(kind: str, home: Home, request: pytest.FixtureRequest) -> Iterator[Ground]:
    if kind != "ftps":
        yield from ground(kind, home, request)
        return
    home.config["origin"]["destination"] = there = plain(
        request.getfixturevalue("proftpd").destination(home.site.root)
    )
    there["password"] = str.__str__(there["password"])
    yield folder(home)


@pytest.fixture
def place(request: pytest.FixtureRequest, home: Home) -> Iterator[Ground]:
    """Five files are published, and a copy is made. Then syncer deletes four, and the user brings others."""
    for made in of_kind(request.param, home, request):
        home.config["sources"] = {"clips": {"kind": "local", "root": "media"}}
        if request.param == "s3":
            home.config["origin"]["destination"]["acl"] = "public-read"
        deleting(home)
        for name, content in WROTE.items():
            home.put(name, content)
        assert home.sync()["exit_code"] == 0
        for name in THEIRS:
            (home.media / name).unlink()
        assert home.sync()["counts"]["deleted"] == len(THEIRS)
        for name, content in THEIRS.items():
            made.put(f"clips/{name}", content)
        yield made


def files(place: Ground) -> Mapping[str, bytes]:
    get = place.home.site.get
    return {name: get(f"clips/{name}").content for name in (*THEIRS, "w.mp4")}


def put_back(home: Home) -> None:
    (copy,) = (home.folder / "syncer.db.copies").iterdir()
    for file in home.folder.glob("syncer.db-*"):
        file.unlink()
    shutil.copyfile(copy, home.folder / "syncer.db")


def by_hand(home: Home) -> None:
    put_back(home)
    assert home.sync()["errors"][0]["code"] == "destination.owner"
    home.sync("--take-over")


def without_mark(home: Home) -> None:
    put_back(home)
    (home.site.root / OWNER_MARK).unlink()
    home.sync("--take-over")


def restored(home: Home) -> None:
    recover(home, "lost", "restore")


def rebuilt(home: Home) -> None:
    recover(home, "garbage", "rebuild")


WAYS = {
    "restore": restored,
    "by hand": by_hand,
    "by hand, no mark": without_mark,
    "rebuild": rebuilt,
}


@pytest.mark.parametrize(
    ("place", "way"),
    [
        ("local", "restore"),
        ("sftp", "restore"),
        ("ftps", "restore"),
        ("s3", "restore"),
        ("s3", "by hand"),
        ("local", "by hand, no mark"),
        ("sftp", "by hand, no mark"),
        ("local", "rebuild"),
    ],
    indirect=["place"],
)
def test_what_syncer_had_deleted_before_is_the_users_however_the_catalogue_comes_back(
    place: Ground, way: str
) -> None:
    home, right = place.home, place.home.manifest()
    WAYS[way](home)
    for _ in range(2):
        done = home.sync()
        assert "deleted" not in done["counts"]
        assert files(place) == THEIRS | {"w.mp4": WROTE["w.mp4"]}
    assert (done["exit_code"], home.manifest().keys()) == (0, right.keys())
    for name in THEIRS:
        home.put(name, mp4(SIZE, 50))
    assert home.sync()["counts"]["failed"] == len(THEIRS)
    assert {each["code"] for each in home.troubles().values()} == {"destination.taken"}
    home.put("w.mp4", mp4(SIZE, 51))
    assert home.sync()["counts"]["copied"] == 1
    assert files(place) == THEIRS | {"w.mp4": mp4(SIZE, 51)}, "what the manifest lists is still syncer's"


@pytest.mark.parametrize("place", ["local"], indirect=True)
def test_an_old_catalogue_from_another_machine_claims_nothing_without_a_manifest(place: Ground) -> None:
    """All files are served as before, and the user's file stays even if syncer wrote such bytes once."""
    home = place.home
    (home.folder / "urls.json").unlink()
    by_hand(home)
    assert home.manifest().keys() == {"w.mp4"}
    (home.media / "w.mp4").unlink()
    assert "deleted" not in home.sync()["counts"]
    assert files(place) == THEIRS | {"w.mp4": WROTE["w.mp4"]}


@pytest.mark.parametrize("command", ["restore", "rebuild"])
def test_a_file_that_only_the_damaged_catalogue_knows_is_compared_whole(home: Home, command: str) -> None:
    for name in ("first.mp4", "gone.mp4"):
        home.put(name, WROTE["t.mp4"])
    assert home.sync()["exit_code"] == 0
    (home.media / "gone.mp4").unlink()
    (home.site.root / "clips/gone.mp4").write_bytes(THEIRS["t.mp4"])
    (home.folder / "urls.json").unlink()
    recover(home, "row", command)
    deleting(home)
    for _ in range(2):
        home.sync()
    assert home.site.get("clips/gone.mp4").content == THEIRS["t.mp4"]


def test_what_was_unpublished_after_the_copy_and_is_public_again_is_named(home: Home) -> None:
    for name in ("first.mp4", "gone.mp4"):
        home.put(name, WROTE["t.mp4"])
    assert home.sync()["exit_code"] == 0
    assert home.syncer("unpublish", "gone.mp4").code == 0
    put_back(home)
    assert "(`catalogue.older`)" in home.sync()["errors"][0]["hint"]
    done = home.sync("--take-over")
    (said,) = [each for each in done["findings"] if each["rule"] == "catalogue.older"]
    assert "the newest manifest does not list it: clips:gone.mp4;" in said["message"]
    assert home.syncer("unpublish", "gone.mp4").code == 0
    assert home.sync()["findings"] == []
    (home.folder / "syncer.db").unlink()
    assert "become public again" in home.syncer("catalogue", "restore").out
