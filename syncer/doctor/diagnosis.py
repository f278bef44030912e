"""What an examination finds, and in which order they are made."""

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
    """It works, and not as well as it should or not for long."""
    NOT_OK = "not ok"
    SKIPPED = "skipped"
    """Not examined; the detail says why."""


class ExaminationResult(NamedTuple):
    """What one examination found."""

    state: Health
    detail: str
    hint: str | None = None
    """What the reader does about it."""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line of what the doctor says."""

    name: str
    state: Health
    detail: str
    hint: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    name: str
    look: Callable[[], ExaminationResult]
    """A `SyncerError` is a finding too."""
    needs: tuple[str, ...] = ()
    """Examinations without whose success this one would only say the same again."""


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
    """The gravest of them; `otherwise` if there is none."""
    gravest = min(findings, key=lambda finding: _ORDER.index(finding.severity), default=None)
    if gravest is None:
        return ok(otherwise)
    state = Health.NOT_OK if gravest.severity is Severity.REJECT else Health.WARN
    return ExaminationResult(state, gravest.message, gravest.hint, gravest.rule)


_ORDER = (Severity.REJECT, Severity.WARN, Severity.UNKNOWN)


def examine(examinations: Iterable[Examination]) -> Iterator[Diagnosis]:
    """One after the other, as they are asked for. One that fails stops none but those that need it."""
    causes: dict[str, str] = {}
    for each in examinations:
        cause = next((causes[name] for name in each.needs if name in causes), None)
        found = skipped(f"not examined, as {cause} is not ok") if cause else _found(each)
        if cause or found.state is Health.NOT_OK:
            causes[each.name] = cause or each.name
        yield Diagnosis(each.name, *found)


def _found(examination: Examination) -> ExaminationResult:
    try:
        return examination.look()
    except SyncerError as error:
        return of_error(error)
