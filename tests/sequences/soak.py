"""The sequences of `test_any_order`, for as long as one likes: see `make soak`."""

from __future__ import annotations

import os
import secrets
import sys
import time
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sequences.machine import AnyOrder
from tests.servers.nginx import Site

EXAMPLES = 10
"""Sequences of one seed."""
STEPS = 40


def test_soak(disk_site: Site) -> None:
    told = os.environ.get("SEED")
    minutes = float(os.environ.get("MINUTES") or 10)
    end = time.monotonic() + 60 * minutes
    rounds = 0
    while not rounds or (not told and time.monotonic() < end):
        seed = int(told) if told else secrets.randbelow(10**9)
        rounds += 1
        say(f"round {rounds}: make soak SEED={seed}")
        sequences(disk_site, seed, shrink=bool(told))
    say(f"{rounds} rounds of {EXAMPLES} sequences, no law was broken")


def sequences(site: Site, seed: int, *, shrink: bool) -> None:
    """The same for the same seed. To find the shortest sequence that fails may take long."""
    machine: Any = type("AnyOrderHere", (AnyOrder,), {"site": site, "_hypothesis_internal_use_seed": seed})
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
