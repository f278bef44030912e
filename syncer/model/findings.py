"""What the rules find, and whether the platform takes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`reject`: the platform refuses it. `warn`: it may. `unknown`: it could not be told."""

    REJECT = "reject"
    WARN = "warn"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One rule's verdict: a value, sortable, serialisable. A rule that passes leaves no finding."""

    rule: str
    """Stable id such as `origin.redirect`."""
    severity: Severity
    message: str
    limit: str | None = None
    """What would be right."""
    value: str | None = None
    """What was seen."""
    hint: str | None = None
    """What the reader does about it."""


def rejects(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity is Severity.REJECT)


def unknowns(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity is Severity.UNKNOWN)


def against(findings: tuple[Finding, ...], *, seen: bool) -> tuple[Finding, ...]:
    """What stands against it. Of what was not seen at its URL, first why: the rest keeps nothing unlisted."""
    found = (*rejects(findings), *unknowns(findings))
    return found if seen else tuple(sorted(found, key=lambda each: not each.rule.startswith("origin.")))


def is_cut(findings: tuple[Finding, ...]) -> bool:
    """Whether the body broke off, or a plain GET got something else: only all of it can refute that."""
    return any(found.rule in ("origin.get", "origin.incomplete") for found in rejects(findings))


def acceptance(findings: tuple[Finding, ...]) -> bool | None:
    """Whether all rules take it; `None` where none refuses it, but not all could be told."""
    if rejects(findings):
        return False
    return None if unknowns(findings) else True
