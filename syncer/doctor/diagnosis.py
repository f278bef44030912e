"""The result of an examination, and the order of examinations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from syncer.errors import SyncerError
from syncer.model import Finding, Severity


class Health(StrEnum):
    OK = "ok"
    WARN = "warn"
    """It works, but badly, or not for long."""
    NOT_OK = "not ok"
    SKIPPED = "skipped"
    """Not examined; the detail says why."""


class ExaminationResult(NamedTuple):
    """The result of one examination."""

    state: Health
    detail: str
    hint: str | None = None
    """What to do about it."""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line of the doctor's output."""

    name: str
    state: Health
    detail: str
    hint: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    name: str
    look: Callable[[], ExaminationResult]
    """May raise `SyncerError`, which counts as `NOT_OK`."""
    needs: tuple[str, ...] = ()
    """Examinations that have to succeed first; otherwise this one would report the same problem again."""


def ok(detail: str) -> ExaminationResult:
    return ExaminationResult(Health.OK, detail)


def warn(detail: str, code: str, hint: str) -> ExaminationResult:
    return ExaminationResult(Health.WARN, detail, hint, code)


def not_ok(detail: str, code: str, hint: str) -> ExaminationResult:
    return ExaminationResult(Health.NOT_OK, detail, hint, code)


def skipped(detail: str) -> ExaminationResult:
    return ExaminationResult(Health.SKIPPED, detail)


def of_error(error: SyncerError) -> ExaminationResult:
    return ExaminationResult(Health.NOT_OK, error.message, error.hint, error.code)


def of_findings(findings: Iterable[Finding], otherwise: str) -> ExaminationResult:
    """The most serious finding; `otherwise` if there is none."""
    worst = min(findings, key=lambda finding: _ORDER.index(finding.severity), default=None)
    if worst is None:
        return ok(otherwise)
    state = Health.NOT_OK if worst.severity is Severity.REJECT else Health.WARN
    return ExaminationResult(state, worst.message, worst.hint, worst.rule)


_ORDER = (Severity.REJECT, Severity.WARN, Severity.UNKNOWN)


def examine(examinations: Iterable[Examination]) -> Iterator[Diagnosis]:
    """One diagnosis after another. A failed examination skips only those that need it."""
    causes: dict[str, str] = {}
    for each in examinations:
        cause = next((causes[name] for name in each.needs if name in causes), None)
        found = skipped(f"not examined, because {cause} is not ok") if cause else _found(each)
        if cause or found.state is Health.NOT_OK:
            causes[each.name] = cause or each.name
        yield Diagnosis(each.name, *found)


def _found(examination: Examination) -> ExaminationResult:
    try:
        return examination.look()
    except SyncerError as error:
        return of_error(error)
