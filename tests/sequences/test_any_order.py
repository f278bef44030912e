"""The laws of a run hold after any events in any order."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sequences.machine import AnyOrder
from tests.servers.nginx import Site

FEW = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # a shorter sequence may take long to find; see `make soak`
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_the_laws_of_a_run_hold_in_any_order(disk_site: Site) -> None:
    machine = type("AnyOrderHere", (AnyOrder,), {"site": disk_site})
    run_state_machine_as_test(machine, settings=FEW)
