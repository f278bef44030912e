"""How syncer prints: data on stdout, messages and progress on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import click

from syncer.errors import ConfigError, SyncerError
from syncer.manifest import dumps, timestamp
from syncer.mirror.values import event_of as event_word
from syncer.model import (
    Action,
    Deleted,
    Failed,
    Finding,
    Forget,
    Forgotten,
    Inspected,
    Outcome,
    Published,
    Rejected,
    Severity,
    against,
)
from syncer.settings.terminal import visible
from syncer.sync.planned import subject

Event = dict[str, object]


def print_lines(*lines: str, err: bool = False) -> None:
    """Print each text on one line that is safe for a terminal."""
    for line in lines:
        click.echo(visible(line), err=err)


def print_json(value: object) -> None:
    click.echo(dumps(value, indent=2))


def stream_json(
    before: Mapping[str, object],
    name: str,
    items: Iterable[object],
    after: Callable[[], Mapping[str, object]] = dict,
) -> None:
    """One object whose array `name` is written item by item. `after` is called after the last item.

    If `items` raises, the object is closed, so that stdout is valid JSON, and the error is raised again.
    """
    click.echo("{")
    for key, value in before.items():
        click.echo(f"  {dumps(key)}: {dumps(value)},")
    click.echo(f"  {dumps(name)}: [", nl=False)
    separator, failure, ended, left = "\n", None, object(), iter(items)
    while (item := _following(left, ended)) is not ended:
        if isinstance(item, _Failure):
            failure = item.error
            break
        click.echo(f"{separator}    {dumps(item)}", nl=False)
        separator = ",\n"
    click.echo("\n  ]", nl=False)
    closing = {"error": error_record(failure)} if failure else after()
    for key, value in closing.items():
        click.echo(f",\n  {dumps(key)}: {dumps(value)}", nl=False)
    click.echo("\n}")
    if failure:
        raise failure


class _Failure(NamedTuple):
    """What an iterator raised."""

    error: Exception


def _following(items: Iterator[object], ended: object) -> object:
    """The next one, or `ended`, or a `_Failure`: so that an error of writing is told from one of reading."""
    try:
        return next(items, ended)
    except Exception as error:  # noqa: BLE001 - raised again when the JSON is closed
        return _Failure(error)


def error_record(error: Exception) -> dict[str, object]:
    told = error if isinstance(error, SyncerError) else SyncerError(str(error), code="internal")
    return {"code": told.code, "message": told.message, "hint": told.hint}


def complain(error: Exception) -> None:
    """Print an error on stderr. Only a `ConfigError` has more than one line."""
    lines = str(error).split("\n") if isinstance(error, ConfigError) else [str(error)]
    click.echo("syncer: " + "\n".join(map(visible, lines)), err=True)


def show_findings(findings: Iterable[Finding]) -> None:
    """Print findings on stdout, each with its hint."""
    for finding in findings:
        mark = "?" if finding.severity is Severity.UNKNOWN else "!"
        print_lines(f"  {mark} {finding.message} [{finding.rule}]")
        if finding.hint:
            print_lines(f"      → {finding.hint}")


def human_size(count: int) -> str:
    from rich.filesize import decimal

    return decimal(count)


def log_event(action: Action, outcome: Outcome) -> Event:
    """The fields of one line of the log."""
    source, key = subject(action)
    told: Event = {"event": event_word(action, outcome), "source": source, "key": key}
    match outcome:
        case Published():
            told |= {"url": outcome.url, "size": outcome.content.size, "read": outcome.read}
            told |= _because(against(outcome.findings, seen=outcome.seen))
        case Rejected(findings=findings):
            told |= _because(findings)
        case Inspected(findings):
            told |= _because(findings)
        case Deleted(path):
            told |= {"path": path}
        case Forgotten() if isinstance(action, Forget):
            told |= {"url": action.entry.url}
            told |= {"code": "source.stays", "message": action.reason} if action.entry.found else {}
        case Failed():
            told |= {"code": outcome.code, "message": outcome.message}
            told |= {"hint": outcome.hint} if outcome.hint else {}
    return told


def _because(findings: tuple[Finding, ...]) -> Event:
    if not findings:
        return {}
    first = findings[0]
    told: Event = {"code": first.rule, "message": first.message}
    return told | ({"hint": first.hint} if first.hint else {})


def log_text(told: Mapping[str, object]) -> str:
    words = [now(), str(told["event"]), f"{told['source']}:{told['key']}"]
    words += [str(told[name]) for name in ("url", "path") if name in told]
    if part := _part(told):
        words.append(part)
    if "message" in told:
        words.append(f"[{told['code']}] {told['message']}" + (f"; {told['hint']}" if "hint" in told else ""))
    return visible(" ".join(words))


def _part(told: Mapping[str, object]) -> str | None:
    """How much of a published file the look read at its URL, if not all."""
    read, size = told.get("read"), told.get("size")
    if not isinstance(read, int) or not isinstance(size, int) or not 0 < read < size:
        return None
    return f"(only {human_size(read)} of {human_size(size)} read there)"


def log_json(told: Mapping[str, object]) -> str:
    return json.dumps({"time": now(), **told})


def log_error(error: SyncerError) -> str:
    """One line of a log of JSON."""
    return log_json({"event": "error", "code": error.code, "message": error.message, "hint": error.hint})


def now() -> str:
    return timestamp(datetime.now(UTC)) or ""
