"""A clock that is a year ahead or behind in one run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.laws import FAILED, Verdict, judge
from tests.faults.suite import Bench, settle

YEAR = 365 * 86_400
SHIFTS = {"a year ahead": YEAR, "a year behind": -YEAR, "an hour ahead": 3600, "an hour behind": -3600}


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize(
    "wire", ["local_destination", "s3_source", "s3_destination", "links", "drive", "sftp_destination"]
)
def test_a_wrong_clock_publishes_nothing_wrong_and_is_forgotten(
    wire: str,
    shift: str,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    bench: Bench = request.getfixturevalue(wire)

    def case(_number: int) -> Verdict:
        with bench.lent() as (stage, _):
            stage.configure()
            stage.reset()
            return judge(stage, stage.sync(clock=SHIFTS[shift]), FAILED)

    settle(bench, "clock", shift, [1], 1, case, record_property)
