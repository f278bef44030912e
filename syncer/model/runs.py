"""Runs and signature files, which the catalogue keeps beside entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from syncer.model.findings import Finding


@dataclass(frozen=True, slots=True)
class Run:
    """What one `sync` did."""

    started_at: datetime
    ended_at: datetime | None = None
    exit_code: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    findings: tuple[Finding, ...] = ()
    """Its warnings, at most the first `MOST_FINDINGS`."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A signature file that syncer placed. It is never forgotten, and never deleted from the origin."""

    path: str
    url: str
    sha256: str
    placed_at: datetime
    checked_at: datetime | None = None
