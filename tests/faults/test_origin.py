"""The public origin: nginx behind a proxy that misbehaves."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each
from tests.faults.proxy import KINDS
from tests.faults.suite import Bench


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_while_public_urls_are_checked_lists_nothing_wrong(
    origin: Bench, kind: str, often: str, check: Each
) -> None:
    check(origin, kind, often)
