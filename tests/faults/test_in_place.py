"""Files in place: whatever fails, none of the user's files is touched."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.faults import proxy, requests, wires
from tests.faults.conftest import Each, Struck
from tests.faults.suite import Bench

KINDS = {
    "local_in_place": wires.READING,
    "catalogue_in_place": wires.BOTH,
    "manifest_in_place": wires.WRITING,
    "sftp_in_place": requests.READING,
    "s3_in_place": proxy.KINDS,
}
"""What each wire does."""
LOCAL = (wires.READING, wires.BOTH, wires.WRITING)
FILES = {"catalogue_in_place": "local", "manifest_in_place": "local"}
"""Wires that share the places of another one run in its worker."""


ONCE, FOR_GOOD = "once", "for-good"


def named(wire: str, *values: str) -> object:
    worker = FILES.get(wire, wire.partition("_")[0])
    return pytest.param(wire, *values, id="-".join((worker, wire, *values)))


def faults() -> Iterator[object]:
    """On a server, alternately once and for good: reading has other benches too."""
    for wire, kinds in KINDS.items():
        for number, kind in enumerate(kinds):
            each = (ONCE, FOR_GOOD) if kinds in LOCAL else ((ONCE, FOR_GOOD)[number % 2],)
            yield from (named(wire, kind, how_often) for how_often in each)


@pytest.mark.parametrize(("wire", "kind", "how_often"), [*faults()])
def test_a_fault_touches_no_file_in_place_and_lists_nothing_wrong(
    wire: str, kind: str, how_often: str, request: pytest.FixtureRequest, check: Each
) -> None:
    bench: Bench = request.getfixturevalue(wire)
    check(bench, kind, how_often)


@pytest.mark.parametrize(
    ("wire", "which"), [named(wire, which) for wire in KINDS for which in ("SIGTERM", "SIGKILL")]
)
def test_a_signal_touches_no_file_in_place(wire: str, which: str, struck: Struck) -> None:
    struck(wire, signal.Signals[which], 2 if KINDS[wire] in LOCAL else 1)
