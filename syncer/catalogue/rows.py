"""Entries as rows of the table `entry`, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from syncer.model import Entry, Facts, Failed, Finding, Severity, State

COLUMNS = (
    "source",
    "key",
    "state",
    "version",
    "path",
    "url",
    "size",
    "sha256",
    "head_sha256",
    "media_type",
    "verified_by",
    "facts",
    "findings",
    "error",
    "attempts",
    "published_at",
    "checked_at",
    "gone_since",
)
Row = Sequence[Any]
_NO_FACTS = Facts()
_FACTS = tuple(field.name for field in fields(Facts))


def from_time(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat(timespec="microseconds") if time else None


def to_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def from_entry(entry: Entry) -> Row:
    return (
        entry.source,
        entry.key,
        entry.state.value,
        entry.version,
        entry.path,
        entry.url or "",
        entry.size,
        entry.sha256,
        entry.head_sha256,
        entry.media_type,
        entry.verified_by,
        _dump({name: value for name in _FACTS if (value := getattr(entry.facts, name)) is not None}),
        _dump([asdict(finding) for finding in entry.findings]) if entry.findings else "[]",
        _dump(asdict(entry.error)) if entry.error else None,
        entry.attempts,
        from_time(entry.published_at),
        from_time(entry.checked_at),
        from_time(entry.gone_since),
    )


def to_entry(row: Row) -> Entry:
    facts, findings, error, attempts, published_at, checked_at, gone_since = row[11:]
    return Entry(
        row[0],
        row[1],
        State(row[2]),
        version=row[3],
        path=row[4],
        url=row[5] or None,
        size=row[6],
        sha256=row[7],
        head_sha256=row[8],
        media_type=row[9],
        verified_by=row[10],
        facts=Facts(**json.loads(facts)) if facts != "{}" else _NO_FACTS,
        findings=tuple(map(_finding, json.loads(findings))) if findings != "[]" else (),
        error=Failed(**json.loads(error)) if error else None,
        attempts=attempts,
        published_at=to_time(published_at),
        checked_at=to_time(checked_at),
        gone_since=to_time(gone_since),
    )


def _finding(said: dict[str, Any]) -> Finding:
    return Finding(**{**said, "severity": Severity(said["severity"])})


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
