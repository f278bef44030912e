"""What the catalogue remembers beside entries: runs and signature files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from syncer.model.findings import Finding


@dataclass(frozen=True, slots=True)
class Run:
    """What one `sync` did, as the catalogue remembers it."""

    started_at: datetime
    ended_at: datetime | None = None
    exit_code: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    findings: tuple[Finding, ...] = ()
    """Its warnings, the first `MOST_FINDINGS` of them."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A signature file that was placed: kept for ever, and never deleted from the origin."""

    path: str
    url: str
    sha256: str
    placed_at: datetime
    checked_at: datetime | None = None
