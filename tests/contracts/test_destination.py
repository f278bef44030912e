"""The laws of `protocols.Destination` for every kind, on real servers: names, what is there, and deletes."""

from __future__ import annotations

import pickle
from contextlib import closing
from pathlib import Path

import pytest

from syncer.destinations import open_destination
from syncer.errors import DestinationError
from syncer.protocols import Destination
from tests.contracts import stores
from tests.contracts.stores import ODD_PATHS, body_at, publish
from tests.rigs.destination import Rig

rig = stores.rig
destination = stores.destination

BAD_PATHS = [
    "",
    "/absolute",
    "a//b",
    "a/",
    "./a",
    "a/../b",
    "..",
    "a\\b",
    "nul\0",
    "line\nfeed",
    "\x7f",
    "\udcff",
    "u\u0308",
    ".syncer-0123456789abcdef0123456789abcdef.part",
    "a/.syncer-x/b",
    "n" * 256,
    "/".join(["d" * 200] * 6),
]


def test_a_check_leaves_no_trace(rig: Rig, destination: Destination) -> None:
    destination.check()
    assert rig.names() == []


def test_the_free_space_is_at_most_the_whole(destination: Destination) -> None:
    room = destination.room()
    assert room is None or 0 < room.free <= room.whole


@pytest.mark.parametrize("path", ODD_PATHS)
def test_odd_names_are_published_as_they_are(rig: Rig, destination: Destination, path: str) -> None:
    publish(destination, path, path.encode())
    assert body_at(rig, path) == path.encode()
    assert destination.stat(path) is not None
    assert path in rig.names()
    destination.delete(path)
    assert rig.visit(path) is None


def test_names_that_differ_only_in_case_are_two(rig: Rig, destination: Destination) -> None:
    publish(destination, "A.mp4", b"upper")
    publish(destination, "a.mp4", b"lower")
    assert (body_at(rig, "A.mp4"), body_at(rig, "a.mp4")) == (b"upper", b"lower")


@pytest.mark.parametrize("path", BAD_PATHS)
def test_every_method_refuses_a_bad_name(rig: Rig, destination: Destination, path: str) -> None:
    for method in (
        lambda: destination.stage(path, "video/mp4").__enter__(),
        lambda: destination.stat(path),
        lambda: destination.delete(path),
    ):
        with pytest.raises(DestinationError) as caught:
            method()
        assert caught.value.code == "destination.path"
    assert rig.names() == []


def test_stat_says_size_and_media_type_where_the_kind_keeps_it(rig: Rig, destination: Destination) -> None:
    assert destination.stat("no/such") is None
    publish(destination, "some/name.jpg", b"12345", "image/webp")
    found = destination.stat("some/name.jpg")
    assert found is not None
    assert (found.path, found.size) == ("some/name.jpg", 5)
    assert destination.stat("some") is None, "a folder is not a published file"
    visit = rig.visit("some/name.jpg")
    assert visit is not None
    if rig.keeps_media_type:
        assert (found.media_type, visit.media_type) == ("image/webp", "image/webp")


def test_delete_takes_away_and_what_is_missing_is_fine(rig: Rig, destination: Destination) -> None:
    destination.delete("never/was/there.mp4")
    publish(destination, "a/b/c.mp4", b"x")
    publish(destination, "a/d.mp4", b"y")
    destination.delete("a/b/c.mp4")
    assert rig.visit("a/b/c.mp4") is None
    assert [name for name in rig.names() if name != "a/"] == ["a/d.mp4"], "and the empty folder is gone"
    destination.delete("a/b/c.mp4")
    destination.delete("a/d.mp4/below")
    assert body_at(rig, "a/d.mp4") == b"y"
    destination.delete("a/d.mp4")
    assert rig.names() == []
    publish(destination, "a/b/c.mp4", b"again")
    assert body_at(rig, "a/b/c.mp4") == b"again"


def test_a_file_in_the_way_of_a_folder_and_the_other_way_round(rig: Rig, destination: Destination) -> None:
    """`a` and `a/b` exclude each other if there are folders; the first one stays."""
    publish(destination, "a.mp4", b"file")
    publish(destination, "d.mp4/e.mp4", b"below")
    if not rig.has_folders:
        publish(destination, "a.mp4/b.mp4", b"both")
        assert (body_at(rig, "a.mp4"), body_at(rig, "a.mp4/b.mp4")) == (b"file", b"both")
        return
    for path in ("a.mp4/b.mp4", "a.mp4/b/c.mp4", "d.mp4"):
        with pytest.raises(DestinationError) as caught:
            publish(destination, path, b"new")
        assert caught.value.code == "destination.in_the_way"
        assert caught.value.hint
    assert rig.names() == ["a.mp4", "d.mp4/", "d.mp4/e.mp4"]
    assert (body_at(rig, "a.mp4"), body_at(rig, "d.mp4/e.mp4")) == (b"file", b"below")


def test_a_config_pickles_so_that_workers_open_their_own(rig: Rig) -> None:
    with closing(open_destination(pickle.loads(pickle.dumps(rig.config)))) as opened:  # noqa: S301 - our own bytes
        publish(opened, "a.mp4", b"abc")
    assert body_at(rig, "a.mp4") == b"abc"


def test_closing_twice_is_fine_and_an_unused_one_too(rig: Rig) -> None:
    destination = open_destination(rig.config)
    destination.close()
    destination.close()


def test_errors_of_a_destination_that_is_not_there_say_what_to_do(rig: Rig, tmp_path: Path) -> None:
    """Every method raises a `DestinationError`; each kind's own tests check the details."""
    field = "bucket" if "bucket" in type(rig.config).model_fields else "root"
    missing = "no-such-bucket-anywhere" if field == "bucket" else tmp_path / "no" / "such"
    nowhere = type(rig.config).model_validate(
        rig.config.model_dump() | {field: missing if rig.config.kind == "local" else str(missing)}
    )
    with closing(open_destination(nowhere)) as destination:
        for method in (
            destination.check,
            lambda: publish(destination, "a.mp4", b"abc"),
            lambda: list(destination.litter()),
            lambda: destination.delete("a.mp4"),
            lambda: destination.stat("a.mp4"),
        ):
            with pytest.raises(DestinationError) as caught:
                method()
            assert caught.value.hint
            assert not caught.value.transient
