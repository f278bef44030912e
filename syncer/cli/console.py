"""How syncer prints: data on stdout, messages and progress on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

import click

from syncer.errors import ConfigError
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
    """One object whose array `name` is written item by item. `after` is called after the last item."""
    click.echo("{")
    for key, value in before.items():
        click.echo(f"  {dumps(key)}: {dumps(value)},")
    click.echo(f"  {dumps(name)}: [", nl=False)
    separator = "\n"
    for item in items:
        click.echo(f"{separator}    {dumps(item)}", nl=False)
        separator = ",\n"
    click.echo("\n  ]", nl=False)
    for key, value in after().items():
        click.echo(f",\n  {dumps(key)}: {dumps(value)}", nl=False)
    click.echo("\n}")


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
            told |= {"url": outcome.url, "size": outcome.content.size}
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
    if "message" in told:
        words.append(f"[{told['code']}] {told['message']}" + (f"; {told['hint']}" if "hint" in told else ""))
    return visible(" ".join(words))


def log_json(told: Mapping[str, object]) -> str:
    return json.dumps({"time": now(), **told})


def now() -> str:
    return timestamp(datetime.now(UTC)) or ""
