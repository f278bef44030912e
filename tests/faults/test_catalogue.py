"""The catalogue's file, whose calls fail."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each
from tests.faults.suite import Bench
from tests.faults.wires import BOTH


@pytest.mark.parametrize("kind", BOTH)
def test_a_fault_of_the_catalogue_loses_nothing(catalogue: Bench, kind: str, often: str, check: Each) -> None:
    check(catalogue, kind, often)
