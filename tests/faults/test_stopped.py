"""SIGTERM and SIGINT at each operation, also while no answer comes: exit code 130, within 8 seconds."""

from __future__ import annotations

import signal

import pytest

from tests.faults.conftest import Struck

WIRES = {
    "s3_source": 4,
    "s3_destination": 7,
    "sftp_source": 6,
    "sftp_destination": 6,
    "origin": 5,
    "links": 3,
    "drive": 4,
    "domain": 1,
    "local_destination": 6,
    "catalogue": 6,
    "manifest": 3,
}
"""The number of operations with a signal, by bench."""


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("wire", WIRES)
def test_a_stopped_run_ends_in_good_order(wire: str, which: signal.Signals, struck: Struck) -> None:
    struck(wire, which, WIRES[wire])
