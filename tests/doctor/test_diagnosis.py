"""Examinations are lazy, in order, and independent; a dependent one is skipped, and says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import pytest

from syncer.doctor.diagnosis import (
    Examination,
    ExaminationResult,
    Health,
    examine,
    not_ok,
    of_findings,
    ok,
    skipped,
    warn,
)
from syncer.errors import OriginError
from syncer.model import Finding, Severity


def fails() -> NoReturn:
    raise OriginError("it is down", code="origin.unreachable", hint="start it")


def test_an_error_is_a_finding_and_does_not_stop_other_examinations() -> None:
    down, up = examine([Examination("down", fails), Examination("up", lambda: ok("well"))])
    assert (down.name, down.state, down.detail) == ("down", Health.NOT_OK, "it is down")
    assert (down.hint, down.code) == ("start it", "origin.unreachable")
    assert (up.name, up.state) == ("up", Health.OK)


def test_a_dependent_examination_is_skipped_and_names_the_first_cause() -> None:
    examinations = [
        Examination("a", fails),
        Examination("b", fails, ("a",)),
        Examination("c", fails, ("x", "b")),
        Examination("d", lambda: ok("well"), ("x",)),
    ]
    said = list(examine(examinations))
    assert [each.state for each in said] == ["not ok", "skipped", "skipped", "ok"]
    assert {each.detail for each in said[1:3]} == {"not examined, because a is not ok"}


@pytest.mark.parametrize("found", [warn("odd", "doctor.cache", "fix it"), skipped("nothing was written")])
def test_a_warning_skips_no_examination(found: ExaminationResult) -> None:
    said = examine([Examination("a", lambda: found), Examination("b", lambda: ok("well"), ("a",))])
    assert [each.state for each in said] == [found.state, "ok"]


def test_examinations_are_lazy() -> None:
    done: list[str] = []

    def noting(name: str) -> Callable[[], ExaminationResult]:
        return lambda: done.append(name) or ok("well")  # type: ignore[func-returns-value] # None, then the rest

    said = examine(Examination(name, noting(name)) for name in "abc")
    next(said)
    assert done == ["a"]


def test_the_most_serious_finding_is_reported() -> None:
    odd = Finding("origin.range", Severity.WARN, "no ranges", hint="serve files as files")
    bad = Finding("origin.status", Severity.REJECT, "404", hint="look")
    assert of_findings((odd, bad), "well") == not_ok("404", "origin.status", "look")
    assert of_findings((odd,), "well") == warn("no ranges", "origin.range", "serve files as files")
    assert of_findings((), "well") == ok("well")
