"""syncer never takes a file with the same size and the same first 64 KiB for its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest

from syncer.destinations.keys import OWNER_MARK
from syncer.sync import conductor
from tests.catalogue.test_rebuild import lose
from tests.home import Home
from tests.in_place.ground import Ground, ground
from tests.media import mp4
from tests.servers.nginx import StartNginx

BIG = 100_000


def other(content: bytes) -> bytes:
    """Somebody else's file with the same first bytes."""
    return content[:-40] + bytes(40)


OURS = {f"{name}.mp4": mp4(BIG, seed) for seed, name in enumerate("xyz")}
THEIRS = {f"clips/{name}": other(content) for name, content in OURS.items() if name != "z.mp4"}
NEWER = mp4(BIG, 9)


@pytest.fixture(params=["local", "sftp", "s3"])
def place(request: pytest.FixtureRequest, home: Home) -> Iterator[Ground]:
    """Three files are published at a destination of each kind, in runs that delete what is gone."""
    for made in ground(request.param, home, request):
        home.config["sources"] = {"clips": {"kind": "local", "root": "media"}}
        if request.param == "s3":
            home.config["origin"]["destination"]["acl"] = "public-read"
        home.config |= {"delete": "mirror", "max_delete": "100%"}
        for name, content in OURS.items():
            home.put(name, content)
        assert home.sync()["listed"] == len(OURS)
        yield made


def replaced(place: Ground) -> dict[str, object]:
    """Our mark is gone, and somebody else's files replace two of ours. Returns their bytes."""
    place.remove(OWNER_MARK)
    for path, content in THEIRS.items():
        place.put(path, content)
    return kept(place)


def kept(place: Ground) -> dict[str, object]:
    return {name: said for name, said in place.everything().items() if name.endswith(tuple(THEIRS))}


def change(home: Home) -> None:
    """At the source, one file has changed and one is gone."""
    home.put("x.mp4", NEWER)
    (home.media / "y.mp4").unlink()


def holds(home: Home, keys: set[str]) -> None:
    """The manifest lists these files, and each URL serves its sha256."""
    listed = home.manifest()
    assert listed.keys() == keys
    assert {key: item["sha256"] for key, item in listed.items()} == {
        key: hashlib.sha256(OURS[key]).hexdigest() for key in keys
    }


def test_without_our_mark_a_file_that_begins_as_ours_is_not_listed_replaced_or_deleted(place: Ground) -> None:
    home, before = place.home, replaced(place)
    done = home.sync()
    assert (done["exit_code"], done["counts"]["failed"], done["listed"]) == (3, 2, 1)
    holds(home, {"z.mp4"})
    told = home.troubles()["x.mp4"]
    assert told["code"] == "destination.taken"
    assert "its bytes differ from those at your source" in told["message"]
    assert home.syncer("unpublish", "y.mp4").code != 0
    change(home)
    home.sync()
    home.sync()
    holds(home, {"z.mp4"})
    assert kept(place) == before


def test_a_take_over_takes_no_file_that_only_begins_like_ours(place: Ground) -> None:
    home, before = place.home, replaced(place)
    place.put(OWNER_MARK, json.dumps({"catalogue": "c", "turn": "t", "host": "attic"}).encode())
    assert home.sync("--take-over")["counts"]["failed"] == 2
    change(home)
    home.sync()
    holds(home, {"z.mp4"})
    assert kept(place) == before


def test_unpublish_deletes_nothing_where_our_mark_is_gone(place: Ground) -> None:
    before = replaced(place)
    ran = place.home.syncer("unpublish", "x.mp4")
    assert (ran.code, "not yet seen at this destination" in ran.err) == (1, True)
    assert kept(place) == before


def test_a_run_that_dies_while_it_confirms_leaves_all_of_it_to_the_next_one(
    place: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then its own new mark is there. A check in between confirms nothing, whatever the URL serves."""
    home, before = place.home, replaced(place)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(conductor.Conductor, "_reach", killed)
        assert home.syncer("sync").code != 0
    assert any(name.endswith(OWNER_MARK) for name in place.everything())
    home.syncer("check")
    change(home)
    assert home.sync()["exit_code"] == 3
    home.sync()
    holds(home, {"z.mp4"})
    assert kept(place) == before


def test_a_new_catalogue_takes_nothing_that_only_begins_as_ours_without_our_mark(place: Ground) -> None:
    home, before = place.home, replaced(place)
    place.put("clips/y.mp4", NEWER)
    before = kept(place)
    lose(home)
    assert home.syncer("catalogue", "rebuild").code == 0
    home.sync()
    holds(home, {"z.mp4"})
    change(home)
    home.sync()
    home.sync()
    assert kept(place) == before


def test_a_path_that_was_left_is_not_deleted_once_our_mark_is_gone(home: Home) -> None:
    """It is unknown which bytes belong there."""
    home.put("x.mp4", OURS["x.mp4"])
    assert home.sync()["exit_code"] == 0
    home.config["sources"]["clips"]["path"] = "new/{key}"
    assert home.sync()["exit_code"] == 0
    left = home.site.root / "clips/x.mp4"
    left.write_bytes(NEWER)
    (home.site.root / OWNER_MARK).unlink()
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    assert home.sync()["exit_code"] == 0
    assert left.read_bytes() == NEWER


@pytest.fixture
def aside(home: Home) -> Home:
    """Three published files, and a destination that becomes another folder with `move`."""
    for name, content in OURS.items():
        home.put(name, content)
    assert home.sync()["listed"] == len(OURS)
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    return home


def move(home: Home, nginx: StartNginx, name: str) -> None:
    root = home.site.root.parent / name
    root.mkdir(exist_ok=True)
    home.config["origin"]["destination"]["root"] = str(root)
    home.site = nginx(root)
    home.config["origin"]["connect_to"] = home.site.connect_to
    (root / "clips").mkdir(exist_ok=True)


def test_at_another_destination_a_file_that_begins_as_ours_is_not_ours(
    aside: Home, nginx: StartNginx
) -> None:
    """Also if an earlier version of ours lies there, at a destination to which the config returns."""
    first = aside.site.root
    move(aside, nginx, "second")
    for path, content in {**THEIRS, "clips/z.mp4": OURS["z.mp4"]}.items():
        (aside.site.root / path).write_bytes(content)
    (aside.site.root / OWNER_MARK).write_bytes((first / OWNER_MARK).read_bytes())
    assert aside.sync()["counts"]["failed"] == 2
    holds(aside, {"z.mp4"})
    aside.put("z.mp4", other(OURS["z.mp4"]))
    aside.sync()
    assert aside.manifest()["z.mp4"]["sha256"] == hashlib.sha256(other(OURS["z.mp4"])).hexdigest()
    for path, content in THEIRS.items():
        assert (aside.site.root / path).read_bytes() == content
    move(aside, nginx, first.name)
    aside.sync()
    served = {key: (first / f"clips/{key}").read_bytes() for key in aside.manifest()}
    assert {key: hashlib.sha256(content).hexdigest() for key, content in served.items()} == {
        key: item["sha256"] for key, item in aside.manifest().items()
    }


def test_a_destination_that_we_come_back_to_without_our_mark_is_not_ours(
    aside: Home, nginx: StartNginx
) -> None:
    """A file that syncer once wrote there may have been replaced by somebody."""
    first = aside.site.root
    move(aside, nginx, "second")
    assert aside.sync()["listed"] == len(OURS)
    move(aside, nginx, first.name)
    (first / OWNER_MARK).unlink()
    for path, content in THEIRS.items():
        (first / path).write_bytes(content)
    change(aside)
    aside.sync()
    aside.sync()
    assert {path: (first / path).read_bytes() for path in THEIRS} == THEIRS
    holds(aside, {"z.mp4"})
