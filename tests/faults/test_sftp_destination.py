"""A folder on an SSH server as a destination: OpenSSH, with a filter that misbehaves."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each
from tests.faults.requests import WRITING
from tests.faults.suite import Bench


@pytest.mark.parametrize("kind", WRITING)
def test_a_fault_while_a_server_is_written_publishes_nothing_wrong(
    sftp_destination: Bench, kind: str, often: str, check: Each
) -> None:
    check(sftp_destination, kind, often)
