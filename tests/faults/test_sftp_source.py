"""A folder on an SSH server as a source: OpenSSH, with a filter that misbehaves."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each
from tests.faults.requests import READING
from tests.faults.suite import Bench


@pytest.mark.parametrize("kind", READING)
def test_a_fault_while_a_server_is_read_publishes_nothing_wrong(
    sftp_source: Bench, kind: str, often: str, check: Each
) -> None:
    check(sftp_source, kind, often)
