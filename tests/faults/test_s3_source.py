"""A bucket as a source: Ceph behind a proxy that misbehaves."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each
from tests.faults.proxy import KINDS
from tests.faults.suite import Bench


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_while_a_bucket_is_read_publishes_nothing_wrong(
    s3_source: Bench, kind: str, often: str, check: Each
) -> None:
    check(s3_source, kind, often)
