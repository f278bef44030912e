"""A folder of this machine as a source, whose calls fail."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each
from tests.faults.suite import Bench
from tests.faults.wires import READING


@pytest.mark.parametrize("kind", READING)
def test_a_fault_while_a_folder_is_read_publishes_nothing_wrong(
    local_source: Bench, kind: str, often: str, check: Each
) -> None:
    check(local_source, kind, often)
