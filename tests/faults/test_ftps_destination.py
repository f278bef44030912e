"""A folder on an FTP server with TLS as a destination: ProFTPD behind a relay that misbehaves."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each
from tests.faults.suite import Bench


@pytest.mark.parametrize(
    ("kind", "often"),
    [
        ("reset", "once"),
        ("truncate", "once"),
        ("stall", "once"),
        ("drip", "once"),
        ("corrupt", "once"),
        ("close", "for-good"),
    ],
)
def test_a_fault_of_the_connection_publishes_nothing_wrong(
    ftps: Bench, kind: str, often: str, check: Each
) -> None:
    check(ftps, kind, often)
