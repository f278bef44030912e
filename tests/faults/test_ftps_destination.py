"""A folder on an FTP server with TLS as a destination: ProFTPD behind a relay that misbehaves."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each
from tests.faults.relay import KINDS
from tests.faults.suite import Bench


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_of_the_connection_publishes_nothing_wrong(ftps: Bench, kind: str, check: Each) -> None:
    check(ftps, kind, "once")
