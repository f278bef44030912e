"""The findings of the rules, and the verdict that follows from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Severity(StrEnum):
    """`reject`: the platform refuses it. `warn`: it may refuse it. `unknown`: a rule could not judge it."""

    REJECT = "reject"
    WARN = "warn"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One rule's verdict. A rule that passes has no finding."""

    rule: str
    """Stable id such as `origin.redirect`."""
    severity: Severity
    message: str
    limit: str | None = None
    """The right value, or its limit."""
    value: str | None = None
    """The value seen."""
    hint: str | None = None
    """What the reader can do."""


def rejects(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity is Severity.REJECT)


def unknowns(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity is Severity.UNKNOWN)


def against(findings: tuple[Finding, ...], *, seen: bool) -> tuple[Finding, ...]:
    """The rejects and unknowns. Unless it was `seen` at its URL, findings about the origin come first, as
    they are the reason why it is not listed.
    """
    found = (*rejects(findings), *unknowns(findings))
    return found if seen else tuple(sorted(found, key=lambda each: not each.rule.startswith("origin.")))


def is_cut(findings: tuple[Finding, ...]) -> bool:
    """Whether the body broke off, had other bytes or another length, or a plain GET got something else: only
    all of it can refute that.
    """
    return bool(_doubts(findings))


def still_cut(before: tuple[Finding, ...], now: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings of a look that did not read all of it: what an earlier look saw to be cut stays so."""
    if is_cut(now):
        return now
    return now + tuple(replace(each, hint=_READ_ALL) for each in _doubts(before))


def _doubts(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    doubts = ("origin.get", "origin.incomplete", "origin.bytes", "origin.length")
    return tuple(found for found in rejects(findings) if found.rule in doubts)


_READ_ALL = (
    "an earlier look saw this, and the last one read too little to refute it: run syncer sync, which reads"
    " all of the file once the URL answers"
)


def acceptance(findings: tuple[Finding, ...]) -> bool | None:
    """Whether all rules accept it; `None` if none refuses it, but one could not judge it."""
    if rejects(findings):
        return False
    return None if unknowns(findings) else True
