"""`kill -9` at fifty operations: no visitor sees a half-done state, and the next run continues."""

from __future__ import annotations

import signal

import pytest

from tests.faults.conftest import Struck

WIRES = {
    "local_destination": 16,
    "sftp_destination": 16,
    "s3_destination": 7,
    "catalogue": 12,
    "manifest": 6,
}
"""The number of operations with a kill, by bench."""


@pytest.mark.parametrize("wire", WIRES)
def test_a_killed_run_leaves_nothing_half_done(wire: str, struck: Struck) -> None:
    struck(wire, signal.SIGKILL, WIRES[wire])
