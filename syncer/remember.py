"""What an outcome makes of an entry. Pure.

`entry` is what the catalogue said before; `Entry(source, key, State.FAILED)` of an asset it did not know.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from syncer.model import Entry, Facts, Failed, Finding, Published, Rejected, State, rejects


def published(entry: Entry, version: str | None, outcome: Published, now: datetime) -> Entry:
    content = outcome.content
    same = entry.sha256 == content.sha256 and entry.url == outcome.url
    first_seen = entry.published_at if same else None
    return replace(
        entry,
        state=State.PUBLISHED if outcome.seen else State.STORED,
        version=version,
        path=outcome.path,
        url=outcome.url,
        size=content.size,
        sha256=content.sha256,
        head_sha256=content.head_sha256,
        media_type=content.media_type,
        verified_by=content.verified_by,
        facts=content.facts,
        findings=outcome.findings,
        error=None,
        attempts=0,
        published_at=first_seen or (now if outcome.seen else None),
        checked_at=now,
        gone_since=None,
    )


def checked(entry: Entry, facts: Facts, findings: tuple[Finding, ...], now: datetime) -> Entry:
    """Looked at again, with all rules."""
    seen = not any(finding.rule.startswith("origin.") for finding in rejects(findings))
    return replace(
        entry,
        state=State.PUBLISHED if seen else State.STORED,
        facts=facts if facts != Facts() else entry.facts,
        findings=findings,
        checked_at=now,
    )


def rejected(entry: Entry, version: str | None, outcome: Rejected) -> Entry:
    """Remembered with its version, so that it is not downloaded again.

    What an earlier version left at the URL stays there, out of the manifest.
    """
    return replace(
        entry,
        state=State.REJECTED,
        version=version,
        size=outcome.size,
        sha256=None,
        head_sha256=None,
        media_type=outcome.media_type,
        verified_by=None,
        facts=outcome.facts,
        findings=outcome.findings,
        error=None,
        attempts=0,
        published_at=None,
    )


def refused(entry: Entry, findings: tuple[Finding, ...]) -> Entry:
    """Published before, and refused by today's limits."""
    return replace(entry, state=State.REJECTED, findings=findings, error=None, attempts=0, published_at=None)


def failed(entry: Entry, outcome: Failed, *, lost: bool) -> Entry:
    """What was published stays published, as its URL still serves it.

    Unless that is not sure any more (then it is looked at again) or what was stored is `lost`.
    """
    state = entry.state
    if lost or state is State.DOOMED:
        state = State.FAILED
    elif outcome.unsure and state is State.PUBLISHED:
        state = State.STORED
    return replace(entry, state=state, error=outcome, attempts=entry.attempts + 1)
