"""The record of a domain: Knot behind a relay that misbehaves."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each
from tests.faults.questions import KINDS
from tests.faults.suite import Bench


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_of_dns_is_reported_and_stops_no_copy(
    domain: Bench, kind: str, often: str, check: Each
) -> None:
    check(domain, kind, often)
