"""Google Drive: its API as documented, behind a proxy that misbehaves."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each
from tests.faults.proxy import KINDS
from tests.faults.suite import Bench


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_while_drive_is_read_publishes_nothing_wrong(
    drive: Bench, kind: str, often: str, check: Each
) -> None:
    check(drive, kind, often)
