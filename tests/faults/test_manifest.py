"""The manifest, whose calls fail."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each
from tests.faults.suite import Bench
from tests.faults.wires import WRITING


@pytest.mark.parametrize("kind", WRITING)
def test_a_fault_of_the_manifest_leaves_the_old_or_the_new_one(
    manifest: Bench, kind: str, often: str, check: Each
) -> None:
    check(manifest, kind, often)
