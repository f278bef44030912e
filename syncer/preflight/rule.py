"""Rules: a rule asks one question about a subject, and returns a verdict if it finds a fault. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from syncer.model import Finding, Severity

S = TypeVar("S")


class Verdict(NamedTuple):
    """A finding without the name of its rule."""

    severity: Severity
    message: str
    limit: str | None = None
    value: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Rule(Generic[S]):
    id: str
    """Stable: manifests, logs and scripts use it."""
    about: str
    """Its condition, for the documentation."""
    tell: Callable[[S], Verdict | None]
    limits: tuple[str, ...] = ()
    """Names of the limits that it uses."""


def findings(rules: Iterable[Rule[S]], subject: S) -> tuple[Finding, ...]:
    """The findings on the subject, in the order of the rules."""
    return tuple(Finding(rule.id, *verdict) for rule in rules if (verdict := rule.tell(subject)) is not None)
