"""An SSH server from its greeting on: OpenSSH behind a relay that misbehaves."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each
from tests.faults.relay import KINDS
from tests.faults.suite import Bench


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_of_the_connection_publishes_nothing_wrong(
    ssh: Bench, kind: str, often: str, check: Each
) -> None:
    check(ssh, kind, often)
