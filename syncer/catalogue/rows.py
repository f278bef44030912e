"""Converts entries to rows of the table `entry`, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
    "in_place",
    "found",
    "doubted",
)
Row = Sequence[Any]


_NO_FACTS = Facts()
_FACTS = tuple(field.name for field in fields(Facts))
_MALFORMED = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


class Unreadable(Exception):  # noqa: N818 - reads as what happened
    """A row or the file is damaged."""


@contextmanager
def parsing() -> Iterator[None]:
    """Raises `Unreadable` for the errors that a malformed row causes inside."""
    try:
        yield
    except _MALFORMED as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> Unreadable:
    return Unreadable(f"a row can't be read ({type(error).__name__})")


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
        from_findings(entry.findings),
        _dump(asdict(entry.error)) if entry.error else None,
        entry.attempts,
        from_time(entry.published_at),
        from_time(entry.checked_at),
        from_time(entry.gone_since),
        int(entry.in_place),
        int(entry.found),
        int(entry.doubted),
    )


def to_entry(row: Row) -> Entry:
    """Raises `Unreadable`."""
    try:
        return _entry(row)
    except _MALFORMED as error:
        raise _unreadable(error) from error


def _entry(row: Row) -> Entry:
    facts, findings, error, attempts, published_at, checked_at, gone_since = row[11:18]
    in_place, found, doubted = row[18:]
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
        findings=to_findings(findings),
        error=Failed(**json.loads(error)) if error else None,
        attempts=attempts,
        published_at=to_time(published_at),
        checked_at=to_time(checked_at),
        gone_since=to_time(gone_since),
        in_place=bool(in_place),
        found=bool(found),
        doubted=bool(doubted),
    )


def from_findings(findings: tuple[Finding, ...]) -> str:
    return _dump([asdict(finding) for finding in findings]) if findings else "[]"


def to_findings(text: str) -> tuple[Finding, ...]:
    return tuple(map(_finding, json.loads(text))) if text != "[]" else ()


def _finding(said: dict[str, Any]) -> Finding:
    return Finding(**{**said, "severity": Severity(said["severity"])})


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
