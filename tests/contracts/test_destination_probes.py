"""The laws about the small public files of killed checks, for every kind of destination."""

from __future__ import annotations

from datetime import timedelta

from syncer.connect.pace import SharedPace
from syncer.doctor.leftover import left_probes
from syncer.doctor.probefile import FIRST, SAYS, ProbeFile, probe_video
from syncer.origin.view import PublicOrigin
from syncer.protocols import Destination
from tests.contracts import stores
from tests.contracts.stores import body_at, publish
from tests.rigs.destination import Rig

rig = stores.rig
destination = stores.destination

URL = "https://media.example.test/"
NAME = "syncer-doctor-0123456789abcdef.mp4"
HALFWAY = "deep/er/syncer-doctor-fedcba9876543210.mp4"


def found(destination: Destination, older_than: timedelta | None) -> set[str]:
    return {*left_probes(destination, SharedPace(), older_than)}


def left_by_killed_checks(rig: Rig, destination: Destination) -> set[str]:
    """In two folders, and one that was about to be replaced."""
    probes = [ProbeFile(rig.config, PublicOrigin(URL, URL), SharedPace(), folder) for folder in ("", "deep")]
    for probe in probes:
        probe.write()
    publish(destination, HALFWAY, probe_video(FIRST))
    return {HALFWAY, *(probe.path for probe in probes)}


def test_a_file_of_a_killed_check_is_found_wherever_it_lies(rig: Rig, destination: Destination) -> None:
    left = left_by_killed_checks(rig, destination)
    publish(destination, "deep/published.mp4", b"stays")
    assert all(rig.visit(path) for path in left), "they are public"
    assert found(destination, None) == set(), "a check may be using them"
    assert found(destination, timedelta(hours=1)) == set()
    assert found(destination, timedelta()) == left
    for path in left:
        destination.delete(path)
    assert found(destination, timedelta()) == set()
    assert body_at(rig, "deep/published.mp4") == b"stays"


def test_a_users_file_never_counts_as_one_of_a_check(destination: Destination) -> None:
    """Neither its name nor its bytes are enough."""
    ours = probe_video(f"{NAME}{SAYS}")
    theirs = {
        NAME: ours[:-1] + b"!",
        f"a/{NAME}": b"",
        f"b/{NAME}": ours + b"more",
        f"c/{NAME}": ours * 100,
        f"d/{NAME}": probe_video("about to be changed\n"),
        f"e/{NAME}": probe_video(f"syncer-doctor-1111111111111111.mp4{SAYS}"),
        "f/syncer-doctor-0123456789ABCDEF.mp4": ours,
        "g/syncer-doctor-0123456789abcde.mp4": ours,
        f"h/my-{NAME}": ours,
        f"i/{NAME}.mp4": ours,
        "j/video.mp4": ours,
    }
    for path, body in theirs.items():
        publish(destination, path, body)
    assert found(destination, timedelta()) == set()
