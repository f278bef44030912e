"""Law: any bytes give facts, soon and in little memory, and never an error. 10,000 cases."""

from __future__ import annotations

import random
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from syncer.model import Facts
from syncer.probe.prober import CRASHED, LONG, Prober
from syncer.serving import samples
from tests.probe import mutate
from tests.probe.held import Held
from tests.probe.recipes import RECIPES

pytestmark = pytest.mark.usefixtures("own_pool")  # the test watches the children

PARTS = 4
CASES = 10_000 // PARTS


@lru_cache
def seeds(made: Path) -> tuple[bytes, ...]:
    """The videos of the demo, and small ones of every kind."""
    small = (path for path in (made / name for name in RECIPES) if path.stat().st_size < 40_000)
    return tuple(path.read_bytes() for path in (*samples.paths(), *small))


def check(facts: Facts, size: int) -> None:
    assert facts.flaw is None or facts.flaw.isprintable()
    assert facts.rotation in (None, 0, 90, 180, 270)
    assert facts.orientation in (None, *range(1, 9))
    for number in (facts.width, facts.height, facts.missing, facts.bit_rate, facts.duration_s, facts.fps):
        assert number is None or 0 <= number < 2**63
    assert size or facts == Facts()


@pytest.mark.scale
@pytest.mark.parametrize("part", range(PARTS))
def test_mutated_media_have_facts(made: Path, part: int) -> None:
    """The seed of a case is its number, so that `atheris` and a debugger can repeat it."""
    told: Counter[str | None] = Counter()
    with Prober() as prober:
        for number in range(part * CASES, (part + 1) * CASES):
            data, _ = mutate.case(random.Random(number), seeds(made))  # noqa: S311 - repeatable
            held = Held(data)
            facts = held.probed(prober)
            check(facts, held.size)
            told[facts.flaw] += 1
        status = (
            Path(f"/proc/{prober.pid}/status").read_text(encoding="ascii") if prober.pid else "VmHWM: 0 kB"
        )
    assert int(status.split("VmHWM:")[1].split()[0]) < 700_000, "kB"
    assert told[None] > CASES / 10, "most are whole enough"
    assert len(told) > 5, "and flawed in many ways"
    assert told[CRASHED] + told[LONG] < CASES / 100


def test_a_case_is_always_the_same(made: Path) -> None:
    cases = [mutate.case(random.Random(number), seeds(made))[0] for number in range(200)]  # noqa: S311 - as above
    with Prober() as one, Prober() as other:
        first = [Held(data).probed(one) for data in cases]
        assert [Held(data).probed(other) for data in reversed(cases)] == first[::-1]
