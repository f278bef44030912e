"""A folder of this machine as a destination, whose calls fail."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each
from tests.faults.suite import Bench
from tests.faults.wires import WRITING


@pytest.mark.parametrize("kind", WRITING)
def test_a_fault_while_a_folder_is_written_publishes_nothing_wrong(
    local_destination: Bench, kind: str, often: str, check: Each
) -> None:
    check(local_destination, kind, often)
